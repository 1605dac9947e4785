"""What passes its last day: a permit, a certificate of coverage. Told once, to the right people; what rests on it moves by itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from foreignwork.cases.clock import today
from foreignwork.cases.expiry import Reminder
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.telling import Referral
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.portal.entry import Visit
from foreignwork.portal.reminders import reminders_of
from foreignwork.workflow.expiring import expire
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from socialsec.models import State
from tests.matters.cast_matters import clock, drain, go, granted, later, papers, text_of
from tests.matters.cast_residence import HAND_OVER, MAKE, RECEIPT, VISIT, until
from tests.matters.test_permit_kinds import new_facts
from tests.matters.test_socialsec import ASSIGNED, DECLARED, KOREA
from tests.stage import AT, bring, case_of

PHONE = {"method": "phone", "held_on": "2026-03-10", "record": "电话询问用人单位，岗位与申请一致"}


@pytest.fixture
def permit(cast: Cast) -> Entitlement:
    """Permit and insurance of one person, the residence document in her hands; the permit's term made short."""
    bundle = granted(cast, ANNA)
    s = go(cast, case_of(bundle, "S"), "agent", "submit", data=DECLARED)
    go(cast, s, "handle", "register", data=ASSIGNED)
    r = go(cast, case_of(bundle, "R"), "agent", "apply", data=VISIT)
    r = go(cast, r, "handle", "give_receipt", data=RECEIPT)
    r = go(cast, r, "handle", "verify", data=PHONE)
    r = go(cast, r, "decide", "grant", data=until(r, 365))
    r = go(cast, r, "handle", "make_document", data=MAKE)
    go(cast, r, "handle", "hand_over", data=HAND_OVER)
    drain(AT)
    Entitlement.objects.filter(matter="permits").update(valid_until=today(later(100)))
    return Entitlement.objects.get(matter="permits")


def state_of(permit: Entitlement, letter: str) -> Any:
    return case_of(permit.case.bundle, letter)  # type: ignore[arg-type]


def told(permit: Entitlement) -> list[str]:
    rows = Reminder.objects.filter(kind="expired", entitlement=permit).order_by("to")
    return list(rows.values_list("to", flat=True))


def test_a_permit_that_runs_out_is_told_once_and_what_rests_on_it_moves(
    cast: Cast, permit: Entitlement
) -> None:
    assert expire(at=later(100)) == 0, "its last day is still a day"
    after = later(103)  # the worker slept over a week-end: nothing is lost
    assert expire(at=after) == 1
    drain(after)
    assert expire(at=later(104)) == 0
    drain(later(104))
    assert told(permit) == ["employer", "person"]

    insurance = state_of(permit, "S")
    due = clock(insurance, "deregister", "applicant")
    assert insurance.state == State.END_DUE
    assert due is not None
    assert due.started_on == permit.valid_until, (
        "the duty runs from the permit's last day, not from the sweep"
    )
    assert "有效期届满，未予延续" in text_of(insurance, "INSURANCE_END_DUE")["paragraphs"][0]
    assert papers(insurance).count("INSURANCE_END_DUE") == 1

    residence = state_of(permit, "R")
    assert (residence.state, residence.basis_over_on) == ("handed_over", permit.valid_until)
    assert papers(residence)[-2:] == ["RESIDENCE_BASIS", "RESIDENCE_BASIS_PERSON"]
    told_term = text_of(residence, "RESIDENCE_BASIS")["paragraphs"][2]
    assert "2026年6月29日" in told_term, "ten days from the permit's last day; the tenth is a Sunday"
    assert [row.ground for row in Referral.objects.filter(case=residence)] == ["residence_basis_over"]

    # The employer does nothing: those who follow it up learn of it, once.
    late = later(100 + 33)  # the thirtieth day is a Saturday: the term ends on the Monday
    sweep(at=late)
    sweep(at=later(100 + 40))
    leads = list(Referral.objects.filter(case=insurance))
    assert [(row.ground, row.days) for row in leads] == [("late_insurance_end", 1)]
    assert [row for row in verify(at=late) if row.code != "I9"] == []  # no worker here


def test_the_first_page_tells_what_ran_out(cast: Cast, permit: Entitlement) -> None:
    expire(at=later(101))
    agent = cast.agents["university"]
    visit = Visit(later(101), today(later(101)), stage.actor(agent, later(101)))
    (line,) = reminders_of(visit)
    assert "到期，不能再据此工作" in line["text"]
    assert line["urgent"]


def extending(cast: Cast, permit: Entitlement, at: datetime) -> Case:
    new_facts(permit, at, ANNA)
    engagement = permit.case.engagement
    assert engagement is not None
    form = stage.filing(cast, engagement, ANNA, at=at, matters=("permits",), purpose="extend")
    stage.hand_in(cast, form, ANNA, at=at)
    agent = stage.actor(cast.agents["university"], at)
    return case_of(stage.file_bundle(form, actor=agent, at=at))


def test_while_an_extension_is_undecided_nothing_is_over(cast: Cast, permit: Entitlement) -> None:
    """Silence of the authority renews it (行政许可法 50); a refusal lets the term count."""
    case = extending(cast, permit, later(60))
    assert expire(at=later(101)) == 0
    drain(later(101))
    assert state_of(permit, "S").state == State.REGISTERED
    sweep(at=later(101))
    drain(later(101))
    assert case_of(case.bundle).state == "granted", "deemed renewed"  # type: ignore[arg-type]
    assert expire(at=later(102)) == 0
    assert state_of(permit, "S").state == State.REGISTERED
    assert state_of(permit, "R").basis_over_on is None


def test_a_refused_extension_lets_the_term_count(cast: Cast, permit: Entitlement) -> None:
    case = bring(cast, extending(cast, permit, later(60)), "second_reviewed", at=later(61))
    refusal = {"reasons": ["person_conditions"], "remark": "合同已不连续"}
    stage.act(case, cast.officer(case, "decide"), "refuse", at=later(62), data=refusal)
    assert expire(at=later(99)) == 0
    assert expire(at=later(101)) == 1
    drain(later(101))
    assert state_of(permit, "S").state == State.END_DUE


def test_a_new_permit_after_the_old_ran_out(cast: Cast, permit: Entitlement) -> None:
    """What ran out is no obstacle: it ends by its own date, and what rested on it goes on."""
    at = later(110)
    expire(at=at)
    drain(at)
    new_facts(permit, at, ANNA)
    engagement = permit.case.engagement
    assert engagement is not None
    form = stage.filing(cast, engagement, ANNA, at=at, matters=("permits", "residence"))
    stage.hand_in(cast, form, ANNA, at=at)
    second = stage.file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at)
    new = bring(cast, case_of(second), "granted", at=at)
    drain(at)
    permit.refresh_from_db()
    assert (permit.status, permit.ended_on, permit.ended_by_id) == ("ended", permit.valid_until, new.pk)
    assert state_of(permit, "S").state == State.REGISTERED
    assert state_of(permit, "R").basis_over_on is None


def exempt(cast: Cast) -> Any:
    case = case_of(granted(cast, ANNA, treaty_exempt=True), "S")
    case = go(cast, case, "agent", "submit", data={**DECLARED, **KOREA, "certificate_until": "2026-05-08"})
    return go(cast, case, "handle", "register", data=ASSIGNED)


def test_an_exemption_ends_with_its_certificate_and_the_rest_is_due(cast: Cast) -> None:
    case = exempt(cast)
    running = clock(case, "exemption", "applicant")
    assert running is not None
    assert running.due_on == date(2026, 5, 8), (
        "the day the certificate says, seen by the employer from the start"
    )
    assert sweep(at=datetime(2026, 5, 8, 9, tzinfo=AT.tzinfo)).moved == 0
    after = datetime(2026, 5, 11, 9, tzinfo=AT.tzinfo)
    assert sweep(at=after).moved == 1
    assert sweep(at=after).moved == 0
    case = case_of(case.bundle, "S")
    assert case.state == State.EXEMPTION_DUE
    due = clock(case, "exemption_register", "applicant")
    assert due is not None
    assert (due.started_on, due.due_on) == (date(2026, 5, 8), date(2026, 6, 8))
    assert papers(case)[-2:] == ["INSURANCE_EXEMPTION", "INSURANCE_EXEMPTION_PERSON"]
    paper = text_of(case, "INSURANCE_EXEMPTION")
    assert [row[1] for row in paper["rows"]] == ["基本养老保险", "失业保险"]
    assert "2026年6月8日" in paper["paragraphs"][1]
    # All five are declared by a change: the first registration closes, and its clocks with it.
    at = datetime(2026, 5, 12, 9, tzinfo=AT.tzinfo)
    form = stage.filing(
        cast, case.engagement, ANNA, at=at, matters=("socialsec",), purpose="change",
        changed=["contract"], changed_on="2026-05-12",
    )  # fmt: skip
    stage.hand_in(cast, form, ANNA, at=at)
    changing = case_of(stage.file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at), "S")
    changing = go(
        cast, changing, "agent", "submit_change", at=at, data={**DECLARED, "start_month": "2026-05"}
    )
    go(cast, changing, "handle", "record_change", at=at, data={})
    drain(at)
    case = case_of(case.bundle, "S")
    assert case.state == State.OVER
    assert not case.deadlines.running().exists()
    assert [row for row in verify(at=at) if row.code != "I9"] == []


def test_nobody_declares_after_the_exemption(cast: Cast) -> None:
    case = exempt(cast)
    for month, day in ((5, 11), (6, 9), (6, 10)):
        sweep(at=datetime(2026, month, day, 9, tzinfo=AT.tzinfo))
    leads = Referral.objects.filter(case=case, ground="late_insurance")
    assert leads.count() == 1
