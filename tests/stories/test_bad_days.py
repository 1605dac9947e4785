"""Days that cannot be, on the pages of the residence permit: each is refused in a sentence, and nothing has changed.

Those of insurance, titles and tax stand in their own stories; sixteen real connections on the last seats in tests/races/test_visits.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from foreignwork.appointments.models import Appointment, Closure
from foreignwork.cases.models import Entitlement
from foreignwork.demo.people import ANNA
from foreignwork.dossiers import records
from tests.stage import AT
from tests.stories import acts
from tests.stories.acts import then_it_is_refused
from tests.stories.further import is_refused, permitted
from tests.stories.telling import Town, tells

WINDOW = "lanzhou_exit_entry"
SLOT = f"{WINDOW}@2026-03-12T09:30"
COUNTER = {"papers_checked": "on", "biometrics": "taken", "passport_kept": "on", "foreign_nationality": "on"}
CALL = {"method": "phone", "held_on": "2026-03-12", "record": "电话询问用人单位，岗位与申请一致"}


@tells("residence/issue/apply")
def test_times_that_cannot_be_had_and_the_last_seat_wanted_by_two(town: Town) -> None:
    anna, *others = (permitted(town, replace(ANNA, number=f"DX000007{n}")) for n in range(3))
    case = town.row(anna, "R")
    Closure.objects.create(
        jurisdiction=town.cast.jurisdiction, window=WINDOW, day=date(2026, 3, 13), reason="设备检修",
        closed_by=town.cast.officer(case, "handle"), closed_at=AT,
    )  # fmt: skip
    for slot, words in (
        ("2026-03-14T09:30", "不是工作日"),  # a Saturday
        ("2026-04-06T09:30", "不是工作日"),  # a holiday on a Monday
        ("2026-03-13T09:30", "设备检修"),
        ("2026-03-09T09:30", "可以预约 2026-03-11 至"),
        ("2026-02-30T09:30", "没有这个时段"),
        ("2026-03-12T12:10", "没有这个时段"),
    ):
        is_refused(town, case, "agent", "apply", 400, words, slot=f"{WINDOW}@{slot}", comes="in_person")
    # Two seats: one is taken, two people have the page open, both see the other free, both press.
    town.does(town.row(others[0], "R"), "agent", "apply", slot=SLOT, comes="in_person")
    agent, late = town.agent("university"), town.row(others[1], "R")
    page = agent.looks_at(acts.step_address(agent, late, "apply"))
    assert SLOT in page
    town.does(case, "agent", "apply", slot=SLOT, comes="in_person")
    hidden = {name: acts.hidden(page, name) for name in ("key", "version")}
    answer = agent.sends(acts.step_address(agent, late, "apply"), **hidden, slot=SLOT, comes="in_person")
    then_it_is_refused(answer, 400, "2026年3月12日 09:30 已经约满", "最近的空闲时段", "2026年3月12日 10:00")
    assert (Appointment.objects.count(), town.row(others[1], "R").version) == (2, late.version)


@tells("residence/issue/grant")
def test_never_longer_than_the_permit_or_the_passport_nor_shorter_than_the_law(town: Town) -> None:
    plain, short = (permitted(town, replace(ANNA, number=f"DX000008{n}")) for n in range(2))
    facts = {**replace(ANNA, number="DX0000081").person_facts(AT.date()), "passport_expiry": "2026-12-31"}
    records.add_version(short.dossier, facts=facts, by=None, at=town.at)
    for bundle, time in ((plain, "09:30"), (short, "10:00")):
        town.does(
            town.row(bundle, "R"), "agent", "apply", slot=f"{WINDOW}@2026-03-12T{time}", comes="in_person"
        )
    town.goes_to(datetime(2026, 3, 12, 10, 5, tzinfo=AT.tzinfo))
    for bundle in (plain, short):
        town.does(town.row(bundle, "R"), "handle", "give_receipt", **COUNTER)
        case = town.row(bundle, "R")
        for day, words in (("2026-03-11", "不能早于受理日期 2026-03-12"), ("2026-03-13", "不能晚于今天")):
            is_refused(town, case, "handle", "verify", 400, words, **{**CALL, "held_on": day})
        town.does(case, "handle", "verify", **CALL)
    permit = Entitlement.objects.get(case__bundle=plain, matter="permits").valid_until
    assert permit is not None
    for bundle, day, words in (
        (plain, permit + timedelta(days=1), f"不能超过工作许可有效期，最晚可以到 {permit.isoformat()}"),
        (plain, date(9999, 12, 31), "请核对年份"),
        (plain, AT.date() + timedelta(days=60), "不得少于 90 日"),
        (short, date(2027, 1, 1), "不能超过护照有效期，最晚可以到 2026-12-31"),
    ):
        is_refused(town, town.row(bundle, "R"), "decide", "grant", 400, words, valid_until=day.isoformat())
    done = town.does(town.row(short, "R"), "decide", "grant", valid_until="2026-12-31")
    assert done.state == "granted"
