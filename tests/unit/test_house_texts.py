"""Every sentence of the interface has an English one (decisions 13). The Chinese in the sources is authentic."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "locale/en/LC_MESSAGES/django.po"
SOURCES = ("foreignwork", *settings.MATTERS, "templates")
CHINESE = re.compile(r"[\u3400-\u9fff，。；：“”（）、]+")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+[^>]*>")
# Papers are Chinese by law; their English lines stand in the pack.
CHINESE_ON_PURPOSE = ("notices",)


def catalogues() -> list[Path]:
    """The house's catalogue, and those that matters bring in their own folders."""
    return [CATALOGUE, *sorted(ROOT.glob("*/locale/en/LC_MESSAGES/django.po"))]


@pytest.fixture(scope="module", params=catalogues(), ids=lambda path: path.relative_to(ROOT).parts[0])
def catalogue(request: pytest.FixtureRequest) -> polib.POFile:
    return polib.pofile(str(request.param))


def key(entry: polib.POEntry) -> tuple[str, str, str]:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def collected(folder: Path) -> dict[Path, polib.POFile]:
    """What `make messages` would find, on a copy: it writes beside the templates while it works."""
    if shutil.which("xgettext") is None:
        pytest.fail("xgettext is missing: apt-get install gettext")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    (folder / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--no-location", "--no-wrap"]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "foreignwork.settings", "PYTHONPATH": str(folder)}
    # The copy needs no home of its own: nothing is started.
    env["FOREIGNWORK_VAR"] = str(Path(os.environ["FOREIGNWORK_VAR"]).resolve())
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    return {path: polib.pofile(str(folder / path.relative_to(ROOT))) for path in catalogues()}


def test_the_catalogues_hold_what_the_sources_say(tmp_path: Path) -> None:
    found = collected(tmp_path)
    assert len(found[CATALOGUE]) > 500
    for path, entries in found.items():
        # A matter's own catalogue was copied with it: what is no longer said is marked obsolete there.
        said = {key(entry) for entry in entries if not entry.obsolete}
        known = {key(entry) for entry in polib.pofile(str(path)) if not entry.obsolete}
        assert not said - known, f"not in {path} (run `make messages`): {sorted(said - known)[:10]}"
        assert not known - said, f"no longer said anywhere (run `make messages`): {sorted(known - said)[:10]}"


def untranslated(entries: polib.POFile) -> list[str]:
    return [
        entry.msgid for entry in entries if not entry.obsolete and (not entry.translated() or entry.fuzzy)
    ]


def test_everything_is_translated(catalogue: polib.POFile) -> None:
    assert not untranslated(catalogue)


def said_in_english(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def unlike(entries: polib.POFile) -> list[str]:
    """Entries whose placeholders or tags differ. A plural's form for one may leave the number out."""
    wrong = []
    for entry in entries:
        wanted = Counter(PLACEHOLDER.findall(entry.msgid))
        for n, text in enumerate(said_in_english(entry)):
            found = Counter(PLACEHOLDER.findall(text))
            if set(found) != set(wanted) and not (entry.msgid_plural and n == 0 and not found):
                wrong.append(f"{entry.msgid} -> {text}")
    return wrong


def test_placeholders_and_tags_are_the_same(catalogue: polib.POFile) -> None:
    assert not unlike(catalogue)


def test_no_chinese_is_left_in_the_english(catalogue: polib.POFile) -> None:
    spoken = [
        text for entry in catalogue for text in said_in_english(entry) if "〔" not in text
    ]  # a paper's number
    left = [text for text in spoken if CHINESE.search(text.replace("“", "").replace("”", ""))]
    assert not left


def test_the_checks_find_what_is_wrong() -> None:
    bad = polib.POFile()
    bad.append(polib.POEntry(msgid="还有 %(n)s 天", msgstr="%(m)s days left"))
    bad.append(polib.POEntry(msgid="没有", msgstr=""))
    bad.append(polib.POEntry(msgid="猜的", msgstr="guessed", flags=["fuzzy"]))
    assert untranslated(bad) == ["没有", "猜的"]
    assert unlike(bad)
    assert bare("<p>你好</p>") == ["你好"]


def bare(template: str) -> list[str]:
    """Chinese that stands in a template outside the translation tags."""
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", "", template, flags=re.DOTALL)
    text = re.sub(r"\{%\s*blocktrans.*?endblocktrans\w*\s*%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    # The name of the language stands in that language.
    return [found for found in re.findall(r"[\u3400-\u9fff]+", text) if found != "中文"]


def test_no_template_speaks_chinese_only() -> None:
    found = {
        str(path.relative_to(ROOT)): bare(path.read_text())
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.html"))
        if not set(CHINESE_ON_PURPOSE) & set(path.parts)
    }
    assert not {path: words for path, words in found.items() if words}
