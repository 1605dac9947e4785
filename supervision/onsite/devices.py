"""Phones made ready by inspectors. The phone keeps only what it cannot open alone: half of the way to its key is a secret that lies
here, sealed, and is handed out to the session of its owner. Closing a phone destroys that secret (docs/adr/0016)."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from foreignwork.accounts.models import User
from foreignwork.vault.models import DataKey

from ..models import FieldDevice

SECRET_BYTES = 32
LONGEST = 2**31  # ids are numbers of the database; a larger one is nobody's


def make(user: User, *, at: datetime) -> FieldDevice:
    """A phone made ready anew."""
    key = DataKey.objects.make(at)
    secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")
    return FieldDevice.objects.create(
        user=user, data_key=key, crypt_id=uuid4(), secret=secret, opened_at=at, seen_at=at
    )


def of(user: User, number: str) -> FieldDevice | None:
    """The user's own phone, if it is still open; another's, a closed one and nonsense are all None."""
    if not (number.isascii() and number.isdecimal()) or int(number) >= LONGEST:
        return None
    return FieldDevice.objects.filter(pk=int(number), user=user, closed_at__isnull=True).first()


def seen(device: FieldDevice, *, at: datetime) -> None:
    FieldDevice.objects.filter(pk=device.pk).update(seen_at=at)


def left_with(user: User) -> bool:
    """Whether a phone of his may still hold something: one was made ready, and it never said that it was wiped."""
    return FieldDevice.objects.filter(user=user).exclude(closed_how=FieldDevice.Closed.WIPED).exists()


def close_all(user: User, *, at: datetime) -> None:
    """Somebody is no inspector any more: what lies on his phones is opened by nobody."""
    for device in FieldDevice.objects.filter(user=user, closed_at__isnull=True):
        close(device, FieldDevice.Closed.REVOKED, by=user, at=at)


def close(device: FieldDevice, how: FieldDevice.Closed, *, by: User, at: datetime) -> bool:
    """Close it and destroy its secret. False if it was closed before."""
    with transaction.atomic():
        done = FieldDevice.objects.filter(pk=device.pk, closed_at__isnull=True).update(
            closed_at=at, closed_how=how, closed_by=by, secret=None
        )
        if done:
            DataKey.objects.destroy(device.data_key_id, at)
    return bool(done)
