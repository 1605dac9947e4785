"""Files lie where their rows say (quality I10); what is sealed opens under a living key (I16)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from foreignwork.invariants import BATCH, Breach, in_batches, invariant

from . import keys
from .blobs import path_of
from .errors import KeyDestroyed, VaultError
from .fields import SealedField
from .models import Blob, DataKey
from .seal import decode, unseal_bytes

UNFINISHED_FOR = timedelta(hours=24)
"""A file may lie without its row for this long: the row of a transaction that was rolled back never came."""
READ = 1 << 20


@invariant("I10")
def every_file_lies_where_its_row_says(at: datetime) -> Iterator[Breach]:
    """Each row's file is there and hashes to its name (the SHA-256 of what was written)."""
    for name in Blob.objects.order_by("pk").values_list("pk", flat=True).iterator(BATCH):
        try:
            stored = _sha256(path_of(name))
        except (FileNotFoundError, VaultError):
            yield Breach("I10", f"blob {name}", "its file is missing")
            continue
        if stored != name:
            yield Breach("I10", f"blob {name}", "is not the file that was stored")


@invariant("I10")
def no_file_without_a_row(at: datetime) -> Iterator[Breach]:
    """Files that no row knows are swept away after a day; one that is older has been forgotten."""
    before = (at - UNFINISHED_FOR).timestamp()
    for folder in Path(settings.BLOB_DIR).glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]"):
        old = {file.name for file in folder.iterdir() if file.stat().st_mtime < before}
        known = set(Blob.objects.filter(pk__in=old).values_list("pk", flat=True)) if old else set()
        for name in sorted(old - known):
            yield Breach("I10", f"file {name}", "has had no row for more than a day")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(READ):
            digest.update(piece)
    return digest.hexdigest()


@invariant("I16")
def every_key_opens(at: datetime) -> Iterator[Breach]:
    """Each living data key opens under the version of the master key that it names."""
    living = DataKey.objects.filter(destroyed_at__isnull=True).order_by("pk")
    for key_id, version, wrapped in living.values_list("pk", "master_version", "wrapped").iterator(BATCH):
        try:
            keys.open_wrapped(key_id, version, wrapped)
        except VaultError as error:
            yield Breach("I16", f"data key {key_id}", type(error).__name__)


@invariant("I16")
def every_seal_opens(at: datetime) -> Iterator[Breach]:
    """Each sealed column opens for its own row and field. What was erased with its key stays closed, as it must."""
    for model in apps.get_models():
        fields = [entry for entry in model._meta.local_concrete_fields if isinstance(entry, SealedField)]
        if fields:
            yield from _seals_of(model, fields)


def _seals_of(model: type[Model], fields: list[SealedField]) -> Iterator[Breach]:
    names = [entry.attname for entry in fields]
    found = model._base_manager.order_by("pk").values_list("pk", "crypt_id", "data_key_id", *names)
    for batch in in_batches(found.iterator(BATCH)):
        keys.prime(row[2] for row in batch)
        for pk, crypt_id, key_id, *sealed in batch:
            for entry, ciphertext in zip(fields, sealed, strict=True):
                if ciphertext is None:
                    continue
                try:
                    decode(unseal_bytes(entry.label, crypt_id, key_id, ciphertext))
                except KeyDestroyed:
                    continue
                except (VaultError, ValueError) as error:
                    yield Breach("I16", f"{entry.label} {pk}", type(error).__name__)
