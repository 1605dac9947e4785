"""``manage.py card_exchange send out.json`` and ``… receive in.json``: the files between us and the card's issuer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foreignwork.cases import clock
from permits.card_exchange import receive, send


class Command(BaseCommand):
    help = "Exchange permits and receipts with the issuer of the social security card (人社部发〔2024〕75号)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["send", "receive"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--again", action="store_true", help="send those that failed, too")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if options["action"] == "send":
            self._send(file, again=options["again"])
        else:
            self._receive(file)

    def _send(self, file: Path, *, again: bool) -> None:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}; name a new file") from error
        batch, lines = send(at=clock.now(), again=again)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"batch": batch, "permits": lines}, stream, ensure_ascii=False, indent=1)
        self.stdout.write(f"{batch}: {len(lines)} permits")

    def _receive(self, file: Path) -> None:
        try:
            lines = json.loads(file.read_text("utf-8"))["receipts"]
            if not isinstance(lines, list):
                raise TypeError
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f'{file}: expected {{"receipts": [{{"case", "result", "receipt"}}]}}'
            ) from error
        taken = receive(lines, at=clock.now())
        for number, why in taken.refused:
            self.stderr.write(f"line {number}: {why}")
        self.stdout.write(f"{taken.done} receipts entered, {len(taken.refused)} refused")
