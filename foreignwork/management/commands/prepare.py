"""Everything between fresh code and the first request; safe to repeat. `make run` and docker-compose begin with it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser, call_command

PACK = "gansu"


class Command(BaseCommand):
    help = "Keys, migrations, rights, translations, static files, the policy pack; with DEBUG also the demo cast."
    requires_system_checks: list[str] = []  # a first start has no key file yet; checked below

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bare", action="store_true", help="Keys, database and rights only: no content.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Path(settings.KEY_FILE).exists():
            self.tell("making the master key")
            call_command("make_keys", stdout=io.StringIO())
        self.translations()
        call_command("check", stdout=io.StringIO())
        self.tell("database")
        call_command("setup_database", verbosity=0)
        if options["bare"]:
            return
        if not settings.DEBUG:
            self.tell("static files")
            # Of Bootstrap only the sheet we use: compressing the others takes ten seconds.
            unused = ["bootstrap-*", "bootstrap.css*", "*.rtl.*", "htmax*"]
            call_command("collectstatic", interactive=False, ignore_patterns=unused, verbosity=0)
        if settings.DEBUG:
            # First: the demo's story begins in the past and publishes the pack for that day.
            self.tell("demo cast")
            call_command("seed_demo", stdout=io.StringIO())
        self.tell(f"policy pack {PACK}")
        call_command("policies", "publish", PACK, stdout=io.StringIO())

    def tell(self, what: str) -> None:
        self.stdout.write(f"prepare: {what}")
        self.stdout.flush()

    def translations(self) -> None:
        """Compile what changed. Without the check Django would walk .venv too."""
        stale = []
        for source in Path(settings.BASE_DIR).glob("locale/*/LC_MESSAGES/*.po"):
            compiled = source.with_suffix(".mo")
            if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
                stale.append(source.parts[-3])
        if stale:
            self.tell("translations")
            call_command(
                "compilemessages", locale=sorted(set(stale)), ignore_patterns=[".venv", "var"], verbosity=0
            )
