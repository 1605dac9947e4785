"""After the registration: the card, the end of the permit, and each sub-matter: change, suspension, resumption, end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from foreignwork.cases.clock import today
from foreignwork.cases.models import Bundle, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import Blocked
from foreignwork.cases.telling import EntitlementMark
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import file_bundle
from socialsec.models import InsuranceCover, InsuranceRegistration, State
from tests.matters.cast_matters import (
    actions,
    clock,
    drain,
    go,
    granted,
    invalid,
    later,
    papers,
    refused,
    text_of,
)
from tests.matters.test_socialsec import ASSIGNED, DECLARED
from tests.stage import AT, bring, case_of

LATER = later(40)


def registered(cast: Cast) -> Any:
    case = go(cast, case_of(granted(cast, ANNA), "S"), "agent", "submit", data=DECLARED)
    return go(cast, case, "handle", "register", data=ASSIGNED)


def about(cast: Cast, case: Any, purpose: str, *matters: str, at: datetime = LATER) -> Bundle:
    """The employer files for what the person holds."""
    chosen = matters or ("socialsec",)
    day = today(at).isoformat()
    said = {
        "change": {"changed": ["contract"], "changed_on": day},
        "cancel": {"end_ground": "terminated", "work_ended_on": day},
    }.get(purpose, {})
    form = stage.filing(cast, case.engagement, ANNA, at=at, matters=chosen, purpose=purpose, **said)
    stage.hand_in(cast, form, ANNA, at=at)
    agent = cast.agents["university"]
    return file_bundle(form, actor=stage.actor(agent, at), at=at)


def held(case: Any) -> Entitlement:
    return Entitlement.objects.get(matter="socialsec", dossier=case.dossier, status="active")


# The card


def test_the_card_s_result_is_read_on_the_permit(cast: Cast) -> None:
    case = registered(cast)
    assert invalid(cast, case, "handle", "record_card", data={"result": "loaded"}) == {"card"}
    assert invalid(cast, case, "handle", "record_card", data={"result": "failed"}) == {"error_code"}
    assert invalid(cast, case, "handle", "record_card", data={"result": "failed", "error_code": "<b>"}) == {
        "error_code"
    }
    go(cast, case, "handle", "record_card", data={"result": "failed", "error_code": "071"})
    case = go(cast, case, "handle", "record_card", data={"result": "loaded", "card": "A1234 5678"})
    assert case.state == State.REGISTERED
    permit = Entitlement.objects.get(matter="permits", dossier=case.dossier)
    marks = [
        (row.kind, row.note) for row in EntitlementMark.objects.filter(entitlement=permit).order_by("id")
    ]
    assert marks[-2:] == [
        ("card_failed", "071"),
        ("card_loaded", ""),
    ]  # after what the permit's own office noted
    event = case.events.latest("seq")
    assert "card" not in event.data
    assert event.sealed["card"] == "A12345678"
    assert case.policy_version.pack.texts["mark_card_loaded"].en


# The permit ends


def cancel_permit(cast: Cast, case: Any) -> None:
    bundle = about(cast, case, "cancel", "permits")
    bring(cast, case_of(bundle, "W"), "cancelled", at=LATER)
    drain(LATER)


def test_when_the_permit_ends_the_employer_is_told_and_a_limit_runs(cast: Cast) -> None:
    case = registered(cast)
    cancel_permit(cast, case)
    case = case_of(case.bundle, "S")
    found = clock(case, "deregister", "applicant")
    assert (case.state, case.phase, case.outcome) == (State.END_DUE, Phase.DECIDED, Outcome.GRANTED)
    assert found is not None
    assert (found.started_on, found.amount) == (LATER.date(), 30)
    assert papers(case)[-1] == "INSURANCE_END_DUE"
    assert "终止参保" in text_of(case, "INSURANCE_END_DUE")["paragraphs"][1]
    assert case.events.latest("seq").actor is None  # nobody had to notice
    assert refused(cast, case, "handle", "record_card", data={"result": "failed", "error_code": "1"}) == [
        "insurance_permit_gone"
    ]


def test_while_the_permit_stands_nothing_happens(cast: Cast) -> None:
    case = registered(cast)
    drain(AT)
    assert case_of(case.bundle, "S").state == State.REGISTERED


def test_ending_cover_closes_the_registration(cast: Cast) -> None:
    case = registered(cast)
    cancel_permit(cast, case)
    ending = case_of(about(cast, case, "cancel"), "S")
    assert (ending.sub_matter, ending.state, ending.about_id) == ("end", State.READY, held(case).pk)
    data = {"last_month": "2026-04", "why": "permit", "account": "keep"}
    assert invalid(cast, ending, "agent", "submit_end", at=LATER, data={**data, "last_month": "2026-02"}) == {
        "last_month"
    }
    assert invalid(cast, ending, "agent", "submit_end", at=LATER, data={**data, "account": "pay_out"}) == {
        "person_applied"
    }
    ending = go(cast, ending, "agent", "submit_end", at=LATER, data=data)
    due = clock(ending, "handling", "statutory")
    assert due is not None
    assert (due.amount, due.unit) == (10, "wd")
    ending = go(cast, ending, "handle", "record_end", at=LATER, data={})
    drain(LATER)
    assert (ending.state, ending.outcome, papers(ending)) == (
        State.ENDED,
        Outcome.GRANTED,
        ["INSURANCE_RESULT"],
    )
    row = Entitlement.objects.get(case=case)
    assert (row.status, row.end_reason, row.ended_by_id) == ("ended", "record_end", ending.pk)
    first = case_of(case.bundle, "S")
    assert (first.state, first.phase, actions(first)[-1]) == (State.OVER, Phase.CLOSED, "close_over")
    assert not first.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()
    assert [row for row in verify(at=LATER) if row.code != "I9"] == []  # no worker here


# Change, suspension, resumption


def test_a_change_takes_the_place_of_the_registration(cast: Cast) -> None:
    case = registered(cast)
    changing = case_of(about(cast, case, "change"), "S")
    assert (changing.sub_matter, changing.state) == ("change", State.READY)
    assert refused(cast, changing, "agent", "submit", at=LATER, data=DECLARED) == ["wrong_state"]
    new = {**DECLARED, "contribution_base": "38000", "start_month": "2026-05"}
    changing = go(cast, changing, "agent", "submit_change", at=LATER, data=new)
    changing = go(cast, changing, "handle", "record_change", at=LATER, data={})
    entitlement = held(case)
    assert (changing.state, entitlement.case_id, entitlement.supersedes.case_id) == (
        State.REGISTERED,
        changing.pk,
        case.pk,
    )
    row = InsuranceRegistration.objects.get(entitlement=entitlement)
    assert row.number == "SWE0DX0000017"  # the number is the person's, it goes on
    assert InsuranceCover.objects.filter(registration=row, start_month=date(2026, 5, 1)).count() == 5


def test_suspended_and_taken_up_again(cast: Cast) -> None:
    case = registered(cast)
    resuming = case_of(about(cast, case, "resume"), "S")
    month = {"from_month": "2026-05", "remark": "停薪留职"}
    assert refused(cast, resuming, "agent", "submit_resumption", at=LATER, data=month) == [
        "insurance_not_suspended"
    ]
    go(cast, resuming, "agent", "withdraw", at=LATER, data={"remark": "没有停保"})
    pausing = case_of(about(cast, case, "suspend"), "S")
    early = {**month, "from_month": "2026-02"}
    assert invalid(cast, pausing, "agent", "submit_suspension", at=LATER, data=early) == {"from_month"}
    pausing = go(cast, pausing, "agent", "submit_suspension", at=LATER, data=month)
    pausing = go(cast, pausing, "handle", "record_change", at=LATER, data={})
    row = InsuranceRegistration.objects.get(entitlement=held(case))
    assert (row.suspended_from, row.covers.count()) == (date(2026, 5, 1), 5)
    assert "恢复工作" in text_of(pausing, "INSURANCE_RESULT")["closing"][0]
    resuming = case_of(about(cast, case, "resume"), "S")
    resuming = go(
        cast, resuming, "agent", "submit_resumption", at=LATER, data={**month, "from_month": "2026-07"}
    )
    resuming = go(cast, resuming, "handle", "record_change", at=LATER, data={})
    assert InsuranceRegistration.objects.get(entitlement=held(case)).suspended_from is None


def test_what_is_not_held_cannot_be_changed(cast: Cast) -> None:
    case = case_of(granted(cast, ANNA), "S")
    go(cast, case, "agent", "withdraw", data={"remark": "改期"})
    with pytest.raises(Blocked, match="nothing_held"):
        about(cast, case, "change")


@pytest.mark.parametrize("purpose", ["change", "suspend", "cancel"])
def test_each_may_be_taken_back(cast: Cast, purpose: str) -> None:
    case = registered(cast)
    again = case_of(about(cast, case, purpose), "S")
    again = go(cast, again, "agent", "withdraw", at=LATER, data={"remark": "不办了"})
    assert again.outcome == Outcome.WITHDRAWN
    assert held(case).case_id == case.pk
