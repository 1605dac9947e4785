"""``manage.py former_permits FILE --office CODE [--by USER]``: check a file of former permits, and hand it in.

Without ``--by`` nothing is kept: the report alone. Approved it is at the desk only, by another person.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foreignwork.accounts import who
from foreignwork.accounts.models import Office, User
from foreignwork.cases import clock
from foreignwork.cases.problems import CaseError
from permits.legacy import imports
from permits.legacy.sheet import LARGEST, Fault, Unreadable


class Command(BaseCommand):
    help = "Check a CSV of permits of the former register (before 2024-12-01) and hand it in for approval."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--office", required=True, help="code of the office that takes the permits over")
        parser.add_argument(
            "--by", default="", help="login of the officer who hands it in; empty: only check"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        office = Office.objects.select_related("jurisdiction").filter(code=options["office"]).first()
        if office is None:
            raise CommandError(f"there is no office {options['office']!r}")
        try:
            with options["file"].open("rb") as stream:
                data = stream.read(LARGEST + 1)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        at = clock.now()
        try:
            sheet, known = imports.check(data, office=office, today=clock.today(at))
            self._tell(sheet.faults)
            self.stdout.write(
                f"{len(sheet.rows)} rows may be entered, {len(known)} are registered, "
                f"{len({fault.line for fault in sheet.faults})} refused"
            )
            if options["by"]:
                user = User.objects.filter(username=options["by"]).first()
                if user is None:
                    raise CommandError(f"there is no login {options['by']!r}")
                row = imports.propose(data, office=office, actor=who.actor(user, clock.today(at)), at=at)
                self.stdout.write(f"import {row.pk} waits for a leader's approval")
        except Unreadable as why:
            raise CommandError(why.problem.sentence) from why
        except CaseError as why:
            raise CommandError("; ".join(problem.sentence for problem in why.problems)) from why

    def _tell(self, faults: list[Fault]) -> None:
        for fault in faults:
            self.stderr.write(f"line {fault.line}, {fault.column or '-'}: {fault.problem.sentence}")
