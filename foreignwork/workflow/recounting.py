"""A year of holidays arrives or changes: the running limits are derived anew, through the one hand, with an event for each case.

Nothing needs to know what changed in the calendar: every running limit is compared with what the calendar says now, so the
work may stop, repeat, and be shared by several processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from foreignwork.accounts import who
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case
from foreignwork.deadlines.holding import times
from foreignwork.deadlines.models import Deadline
from foreignwork.deadlines.recount import Move, moves
from foreignwork.policies.workdays import Calendar

from .perform import perform_many

BATCH = 500
STEP = "recount_limits"


@dataclass(frozen=True, slots=True)
class Recounted:
    """``cases`` got an event, ``limits`` end on another day or are firm now; ``busy`` cases were locked by somebody else."""

    cases: int = 0
    limits: int = 0
    busy: int = 0

    def __add__(self, other: Recounted) -> Recounted:
        return Recounted(self.cases + other.cases, self.limits + other.limits, self.busy + other.busy)


def would_move(
    *, at: datetime, calendar: Calendar | None = None, batch: int = BATCH
) -> Iterator[tuple[Case, list[Move]]]:
    """What a recount would change, case by case; nothing is locked or written. ``calendar``: as if it were in force."""
    seen = 0
    while ids := _next(seen, batch):
        seen = ids[-1]
        yield from _moving(ids, day_of(at), calendar)


def recount(*, at: datetime, batch: int = BATCH) -> Recounted:
    """Derive all running limits anew, in batches, each its own transaction. Repeating it changes nothing."""
    total, seen = Recounted(), 0
    while ids := _next(seen, batch):
        seen = ids[-1]
        moving = [case.pk for case, _moves in _moving(ids, day_of(at), None)]
        if moving:
            total += _batch(moving, at=at)
    return total


def _next(after: int, batch: int) -> list[int]:
    """The next cases with a running limit, by key."""
    rows = Deadline.objects.running().filter(case_id__gt=after).order_by("case_id")
    return list(rows.values_list("case_id", flat=True).distinct()[:batch])


def _moving(ids: list[int], today: date, calendar: Calendar | None) -> Iterator[tuple[Case, list[Move]]]:
    cases = Case.objects.filter(pk__in=ids).only("pk", "number", "matter").order_by("pk")
    for context in contexts(cases, today):
        if found := moves(times(context), calendar):
            yield context.case, found


def _batch(moving: list[int], *, at: datetime) -> Recounted:
    """Cases first, as everywhere: whoever works on one now keeps it, and the next pass takes it up."""
    with transaction.atomic():
        locked = list(
            Case.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk__in=moving)
            .order_by("pk")
            .values_list("pk", "matter")
        )
        by_matter: dict[str, list[int]] = defaultdict(list)
        for pk, matter in locked:
            by_matter[matter].append(pk)
        done = Recounted(busy=len(moving) - len(locked))
        for _matter, ids in sorted(by_matter.items()):
            for entry in perform_many(case_ids=ids, action=STEP, actor=who.system(day_of(at)), at=at):
                if entry.event:
                    done += Recounted(cases=1, limits=len(entry.event.data["moved_limits"]))
    return done
