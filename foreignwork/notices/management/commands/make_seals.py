"""Sample seals for every office of this installation, at home."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foreignwork.accounts.models import Office
from foreignwork.notices.authority import folder, make_seal


class Command(BaseCommand):
    help = (
        "Issues a sample seal certificate for every office that has none (seals/<office code>.p12 beside the key file, "
        "mode 0600). At home only: elsewhere the operator supplies the PKCS#12 files of the offices' real seals."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                f"A real installation signs with real seals: put each office's PKCS#12 file into {folder()} as "
                "<office code>.p12 (mode 0600), and its passphrase into FOREIGNWORK_SEAL_PASSPHRASE."
            )
        offices = Office.objects.order_by("code").values_list("code", "name_zh")
        made = sum(make_seal(code, name) for code, name in offices)
        self.stdout.write(f"seals in {folder()}: {made} created, {len(offices) - made} existed")
