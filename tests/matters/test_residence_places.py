"""Booking a visit in the places whose source names no hours: times marked as uncertain, seats of their own for each city."""

from __future__ import annotations

import pytest

from foreignwork.appointments.timetable import Timetable
from foreignwork.cases.models import Case
from foreignwork.demo.people import ANNA
from tests.matters.cast_matters import go, granted
from tests.stage import AT, assemble, case_of


@pytest.mark.parametrize(
    ("pack", "window"), [("fujian", "fuzhou_exit_entry"), ("dongguan", "immigration_centre")]
)
def test_a_visit_is_booked(db: None, pack: str, window: str) -> None:
    cast = assemble(pack)
    case = case_of(granted(cast, ANNA), "R")
    table = Timetable(case.office, "residence", AT.date())
    assert set(table.windows) == {window}, "the city's own window, no other city's"
    place = table.windows[window]
    assert place.booking is not None
    assert place.uncertain and place.booking.uncertain, "no source names the hours"
    value = table.free()[0].value
    case = go(cast, case, "agent", "apply", data={"slot": value, "comes": "in_person"})
    assert case.state == "applied"
    assert Case.objects.get(pk=case.pk).appointments.get(status="booked").slot.window == window  # type: ignore[attr-defined]


def test_every_city_of_fujian_has_a_window(db: None) -> None:
    pack = assemble("fujian").policy.pack
    offices = {rule.office for rule in pack.routing if rule.matter == "residence"}
    served = {office for window in pack.windows.values() if window.booking for office in window.offices}
    assert offices <= served
