"""The skeleton of a new matter: its seven files, its section of a pack and its first test, filled in from a name.

``manage.py new_matter`` (``make matter``) writes them; docs/adding-a-matter.md tells what to do then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
FILES = ("apps.py", "matter.py", "models.py", "flow.py", "rules.py", "forms.py", "notices.py")
SHAPE = re.compile(r"[a-z][a-z0-9]{2,20}")
MATTERS_LINE = re.compile(r"^MATTERS = \[(?P<names>[^\]]*)\]$", re.MULTILINE)
LAYER_LINE = re.compile(r'^(?P<head>    ")(?P<names>permits(?: \| \w+)*)(?P<tail>",)$', re.MULTILINE)
ROOTS_LINE = re.compile(r'^root_packages = \["foreignwork"(?P<names>[^\]]*)\]$', re.MULTILINE)


class NotWritten(ValueError):
    """The skeleton cannot be written here; the sentence says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewMatter:
    """``name`` is the folder, the app and the pack's key; ``letter`` stands in case numbers; ``office`` is one of the pack's."""

    name: str
    letter: str
    zh: str
    en: str
    order: int
    office: str

    def words(self) -> dict[str, str | int]:
        return {
            "name": self.name,
            "Name": self.name.capitalize(),
            "NAME": self.name.upper(),
            "letter": self.letter,
            "zh": self.zh,
            "en": self.en,
            "order": self.order,
            "office": self.office,
        }


def filled(file: str, matter: NewMatter) -> str:
    return Template((HERE / f"{file}.txt").read_text("utf-8")).substitute(matter.words())


def write(matter: NewMatter, root: Path) -> list[Path]:
    """The folder with its files and an empty migrations package, and the first test. Raises NotWritten."""
    folder = root / matter.name
    if not SHAPE.fullmatch(matter.name):
        raise NotWritten("the name must be one lower-case word of letters and digits, e.g. customs")
    if not re.fullmatch(r"[A-Z]", matter.letter):
        raise NotWritten("the letter must be one capital letter")
    if folder.exists():
        raise NotWritten(f"{matter.name}/ is there already")
    made = []
    (folder / "migrations").mkdir(parents=True)
    for package in (folder, folder / "migrations"):
        (package / "__init__.py").write_text("")
    for file in FILES:
        path = folder / file
        path.write_text(filled(file, matter), "utf-8")
        made.append(path)
    test = root / "tests" / "matters" / f"test_{matter.name}.py"
    test.write_text(filled("test.py", matter), "utf-8")
    return [*made, test]


def enter(matter: NewMatter, root: Path) -> None:
    """The two lines outside the folder: the list of matters in settings, the floor in the import contract."""
    _edit(root / "foreignwork" / "settings.py", MATTERS_LINE, f', "{matter.name}"')
    _edit(root / "pyproject.toml", LAYER_LINE, f" | {matter.name}")
    _edit(root / "pyproject.toml", ROOTS_LINE, f', "{matter.name}"')


def add_to_pack(matter: NewMatter, pack: Path) -> None:
    """Append the matter's section to a pack's file."""
    pack.write_text(pack.read_text("utf-8").rstrip("\n") + "\n" + filled("pack.toml", matter), "utf-8")


def _edit(file: Path, line: re.Pattern[str], more: str) -> None:
    text = file.read_text("utf-8")
    found = line.search(text)
    if found is None:
        raise NotWritten(f"{file.name} has no line {line.pattern}")
    end = found.end("names")
    file.write_text(text[:end] + more + text[end:], "utf-8")
