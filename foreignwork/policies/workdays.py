"""The working-day calendar (工作日): 行政许可法 82, 外国人入境出境管理条例 36.

A year is a file ``calendar/<year>.toml`` that carries the number and date of the State Council's notice. A
year without a file counts weekends only and every answer that touches it says ``provisional=True``: shown as
such, never a guess.

Counting (domain 2.6): the day of the event is not counted; agency periods run in working days; a
calendar-day period whose last day is no working day ends on the next working day. All arguments and answers
are plain dates (Asia/Shanghai).
"""

from __future__ import annotations

import tomllib
from array import array
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Literal, NamedTuple

from django.conf import settings
from django.utils.timezone import get_default_timezone
from pydantic import ValidationError

from .schema_calendar import CalendarYear

FOLDER = Path(__file__).parent / "calendar"
FIRST_YEAR, LAST_YEAR = (
    1990,
    2110,
)  # span of the precomputed table; outside it a date is refused with a sentence

Unit = Literal["wd", "days", "months"]


class WorkingDays(int):
    """A period in working days (工作日). No CalendarDays can stand where one is asked for, and the other way round."""


class CalendarDays(int):
    """A period in calendar days (日)."""


class Months(int):
    """A period in months (个月)."""


Period = WorkingDays | CalendarDays | Months
PERIODS: dict[str, type[WorkingDays] | type[CalendarDays] | type[Months]] = {
    "wd": WorkingDays,
    "days": CalendarDays,
    "months": Months,
}


_NO_WORKING_DAYS, _NO_CALENDAR_DAYS = (CalendarDays, Months), (WorkingDays, Months)


def period(amount: int, unit: str) -> Period:
    """The one door from data, where amount and unit stand apart, to a period. KeyError for an unknown unit."""
    return PERIODS[unit](amount)


class Due(NamedTuple):
    """A due date; ``provisional`` = some day on the way lies in a year whose holidays are not published."""

    on: date
    provisional: bool


class CalendarError(ValueError):
    """A calendar file is wrong, or a date lies outside the table: says which and why."""


class Calendar:
    """Working days of all years, from exceptions to the Monday–Friday rule. Immutable once built."""

    def __init__(self, years: Iterable[int], off: Iterable[date], work: Iterable[date]) -> None:
        """``years`` are the published ones; ``off`` rest days on weekdays (weekend ones may be named too),
        ``work`` make-up days.
        """
        self.years = frozenset(years)
        self._base = date(FIRST_YEAR, 1, 1).toordinal()
        self._top = date(LAST_YEAR, 12, 31).toordinal()
        resting = {d.toordinal() for d in off}
        working = {d.toordinal() for d in work}
        both = resting & working
        if both:
            raise CalendarError(
                f"{date.fromordinal(min(both))} is named both as a day off and as a working day"
            )
        nth = array("l")  # nth[k] = ordinal of the (k+1)-th working day of the table
        upto = array("l")  # upto[i] = number of working days on or before base + i
        for ordinal in range(self._base, self._top + 1):
            weekday = (ordinal + 6) % 7
            if ordinal in working or (weekday < 5 and ordinal not in resting):
                nth.append(ordinal)
            upto.append(len(nth))
        self._nth, self._upto = nth, upto
        # Last published day of the unbroken run of published years that a given year belongs to.
        self._known_until = {year: self._run_end(year) for year in self.years}

    def _run_end(self, year: int) -> int:
        while year + 1 in self.years:
            year += 1
        return date(year, 12, 31).toordinal()

    def _index(self, ordinal: int) -> int:
        if not self._base <= ordinal <= self._top:
            raise CalendarError(f"the working-day table covers {FIRST_YEAR} to {LAST_YEAR} only")
        return ordinal - self._base

    def _provisional(self, first: int, last: int) -> bool:
        """Does any day from ordinal ``first`` to ``last`` lie in an unpublished year?"""
        known = self._known_until.get(date.fromordinal(first).year)
        return known is None or last > known

    def is_published(self, year: int) -> bool:
        return year in self.years

    def is_workday(self, d: date) -> bool:
        i = self._index(d.toordinal())
        return self._upto[i] > (self._upto[i - 1] if i else 0)

    def add(self, start: date, n: WorkingDays) -> Due:
        """The ``n``-th working day after ``start``; the start day itself does not count. ``n`` = 0 is the
        start day.
        """
        if isinstance(n, _NO_WORKING_DAYS):
            raise TypeError("calendar days cannot be counted as working days")
        if n < 0:
            raise CalendarError("a period cannot be negative")
        first = start.toordinal()
        before = self._upto[self._index(first)]
        if n == 0:
            return Due(start, False)
        if before + n > len(self._nth):
            raise CalendarError(f"the working-day table covers {FIRST_YEAR} to {LAST_YEAR} only")
        last = self._nth[before + n - 1]
        return Due(date.fromordinal(last), self._provisional(first + 1, last))

    def between(self, start: date, end: date) -> WorkingDays:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is earlier.

        So ``between(start, add(start, n).on) == n``. Days of unpublished years count by the week only.
        """
        first, last = self._index(start.toordinal()), self._index(end.toordinal())
        return WorkingDays(self._upto[last] - self._upto[first])

    def roll(self, d: date) -> Due:
        """``d`` itself when it is a working day, else the next working day."""
        ordinal = d.toordinal()
        i = self._index(ordinal)
        if self.is_workday(d):
            return Due(d, self._provisional(ordinal, ordinal))
        last = self._nth[bisect_right(self._nth, self._base + i)]
        return Due(date.fromordinal(last), self._provisional(ordinal, last))

    def add_days(self, start: date, n: CalendarDays) -> Due:
        """``n`` calendar days after ``start`` (not counted), moved to the next working day when the last one
        is none.
        """
        if isinstance(n, _NO_CALENDAR_DAYS):
            raise TypeError("working days cannot be counted as calendar days")
        if n < 0:
            raise CalendarError("a period cannot be negative")
        return self.roll(start + timedelta(days=n))

    def due(self, start: date, length: Period) -> Due:
        """The end of a period of working days, calendar days (moved to a working day) or months (not moved)."""
        if isinstance(length, WorkingDays):
            return self.add(start, length)
        if isinstance(length, CalendarDays):
            return self.add_days(start, length)
        if isinstance(length, Months):
            return Due(add_months(start, length), False)
        raise TypeError(f"{length!r} does not say whether it is working days, calendar days or months")


def add_months(start: date, n: int) -> date:
    """The same day ``n`` calendar months later, or that month's last day where it is shorter (民法典 202).
    Not rolled.
    """
    month = start.month - 1 + n
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def read(folder: Path = FOLDER) -> dict[int, CalendarYear]:
    """All published years of a folder, checked. Raises CalendarError naming file and reason."""
    years: dict[int, CalendarYear] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            year = CalendarYear.model_validate(tomllib.loads(file.read_text("utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise CalendarError(f"{file.name}: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = [file.name, ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")]
            raise CalendarError(": ".join(part for part in where if part)) from error
        if file.stem != str(year.year):
            raise CalendarError(f"{file.name}: year: the file says {year.year}")
        years[year.year] = year
    return years


def build(years: Mapping[int, CalendarYear]) -> Calendar:
    return Calendar(
        years,
        off=[d for year in years.values() for d in year.days_off()],
        work=[d for year in years.values() for d in year.days_on()],
    )


def folders() -> tuple[Path, ...]:
    """Where years lie: those that come with the house, and those imported (``CALENDAR_DIR``), which win."""
    return (FOLDER, *((Path(settings.CALENDAR_DIR),) if settings.CALENDAR_DIR else ()))


def published() -> dict[int, CalendarYear]:
    """All published years, the imported ones over those that come with the house."""
    return {year: entry for folder in folders() for year, entry in read(folder).items()}


def known_since() -> dict[int, date]:
    """The day each published year was known: that of its notice, or the later one on which it was imported. A year that comes
    with the house counts by its notice, since nobody wrote down when the house was brought up to date."""
    found = {year: entry.notice_date for year, entry in read(FOLDER).items()}
    if settings.CALENDAR_DIR:
        for year, entry in read(folder := Path(settings.CALENDAR_DIR)).items():
            imported = datetime.fromtimestamp(
                (folder / f"{year}.toml").stat().st_mtime, get_default_timezone()
            ).date()
            found[year] = max(entry.notice_date, imported)
    return found


def _stamp() -> tuple[int, ...]:
    """Changes when a file is put into a folder of years: a process that runs on learns of a new year by itself."""
    return tuple([_changed_at(folder) for folder in folders()])


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:  # nothing was imported yet
        return 0


@lru_cache(maxsize=2)
def _built(stamp: tuple[int, ...]) -> Calendar:
    return build(published())


class _Held(NamedTuple):
    calendar: Calendar
    imported: str
    until: float


_held: _Held | None = None
LOOK_AGAIN = 1.0  # seconds for which a process reckons on without looking whether a year was imported


def calendar() -> Calendar:
    """The house's calendar; built anew within a second of a year being put in place or replaced."""
    global _held
    held = _held
    if held is None or monotonic() >= held.until or held.imported != settings.CALENDAR_DIR:
        held = _held = _Held(_built(_stamp()), settings.CALENDAR_DIR, monotonic() + LOOK_AGAIN)
    return held.calendar


def look_again() -> None:
    """A year was just put in place by this process."""
    global _held
    _held = None


def is_published(year: int) -> bool:
    return calendar().is_published(year)


def is_workday(d: date) -> bool:
    return calendar().is_workday(d)


def add(start: date, n: WorkingDays) -> Due:
    """See :meth:`Calendar.add`."""
    return calendar().add(start, n)


def between(start: date, end: date) -> WorkingDays:
    """See :meth:`Calendar.between`."""
    return calendar().between(start, end)


def roll(d: date) -> Due:
    """See :meth:`Calendar.roll`."""
    return calendar().roll(d)


def add_days(start: date, n: CalendarDays) -> Due:
    """See :meth:`Calendar.add_days`."""
    return calendar().add_days(start, n)


def due(start: date, length: Period) -> Due:
    """See :meth:`Calendar.due`."""
    return calendar().due(start, length)
