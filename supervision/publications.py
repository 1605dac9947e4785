"""Ending publications whose term has passed, in batches; each is the system's own step, through the one hand."""

from __future__ import annotations

from datetime import datetime

from foreignwork.accounts import who
from foreignwork.cases.clock import today as day_of
from foreignwork.workflow.perform import perform_many

from .models import Inspection

BATCH = 500


def end_all(*, at: datetime) -> int:
    """How many ended. The public list hides them from that day on, whether this has run or not."""
    day, total, seen = day_of(at), 0, 0
    while True:
        over = Inspection.objects.filter(
            published_on__isnull=False, unpublished_on__isnull=True, published_until__lt=day, pk__gt=seen
        )
        ids = list(over.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return total
        seen = ids[-1]
        done = perform_many(case_ids=ids, action="end_publication", actor=who.system(day), at=at)
        total += sum(1 for entry in done if entry.event)
