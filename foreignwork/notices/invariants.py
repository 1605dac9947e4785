"""A printed paper is the one whose digest is on record (quality I10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from foreignwork.invariants import BATCH, Breach, invariant
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError

from .models import NoticeFile


@invariant("I10")
def papers_are_those_on_record(at: datetime) -> Iterator[Breach]:
    """``sha256`` is what anyone who holds the paper compares with. A file that cannot be read is the vault's to name."""
    files = NoticeFile.objects.select_related("blob", "notice").order_by("pk")
    for file in files.iterator(BATCH):
        try:
            data = blobs.read(file.blob)
        except VaultError:
            continue
        if hashlib.sha256(data).hexdigest() != file.sha256:
            yield Breach(
                "I10", f"paper {file.notice.number}", "its file is not the one whose digest is on record"
            )
