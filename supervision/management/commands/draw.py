"""`manage.py draw verify FILE [FILE …]`: the published verifier, run from the house. Needs no database."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from supervision import verifier


class Command(BaseCommand):
    help = "Random draws: check published records with the verifier the public gets."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verify = parser.add_subparsers(dest="act", required=True).add_parser(
            "verify", help="check published records"
        )
        verify.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints OK, or FAILED at step <n>: …; exit status 0 or 1, as `python3 verifier.py FILE` does."""
        status = verifier.main(options["files"])
        if status:
            sys.exit(status)
