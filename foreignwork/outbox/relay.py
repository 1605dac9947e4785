"""Run what is in the outbox: claim one message, run its handler, mark it sent.

1 claim  one short transaction: pick a row nobody holds (SKIP LOCKED), count the attempt, put it out of sight
         for LEASE. Committed *before* the handler runs: a handler that kills the process is counted, and
         after MAX_ATTEMPTS the message is quarantined.
2 run    one transaction: mark the row sent if it is still the claimed attempt (this locks it), run the
         handler, commit. The handler's rows and the mark stand or fall together.
3 fail   after a rollback of 2: next try later, or quarantine. Only the class of the error is kept.

One message at a time: a batch claimed together would be blamed together for one that kills the process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import Min

from .models import WAITING, OutboxMessage
from .registry import handler_of

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
LEASE = timedelta(
    seconds=60
)  # until a crashed attempt is tried again; a longer run is protected by its row lock
BACKOFF = (timedelta(seconds=30), timedelta(minutes=5))  # after the first and second failure
RETRIED_FOR = MAX_ATTEMPTS * LEASE + sum(BACKOFF, timedelta())
"""From the first attempt to the quarantine, if every one of them crashes or fails as late as it can."""
NEWEST_EVERY = 4  # every fourth claim takes the newest message: a backlog starves neither end
CRASHED = "Crashed"
KEPT = timedelta(days=30)
"""How long sent messages stay: as long as a repeated request could put them anew."""

CLAIM = """
    UPDATE outbox_outboxmessage SET attempts = attempts + 1, available_at = %(until)s
    WHERE id = (SELECT id FROM outbox_outboxmessage
                WHERE sent_at IS NULL AND quarantined_at IS NULL AND available_at <= %(at)s
                ORDER BY available_at {order}, id {order} LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, topic, payload, attempts
"""
TAKE = """
    UPDATE outbox_outboxmessage SET sent_at = %(at)s, last_error = ''
    WHERE id = %(id)s AND attempts = %(attempts)s AND sent_at IS NULL AND quarantined_at IS NULL
"""


@dataclass(frozen=True)
class Relayed:
    """How many messages one relay() sent, failed (to be tried again) and quarantined."""

    sent: int = 0
    failed: int = 0
    quarantined: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.failed + self.quarantined

    def __add__(self, other: Relayed) -> Relayed:
        return Relayed(
            self.sent + other.sent, self.failed + other.failed, self.quarantined + other.quarantined
        )


@dataclass(frozen=True)
class _Claimed:
    id: int
    topic: str
    payload: dict[str, Any]
    attempts: int


def relay(*, at: datetime, limit: int = 100) -> Relayed:
    """Run up to `limit` messages that are due at `at`. Call it outside transactions; any number may run side
    by side."""
    done = Relayed()
    for number in range(1, limit + 1):
        message = _claim(at, newest=number % NEWEST_EVERY == 0)
        if message is None:
            break
        done += _run(message, at)
    return done


def _claim(at: datetime, newest: bool) -> _Claimed | None:
    if connection.in_atomic_block:
        # the count would be rolled back with the caller's transaction, and a poisoned message would live for ever
        with transaction.atomic(durable=True):  # RuntimeError; lets the one transaction of a test case pass
            pass
    with connection.cursor() as cursor:  # one statement, one commit
        cursor.execute(CLAIM.format(order="DESC" if newest else "ASC"), {"at": at, "until": at + LEASE})
        row = cursor.fetchone()
    if row is None:
        return None
    return _Claimed(
        row[0], row[1], json.loads(row[2]), row[3]
    )  # Django's connections hand jsonb over as text


def _run(message: _Claimed, at: datetime) -> Relayed:
    if message.attempts > MAX_ATTEMPTS:  # every earlier attempt ended without a word
        return _quarantine(message, at, CRASHED)
    try:
        with transaction.atomic():
            if not _take(message, at):
                return Relayed()  # another relay has it: the lease was over before we came to run
            handler_of(message.topic)(message.payload, at)
    except SoftTimeLimitExceeded as error:
        _failed(message, at, error)
        raise
    except Exception as error:  # a handler may raise anything; the message is set aside and the others go on
        return _failed(message, at, error)
    return Relayed(sent=1)


def _take(message: _Claimed, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"at": at, "id": message.id, "attempts": message.attempts})
        return bool(cursor.rowcount == 1)


def _failed(message: _Claimed, at: datetime, error: BaseException) -> Relayed:
    name = type(error).__name__
    log.warning(
        "outbox message %s (%s) attempt %s failed: %s", message.id, message.topic, message.attempts, name
    )
    if message.attempts >= MAX_ATTEMPTS:
        return _quarantine(message, at, name)
    wait = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    _held(message).update(available_at=at + wait, last_error=name[:100])
    return Relayed(failed=1)


def _quarantine(message: _Claimed, at: datetime, error: str) -> Relayed:
    log.error("outbox message %s (%s) quarantined: %s", message.id, message.topic, error)
    changed = _held(message).update(quarantined_at=at, last_error=error[:100], attempts=MAX_ATTEMPTS)
    return Relayed(quarantined=changed)


def _held(message: _Claimed) -> Any:
    return OutboxMessage.objects.filter(WAITING, pk=message.id, attempts=message.attempts)


# --- watching and repairing ---------------------------------------------------------------------------------


def replay(ids: Iterable[int], *, at: datetime) -> int:
    """Give quarantined messages three new attempts, as if they were put now. Returns how many."""
    quarantined = OutboxMessage.objects.filter(pk__in=list(ids), quarantined_at__isnull=False)
    return quarantined.update(quarantined_at=None, attempts=0, created_at=at, available_at=at)


def lag(*, at: datetime) -> timedelta:
    """How long the oldest due message has been waiting; zero when none is. For the readiness probe and
    alarms.

    A message that runs or waits for its next attempt is not due, so it shows in `quarantined()` at the
    latest."""
    oldest = OutboxMessage.objects.filter(WAITING, available_at__lte=at).aggregate(
        oldest=Min("available_at")
    )["oldest"]
    return at - oldest if oldest else timedelta(0)


def quarantined() -> int:
    """How many messages wait for a person."""
    return OutboxMessage.objects.filter(quarantined_at__isnull=False).count()


def purge(*, before: datetime, limit: int = 10_000) -> int:
    """Delete messages sent before a time (normally KEPT ago), at most `limit`. Their keys are free again."""
    ids = OutboxMessage.objects.filter(sent_at__lt=before).order_by("pk").values_list("pk", flat=True)[:limit]
    return OutboxMessage.objects.filter(pk__in=list(ids)).delete()[0]
