"""Visits to the window: booked, moved, cancelled, missed, taken away; a full time and a shut day are refused in words."""

from __future__ import annotations

import copy
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from foreignwork.appointments.models import Appointment, Closure
from foreignwork.appointments.timetable import Timetable
from foreignwork.cases.problems import Problem
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.dossiers import records
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from foreignwork.workflow.visits import displace
from residence.models import State
from tests.matters.cast_matters import clock, go, granted, later, papers, record, refused, summary_of, text_of
from tests.matters.cast_residence import RECEIPT, SLOT, TODAY, VISIT, WINDOW, applied, ready
from tests.stage import AT, case_of

NEXT = f"{WINDOW}@2026-03-12T10:00"


def visit(case: Any) -> Appointment:
    return Appointment.objects.select_related("slot").filter(case=case).latest("pk")


def sentence(cast: Cast, case: Any, slot: str, *, at: datetime = AT) -> str:
    """The sentence for which a time is refused; nothing has changed."""
    before = (case.version, Appointment.objects.count())
    with pytest.raises(Invalid) as caught:
        go(cast, case, "agent", "apply", at=at, data={**VISIT, "slot": slot})
    assert set(caught.value.form.errors) == {"slot"}
    assert (type(case).objects.get(pk=case.pk).version, Appointment.objects.count()) == before
    return str(caught.value.form.errors["slot"][0])


def fill(cast: Cast, slot: str) -> None:
    """Another person's case takes every seat of the time but none is left."""
    table = Timetable(case_of(stage.file(cast, "energy", BRUNO, at=AT), "R").office, "residence", TODAY)
    found = table.find(slot)
    assert not isinstance(found, Problem)
    for n in range(found.seats):
        case = case_of(granted(cast, _named(n), firm="energy"), "R")
        go(cast, case, "agent", "apply", data={**VISIT, "slot": slot})


def _named(n: int) -> Any:
    from dataclasses import replace

    return replace(ANNA, key=f"filler{n}", number=f"FX{n:07d}")


def test_one_visit_for_papers_biometrics_and_interview(cast: Cast) -> None:
    case = applied(cast)
    booked = visit(case)
    assert booked.status == Appointment.Status.BOOKED
    assert booked.purposes == ["papers", "biometrics", "interview"]
    assert booked.slot.starts_at == datetime(2026, 3, 12, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert "出入境" in booked.named("zh-hans") and "Exit-Entry" in booked.named("en")
    shown = summary_of(case, AT)
    assert shown["预约时间"] == "2026-03-12 09:30"
    assert "接待大厅" in shown["办理地点"]
    assert case.events.latest("seq").data["slot"] == SLOT
    go(cast, case, "handle", "give_receipt", at=later(2), data=RECEIPT)
    assert visit(case).status == Appointment.Status.CAME


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        ("", "请选择一个时段"),
        ("x", "没有这个时段"),
        (f"{WINDOW}@2026-03-12T09:31", "没有这个时段"),
        (f"{WINDOW}@2026-03-12T12:00", "没有这个时段"),  # noon: between the sessions
        (f"{WINDOW}@2026-03-12T09:30+00:00", "没有这个时段"),
        ("tianshui_exit_entry@2026-03-12T09:30", "没有这个时段"),  # another office's window
        (f"{WINDOW}@not a day", "没有这个时段"),
        (f"{WINDOW}@2026-03-10T10:00", "可以预约 2026-03-11 至 2026-04-08"),  # today
        (f"{WINDOW}@2026-03-09T09:30", "可以预约 2026-03-11 至 2026-04-08"),  # past
        (f"{WINDOW}@9999-12-31T09:30", "可以预约 2026-03-11 至 2026-04-08"),
        (f"{WINDOW}@2026-03-14T09:30", "不是工作日"),  # Saturday
        (f"{WINDOW}@2026-04-06T09:30", "不是工作日"),  # Qingming holiday, a Monday
    ],
)
def test_a_time_that_cannot_be_had_is_refused_with_a_sentence(cast: Cast, slot: str, words: str) -> None:
    assert words in sentence(cast, ready(cast), slot)


def test_a_rest_day_is_told_with_the_next_free_times(cast: Cast) -> None:
    told = sentence(cast, ready(cast), f"{WINDOW}@2026-03-14T09:30")
    assert told.count("2026年3月16日") == 3, "the next three times, from Monday on"


def test_a_shut_day_is_refused_with_its_reason_and_the_next_free_times(cast: Cast) -> None:
    case = ready(cast)
    officer = cast.officer(case, "handle")
    Closure.objects.create(
        jurisdiction=cast.jurisdiction, window=WINDOW, day=date(2026, 3, 12), reason="设备检修",
        closed_by=officer, closed_at=AT,
    )  # fmt: skip
    told = sentence(cast, case, SLOT)
    assert "设备检修" in told and "2026年3月13日 09:00" in told


def test_a_full_time_is_refused_with_the_next_free_times(cast: Cast) -> None:
    case = ready(cast)
    fill(cast, SLOT)
    told = sentence(cast, case, SLOT)
    assert "2026年3月12日 09:30 已经约满" in told
    assert "2026年3月12日 09:00" in told, "an earlier free time of that day is named too"
    assert go(cast, case, "agent", "apply", data={**VISIT, "slot": NEXT}).state == State.APPLIED
    assert [b for b in verify(at=AT) if b.code != "I9"] == []


def test_a_moved_visit_frees_its_seat_at_once(cast: Cast) -> None:
    case = applied(cast)
    go(cast, case, "agent", "move_visit", data={"slot": NEXT, "remark": "出差"})
    rows = list(
        Appointment.objects.filter(case=case).order_by("pk").values_list("status", "slot__starts_at__minute")
    )
    assert [status for status, _minute in rows] == ["moved", "booked"]
    table = Timetable(case.office, "residence", TODAY)
    left = {one.value: left for day in table.days for one, left in day.times}
    assert (left[SLOT], left[NEXT]) == (2, 1)


def test_a_cancelled_visit_is_no_application_and_the_limit_runs_again(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")
    record(bundle, "entered", date(2026, 3, 11), at=later(2))
    case = go(
        cast,
        case_of(bundle, "R"),
        "agent",
        "apply",
        at=later(2),
        data={**VISIT, "slot": f"{WINDOW}@2026-03-16T09:00"},
    )
    assert clock(case, "apply", "applicant").met_on == date(2026, 3, 12)  # type: ignore[union-attr]
    case = go(cast, case, "agent", "cancel_visit", at=later(3), data={"remark": "改期"})
    assert case.state == State.READY_TO_APPLY
    again = clock(case, "apply", "applicant")
    assert again is not None
    assert (again.started_on, again.met_on) == (date(2026, 3, 11), None)
    late = go(
        cast, case, "agent", "apply", at=later(45), data={**VISIT, "slot": f"{WINDOW}@2026-04-27T09:00"}
    )
    assert late.days_late == 14


def test_a_limit_that_ran_out_does_not_run_out_again_when_the_visit_is_called_off(cast: Cast) -> None:
    """Found by a generated volume: the thirty days from the entry were begun, and ran out, a second time."""
    bundle = granted(cast, BRUNO, firm="energy")
    record(bundle, "entered", date(2026, 3, 11), at=later(2))
    sweep(at=later(40))
    ran_out = clock(case_of(bundle, "R"), "apply", "applicant")
    assert ran_out is not None
    assert ran_out.fired_at == later(40)
    case = go(
        cast,
        case_of(bundle, "R"),
        "agent",
        "apply",
        at=later(45),
        data={**VISIT, "slot": f"{WINDOW}@2026-04-27T09:00"},
    )
    case = go(cast, case, "agent", "cancel_visit", at=later(46), data={"remark": "改期"})
    sweep(at=later(47))
    again = clock(case, "apply", "applicant")
    assert again is not None
    assert (again.pk, again.fired_at, again.met_on) == (ran_out.pk, later(40), None), "it is late, once"
    assert [b for b in verify(at=later(47)) if b.code == "I6"] == []
    late = go(
        cast, case, "agent", "apply", at=later(48), data={**VISIT, "slot": f"{WINDOW}@2026-04-30T09:00"}
    )
    met = clock(late, "apply", "applicant")
    assert met is not None
    assert met.met_on is not None


def test_a_missed_visit_is_written_down_when_its_time_has_passed(cast: Cast) -> None:
    case = applied(cast)
    assert refused(cast, case, "handle", "record_missed", data={"excused": "unknown"}) == ["visit_to_come"]
    case = go(
        cast,
        case,
        "handle",
        "record_missed",
        at=later(2, since=AT + timedelta(hours=1)),
        data={"excused": "unknown"},
    )
    assert case.state == State.READY_TO_APPLY
    assert visit(case).status == Appointment.Status.MISSED
    assert refused(cast, case, "agent", "move_visit", data={"slot": NEXT}) == ["wrong_state"]


def test_a_shut_day_takes_visits_away_and_nobody_is_late_by_it(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")
    record(bundle, "entered", date(2026, 3, 11), at=later(2))
    last = later(30)  # 9 April; the limit ends on the 10th
    case = go(
        cast,
        case_of(bundle, "R"),
        "agent",
        "apply",
        at=last,
        data={**VISIT, "slot": f"{WINDOW}@2026-04-13T09:00"},
    )
    assert displace(at=last) == 0, "the control: an open day takes nothing away"
    Closure.objects.create(
        jurisdiction=cast.jurisdiction, window=WINDOW, day=date(2026, 4, 13), reason="大厅搬迁",
        closed_by=cast.officer(case, "handle"), closed_at=last,
    )  # fmt: skip
    assert displace(at=last) == 1
    assert displace(at=last) == 0
    case = case_of(bundle, "R")
    assert (case.state, visit(case).status) == (State.READY_TO_APPLY, Appointment.Status.DISPLACED)
    told = text_of(case, "RESIDENCE_VISIT_GONE")
    assert "2026年4月13日09:00" in told["paragraphs"][0] and "大厅搬迁" in told["paragraphs"][0]
    again = go(
        cast, case, "agent", "apply", at=later(35), data={**VISIT, "slot": f"{WINDOW}@2026-04-20T09:00"}
    )
    assert again.days_late == 0
    assert [b for b in verify(at=later(35)) if b.code != "I9"] == []


def test_a_window_that_moves_leaves_old_visits_as_they_were_told(cast: Cast) -> None:
    """S000-09: the new place counts from its day on; a booked visit keeps what was told, or is taken away with a paper."""
    case = applied(cast)
    document = copy.deepcopy(dict(PolicyVersion.objects.get(pk=cast.policy.pk).document))
    hall = document["windows"].pop(WINDOW)
    document["windows"]["new_hall"] = {**hall, "name": {"zh": "新大厅", "en": "New hall"}}
    PolicyVersion.objects.create(
        jurisdiction=cast.jurisdiction, pack_code=cast.policy.pack_code, version="moved",
        effective_from=date(2026, 3, 12), sha256=loader.digest(document), document=document,
    )  # fmt: skip
    assert displace(at=AT) == 1
    case = case_of(case.bundle, "R")
    assert papers(case) == ["RESIDENCE_VISIT_GONE"]
    assert visit(case).named("zh-hans").startswith("兰州市公安局"), "what was told stays"
    told = sentence(cast, case, SLOT)
    assert "没有这个时段" in told
    assert (
        go(cast, case, "agent", "apply", data={**VISIT, "slot": "new_hall@2026-03-12T09:30"}).state
        == State.APPLIED
    )


def test_a_walk_in_is_received_without_a_visit(cast: Cast) -> None:
    case = go(cast, ready(cast), "handle", "receive_walk_in", data={"comes": "in_person"})
    assert case.state == State.APPLIED
    assert not Appointment.objects.filter(case=case).exists()
    assert go(cast, case, "handle", "give_receipt", data=RECEIPT).state == State.RECEIPT_GIVEN


def test_a_second_visit_after_papers_were_missing(cast: Cast) -> None:
    case = applied(cast)
    assert refused(cast, case, "agent", "book_visit", data={"slot": NEXT}) == ["visit_booked"]
    case = go(
        cast,
        case,
        "handle",
        "request_supplement",
        at=later(2),
        data={"ask_visa_form": "on", "reason_visa_form": "missing"},
    )
    assert visit(case).status == Appointment.Status.CAME
    case = go(cast, case, "agent", "answer_supplement", at=later(3))
    case = go(cast, case, "agent", "book_visit", at=later(3), data={"slot": f"{WINDOW}@2026-03-16T09:00"})
    assert visit(case).status == Appointment.Status.BOOKED


def test_whoever_withdraws_gives_the_seat_back(cast: Cast) -> None:
    case = go(cast, applied(cast), "agent", "withdraw", data={"remark": "不再聘用"})
    assert visit(case).status == Appointment.Status.CANCELLED


def test_the_person_books_too_and_a_stranger_does_not(cast: Cast) -> None:
    case = ready(cast)
    holder = stage.give_account(cast, case.dossier, ANNA)
    done = stage.act(case, holder, "apply", at=AT, data=VISIT)
    assert done.state == State.APPLIED
    stranger = cast.agents["stranger"]
    with pytest.raises(Exception, match="wrong_role"):
        stage.act(case, stranger, "move_visit", at=AT, data={"slot": NEXT})


def test_a_passport_that_ends_is_still_told_at_the_counter(cast: Cast) -> None:
    case = ready(cast)
    facts = {**ANNA.person_facts(TODAY), "passport_expiry": "2026-03-09"}
    records.add_version(case.dossier, facts=facts, by=None, at=AT)
    assert go(cast, case, "agent", "apply", data=VISIT).state == State.APPLIED
