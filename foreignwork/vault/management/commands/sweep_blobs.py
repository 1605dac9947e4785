"""Remove files that no row knows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from foreignwork.vault.blobs import remove_orphans


class Command(BaseCommand):
    help = "Removes encrypted files without a row and unfinished uploads older than 24 hours."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remove_orphans(at=timezone.now())} files removed")
