"""The sweep: what runs out does what the law says, by itself, once (design, decision 5; quality I6).

An inequality, so that a night without a worker loses nothing: ``due_on < today``, unmet, unfired. Where the law moves a case, cases
are locked first (as ``perform`` does), so that a sweep and an officer never wait for each other in a ring.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from foreignwork.accounts import who
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.deadlines.models import Deadline, DeadlineQuerySet, Pause
from foreignwork.rows import among, update_returning

from .perform import perform_many

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """``fired`` limits ran out, ``moved`` cases were moved by the law's step, ``provisional`` wait for a calendar."""

    fired: int = 0
    moved: int = 0
    provisional: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.fired + other.fired, self.moved + other.moved, self.provisional + other.provisional)


def due(today: date) -> Q:
    """Limits that have run out and on which nothing happened yet. Provisional dates never fire (decisions 10), nor does a
    limit that a special procedure holds (行政许可法 45)."""
    return _over(today) & Q(~_held())


def _held() -> Exists:
    return Exists(Pause.objects.filter(case=OuterRef("case"), kind=OuterRef("kind"), until_on__isnull=True))


def _over(today: date) -> Q:
    """The same, held ones too: what the index of what still runs answers by itself."""
    return Q(
        due_on__lt=today,
        met_on__isnull=True,
        fired_at__isnull=True,
        voided_at__isnull=True,
        provisional=False,
    )


def sweep(*, at: datetime, limit: int = BATCH) -> Swept:
    """Fire everything that has run out, in batches of ``limit``, each its own transaction. Two sweeps share the work."""
    total = _promises(at, limit) + _by_law(at, limit)
    provisional = Deadline.objects.running().filter(due_on__lt=day_of(at), provisional=True).count()
    return total + Swept(provisional=provisional)


def _promises(at: datetime, limit: int) -> Swept:
    """What an office promised and did not keep is marked, no more: nobody's case moves, so no case is locked. A limit that
    somebody is just meeting is passed over until the next sweep."""
    total, seen = Swept(), (date.min, 0)
    while True:
        with transaction.atomic():
            broken = (
                _waiting(at, seen).filter(basis=Deadline.Basis.PROMISED).select_for_update(skip_locked=True)
            )
            rows = list(broken.values_list("pk", "due_on")[:limit])
            if not rows:
                return total
            mine = Deadline.objects.filter(~_held(), pk__in=among(pk for pk, _on in rows))
            total += Swept(fired=mine.update(fired_at=at))
        seen = (rows[-1][1], rows[-1][0])


def _by_law(at: datetime, limit: int) -> Swept:
    total, seen = Swept(), (date.min, 0)
    while True:
        waiting = _waiting(at, seen).exclude(basis=Deadline.Basis.PROMISED)
        rows = list(waiting.values_list("pk", "case_id", "due_on")[:limit])
        if not rows:
            return total
        seen = (rows[-1][2], rows[-1][0])
        total += _batch([pk for pk, _case, _on in rows], {case for _pk, case, _on in rows}, at=at)


def _waiting(at: datetime, seen: tuple[date, int]) -> DeadlineQuerySet:
    """In the order of the index of what still runs: by id, the planner would go through every limit there ever was. Whether
    something is held is asked of a batch: here, where no more than a few are expected to be over, the planner would gather and sort
    all that are, for each batch anew."""
    return Deadline.objects.filter(_over(day_of(at))).beyond(*seen).order_by("due_on", "pk")


def _batch(deadline_ids: list[int], case_ids: set[int], *, at: datetime) -> Swept:
    with transaction.atomic():
        locked = list(
            Case.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk__in=among(case_ids))
            .order_by("pk")
            .values_list("pk", "matter", "sub_matter", "origin", "state")
        )
        cases = {pk: known for pk, *known in locked}
        # Looked at again under the lock: what was met or held meanwhile does not fire.
        still = Deadline.objects.filter(due(day_of(at)), pk__in=among(deadline_ids), case_id__in=among(cases))
        rows = update_returning(still, ["case", "kind"], fired_at=at)
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for case_id, kind in rows:
            matter, sub_matter, origin, state = cases[case_id]
            step = registry.get(matter).timer_step(kind, sub_matter, origin)
            if step and state in step.sources:
                groups[matter, step.name].append(case_id)
        moved = 0
        for (_matter, name), ids in sorted(groups.items()):
            done = perform_many(case_ids=sorted(set(ids)), action=name, actor=who.system(day_of(at)), at=at)
            moved += sum(1 for entry in done if entry.event)
    return Swept(fired=len(rows), moved=moved)
