"""What a leader and an administrator must know of the calendar: until when it is published, and what hangs on what is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from foreignwork.policies import workdays

from .models import Deadline


@dataclass(frozen=True, slots=True)
class CalendarState:
    """``missing`` is the first year whose holidays are not on file; ``provisional`` running limits wait for it or a later one."""

    missing: int
    provisional: int
    this_year: bool

    @property
    def alarming(self) -> bool:
        return self.provisional > 0 or not self.this_year


def missing_year(today: date) -> int:
    """The first year from this one on that is not published."""
    year = today.year
    while workdays.is_published(year):
        year += 1
    return year


def calendar_state(today: date, *, offices: Collection[int] | None = None) -> CalendarState:
    """One query. ``offices``: only the limits of their cases."""
    rows = Deadline.objects.running().filter(provisional=True)
    if offices is not None:
        rows = rows.filter(case__office_id__in=offices)
    missing = missing_year(today)
    return CalendarState(missing, rows.count(), this_year=missing > today.year)
