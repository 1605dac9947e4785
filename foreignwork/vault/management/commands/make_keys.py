"""Create the key file, once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from foreignwork.vault.keys import make_key_file, read_key_file


class Command(BaseCommand):
    help = (
        "Creates settings.KEY_FILE with fresh keys (mode 0600). An existing key file is left alone. "
        "Keep a copy in escrow: without it all sealed data is lost."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_key_file(settings.KEY_FILE)
        ring = read_key_file(settings.KEY_FILE)
        state = "created" if made else "exists"
        self.stdout.write(f"key file {settings.KEY_FILE}: {state}, master key version {ring.current}")
