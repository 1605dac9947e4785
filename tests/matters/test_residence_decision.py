"""The work-type residence permit at the counter: receipt, verification, decision, ends and service (条例 18–20; 法 30, 31, 36)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome
from foreignwork.cases.problems import Blocked
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA
from foreignwork.dossiers import records
from foreignwork.workflow.sweeps import sweep
from residence.forms_decide import GrantForm
from residence.models import ResidencePermit, State
from tests.matters.cast_matters import (
    actions,
    by_system,
    clock,
    context_of,
    file_together,
    filed,
    go,
    invalid,
    issue_papers,
    later,
    papers,
    refuse_permit,
    refused,
    text_of,
)
from tests.matters.cast_residence import (
    PHONE,
    RECEIPT,
    REFUSAL,
    TODAY,
    VISIT,
    applied,
    ready,
    receipt_given,
    until,
    verified,
)
from tests.stage import AT, bring, case_of

# Receipt, verification, decision


def test_the_receipt_starts_the_decision_and_is_valid_as_long(cast: Cast) -> None:
    case = receipt_given(cast)
    found = clock(case, "decision", "statutory")
    assert found is not None
    assert (found.amount, found.unit, found.started_on) == (15, "wd", TODAY)
    assert found.due_on == case.receipt_until == case.due_on == date(2026, 3, 31)
    assert case.accepted_on == TODAY
    receipt = text_of(case, "RESIDENCE_RECEIPT")
    assert "2026年3月31日" in receipt["paragraphs"][1]
    assert receipt["remedies"] == []
    assert papers(case) == ["RESIDENCE_RECEIPT"]
    # No deemed extension, no pause: when the limit runs out nothing moves by itself (条例 18).
    assert sweep(at=later(40)).moved == 0
    assert case_of(case.bundle, "R").state == State.RECEIPT_GIVEN


def test_the_receipt_needs_checked_papers_nationality_and_the_passport(cast: Cast) -> None:
    case = applied(cast)
    missing = invalid(cast, case, "handle", "give_receipt", data={"biometrics": "taken"})
    assert missing == {"papers_checked", "passport_kept"}
    assert refused(cast, case, "decide", "give_receipt", data=RECEIPT) == ["wrong_role"]


def test_an_expired_passport_stops_receipt_and_grant(cast: Cast) -> None:
    case = ready(cast)
    facts = {**ANNA.person_facts(TODAY), "passport_expiry": "2026-03-09"}
    records.add_version(case.dossier, facts=facts, by=None, at=AT)
    case = go(cast, case, "agent", "apply", data=VISIT)  # the newest facts are taken here
    assert refused(cast, case, "handle", "give_receipt", data=RECEIPT) == ["residence_passport_expired"]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"method": "interview", "record": "已面谈"}, {"held_on"}),
        ({"method": "on_site", "held_on": "2026-03-11", "record": "明天去"}, {"held_on"}),
        ({"method": "phone", "held_on": "2026-03-09", "record": "受理之前"}, {"held_on"}),
        ({"method": "not_needed"}, {"record"}),
        ({"method": "guess", "record": "x"}, {"method"}),
    ],
)
def test_a_verification_without_its_record_or_day_is_refused(
    cast: Cast, data: dict[str, str], fields: set[str]
) -> None:
    assert invalid(cast, receipt_given(cast), "handle", "verify", data=data) == fields


@pytest.mark.parametrize("method", ["interview", "phone", "on_site"])
def test_each_way_of_verifying_leaves_who_when_and_what(cast: Cast, method: str) -> None:
    data = {"method": method, "held_on": TODAY.isoformat(), "record": "核实对象、内容和结论"}
    case = go(cast, receipt_given(cast), "handle", "verify", data=data)
    event = case.events.latest("seq")
    assert (event.action, event.actor) == ("verify", cast.officer(case, "handle"))
    assert event.data == {"method": method, "held_on": TODAY.isoformat()}
    assert event.sealed == {"record": "核实对象、内容和结论"}


def test_no_verification_is_possible_with_a_reason(cast: Cast) -> None:
    data = {"method": "not_needed", "record": "材料充分，事由清楚"}
    case = go(cast, receipt_given(cast), "handle", "verify", data=data)
    assert (case.state, case.verified_by) == (State.VERIFIED, "not_needed")
    event = case.events.latest("seq")
    assert event.data == {"method": "not_needed"}
    assert event.sealed == {"record": "材料充分，事由清楚"}


def test_the_grant_issues_an_entitlement_a_register_row_and_a_paper(cast: Cast) -> None:
    case = verified(cast)
    case = go(cast, case, "decide", "grant", data=until(case, 365))
    assert (case.state, case.outcome) == (State.GRANTED, Outcome.GRANTED)
    entitlement = Entitlement.objects.get(case=case)
    assert (entitlement.matter, entitlement.valid_until) == ("residence", TODAY + timedelta(days=365))
    assert ResidencePermit.objects.get(case=case).issued_on == TODAY
    found = clock(case, "decision", "statutory")
    assert found is not None
    assert found.met_on == TODAY
    assert papers(case) == ["RESIDENCE_RECEIPT", "RESIDENCE_GRANT"]
    assert "10日内" in text_of(case, "RESIDENCE_GRANT")["closing"][0]


def test_the_permits_end_is_proposed_and_the_law_bounds_it(cast: Cast) -> None:
    case = verified(cast)
    permit = Entitlement.objects.get(dossier=case.dossier, matter="permits")
    form = GrantForm(context=context_of(case, AT))
    assert form.fields["valid_until"].initial == permit.valid_until
    assert invalid(cast, case, "decide", "grant", data=until(case, 89)) == {"valid_until"}
    assert permit.valid_until is not None
    for late in (permit.valid_until + timedelta(days=1), date(2031, 3, 11), date(9999, 12, 31)):
        told = invalid(cast, case, "decide", "grant", data={"valid_until": late.isoformat()})
        assert told == {"valid_until"}
    done = go(cast, case, "decide", "grant", data={"valid_until": permit.valid_until.isoformat()})
    assert done.state == State.GRANTED


def test_the_passports_end_bounds_it_too(cast: Cast) -> None:
    case = ready(cast)
    facts = {**ANNA.person_facts(TODAY), "passport_expiry": "2026-12-31"}
    records.add_version(case.dossier, facts=facts, by=None, at=AT)
    case = go(cast, case, "agent", "apply", data=VISIT)
    case = go(cast, case, "handle", "give_receipt", data=RECEIPT)
    case = go(cast, case, "handle", "verify", data=PHONE)
    assert invalid(cast, case, "decide", "grant", data={"valid_until": "2027-01-01"}) == {"valid_until"}
    assert go(cast, case, "decide", "grant", data={"valid_until": "2026-12-31"}).state == State.GRANTED


def test_grant_needs_the_verification_and_another_person(cast: Cast) -> None:
    case = receipt_given(cast)
    assert refused(cast, case, "decide", "grant", data=until(case, 365)) == ["wrong_state"]
    case = go(cast, case, "handle", "verify", data=PHONE)
    officer = cast.officer(case, "handle")
    officer.posts.create(office=case.office, role="decider", from_on=date(2025, 1, 1))
    assert refused(cast, case, "handle", "grant", data=until(case, 365)) == ["hand_repeated"]


def test_a_second_active_residence_is_not_granted(cast: Cast) -> None:
    case = verified(cast)
    Entitlement.objects.create(
        matter="residence", case=case_of(case.bundle, "T").case_ptr, dossier=case.dossier,
        number="X", valid_from=TODAY,
    )  # fmt: skip
    assert refused(cast, case, "decide", "grant", data=until(case, 365)) == ["active_exists"]


@pytest.mark.parametrize("from_", [receipt_given, verified])
def test_a_refusal_is_final_and_says_so(cast: Cast, from_: Any) -> None:
    case = from_(cast)
    assert invalid(cast, case, "decide", "refuse", data={}) == {"reasons", "remark"}
    case = go(cast, case, "decide", "refuse", data=REFUSAL)
    assert (case.state, case.outcome) == (State.REFUSED, Outcome.REFUSED)
    paper = text_of(case, "RESIDENCE_REFUSAL")
    assert "最终决定" in paper["remedies"][0]
    assert not any("行政复议" in line or "诉讼" in line for line in paper["remedies"])
    assert "《出境入境管理法》第三十一条第三项" in paper["rows"][0][2]
    assert not Entitlement.objects.filter(case=case).exists()


# Filed together with the permit: the permit is due at the decision (law-notes 15)


def test_filed_together_it_goes_on_but_the_grant_waits_for_the_permit(cast: Cast) -> None:
    file_together(cast, "residence")
    bundle = filed(cast, ANNA)
    case = case_of(bundle, "R")
    assert (case.state, actions(case)) == (State.READY_TO_APPLY, ["file"])
    case = go(cast, case, "agent", "apply", data=VISIT)
    case = go(cast, case, "handle", "give_receipt", data=RECEIPT)
    case = go(cast, case, "handle", "verify", data=PHONE)
    assert refused(cast, case, "decide", "grant", data=until(case, 365)) == ["gate_shut"]
    bring(cast, case_of(bundle, "W"), "granted")
    assert go(cast, case, "decide", "grant", data=until(case, 365)).state == State.GRANTED


def test_filed_together_a_refused_permit_closes_what_is_not_begun(cast: Cast) -> None:
    file_together(cast, "residence")
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    assert case_of(bundle, "R").state == State.NOT_STARTED


# Ends and service


def asked(cast: Cast) -> Any:
    data = {"ask_health": "on", "reason_health": "illegible"}
    return go(cast, applied(cast), "handle", "request_supplement", data=data)


def answered(cast: Cast) -> Any:
    case = asked(cast)
    upload(case.engagement, ANNA, "health", "体检证明", scope="person", at=later(1))
    newest = case.dossier.documents.get(kind="health", replaced_by__isnull=True)
    case.bundle.items.filter(code="health").update(document=newest)
    return go(cast, case, "agent", "answer_supplement", at=later(1))


def ended(cast: Cast) -> Any:
    case = asked(cast)
    sweep(at=later(60))
    return case_of(case.bundle, "R")


def withdrawn(cast: Cast) -> Any:
    return go(cast, receipt_given(cast), "agent", "withdraw", data={"remark": "改期"})


def granted_case(cast: Cast) -> Any:
    case = verified(cast)
    return go(cast, case, "decide", "grant", data=until(case, 365))


def refused_case(cast: Cast) -> Any:
    return go(cast, verified(cast), "decide", "refuse", data=REFUSAL)


@pytest.mark.parametrize("from_", [ready, applied, asked, receipt_given, verified])
def test_the_employer_may_withdraw_until_the_decision(cast: Cast, from_: Any) -> None:
    case = go(cast, from_(cast), "agent", "withdraw", data={"remark": "不再聘用"})
    assert (case.state, case.outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)
    assert not case.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()


@pytest.mark.parametrize("from_", [asked, answered, ended, withdrawn, verified, granted_case, refused_case])
def test_whatever_paper_there_is_can_be_served(cast: Cast, from_: Any) -> None:
    case = from_(cast)
    issue_papers(case, later(61))
    done = go(cast, case, "agent", "serve", at=later(61), data={"how": "online", "receiver": "王经办"})
    assert (done.state, papers(done)[-1]) == (case.state, "SERVICE_PROOF")


def test_papers_are_served_with_a_proof(cast: Cast) -> None:
    case = receipt_given(cast)
    how = {"how": "counter", "receiver": "安娜"}
    assert refused(cast, case, "handle", "serve", data=how) == ["nothing_to_serve"]
    issue_papers(case, AT)
    case = go(cast, case, "handle", "serve", data=how)
    assert case.state == State.RECEIPT_GIVEN
    assert papers(case) == ["RESIDENCE_RECEIPT", "SERVICE_PROOF"]
    assert text_of(case, "SERVICE_PROOF")["rows"][0][1] == "外国人签证证件受理回执"


def test_the_system_takes_no_officers_step_and_no_one_the_systems(cast: Cast) -> None:
    case = case_of(filed(cast, ANNA), "R")
    assert refused(cast, case, "agent", "become_ready") == ["wrong_role"]
    assert refused(cast, case, "decide", "close_unopened") == ["wrong_role"]
    with pytest.raises(Blocked):
        by_system(case, "become_ready", at=AT)  # the permit is not granted
    with pytest.raises(Blocked):
        by_system(case, "close_unopened", at=AT)
    assert Case.objects.get(pk=case.pk).version == 1
