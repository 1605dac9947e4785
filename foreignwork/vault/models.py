"""Data keys and blobs, and the abstract model of every row with sealed fields."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import connections, models, transaction
from django.db.models import Q

from . import keys
from .fields import SealedField, SealedQuerySet

__all__ = ["Blob", "DataKey", "Sealed", "SealedField", "SealedQuerySet"]


# one statement for many rows: bulk_update() is fifteen times slower
REWRAP = """
    UPDATE vault_datakey SET master_version = %s, wrapped = fresh.wrapped
    FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (id, wrapped) WHERE vault_datakey.id = fresh.id
"""


class DataKeyQuerySet(models.QuerySet[Any]):
    def make(self, at: datetime) -> DataKey:
        """A new data key, saved. `at` is the time of creation."""
        return self.make_many(1, at)[0]

    def make_many(self, count: int, at: datetime) -> list[DataKey]:
        """`count` new data keys in one insert."""
        rows: list[Any] = []
        for _ in range(count):
            key_id, key = uuid4(), secrets.token_bytes(keys.KEY_BYTES)
            version, wrapped = keys.wrap(key_id, key)
            rows.append(DataKey(id=key_id, master_version=version, wrapped=wrapped, created_at=at))
            keys.remember(key_id, key)
        self.bulk_create(rows)
        return rows

    def destroy(self, key: DataKey | UUID, at: datetime) -> bool:
        """Erasure: empty the wrapped key, for good. False if it was destroyed before. Other processes forget
        it
        within keys.CACHE_SECONDS. Copies in old backups end with the retention of the backups."""
        key_id = key.pk if isinstance(key, DataKey) else key
        done = self.filter(pk=key_id, destroyed_at__isnull=True).update(wrapped=b"", destroyed_at=at)
        keys.forget(key_id)
        # a thread that reads between this update and the commit would put the key back into the cache
        transaction.on_commit(partial(keys.forget, key_id), using=self.db)
        if isinstance(key, DataKey) and done:
            key.wrapped, key.destroyed_at = b"", at
        return bool(done)

    def rewrap(self, limit: int = 1000) -> int:
        """Re-wrap up to `limit` keys of older master versions under the current one; 0 = none left (or all
        locked by
        another run). Each call is one transaction, so that a crash loses nothing and the next run goes on."""
        current = keys.keyring().current
        with transaction.atomic(using=self.db):
            stale = self.filter(destroyed_at__isnull=True, master_version__lt=current).order_by("pk")
            rows = list(stale.select_for_update(skip_locked=True)[:limit])
            if not rows:
                return 0
            fresh = [
                keys.wrap(row.pk, keys.open_wrapped(row.pk, row.master_version, row.wrapped)) for row in rows
            ]
            with connections[self.db].cursor() as cursor:
                ids, wrapped = [row.pk for row in rows], [pair[1] for pair in fresh]
                cursor.execute(REWRAP, [fresh[0][0], ids, wrapped])
        return len(rows)


class DataKey(models.Model):
    """One key for one dossier (or another unit of erasure), wrapped by a master key of the key file."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    master_version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    objects = DataKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="vault_datakey_destroyed_is_empty",
                condition=Q(destroyed_at__isnull=True) & ~Q(wrapped=b"")
                | Q(destroyed_at__isnull=False) & Q(wrapped=b""),
            ),
        ]
        indexes = [
            models.Index(
                "master_version", name="vault_datakey_live_version", condition=Q(destroyed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"


class Sealed(models.Model):
    """Base of rows with sealed fields. `crypt_id` is copied to history rows, which makes their ciphertexts
    readable;
    a *new* row made from an old one needs a new crypt_id. Nobody looks for rows by their key: to erase is to empty the key's row."""

    crypt_id = models.UUIDField(default=uuid4, editable=False)
    data_key = models.ForeignKey(
        DataKey, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )

    objects = SealedQuerySet.as_manager()

    class Meta:
        abstract = True

    @staticmethod
    def prime(rows: Iterable[Sealed]) -> None:
        """Open the keys of many rows in one query."""
        keys.prime(row.data_key_id for row in rows)


class Blob(models.Model):
    """An encrypted file in settings.BLOB_DIR, named by the SHA-256 of its ciphertext. Made by blobs.store()
    only."""

    name = models.CharField(max_length=64, primary_key=True)
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveBigIntegerField(help_text="bytes of the plaintext")
    content_hmac = models.BinaryField(
        max_length=32, db_index=True, help_text="keyed HMAC-SHA256 of the plaintext"
    )
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"blob {self.name[:12]}"
