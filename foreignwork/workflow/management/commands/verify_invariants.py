"""``manage.py verify_invariants``: exit 1 and the offending rows when something is not as it must be."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foreignwork.cases import clock
from foreignwork.cases.invariants import unused_numbers
from foreignwork.invariants import checks, verify


class Command(BaseCommand):
    help = "Check I1–I16 over the real rows, in one snapshot; -v 2 tells how long each took."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", nargs="+", default=[], metavar="I6", help="only these")
        parser.add_argument("--gaps", action="store_true", help="list the filing numbers no filing has")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["only"]) - set(checks())
        if unknown:
            raise CommandError(f"No such invariant: {', '.join(sorted(unknown))}")
        told = self._tell if options["verbosity"] > 1 else None
        breaches = verify(at=clock.now(), only=options["only"], worked=True, told=told)
        if options["gaps"]:
            self._gaps()
        for breach in breaches:
            self.stderr.write(str(breach))
        if breaches:
            raise CommandError(f"{len(breaches)} breaches")
        held = options["only"] or list(checks())
        self.stdout.write(f"{len(held)} invariants hold: {', '.join(held)}")

    def _tell(self, code: str, seconds: float, breaches: int) -> None:
        self.stdout.write(f"{code:4s} {seconds:8.2f} s  {breaches or 'holds'}")

    def _gaps(self) -> None:
        found = list(unused_numbers())
        missing = sum(high - low + 1 for low, high, _before, _after in found)
        self.stdout.write(
            f"{missing} numbers of filings are unexplained: no filing has them, and no row says why:"
        )
        for low, high, before, after in found:
            span = f"{low}–{high}" if high > low else f"{low}"
            self.stdout.write(f"  {span} (after {before or 'none'}, before {after or 'none yet'})")
