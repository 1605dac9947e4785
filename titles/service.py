"""How long a person has worked in the province: from the register of permits, gaps left out, or as claimed with evidence. Pure.

The register (Entitlements of the matters the gate names) proves by itself. Work before the first registered permit can only
be claimed: it opens the application, and the reviewing officer accepts the evidence or does not (domain 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from foreignwork.cases.context import Context
from foreignwork.cases.models import Entitlement
from foreignwork.deadlines import clocks
from foreignwork.policies.schema import Limit

LIMIT = "eligible"
"""The pack's limit: so many months, and one must have worked longer."""
ABROAD_UNTIL = "entered"
STARTED = "work_started"
DAY = timedelta(days=1)

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Service:
    """``since`` the day the months are counted from (None: not known yet); ``gaps`` days between permits, which do not count;
    ``claimed`` whether it rests on work before the first permit of the register."""

    since: date | None = None
    gaps: tuple[Span, ...] = ()
    claimed: bool = False

    @property
    def lost(self) -> int:
        return sum((until - first).days + 1 for first, until in self.gaps)


def service_of(context: Context) -> Service:
    """What is known on the day of ``context``: the recorded start of work, else the answer at filing, else the register."""
    spans = registered(context)
    told = context.dated(STARTED) or (
        None if abroad(context) else day(context.answers.get("work_started_on"))
    )
    if told is None:
        return Service(since=spans[0][0], gaps=gaps(spans, spans[0][0])) if spans else Service()
    claimed = not spans or told < spans[0][0]
    return Service(since=told, gaps=gaps(spans, told), claimed=claimed)


def registered(context: Context) -> list[Span]:
    """The spans for which the register of permits shows work allowed here, in order, overlaps joined. A person abroad works from
    the entry on: without one there is nothing to count."""
    entered = context.dated(ABROAD_UNTIL)
    if abroad(context) and entered is None:
        return []
    rows = sorted((span for row in _permits(context) for span in _span(row, entered)), key=lambda one: one[0])
    joined: list[Span] = []
    for first, until in rows:
        if joined and first <= joined[-1][1] + DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((first, until))
    return joined


def _permits(context: Context) -> Iterable[Entitlement]:
    gate = context.pack.gate(context.case.matter, context.answers)
    needed = set(gate.needs) if gate else set()
    rows = context.batch.entitlements.get(context.case.dossier_id or 0, [])
    return [row for row in rows if row.matter in needed]


def _span(row: Entitlement, entered: date | None) -> Iterable[Span]:
    first, until = row.valid_from, last_day(row)
    if entered and first < entered <= until:
        first = entered
    if first <= until:
        yield first, until


def last_day(row: Entitlement) -> date:
    """The last day an entitlement gave its right: that of its term, or the day before it ended early or another took its place."""
    term = row.valid_until or date.max
    return min(term, row.ended_on - DAY) if row.ended_on else term


def gaps(spans: list[Span], since: date) -> tuple[Span, ...]:
    """The days between two permits that fall after ``since``."""
    found = []
    for (_first, until), (following, _until) in pairwise(spans):
        first, last = max(until + DAY, since), following - DAY
        if first <= last:
            found.append((first, last))
    return tuple(found)


def limit_of(context: Context) -> Limit | None:
    case = context.case
    found = context.pack.limit(
        case.matter, LIMIT, "applicant", case.sub_matter or None, case.category or None
    )
    return found if found and found.amount is not None else None


def eligible_on(context: Context, service: Service, since: date | None = None) -> date | None:
    """The first day on which one has worked *more than* the pack's months (S003-17): the day after they are over, and as many
    days later as lay between two permits until then. None when the start or the limit is not known."""
    start, limit = since or service.since, limit_of(context)
    if start is None or limit is None or limit.amount is None:
        return None
    opens = clocks.derive(start, limit.period).on + DAY
    for first, until in service.gaps:
        if first < opens:
            opens += until - first + DAY
    return opens


def abroad(context: Context) -> bool:
    return context.answers.get("person_in_china") is False


def day(text: str | None) -> date | None:
    """Answers keep dates as ISO text; an answer that is none counts as not given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
