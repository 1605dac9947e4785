"""The sweep over what has run out: what rests on it looks again, and employer and person are told; once. Safe to repeat.

Nothing is ended here: a permit that ran out may still be cancelled (行政许可法 70), and makes room for a new one by itself.
While a case about it is open nothing is told: an extension not decided in time counts as granted (行政许可法 50).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.expiry import EXPIRED, Reminder
from foreignwork.cases.models import Case, Entitlement
from foreignwork.outbox.put import Message, nudge, put

from .announcing import ENDED

BATCH = 500
MOST = 5000
"""As many a run: after a long silence the rest follows by the next one, and the worker is not buried."""


def expire(*, at: datetime, limit: int = BATCH) -> int:
    """Tell of everything that has run out and was not told of yet; returns of how much. Two workers share the work."""
    told = 0
    while told < MOST and (n := _batch(at=at, limit=limit)):
        told += n
    return told


def _batch(*, at: datetime, limit: int) -> int:
    busy = Case.objects.open().filter(about=OuterRef("pk"))
    known = Reminder.objects.filter(entitlement=OuterRef("pk"), kind=EXPIRED)
    with transaction.atomic():
        rows = list(
            Entitlement.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(
                ~Exists(busy), ~Exists(known), status=Entitlement.Status.ACTIVE, valid_until__lt=day_of(at)
            )
            .order_by("pk")
            .only("pk", "dossier_id", "employer_id", "valid_until")[:limit]
        )
        Reminder.objects.bulk_create([one for row in rows for one in _reminders(row, at=at)])
        put(
            [
                Message(key=f"expired:{row.pk}", topic=ENDED, payload={"dossier": row.dossier_id})
                for row in rows
            ],
            at=at,
        )
        if rows:
            nudge()
    return len(rows)


def _reminders(row: Entitlement, *, at: datetime) -> list[Reminder]:
    """To the employer, where there is one, and to the person: these rows are also how the sweep knows what it has told."""
    to = [Reminder.To.EMPLOYER, Reminder.To.PERSON] if row.employer_id else [Reminder.To.PERSON]
    assert row.valid_until is not None
    return [Reminder(entitlement=row, kind=EXPIRED, to=whom, due_on=row.valid_until, at=at) for whom in to]
