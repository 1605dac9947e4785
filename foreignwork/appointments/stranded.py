"""Visits whose time the window no longer offers: a day shut by an officer, a holiday published later, a changed pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from foreignwork.cases.clock import SHANGHAI
from foreignwork.policies import workdays

from .models import Appointment, Closure, Slot
from .timetable import Rules, times_of

BATCH = 500


def gone(slots: Iterable[Slot]) -> list[Slot]:
    """Those of the slots at which nobody can be received any more. Two queries and one for each place."""
    rows = list(slots)
    places, days = {row.jurisdiction_id for row in rows}, {_when(row).date() for row in rows}
    rules = {place: Rules(place, max(days)) for place in places}
    shut = set(
        Closure.objects.filter(
            jurisdiction_id__in=places, reopened_at__isnull=True, day__in=days
        ).values_list("jurisdiction_id", "window", "day")
    )
    return [row for row in rows if not _stands(row, rules[row.jurisdiction_id], shut)]


def _when(slot: Slot) -> datetime:
    return slot.starts_at.astimezone(SHANGHAI)


def _stands(slot: Slot, rules: Rules, shut: set[tuple[int, str, date]]) -> bool:
    on = _when(slot).date()
    place = rules.windows(on).get(slot.window)
    if place is None or not workdays.is_workday(on) or (slot.jurisdiction_id, slot.window, on) in shut:
        return False
    return any(one.starts_at == slot.starts_at for one in times_of(slot.window, place, on))


def stranded(at: datetime) -> list[int]:
    """Cases, at most a batch, whose visit to come has lost its time."""
    slots = Slot.objects.filter(starts_at__gt=at, appointments__status=Appointment.Status.BOOKED).distinct()
    lost = [row.pk for row in gone(slots)]
    rows = Appointment.objects.filter(slot_id__in=lost, status=Appointment.Status.BOOKED)
    return list(rows.order_by("slot__starts_at", "pk").values_list("case_id", flat=True)[:BATCH])


def why_shut(slot: Slot) -> str:
    """The officer's reason; empty when the day or the time itself is gone."""
    rows = Closure.objects.filter(
        jurisdiction_id=slot.jurisdiction_id,
        window=slot.window,
        day=_when(slot).date(),
        reopened_at__isnull=True,
    )
    return rows.values_list("reason", flat=True).first() or ""
