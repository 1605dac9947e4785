"""What can be booked: times of a window from the pack of that very day, without closed days and full slots.

A visit is an event of a day to come, so the rules of that day count, not those the case was filed under (S000-09).
Working days and holidays are the calendar's; a year whose holidays are not published yet is offered, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from foreignwork.accounts.models import Office
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.problems import Problem, say
from foreignwork.policies import workdays
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema_filing import Window

from .models import Appointment, Closure, Slot

UNKNOWN = say("slot_unknown", pgettext_lazy("problem", "没有这个时段。请从列出的时段中选择一个。"))
OUTSIDE = say(
    "slot_outside", pgettext_lazy("problem", "可以预约 %(first)s 至 %(last)s 之间的时段。请另选一个。")
)
REST_DAY = say(
    "slot_rest_day",
    pgettext_lazy("problem", "%(day)s 不是工作日，窗口不办理业务。最近的空闲时段：%(free)s。请另选一个。"),
)
DAY_CLOSED = say(
    "slot_day_closed",
    pgettext_lazy("problem", "%(day)s 窗口停办：%(reason)s。最近的空闲时段：%(free)s。请另选一个。"),
)
FULL = say("slot_full", pgettext_lazy("problem", "%(slot)s 已经约满。最近的空闲时段：%(free)s。请另选一个。"))
NEXT_FREE = 3


@dataclass(frozen=True, slots=True)
class Time:
    """A bookable time of a window on a day."""

    window: str
    starts_at: datetime
    minutes: int
    seats: int
    purposes: tuple[str, ...]
    place: Window

    @property
    def on(self) -> date:
        return self.starts_at.date()

    @property
    def value(self) -> str:
        """How a form names it: ``hall@2026-03-12T09:30``."""
        return f"{self.window}@{self.starts_at:%Y-%m-%dT%H:%M}"

    def __str__(self) -> str:
        return f"{date_format(self.on)} {self.starts_at:%H:%M}"


@dataclass(slots=True)
class Day:
    """A day of one window: its times with what is left of each, or why it is shut."""

    on: date
    window: str
    place: Window
    times: list[tuple[Time, int]] = field(default_factory=list)
    shut: str = ""

    @property
    def left(self) -> int:
        return sum(max(left, 0) for _time, left in self.times)


def times_of(window: str, place: Window, on: date) -> list[Time]:
    """The times a window offers on a working day. Pure: pack in, times out."""
    booking, found = place.booking, []
    if booking is None:
        return []
    for session in booking.sessions:
        at = datetime.combine(on, _clock(session.start), SHANGHAI)
        end = datetime.combine(on, _clock(session.end), SHANGHAI)
        step = timedelta(minutes=booking.minutes)
        while at + step <= end:
            found.append(Time(window, at, booking.minutes, booking.seats, booking.purposes, place))
            at += step
    return found


def _clock(text: str) -> time:
    return time.fromisoformat(text)


class Rules:
    """The packs in force in a place over some days: one query, and each day finds its own."""

    def __init__(self, jurisdiction_id: int, last: date) -> None:
        rows = PolicyVersion.objects.filter(jurisdiction_id=jurisdiction_id, effective_from__lte=last)
        self._versions = list(rows.order_by("-published_at", "-effective_from", "-id"))

    def days_from(self, today: date) -> list[date]:
        """Today, and each later day from which other rules count."""
        later = {row.effective_from for row in self._versions if row.effective_from > today}
        return [today, *sorted(later)]

    def on(self, day: date) -> Pack | None:
        """The pack in force on that day; a publication replaces every earlier one from its first day on."""
        return next((row.pack for row in self._versions if row.effective_from <= day), None)

    def windows(self, day: date) -> dict[str, Window]:
        pack = self.on(day)
        return dict(pack.windows) if pack else {}


class Timetable:
    """What one office offers for one matter, as it is ``today``. Few queries, whatever is asked of it."""

    def __init__(self, office: Office, matter: str, today: date) -> None:
        self.office, self.matter, self.today = office, matter, today

    @cached_property
    def rules(self) -> Rules:
        return Rules(self.office.jurisdiction_id, self.today + timedelta(days=400))

    def serves(self, place: Window) -> bool:
        booking = place.booking
        return booking is not None and self.office.code in place.offices and self.matter in booking.matters

    @cached_property
    def windows(self) -> dict[str, Window]:
        """The windows that can be booked, by code, those of rules to come included. Empty: nobody need book here."""
        found: dict[str, Window] = {}
        for day in self.rules.days_from(self.today):
            for code, place in self.rules.windows(day).items():
                if self.serves(place):
                    found.setdefault(code, place)
        return found

    @cached_property
    def first(self) -> date:
        notice = min((w.booking.notice for w in self.windows.values() if w.booking), default=1)
        return workdays.add(self.today, workdays.WorkingDays(notice)).on

    @cached_property
    def last(self) -> date:
        ahead = max((w.booking.ahead for w in self.windows.values() if w.booking), default=0)
        return workdays.add(self.today, workdays.WorkingDays(ahead)).on

    @cached_property
    def closures(self) -> dict[tuple[str, date], str]:
        rows = Closure.objects.filter(
            jurisdiction_id=self.office.jurisdiction_id, reopened_at__isnull=True, day__gte=self.today
        )
        return {(row.window, row.day): row.reason for row in rows}

    @cached_property
    def taken(self) -> dict[tuple[str, datetime], int]:
        """Seats taken by time, from today on."""
        since = datetime.combine(self.today, time(), SHANGHAI)
        rows = Slot.objects.filter(
            jurisdiction_id=self.office.jurisdiction_id, window__in=self.windows, starts_at__gte=since
        ).annotate(held=Count("appointments", filter=Q(appointments__status__in=Appointment.HOLDS)))
        return {(row.window, row.starts_at.astimezone(SHANGHAI)): row.held for row in rows}

    @cached_property
    def days(self) -> list[Day]:
        """Every working day that can be booked, window by window; shut ones say why."""
        found = []
        for n in range((self.last - self.first).days + 1):
            on = self.first + timedelta(days=n)
            if workdays.is_workday(on):
                found += [self._day(code, place, on) for code, place in self._open_on(on).items()]
        return found

    def _open_on(self, on: date) -> dict[str, Window]:
        return {code: place for code, place in self.rules.windows(on).items() if self.serves(place)}

    def _day(self, code: str, place: Window, on: date) -> Day:
        day = Day(on, code, place, shut=self.closures.get((code, on), ""))
        if not day.shut:
            day.times = [
                (one, one.seats - self.taken.get((code, one.starts_at), 0))
                for one in times_of(code, place, on)
            ]
        return day

    def free(self) -> list[Time]:
        return [one for day in self.days for one, left in day.times if left > 0]

    def next_free(self, near: date | None = None) -> str:
        """The next free times in words, those not before ``near`` first; a sentence when there is none."""
        free = self.free()
        later = [one for one in free if near is None or one.on >= near]
        picked = (later or free)[:NEXT_FREE]
        return "、".join(str(one) for one in picked) or _("近期没有空闲时段，请明天再查看")

    def find(self, value: str) -> Time | Problem:
        """The time a form names, or why it cannot be had."""
        code, _at, text = value.partition("@")
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return Problem(UNKNOWN)
        if when.tzinfo is not None or code not in self.windows:
            return Problem(UNKNOWN)
        on = when.date()
        if not self.first <= on <= self.last:
            return Problem(OUTSIDE, {"first": self.first.isoformat(), "last": self.last.isoformat()})
        if not workdays.is_workday(on):
            return Problem(REST_DAY, {"day": date_format(on), "free": self.next_free(on)})
        day = next((d for d in self.days if d.on == on and d.window == code), None)
        if day is None:
            return Problem(UNKNOWN)
        if day.shut:
            params = {"day": date_format(on), "reason": day.shut, "free": self.next_free(on)}
            return Problem(DAY_CLOSED, params)
        for one, left in day.times:
            if one.starts_at.replace(tzinfo=None) == when:
                return one if left > 0 else self.full(one)
        return Problem(UNKNOWN)

    def full(self, one: Time) -> Problem:
        """Somebody was faster: which time, and what is left."""
        return Problem(FULL, {"slot": str(one), "free": self.next_free(one.on)})


def provisional(on: date) -> bool:
    """The holidays of that year are not published yet: a day off may still fall on it."""
    return not workdays.is_published(on.year)
