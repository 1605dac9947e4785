"""The house rules that a reader would otherwise have to believe, read from the sources. No database here.

Each rule is one function `source tree -> complaints`, tried on a text that breaks it before it is tried on the house:
a rule that finds nothing anywhere would prove nothing. There are no exemption comments: an exception is a line here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).parents[2]
MATTERS = list(settings.MATTERS)
FLOORS = [  # bottom to top; the same as in pyproject.toml
    {"vault", "outbox"},
    {"accounts"},
    {"policies"},
    {"dossiers"},
    {"cases"},
    {"deadlines", "notices", "appointments"},
    {"workflow"},
    {"rulebook"},
    {"portal", "desk"},
    set(MATTERS),
]


def sources(*folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts and "local" not in path.relative_to(ROOT).parts
    ]


HOUSE = sources("foreignwork", *MATTERS)


@cache
def tree_of(path: Path) -> ast.Module:
    """Several rules read the same file: it is parsed once."""
    return ast.parse(path.read_text())


# --- bans -------------------------------------------------------------------------------------------------------------


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)


def signals(tree: ast.AST) -> Iterator[str]:
    """Effects that hang on signals are invisible where the cause is written."""
    for line, name in imports(tree):
        if ".signals" in name or name.endswith("signals") or name.startswith("django.dispatch"):
            yield f"{line}: signal machinery ({name})"


def save_overrides(tree: ast.AST) -> Iterator[str]:
    """A model's save() says nothing a reader of the caller could not see."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name in {"save", "delete", "asave", "adelete"}:
                    yield f"{part.lineno}: {node.name}.{part.name}() is overridden"


CLOCKS = re.compile(
    r"(^|\.)(timezone\.(now|localtime|localdate)|date\.today|datetime\.(now|utcnow|today)|time\.time|time\.localtime)$"
)
CLOCK_NAMES = {"django.utils.timezone.now", "django.utils.timezone.localdate", "time.time"}


def clock_reads(tree: ast.AST) -> Iterator[str]:
    """Time is an argument; one function (cases.clock) reads it, and only doors call that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and CLOCKS.search(dotted(node)):
            yield f"{node.lineno}: reads the clock ({dotted(node)})"
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield f"{node.lineno}: {node.arg}"
    for line, name in imports(tree):
        if name in CLOCK_NAMES or name == "django.db.models.functions.Now":
            yield f"{line}: imports a clock ({name})"


def house_clock(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.search(r"(^|\.)clock\.now$", dotted(node.func)):
            yield f"{node.lineno}: asks the house's clock"


BANS: list[tuple[Callable[[ast.AST], Iterator[str]], str, str]] = [
    (signals, "from django.db.models.signals import post_save", "from django.db import models"),
    (signals, "from django.dispatch import receiver", "import signal"),
    (save_overrides, "class A(Model):\n    def save(self): pass", "def save(row): pass"),
    (clock_reads, "x = timezone.now()", "x = clock.now()"),
    (clock_reads, "x = models.DateField(default=date.today)", "x = time.monotonic()"),
    (clock_reads, "from django.utils.timezone import now", "from django.utils import timezone"),
    (clock_reads, "models.DateTimeField(auto_now=True)", "datetime.fromisoformat(x)"),
    (house_clock, "at = clock.now()", "at = clock"),
]


@pytest.mark.parametrize(("ban", "bad", "good"), BANS)
def test_each_ban_catches_what_it_bans(ban: Callable[[ast.AST], Iterator[str]], bad: str, good: str) -> None:
    assert list(ban(ast.parse(bad)))
    assert not list(ban(ast.parse(good)))


def may_read_the_clock(path: Path) -> bool:
    """The house's one clock; and the tasks and commands of the floors below it, which cannot import it."""
    below = {"vault", "outbox", "accounts"} & set(path.parts)
    return path == ROOT / "foreignwork/cases/clock.py" or (bool(below) and is_door(path))


@pytest.mark.parametrize("ban", [signals, save_overrides, clock_reads], ids=lambda ban: ban.__name__)
def test_the_house_keeps_the_ban(ban: Callable[[ast.AST], Iterator[str]]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{complaint}"
        for path in HOUSE
        if not (ban is clock_reads and may_read_the_clock(path))
        for complaint in ban(tree_of(path))
    ]
    assert not found, "\n".join(found)


def is_door(path: Path) -> bool:
    """Where time enters: views, tasks, commands."""
    words = path.relative_to(ROOT).parts
    return (
        "commands" in words
        or "views" in words
        or bool(re.match(r"(views|tasks)(_\w+)?\.py|\w+_views\.py", words[-1]))
    )


def test_only_doors_ask_the_house_s_clock() -> None:
    inside = [
        path
        for path in HOUSE
        if not is_door(path) and not {"portal", "desk", "demo", "signin"} & set(path.parts)
    ]
    found = [f"{p.relative_to(ROOT)}:{c}" for p in inside for c in house_clock(tree_of(p))]
    assert not found, "\n".join(found)


# --- floors -----------------------------------------------------------------------------------------------------------


def floor(label: str) -> int | None:
    return next((height for height, labels in enumerate(FLOORS) if label in labels), None)


def test_every_application_has_a_floor() -> None:
    ours = {config.label for config in apps.get_app_configs() if str(ROOT) in str(config.path)}
    ours = {label for label in ours if ".venv" not in apps.get_app_config(label).path}
    assert ours - {"house", "demo"} == set().union(*FLOORS)


def test_relations_of_models_point_down() -> None:
    """A table may refer to its own floor's own app or to a lower floor; sideways or up would be an import in disguise."""
    found, seen = [], 0
    for model in apps.get_models(include_auto_created=True):
        here = floor(model._meta.app_label)
        if here is None:
            continue
        for field in model._meta.get_fields():
            if not (field.is_relation and getattr(field, "remote_field", None) and not field.auto_created):
                continue
            target = field.related_model._meta.app_label if field.related_model else ""
            there = floor(target)
            if there is None or target == model._meta.app_label:
                continue
            seen += 1
            if there >= here:
                found.append(f"{model._meta.label}.{field.name} -> {target}")
    assert seen > 10
    assert not found, "\n".join(found)


def test_the_kernel_names_no_matter() -> None:
    """Only settings.py knows which matters there are; the rest asks the registry."""
    name = re.compile(rf"\b({'|'.join(MATTERS)})\b")
    found = []
    for path in sources("foreignwork"):
        short = str(path.relative_to(ROOT))
        if short == "foreignwork/settings.py" or "demo" in path.parts:
            continue
        tree = tree_of(path)
        for line, module in imports(tree):
            if module.split(".")[0] in MATTERS:
                found.append(f"{short}:{line}: imports {module}")
        for node in ast.walk(tree):
            # Words in a sentence are harmless; a whole value that is a matter's name decides something.
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and name.fullmatch(node.value.split(".")[0])
            ):
                found.append(f"{short}:{node.lineno}: names {node.value!r}")
    assert not found, "\n".join(found)


def folders_of_matters() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/matter.py")}


def contract() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return found


def test_every_matter_s_folder_is_in_the_list_and_on_its_floor() -> None:
    """A folder with a matter.py that one of the two lines forgot would be dead, or free to import its neighbours."""
    assert set(settings.MATTERS) == folders_of_matters()
    assert {
        name.strip() for name in contract()["contracts"][0]["layers"][0].split("|")
    } == folders_of_matters()
    assert set(contract()["root_packages"]) == {"foreignwork"} | folders_of_matters()


SEVEN = ("apps", "matter", "models", "flow", "rules", "forms", "notices")


@pytest.mark.parametrize("matter", sorted(MATTERS))
def test_a_matter_is_the_same_seven_files(matter: str) -> None:
    """Each under its name, as a package, or split (forms_review.py); what is long has files of its own beside them."""
    there = {path.stem for path in (ROOT / matter).iterdir()}
    missing = [name for name in SEVEN if not any(one == name or one.startswith(f"{name}_") for one in there)]
    assert not missing


def strangers(tree: ast.AST) -> Iterator[str]:
    """Imports of the house: the machine at home starts before anything of it is installed."""
    for line, name in imports(tree):
        top = name.split(".")[0]
        if top in MATTERS or (top == "foreignwork" and not name.startswith("foreignwork.local")):
            yield f"{line}: imports {name}"


def test_the_machine_at_home_stands_alone() -> None:
    assert list(strangers(ast.parse("from foreignwork.cases import models")))
    found = [
        f"{path.relative_to(ROOT)}:{complaint}"
        for path in sorted((ROOT / "foreignwork" / "local").rglob("*.py"))
        for complaint in strangers(tree_of(path))
    ]
    assert not found, "\n".join(found)


# --- what must not be in any file -------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Files git has or would take: what is ignored does not count."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


HOME_FOLDERS = re.compile(r"(?<![\w.])/(?:home|Users)/[a-z][\w.-]+|(?<![\w.])/[r]oot/")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|\bgh[pousr]_[A-Za-z0-9]{30,}")


def test_no_file_names_a_machine_or_holds_a_secret() -> None:
    found = []
    here = re.compile(re.escape(str(ROOT)) + r"(?![\w-])")
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if (
                HOME_FOLDERS.search(line)
                or SECRET.search(line)
                or (len(ROOT.parts) > 2 and here.search(line))
            ):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_the_locks_name_no_host() -> None:
    locks = list((ROOT / "requirements").glob("*.txt"))
    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text()
        assert "==" in text
        assert "--hash=sha256:" in text
        assert not re.search(r"https?:|file:|@ |--(extra-)?index|--find-links", text), lock.name


# A citizen downloads and runs it as it is: one file of the standard library, by its specification.
ONE_FILE_BY_DESIGN = {ROOT / "supervision" / "verifier.py"}


def test_no_file_is_a_monster() -> None:
    found = [
        f"{p.relative_to(ROOT)}: {n} lines"
        for p in HOUSE
        if p not in ONE_FILE_BY_DESIGN and (n := len(p.read_text().splitlines())) > 400
    ]
    assert not found, "\n".join(found)


def test_no_catch_all_modules() -> None:
    banned = {"utils", "common", "helpers", "core", "services", "managers"}
    found = [
        str(p.relative_to(ROOT)) for p in HOUSE if p.stem in banned or banned & set(p.relative_to(ROOT).parts)
    ]
    assert not found, "\n".join(found)
