"""Limits (quality I6): never early, once, none left lying, and each ends on the day that its start, pauses and extensions give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from foreignwork.cases.clock import today as day_of
from foreignwork.invariants import BATCH, Breach, in_batches, invariant, rows
from foreignwork.policies import workdays

from .dues import Span
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
                SELECT 1 FROM cases_caseevent e WHERE e.case_id = d.case_id AND e.at >= d.fired_at
                    AND e.data->%s @> jsonb_build_array(jsonb_build_object('kind', d.kind, 'basis', d.basis)))
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
    running = Deadline.objects.running().select_related("case").order_by("pk")
    for batch in in_batches(running.iterator(BATCH)):
        pauses, longer = _times(batch)
        for row in batch:
            key = (row.case_id, row.kind)
            due = due_of(row, sum(amount for _on, amount in longer[key]), pauses[key])
            if (due.on, due.provisional) != (row.due_on, row.provisional):
                yield _another_day(row, due.on)


@invariant("I6")
def those_past_ended_on_their_day(at: datetime) -> Iterator[Breach]:
    """The same replay of limits that were met, or that ran out and were dropped with it, by what held until then.

    Passed over: those dropped without having run out (nobody was held to them, and their pauses ended with the case); those on a
    provisional day; and those reckoned before the notice of a year they touch was on file: old calendars are kept nowhere.
    """
    known = workdays.known_since()
    for batch in in_batches(pk for (pk,) in rows(SUSPECTS, _odd_sets(known))):
        limits = list(Deadline.objects.filter(pk__in=batch).select_related("case").order_by("pk"))
        pauses, longer = _times(limits)
        for row in limits:
            key = (row.case_id, row.kind)
            due = _days_it_may_end_on(row, pauses[key], longer[key])
            if row.due_on not in due and _reckoned_by(known, row.due_on, row.started_on, _over(row)):
                yield _another_day(row, min(due))


PAST = "NOT d.provisional AND (d.met_on IS NOT NULL OR d.fired_at IS NOT NULL AND d.voided_at IS NOT NULL)"
SUSPECTS = f"""
    SELECT d.id FROM deadlines_deadline d JOIN unnest(%s::date[], %s::int[], %s::text[], %s::text[], %s::date[])
        s(started_on, amount, unit, basis, due_on) USING (started_on, amount, unit, basis, due_on) WHERE {PAST}
    UNION
    SELECT d.id FROM deadlines_deadline d JOIN deadlines_pause p USING (case_id, kind) WHERE {PAST}
    UNION
    SELECT d.id FROM deadlines_deadline d JOIN deadlines_extension x USING (case_id, kind) WHERE {PAST}
"""  # noqa: S608 - the condition above
"""Past limits that were held or made longer, and those of sets that look odd."""


def _odd_sets(known: Mapping[int, date]) -> list[list[Any]]:
    """Start, amount, unit, basis and end that do not fit together when nothing else happened. Thousands of limits share theirs,
    so each such set is derived once; five columns, for ``unnest``."""
    odd = [
        alike
        for *alike, over in rows(
            f"""
            SELECT d.started_on, d.amount, d.unit, d.basis, d.due_on,
                max(coalesce(d.met_on, (d.voided_at AT TIME ZONE 'Asia/Shanghai')::date))
            FROM deadlines_deadline d WHERE {PAST} GROUP BY 1, 2, 3, 4, 5
            """  # noqa: S608 - the condition above
        )
        if not _fits(*alike) and _reckoned_by(known, alike[4], alike[0], over)
    ]
    return [list(column) for column in zip(*odd, strict=True)] or [[]] * 5


def _fits(started_on: date, amount: int, unit: str, basis: str, due_on: date) -> bool:
    row = Deadline(started_on=started_on, amount=amount, unit=unit, basis=basis, due_on=due_on)
    return due_of(row, 0, ()).on == due_on


def _reckoned_by(known: Mapping[int, date], due_on: date, started_on: date, over: date) -> bool:
    """Whether the calendar of now is the one a limit that was over on this day had: a notice reaches into the last December."""
    years = range(started_on.year, (due_on + timedelta(days=31)).year + 1)
    return all(known[year] <= over for year in years if year in known)


def _over(row: Deadline) -> date:
    """The day on which a past limit was met, or dropped after it had run out."""
    if row.met_on is not None:
        return row.met_on
    assert row.voided_at is not None
    return day_of(row.voided_at)


def _days_it_may_end_on(
    row: Deadline, pauses: Sequence[Span], longer: Sequence[tuple[date, int]]
) -> set[date]:
    """By what had happened until the limit was over. A pause that ended with it was open to the last, unless the limit went on
    that very day; and an extension of an earlier limit of this kind counts where this one was derived anew."""
    over = _over(row)
    then = [span for span in pauses if span[0] <= over]
    open_ = [(start, None if until and until >= over else until) for start, until in then]
    before = sum(amount for on, amount in longer if on < row.started_on)
    after = sum(amount for on, amount in longer if row.started_on <= on <= over)
    return {due_of(row, extra, spans).on for extra in {after, before + after} for spans in (then, open_)}


def _another_day(row: Deadline, derived: date) -> Breach:
    why = f"limit {row.pk} ({row.kind}) ends on {row.due_on}, derived {derived}"
    return Breach("I6", row.case.number, why)


Key = tuple[int, str]


def _times(batch: Sequence[Deadline]) -> tuple[dict[Key, list[Span]], dict[Key, list[tuple[date, int]]]]:
    """Pauses and extensions (day and amount) of these limits: two queries."""
    ids = {row.case_id for row in batch}
    pauses: dict[Key, list[Span]] = defaultdict(list)
    longer: dict[Key, list[tuple[date, int]]] = defaultdict(list)
    for pause in Pause.objects.filter(case_id__in=ids):
        pauses[pause.case_id, pause.kind].append((pause.from_on, pause.until_on))
    for extension in Extension.objects.filter(case_id__in=ids):
        longer[extension.case_id, extension.kind].append((day_of(extension.at), extension.amount))
    return pauses, longer
