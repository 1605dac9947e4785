"""A day at the windows of one's offices: who comes when, what can still be booked, and the days a window stays shut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count

from foreignwork.accounts.models import Office
from foreignwork.appointments.models import Appointment, Closure
from foreignwork.appointments.timetable import Rules, Time, times_of
from foreignwork.cases import registry
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.models import Case
from foreignwork.policies import workdays
from foreignwork.policies.schema_filing import Window
from foreignwork.vault import keys

from .seat import WINDOW_ROLES, Seat
from .worklist import name_of

STRIP = 10  # working days shown to choose from


@dataclass(slots=True)
class Counter:
    """A window at which the officer works, in one place (jurisdiction)."""

    jurisdiction_id: int
    code: str
    place: Window

    @property
    def key(self) -> str:
        return f"{self.jurisdiction_id}-{self.code}"


@dataclass(slots=True)
class Visitor:
    """One booked visit as the list shows it. ``missed`` names the step that records an absence, when it can be taken."""

    visit: Appointment
    case: Case
    person: str
    missed: str = ""


@dataclass(slots=True)
class Hour:
    """A time of the day: who comes, and how many seats it has. ``seats`` 0: the pack no longer offers it."""

    at: datetime
    seats: int
    visitors: list[Visitor] = field(default_factory=list)


@dataclass(slots=True)
class DayAtWindow:
    counter: Counter
    on: date
    works: bool
    hours: list[Hour] = field(default_factory=list)
    closure: Closure | None = None

    @property
    def coming(self) -> int:
        return sum(len(hour.visitors) for hour in self.hours)

    @property
    def seats(self) -> int:
        return sum(hour.seats for hour in self.hours)


def counters(seat: Seat, on: date) -> list[Counter]:
    """The windows of the officer's offices that are booked: two queries and one for each place."""
    offices = list(Office.objects.filter(pk__in=seat.offices_as(*WINDOW_ROLES)).order_by("pk"))
    found = []
    for place in dict.fromkeys(office.jurisdiction_id for office in offices):
        mine = {office.code for office in offices if office.jurisdiction_id == place}
        for code, window in sorted(Rules(place, on).windows(on).items()):
            if window.booking and mine & set(window.offices):
                found.append(Counter(place, code, window))
    return found


def day_at(counter: Counter, on: date, seat: Seat) -> DayAtWindow:
    """The day's times with those who come, whatever became of their visit; a constant number of queries."""
    works = workdays.is_workday(on)
    found = DayAtWindow(counter, on, works)
    found.closure = (
        Closure.objects.filter(
            jurisdiction_id=counter.jurisdiction_id, window=counter.code, day=on, reopened_at__isnull=True
        )
        .select_related("closed_by")
        .first()
    )
    offered: list[Time] = times_of(counter.code, counter.place, on) if works and not found.closure else []
    hours = {one.starts_at: Hour(one.starts_at, one.seats) for one in offered}
    for visitor in _visitors(counter, on, seat):
        at = visitor.visit.slot.starts_at.astimezone(SHANGHAI)
        hours.setdefault(at, Hour(at, 0)).visitors.append(visitor)
    found.hours = [hours[at] for at in sorted(hours)]
    return found


def _visitors(counter: Counter, on: date, seat: Seat) -> list[Visitor]:
    since = datetime.combine(on, time(), SHANGHAI)
    rows = list(
        Appointment.objects.filter(
            slot__jurisdiction_id=counter.jurisdiction_id,
            slot__window=counter.code,
            slot__starts_at__gte=since,
            slot__starts_at__lt=since + timedelta(days=1),
            status__in=Appointment.HOLDS,
            case__in=Case.objects.visible_to(seat.actor),
        )
        .select_related("slot", "case__employer", "case__dossier_version")
        .order_by("slot__starts_at", "seat")
    )
    keys.prime(row.case.dossier_version.data_key_id for row in rows if row.case.dossier_version)
    return [Visitor(row, row.case, name_of(row.case), _missed_step(row, seat)) for row in rows]


def _missed_step(visit: Appointment, seat: Seat) -> str:
    """The step that writes down that nobody came (a step whose word is ``miss``), once the time has passed."""
    if visit.status != Appointment.Status.BOOKED or visit.slot.starts_at > seat.at:
        return ""
    steps = registry.get(visit.case.matter).steps.values()
    return next((s.name for s in steps if s.books == "miss" and visit.case.state in s.sources), "")


def strip(counter: Counter, around: date) -> list[tuple[date, int]]:
    """The next working days with how many come: one query."""
    days = [around, *(workdays.add(around, workdays.WorkingDays(n)).on for n in range(1, STRIP))]
    days = [day for day in days if workdays.is_workday(day)]
    rows = (
        Appointment.objects.filter(
            slot__jurisdiction_id=counter.jurisdiction_id,
            slot__window=counter.code,
            slot__starts_at__gte=datetime.combine(around, time(), SHANGHAI),
            status=Appointment.Status.BOOKED,
        )
        .values_list("slot__starts_at")
        .annotate(n=Count("pk"))
    )
    found = dict.fromkeys(days, 0)
    for at, n in rows:
        on = at.astimezone(SHANGHAI).date()
        if on in found:
            found[on] += n
    return list(found.items())


def close(counter: Counter, on: date, reason: str, seat: Seat) -> bool:
    """Shut the window on that day; False when it is shut already. Who was booked is told by the sweep."""
    try:
        with transaction.atomic():
            Closure.objects.create(
                jurisdiction_id=counter.jurisdiction_id,
                window=counter.code,
                day=on,
                reason=reason,
                closed_by=seat.user,
                closed_at=seat.at,
            )
    except IntegrityError:
        return False
    return True


def reopen(counter: Counter, on: date, seat: Seat) -> bool:
    """Open the day again; visits that were taken away stay away. False when it was not shut."""
    return bool(
        Closure.objects.filter(
            jurisdiction_id=counter.jurisdiction_id, window=counter.code, day=on, reopened_at__isnull=True
        ).update(reopened_by=seat.user, reopened_at=seat.at)
    )


def pick(found: Iterable[Counter], key: str) -> Counter | None:
    rows = list(found)
    return next((row for row in rows if row.key == key), rows[0] if rows else None)
