"""The Celery task that works the outbox off; called by nudge() as a hint and by the beat every few
seconds."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from .relay import KEPT, Relayed, purge
from .relay import relay as relay_due

BATCH = 100
SECONDS = (
    30.0  # then the task ends and the beat starts the next one: a huge backlog never holds a worker for ever
)
SOFT_LIMIT, HARD_LIMIT = 60, 75


@shared_task(
    name="foreignwork.outbox.tasks.relay",
    ignore_result=True,
    soft_time_limit=SOFT_LIMIT,
    time_limit=HARD_LIMIT,
    acks_late=False,
)
def relay() -> dict[str, int]:
    """Relay until nothing is due, or for SECONDS."""
    end, total = time.monotonic() + SECONDS, Relayed()
    while time.monotonic() < end:
        done = relay_due(at=timezone.now(), limit=BATCH)
        total += done
        if not done.total:
            break
    return {"sent": total.sent, "failed": total.failed, "quarantined": total.quarantined}


@shared_task(name="foreignwork.outbox.tasks.tidy", ignore_result=True, soft_time_limit=300, time_limit=330)
def tidy() -> int:
    """Delete what was sent long ago, in batches; what is left over waits for the next day. Returns how many."""
    gone, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end and (deleted := purge(before=timezone.now() - KEPT)):
        gone += deleted
    return gone
