"""Limits as the component ``limit_meter`` takes them: it says them in words, with icon and colour (quality D20)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from foreignwork.cases import registry
from foreignwork.deadlines.models import Deadline
from foreignwork.policies import workdays

from .law import readable

KINDS: dict[str, str | Promise] = {
    "acceptance": pgettext_lazy("limit", "受理"),
    "decision": pgettext_lazy("limit", "作出决定"),
    "delivery": pgettext_lazy("limit", "送达"),
    "hearing_request": pgettext_lazy("limit", "当事人申请听证"),
    "hearing": pgettext_lazy("limit", "组织听证"),
    "announcement": pgettext_lazy("limit", "公告"),
    "renewal": pgettext_lazy("limit", "在原许可届满前决定"),
    "commitment": pgettext_lazy("limit", "核查告知承诺"),
    "entry": pgettext_lazy("limit", "凭许可通知入境"),
    "supplement": pgettext_lazy("limit", "申请人补正"),
    "handling": pgettext_lazy("limit", "办理"),
    "register": pgettext_lazy("limit", "登记"),
    "apply": pgettext_lazy("limit", "申请人提出申请"),
    "eligible": pgettext_lazy("limit", "具备申报条件"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """``left`` and ``total`` in ``unit`` (workdays | days); ``left`` is negative when the day has passed, ``total`` None when
    the limit's length is not at hand."""

    due_on: date
    left: int
    total: int | None = None
    unit: str = "workdays"
    met_on: date | None = None
    provisional: bool = False
    cites: str = ""
    paused: bool = False


def clock(row: Deadline, today: date, *, held: Collection[str] = ()) -> Clock:
    """A limit in its own unit: working days are counted by the calendar, months as days."""
    calendar = row.unit != Deadline.Unit.WORKING_DAYS
    total = (row.due_on - row.started_on).days if calendar else workdays.between(row.started_on, row.due_on)
    return Clock(
        due_on=row.due_on,
        left=_left(today, row.due_on, calendar=calendar),
        total=total,
        unit="days" if calendar else "workdays",
        met_on=row.met_on,
        provisional=row.provisional,
        cites=readable(row.cites),
        paused=row.met_on is None and row.kind in held,
    )


def until(day: date, today: date) -> Clock:
    """A day of which nothing but the day is known."""
    return Clock(due_on=day, left=_left(today, day), provisional=not workdays.is_published(day.year))


def _left(today: date, due_on: date, *, calendar: bool = False) -> int:
    """Never 0 for a day that has passed, even if only rest days lie between."""
    left = (due_on - today).days if calendar else workdays.between(today, due_on)
    if due_on < today:
        return min(left, -1)
    return max(left, 1) if due_on > today else 0


@dataclass(slots=True)
class Limit:
    """The clocks of one kind: statutory and promised side by side, or the applicant's own."""

    label: str | Promise
    statutory: Clock | None = None
    promised: Clock | None = None
    applicant: Clock | None = None


def by_kind(
    rows: Iterable[Deadline], today: date, *, held: Collection[str] = ()
) -> tuple[list[Limit], list[Limit]]:
    """(running, finished): the earliest day first; ``held``: kinds that a special procedure holds. A limit asked for twice (after a supplement) appears twice."""
    running: dict[tuple[str, date], Limit] = {}
    finished: dict[tuple[str, date], Limit] = {}
    for row in sorted(rows, key=lambda row: (row.due_on, row.pk)):
        if row.voided_at:
            continue
        group = finished if row.met_on else running
        limit = group.setdefault(
            (row.kind, row.started_on),
            Limit(KINDS.get(row.kind) or registry.limit_words(row.kind) or row.kind),
        )
        setattr(limit, row.basis, clock(row, today, held=held))
    return list(running.values()), list(finished.values())
