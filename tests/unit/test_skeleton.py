"""A new matter is one folder, two lines and a section of a pack: made in a copy of the house, and tried there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from foreignwork import skeleton
from tests.machine import BORROWED, Machine

ROOT = Path(__file__).parents[2]
KEPT_OUT = shutil.ignore_patterns(
    ".venv",
    "var",
    ".git",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    "node_modules",
    "*.mo",
)
NEW = skeleton.NewMatter("customs", "C", "物品通关", "customs clearance", 90, "gansu-kjt")


@pytest.mark.parametrize(
    ("matter", "reason"),
    [
        (skeleton.NewMatter("Customs", "C", "x", "x", 1, "x"), "lower-case"),
        (skeleton.NewMatter("../etc", "C", "x", "x", 1, "x"), "lower-case"),
        (skeleton.NewMatter("customs", "cc", "x", "x", 1, "x"), "capital"),
        (skeleton.NewMatter("titles", "C", "x", "x", 1, "x"), "there already"),
    ],
)
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    tmp_path: Path, matter: skeleton.NewMatter, reason: str
) -> None:
    (tmp_path / "titles").mkdir()
    with pytest.raises(skeleton.NotWritten, match=reason):
        skeleton.write(matter, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["titles"]


def test_the_two_lines_are_entered_in_the_very_files(tmp_path: Path) -> None:
    (tmp_path / "foreignwork").mkdir()
    for name in ("foreignwork/settings.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    skeleton.enter(NEW, tmp_path)
    before = (ROOT / "foreignwork/settings.py").read_text().splitlines()
    after = (tmp_path / "foreignwork/settings.py").read_text().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0].endswith('"customs"]')
    before, after = ((path / "pyproject.toml").read_text().splitlines() for path in (ROOT, tmp_path))
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [line.count("customs") for line in changed] == [1, 1]


CHECKS = """
import django
django.setup()
from django.core.management import call_command
call_command("check", fail_level="WARNING")
call_command("makemigrations", check_changes=True, dry_run=True)
call_command("policies", "check", "gansu", "--on", "2026-03-10")
"""
"""What `make check` asks of a house, in one process: starting Python and Django costs more than the checks."""


def test_a_new_matter_works_in_a_copy_of_the_house(
    tmp_path: Path, machine: Machine, django_db_setup: None, settings: Any
) -> None:
    """The command, the floors, the house rules, and the new matter's own tests on a real database; nothing else is touched.

    The copy borrows this run's servers and keys, and a clone of its database, to which the new migration is applied.
    """
    house = tmp_path / "house"
    shutil.copytree(ROOT, house, ignore=KEPT_OUT, symlinks=True)
    home = str(machine.home.var)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FOREIGNWORK", "DATABASE", "BROKER", "PYTEST", "DJANGO"))
    } | {
        "FOREIGNWORK_VAR": home,
        "FOREIGNWORK_TEST_HOME": home,
        **{
            name: os.environ[name]
            for name in ("FOREIGNWORK_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL")
        },
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "foreignwork.settings",
        BORROWED: "1",
        "PYTEST_XDIST_WORKER": "gw20",  # a database and broker numbers that no worker of this run has
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=house, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    before = {path.relative_to(house): path.read_bytes() for path in house.rglob("*") if path.is_file()}
    words = ["--zh", NEW.zh, "--en", NEW.en, "--pack", "gansu", "--office", NEW.office]
    run(sys.executable, "manage.py", "new_matter", NEW.name, *words)
    touched = {str(path) for path, was in before.items() if (house / path).read_bytes() != was}
    assert touched == {"foreignwork/settings.py", "pyproject.toml", "foreignwork/policies/packs/gansu.toml"}
    run(sys.executable, "-c", CHECKS)
    run(str(Path(sys.executable).parent / "lint-imports"))
    run(str(Path(sys.executable).parent / "ruff"), "check", "customs", "tests/matters/test_customs.py")
    tests = ["tests/matters/test_customs.py", "tests/unit/test_house_sources.py"]
    env["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    assert "passed" in run(sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", *tests)
