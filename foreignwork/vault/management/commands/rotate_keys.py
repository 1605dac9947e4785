"""Change the master key while everything runs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from foreignwork.vault.keys import add_master
from foreignwork.vault.models import DataKey


class Command(BaseCommand):
    help = "Adds a new master key to the key file and re-wraps all data keys under it, in batches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--resume", action="store_true", help="no new master key; finish an interrupted run"
        )

    def handle(self, *args: Any, resume: bool, **options: Any) -> None:
        if not resume:
            self.stdout.write(f"master key version {add_master(settings.KEY_FILE)} added")
        total = 0
        while done := DataKey.objects.rewrap():
            total += done
        self.stdout.write(f"{total} data keys re-wrapped")
        for version in sorted(
            set(DataKey.objects.filter(destroyed_at=None).values_list("master_version", flat=True))
        ):
            self.stdout.write(f"in use: master key version {version}")
