"""``manage.py describe_matters [--check]``: write docs/matters/*.md, or fail when they differ from the flows."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foreignwork.workflow.describe import pages


class Command(BaseCommand):
    help = "Write docs/matters/*.md from the flows; --check fails when they differ."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs" / "matters"
        wanted = pages()
        if options["check"]:
            there = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
            wrong = sorted(name for name in {*there, *wanted} if there.get(name) != wanted.get(name))
            if wrong:
                raise CommandError(
                    f"docs/matters differ from the flows: {', '.join(wrong)}; run describe_matters"
                )
            return
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.md"):
            if path.name not in wanted:
                path.unlink()
        for name, text in wanted.items():
            (folder / name).write_text(text, "utf-8")
            self.stdout.write(f"docs/matters/{name}")
