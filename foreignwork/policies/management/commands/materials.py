"""``manage.py materials facts.json [--pack gansu] [--on DATE]``: the personal list of materials as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from foreignwork.policies import loader, materials_input
from foreignwork.policies.inputs import InputError, text_of
from foreignwork.policies.management.commands.policies import today
from foreignwork.policies.management.commands.workdays import day

REFUSED = 2


class Command(BaseCommand):
    help = "What a filing needs, each item once: to upload, to bring, on file, made by the system, waived and why."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "facts", nargs="?", help="file with matters, answers, on_file; - for standard input"
        )
        parser.add_argument("--pack", default="gansu", help="whose rules; gansu when absent")
        parser.add_argument("--on", type=day, help="as the rules stand on this day; today when absent")
        parser.add_argument("--schema", action="store_true", help="print the JSON schema of the input")

    def handle(
        self, *args: Any, facts: str | None, pack: str, on: date | None, schema: bool, **options: Any
    ) -> None:
        try:
            moment = on or self._today()
            rules = loader.load(pack, on=moment)
            if rules.meta.base:
                raise InputError(f"{pack} rules no place: name the pack of one, such as gansu.")
            if schema:
                found = materials_input.json_schema(rules)
            elif facts is None:
                raise InputError(
                    "Name a file of facts, or - for standard input; --schema says what it holds."
                )
            else:
                asked = materials_input.parse(text_of(facts), rules)
                found = materials_input.document(rules, asked, on=moment)
        except loader.PackError as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        except InputError as error:
            raise CommandError("\n".join(error.problems), returncode=REFUSED) from error
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))

    def _today(self) -> date:
        try:
            return today()
        except DatabaseError as error:
            raise InputError("No database answers, so today is not known: name a day with --on.") from error
