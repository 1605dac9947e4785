"""Sixteen people want the last seats of a window at once: exactly as many get one as there are, the others a clear sentence."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from foreignwork.appointments import book
from foreignwork.appointments.models import Appointment, Slot
from foreignwork.appointments.timetable import Time
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Blocked, CaseError
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, Foreigner
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid, perform
from tests.matters.cast_matters import drain
from tests.races.test_races import TO_DECISION, Together, advance, filed, without
from tests.stage import AT

CLIENTS = 16
ROUNDS = 5
SEATS = 2  # gansu.toml, windows.lanzhou_exit_entry


def slot(n: int) -> str:
    return f"lanzhou_exit_entry@2026-03-12T{9 + n // 2:02d}:{30 * (n % 2):02d}"


def people(count: int) -> list[Foreigner]:
    return [replace(ANNA, key=f"visitor{n}", number=f"VX{n:07d}") for n in range(count)]


def at_the_window(cast: Cast, count: int) -> list[Any]:
    """Cases whose next step is the visit."""
    cases = filed(cast, count)
    advance(cast, cases, *TO_DECISION, ("decide", "grant", False))
    drain(AT)
    bundles = [case.bundle_id for case in cases]
    return list(
        Case.objects.filter(bundle_id__in=bundles, matter="residence").select_related("office").order_by("pk")
    )


def storm(cast: Cast, together: Together, cases: list[Any], value: str) -> list[Any]:
    """Everyone books the same time at the same instant, each on a connection of his own."""
    who = stage.actor(cast.agents["university"], AT)
    data = {"slot": value, "comes": "in_person"}
    return together(
        *[
            lambda case=case: perform(case_id=case.pk, action="apply", actor=who, at=AT, data=data)  # type: ignore[misc]
            for case in cases
        ]
    )


def held(value: str) -> int:
    rows = Appointment.objects.filter(status__in=Appointment.HOLDS).select_related("slot")
    return sum(1 for row in rows if _value(row.slot) == value)


def _value(row: Slot) -> str:
    return f"{row.window}@{row.starts_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def told(refusal: CaseError) -> str:
    if isinstance(refusal, Invalid):
        return str(refusal.form.errors["slot"][0])
    assert isinstance(refusal, Blocked)
    return refusal.problems[0].sentence


def test_sixteen_clients_never_overbook(real_cast: Cast, together: Together) -> None:
    cases = at_the_window(real_cast, CLIENTS)
    for n in range(ROUNDS):
        value = slot(n)
        results = storm(real_cast, together, cases, value)
        losers = [result for result in results if isinstance(result, Exception)]
        assert held(value) == SEATS, results
        assert len(losers) == CLIENTS - SEATS
        for loser in losers:
            assert isinstance(loser, CaseError), loser
            words = told(loser)
            assert "已经约满" in words and "最近的空闲时段：2026年3月12日" in words, words
        _give_back(real_cast, cases)
    assert [b for b in verify(at=AT) if b.code != "I9"] == []


def _give_back(cast: Cast, cases: list[Any]) -> None:
    who = stage.actor(cast.agents["university"], AT)
    for case in cases:
        if Appointment.objects.filter(case=case, status="booked").exists():
            perform(case_id=case.pk, action="cancel_visit", actor=who, at=AT, data={"remark": "改期"})


def test_two_on_the_last_seat(real_cast: Cast, together: Together) -> None:
    """One has it, the other gets one sentence with the next free times, and can book again at once."""
    first, *two = at_the_window(real_cast, 3)
    storm(real_cast, lambda *calls: [call() for call in calls], [first], slot(0))
    results = storm(real_cast, together, two, slot(0))
    lost = [result for result in results if isinstance(result, CaseError)]
    assert len(lost) == 1
    assert told(lost[0]).endswith("请另选一个。")
    loser = two[results.index(lost[0])]
    assert storm(real_cast, lambda *calls: [call() for call in calls], [loser], slot(1))[0].state == "applied"


def no_lock(jurisdiction_id: int, wanted: Time) -> Slot:
    """``book.lock`` without FOR UPDATE, and slow, so that the race is sure to happen."""
    which = {"jurisdiction_id": jurisdiction_id, "window": wanted.window, "starts_at": wanted.starts_at}
    Slot.objects.bulk_create([Slot(**which)], ignore_conflicts=True)
    found = Slot.objects.get(**which)
    time.sleep(0.2)
    return found


def slow_count(original: Any) -> Any:
    def count(*args: Any) -> Any:
        found = original(*args)
        time.sleep(0.3)
        return found

    return count


def test_the_database_alone_holds_too(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock the constraint still refuses the seat, and the sentence is the same."""
    monkeypatch.setattr(book, "lock", no_lock)
    cases = at_the_window(real_cast, 6)
    results = storm(real_cast, together, cases, slot(0))
    assert held(slot(0)) <= SEATS
    assert all("已经约满" in told(one) for one in results if isinstance(one, CaseError))


def test_control_without_both_guards_the_window_is_overbooked(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without(("appointments_appointment", "each_seat_once")):
        cases = at_the_window(real_cast, 6)
        monkeypatch.setattr(book, "lock", no_lock)
        monkeypatch.setattr(book, "seats_left", slow_count(book.seats_left))
        storm(real_cast, together, cases, slot(0))
        assert held(slot(0)) > SEATS, "the race did not happen, so the tests above prove nothing"
