"""``manage.py classify facts.json [--pack gansu] [--on DATE]``: the classification advisor as JSON. It never decides."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from foreignwork.policies import loader
from foreignwork.policies.classification import facts as reading
from foreignwork.policies.classification.advice import advise
from foreignwork.policies.classification.document import document
from foreignwork.policies.inputs import InputError, text_of
from foreignwork.policies.management.commands.policies import today
from foreignwork.policies.management.commands.workdays import day

REFUSED = 2


class Command(BaseCommand):
    help = "Which class (A, B, C) a person may apply for, by which routes; reads facts as JSON, prints JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("facts", nargs="?", help="file of facts, - for standard input")
        parser.add_argument("--pack", default="national", help="whose rules; national when absent")
        parser.add_argument("--on", type=day, help="as the rules stand on this day; today when absent")
        parser.add_argument("--schema", action="store_true", help="print the JSON schema of the facts")

    def handle(
        self, *args: Any, facts: str | None, pack: str, on: date | None, schema: bool, **options: Any
    ) -> None:
        try:
            rules = loader.load(pack, on=on or self._today())
            if schema:
                self._print(reading.json_schema(rules))
                return
            if facts is None:
                raise reading.FactsError(
                    "Name a file of facts, or - for standard input; --schema says what it holds."
                )
            known = reading.parse(text_of(facts), rules)
            self._print(document(advise(rules, known), rules))
        except (loader.PackError, InputError) as error:
            problems = getattr(error, "problems", (str(error),))
            raise CommandError("\n".join(problems), returncode=REFUSED) from error

    def _today(self) -> date:
        try:
            return today()
        except DatabaseError as error:
            raise reading.FactsError(
                "No database answers, so today is not known: name a day with --on."
            ) from error

    def _print(self, found: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
