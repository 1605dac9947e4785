"""Limits (quality I6): never early, once, none left lying, and each ends on the day that its start, pauses and extensions give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from foreignwork.cases.clock import today as day_of
from foreignwork.invariants import BATCH, Breach, invariant, rows

from .models import Deadline, Extension, Pause
from .recount import MOVED_LIMITS, due_of

SWEPT_WITHIN = timedelta(hours=1)
"""After midnight the beat has swept everything that ran out the day before."""


@invariant("I6")
def never_early_and_never_twice(at: datetime) -> Iterator[Breach]:
    """Fired on a day after the last, by the database's clock; a limit that was moved after it fired is judged by the move.
    A start runs out once: after a firing the limit is met, voided or begins anew."""
    for pk, number, kind, due_on, fired_on, provisional in rows(
        """
        SELECT d.id, c.number, d.kind, d.due_on, (d.fired_at AT TIME ZONE 'Asia/Shanghai')::date, d.provisional
        FROM deadlines_deadline d JOIN cases_case c ON c.id = d.case_id
        WHERE d.fired_at IS NOT NULL
            AND (d.provisional OR (d.fired_at AT TIME ZONE 'Asia/Shanghai')::date <= d.due_on)
            AND NOT EXISTS (
                SELECT 1 FROM cases_caseevent e WHERE e.case_id = d.case_id AND e.at >= d.fired_at AND e.data ? %s)
            AND NOT EXISTS (
                SELECT 1 FROM deadlines_pause p WHERE p.case_id = d.case_id AND p.kind = d.kind
                    AND p.told_on >= (d.fired_at AT TIME ZONE 'Asia/Shanghai')::date)
            AND NOT EXISTS (
                SELECT 1 FROM deadlines_extension x WHERE x.case_id = d.case_id AND x.kind = d.kind
                    AND x.at >= d.fired_at)
        """,
        [MOVED_LIMITS],
    ):
        how = "while its day was provisional" if provisional else f"on {fired_on}, before the end of {due_on}"
        yield Breach("I6", number, f"limit {pk} ({kind}) fired {how}")
    for number, kind, since, count in rows(
        """
        SELECT c.number, d.kind, d.started_on, count(*) FROM deadlines_deadline d
        JOIN cases_case c ON c.id = d.case_id
        WHERE d.fired_at IS NOT NULL AND d.voided_at IS NULL
        GROUP BY c.id, d.kind, d.basis, d.started_on HAVING count(*) > 1
        """
    ):
        yield Breach("I6", number, f"limit {kind} that began on {since} fired {count} times")


@invariant("I6", after_the_worker=True)
def none_is_left_lying(at: datetime) -> Iterator[Breach]:
    """What ran out has fired, unless a special procedure holds it."""
    for pk, number, kind, due_on in rows(
        """
        SELECT d.id, c.number, d.kind, d.due_on FROM deadlines_deadline d JOIN cases_case c ON c.id = d.case_id
        WHERE d.due_on < %s AND d.met_on IS NULL AND d.fired_at IS NULL AND d.voided_at IS NULL AND NOT d.provisional
            AND NOT EXISTS (
                SELECT 1 FROM deadlines_pause p
                WHERE p.case_id = d.case_id AND p.kind = d.kind AND p.until_on IS NULL)
        """,
        [day_of(at - SWEPT_WITHIN)],
    ):
        yield Breach("I6", number, f"limit {pk} ({kind}) ran out on {due_on} and has not fired")


@invariant("I6")
def the_case_knows_its_earliest(at: datetime) -> Iterator[Breach]:
    """The case's own due day repeats the earliest limit of the office that runs and is not held."""
    for number, due_on, earliest in rows(
        """
        SELECT c.number, c.due_on, d.earliest FROM cases_case c LEFT JOIN (
            SELECT d.case_id, min(d.due_on) AS earliest FROM deadlines_deadline d
            WHERE d.met_on IS NULL AND d.voided_at IS NULL AND d.basis = 'statutory'
                AND NOT EXISTS (
                    SELECT 1 FROM deadlines_pause p
                    WHERE p.case_id = d.case_id AND p.kind = d.kind AND p.until_on IS NULL)
            GROUP BY 1) d ON d.case_id = c.id
        WHERE c.due_on IS DISTINCT FROM d.earliest
        """
    ):
        yield Breach("I6", number, f"due on {due_on} by its own row, on {earliest} by its limits")


@invariant("I6")
def each_ends_on_its_day(at: datetime) -> Iterator[Breach]:
    """A replay: start, length, extensions and pauses by the calendar of now give the day on record."""
    running = Deadline.objects.running().select_related("case").order_by("pk").iterator(BATCH)
    while batch := list(islice(running, BATCH)):
        pauses, longer = _times(batch)
        for row in batch:
            key = (row.case_id, row.kind)
            due = due_of(row, longer.get(key, 0), pauses.get(key, ()))
            if (due.on, due.provisional) != (row.due_on, row.provisional):
                yield Breach(
                    "I6",
                    row.case.number,
                    f"limit {row.pk} ({row.kind}) ends on {row.due_on}, derived {due.on}",
                )


Key = tuple[int, str]


def _times(batch: Sequence[Deadline]) -> tuple[dict[Key, list[tuple[date, date | None]]], dict[Key, int]]:
    """Pauses and extensions of these limits: two queries."""
    ids = {row.case_id for row in batch}
    pauses: dict[Key, list[tuple[date, date | None]]] = defaultdict(list)
    longer: dict[Key, int] = defaultdict(int)
    for pause in Pause.objects.filter(case_id__in=ids):
        pauses[pause.case_id, pause.kind].append((pause.from_on, pause.until_on))
    for extension in Extension.objects.filter(case_id__in=ids):
        longer[extension.case_id, extension.kind] += extension.amount
    return pauses, longer
