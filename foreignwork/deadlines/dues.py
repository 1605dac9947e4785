"""The last day of a limit as a function of start, length, pauses and calendar (decisions: derived, never counted). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foreignwork.policies import workdays
from foreignwork.policies.workdays import Calendar, Due, Period, WorkingDays

Span = tuple[date, date | None]


def derive(
    started_on: date, length: Period, pauses: Sequence[Span] = (), *, calendar: Calendar | None = None
) -> Due:
    """The last day of a limit of this length that started on ``started_on`` (that day is not counted).

    ``pauses`` are closed intervals whose working days do not count; an open pause is derived as if it
    ended on its first day, because the sweep passes over a limit that is held. ``calendar``: another than the house's.
    """
    known = calendar or workdays.calendar()
    if not isinstance(length, WorkingDays):
        return known.due(started_on, length)
    due = known.add(started_on, length)
    while pauses:  # a later date may reach further into a pause; it ends, because pauses do
        lost = sum(_lost(known, start, until, started_on, due.on) for start, until in _apart(pauses))
        again = known.add(started_on, WorkingDays(length + lost))
        if again == due:
            break
        due = again
    return due


def _apart(pauses: Sequence[Span]) -> list[tuple[date, date]]:
    """The pauses without overlap, in order: a day that two of them hold is lost once."""
    found: list[tuple[date, date]] = []
    for start, until in sorted((start, until or start) for start, until in pauses):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif until >= start:
            found.append((start, until))
    return found


def _lost(known: Calendar, start: date, until: date, since: date, due_on: date) -> int:
    """Working days of a pause, its first and last day included, that fall after ``since`` and not after ``due_on``."""
    first, last = max(start - timedelta(days=1), since), min(until, due_on)
    return known.between(first, last) if last > first else 0


def last_day(day: date | None) -> date | str:
    """A last day as a page says it: with a word of warning while the holidays of its year are not on file. Empty for none."""
    if day is None:
        return ""
    if workdays.is_published(day.year):
        return day
    return date_format(day, "Y-m-d") + _("（暂定）")
