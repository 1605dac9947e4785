"""``manage.py new_matter customs --letter C --zh 通关 --en "customs clearance" --pack gansu --office gansu-kjt``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foreignwork import skeleton
from foreignwork.cases import registry
from foreignwork.policies.loader import FOLDER


class Command(BaseCommand):
    help = "Write the skeleton of a new matter: one folder, its line in the list, its floor, its pack section, its first test."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="folder and app, one lower-case word")
        parser.add_argument("--letter", help="in case numbers; the name's first letter when free")
        parser.add_argument("--zh", help="the matter's name in Chinese")
        parser.add_argument("--en", help="the matter's name in English")
        parser.add_argument(
            "--pack", help="append the section to this pack; without it the section is printed"
        )
        parser.add_argument("--office", default="OFFICE-CODE", help="the office of the pack that handles it")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        known = registry.all_matters()
        matter = skeleton.NewMatter(
            name=name,
            letter=options["letter"] or _free_letter(name, {row.letter for row in known}),
            zh=options["zh"] or name,
            en=options["en"] or name,
            order=max(row.order for row in known) + 10,
            office=options["office"],
        )
        if matter.letter in {row.letter for row in known}:
            raise CommandError(f"the letter {matter.letter} is another matter's")
        pack = FOLDER / f"{options['pack']}.toml" if options["pack"] else None
        if pack and not pack.is_file():
            raise CommandError(f"there is no pack named {options['pack']!r}")
        try:
            made = skeleton.write(matter, root)
            skeleton.enter(matter, root)
        except skeleton.NotWritten as refused:
            raise CommandError(str(refused)) from None
        if pack:
            skeleton.add_to_pack(matter, pack)
        for command in (["makemigrations", name], ["describe_matters"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=root, check=True)
        _tidy([*made, root / name / "migrations"], root)
        for path in made:
            self.stdout.write(str(path.relative_to(root)))
        if not pack:
            self.stdout.write(skeleton.filled("pack.toml", matter))


def _tidy(paths: list[Path], root: Path) -> None:
    """The order of imports depends on the name; ruff sorts them where the development packages are installed."""
    ruff = Path(sys.executable).parent / "ruff"
    if ruff.exists():
        for command in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([ruff, *command, *paths], cwd=root, check=False)


def _free_letter(name: str, taken: set[str]) -> str:
    return next((letter for letter in name.upper() if letter.isalpha() and letter not in taken), "X")
