"""``manage.py verify_invariants``: exit 1 and the offending rows when something is not as it must be."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foreignwork.cases import clock
from foreignwork.workflow.invariants import CHECKS, verify


class Command(BaseCommand):
    help = "Check I1–I5, I7, I9 and I11 over the real rows."

    def handle(self, *args: Any, **options: Any) -> None:
        breaches = verify(at=clock.now())
        for breach in breaches:
            self.stderr.write(str(breach))
        if breaches:
            raise CommandError(f"{len(breaches)} breaches")
        self.stdout.write(f"{len(CHECKS)} invariants hold: {', '.join(CHECKS)}")
