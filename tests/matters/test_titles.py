"""Review of title application conditions: every step, each refusal, the wait for the months and its end (law-notes 16; S003-17)."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from foreignwork.cases.models import Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import Blocked
from foreignwork.cases.registry import get
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import (
    actions,
    clock,
    drain,
    file_together,
    filed,
    filed_beside,
    go,
    granted,
    invalid,
    issue_papers,
    later,
    opened_beneath,
    papers,
    record,
    refuse_permit,
    refused,
    summary_of,
    text_of,
)
from tests.stage import AT, all_met, bring, case_of
from titles.models import State, TitleOutcome

TODAY = AT.date()
APPLY = {"level": "associate", "series": "university_teacher", "specialty": "材料科学", "recommended": "on"}
EVIDENCE = {"evidence": "此前的工作许可证和社会保险缴费记录"}
HAND_OVER = {"body": "甘肃示例大学职称评审委员会办公室", "outcome_due": "2026-06-30"}
AWARDED = {
    "evaluated": "awarded",
    "awarded_level": "associate",
    "decided_on": "2026-05-20",
    "certificate": "GS-2026-1",
}
FAIL = {"reasons": ["experience_unproven"], "remark": "工作经历证明与合同不一致"}


def ready(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA), "T")


def submitted(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "submit", data=APPLY)


def reviewed(cast: Cast) -> Any:
    case = submitted(cast)
    return go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})


def newcomer(cast: Cast) -> Any:
    """Abroad, permit granted, contract from 20 March."""
    return granted(cast, BRUNO, firm="energy")


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("titles")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends | {State.REEXAMINATION} == set(
        matter.outcomes
    )  # the refusal stands while it is looked at again
    assert all(step.cites for step in matter.steps.values())
    assert not any("passport" in name or "salary" in name or "birth" in name for name in matter.facts_needed)


@pytest.mark.parametrize("pack", loader.available())
def test_the_pack_says_the_months_once(pack: str) -> None:
    found = loader.load(pack, on=TODAY)
    if "titles" not in found.matters:
        return
    limit = found.limit("titles", "eligible", "applicant")
    assert limit is not None
    assert (limit.amount, limit.unit) == (6, "months")
    assert not [name for name, value in found.values.items() if "title" in name and value.unit == "months"]


# Six months and more


def test_one_who_has_worked_long_enough_may_apply_when_the_permit_is_granted(cast: Cast) -> None:
    case = case_of(filed(cast, ANNA), "T")
    assert (case.state, case.phase) == (State.AWAITING_PERMIT, Phase.UPCOMING)
    case = ready_elsewhere(cast)
    assert (case.state, case.phase) == (State.READY, Phase.PREPARING)
    assert actions(case) == ["queue", "become_ready"]
    assert case.eligible_on == date(2025, 7, 11)  # started on 10 January 2025


def ready_elsewhere(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA, firm="energy"), "T")


@pytest.mark.parametrize(
    ("started", "state"),
    [
        ("2025-09-09", State.READY),  # six months ended yesterday: today is more than six months
        ("2025-09-10", State.WAITING_ELIGIBLE),  # exactly six months today: not yet
        ("2025-09-11", State.WAITING_ELIGIBLE),
    ],
)
def test_more_than_six_months_to_the_day(cast: Cast, started: str, state: str) -> None:
    case = case_of(granted(cast, ANNA, work_started_on=started), "T")
    assert case.state == state


def test_a_newcomer_waits_and_the_sweep_lets_the_case_go_on_by_itself(cast: Cast) -> None:
    case = case_of(granted(cast, ANNA, work_started_on="2025-11-03"), "T")
    found = clock(case, "eligible", "applicant")
    assert (case.state, case.phase, case.outcome) == (State.WAITING_ELIGIBLE, Phase.UPCOMING, "")
    assert case.eligible_on == date(2026, 5, 4)
    assert found is not None
    assert (found.started_on, found.due_on) == (date(2025, 11, 3), date(2026, 5, 3))
    assert str(summary_of(case, AT)["可以申报"]) == "自 2026-05-04 起"
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["title_work_too_short"]
    assert refused(cast, case, "agent", "submit", at=later(54), data=APPLY) == ["title_work_too_short"]
    assert sweep(at=later(54)).moved == 0  # 3 May: exactly six months
    assert sweep(at=later(55)).moved == 1  # 4 May: more than six months
    case = case_of(case.bundle, "T")
    assert (case.state, actions(case)[-1]) == (State.READY, "become_eligible")
    assert sweep(at=later(56)).moved == 0  # once


def test_abroad_the_day_is_an_estimate_until_the_entry_and_the_start_are_recorded(cast: Cast) -> None:
    bundle = newcomer(cast)
    case = case_of(bundle, "T")
    assert (case.state, case.eligible_on) == (
        State.WAITING_ELIGIBLE,
        date(2026, 9, 21),
    )  # permit from 20 March
    # Nobody entered: the months are over on paper, the case goes on waiting.
    assert sweep(at=later(200)).moved == 0
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    record(bundle, "entered", date(2026, 10, 12), at=later(220))
    case = case_of(bundle, "T")
    assert (actions(case)[-1], case.eligible_on) == ("recount", date(2027, 4, 13))
    record(bundle, "work_started", date(2026, 10, 19), at=later(224))
    case = case_of(bundle, "T")
    assert case.eligible_on == date(2027, 4, 20)
    running = case.deadlines.filter(kind="eligible", met_on__isnull=True, voided_at__isnull=True)
    assert [row.started_on for row in running] == [date(2026, 10, 19)]
    assert sweep(at=later(406)).moved == 1  # 20 April 2027
    assert case_of(bundle, "T").state == State.READY


def test_an_earlier_start_recorded_later_opens_it_at_once(cast: Cast) -> None:
    bundle = granted(cast, ANNA, work_started_on="2026-01-05")
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    record(bundle, "work_started", date(2025, 3, 3), at=later(1))
    case = case_of(bundle, "T")
    assert (case.state, case.eligible_on) == (State.READY, date(2025, 9, 4))
    assert not case.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()


def test_a_refused_permit_ends_it_unopened(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    case = case_of(bundle, "T")
    assert (case.state, case.outcome) == (State.NOT_STARTED, Outcome.ENDED)


def test_filed_together_it_waits_for_the_permit_all_the_same(cast: Cast) -> None:
    """A valid permit is a condition of the application: the months alone do not open it."""
    file_together(cast, "titles")
    bundle = filed(cast, ANNA)
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    assert sweep(at=later(1)).moved == 0
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    refuse_permit(cast, bundle, at=later(1))
    assert case_of(bundle, "T").state == State.NOT_STARTED


def test_with_the_permit_in_hand_the_months_are_counted_at_once(cast: Cast) -> None:
    bundle = granted(cast, ANNA, work_started_on="2025-11-03")
    go(cast, case_of(bundle, "T"), "agent", "withdraw", data={"remark": "改期"})
    again = filed_beside(cast, bundle, ANNA, "titles")
    case = case_of(again, "T")
    found = clock(case, "eligible", "applicant")
    assert (case.state, actions(case)) == (State.WAITING_ELIGIBLE, ["file"])
    assert str(summary_of(case, AT)["可以申报"]) == "自 2026-05-04 起"
    assert found is not None
    assert found.due_on == date(2026, 5, 3)
    assert sweep(at=later(55)).moved == 1
    assert case_of(again, "T").state == State.READY


# Application, review, result


@pytest.mark.parametrize("days", [54, 55])
def test_the_employer_may_apply_on_the_day_itself_before_the_sweep(cast: Cast, days: int) -> None:
    """Six months minus a day: refused, with the day; more than six months: taken, though no night sweep has run."""
    case = case_of(granted(cast, ANNA, work_started_on="2025-11-03"), "T")
    if days == 54:
        with pytest.raises(Blocked) as caught:
            go(cast, case, "agent", "submit", at=later(days), data=APPLY)
        assert "自 2026-05-04 起可以申报" in caught.value.problems[0].sentence
        return
    case = go(cast, case, "agent", "submit", at=later(days), data=APPLY)
    assert case.state == State.SUBMITTED
    assert not case.deadlines.filter(kind="eligible", met_on__isnull=True, voided_at__isnull=True).exists()


# The register of permits


def with_earlier_permit(cast: Cast, bundle: Any, first: date, until: date) -> None:
    """An ended work permit of the same person at the same employer, from another case."""
    other = case_of(opened_beneath(cast, bundle, ANNA, "permits"), "W")
    Entitlement.objects.create(
        matter="permits",
        case=other,
        dossier_id=bundle.dossier_id,
        employer_id=bundle.employer_id,
        number="X1",
        valid_from=first,
        valid_until=until,
        status="ended",
        ended_on=until + timedelta(days=1),
    )


def unanswered(cast: Cast) -> Any:
    """A permit in force from 20 March 2026 and nothing said of earlier work."""
    return granted(cast, replace(ANNA, worked_months=0))


def test_the_months_are_counted_from_the_register_of_permits(cast: Cast) -> None:
    case = case_of(unanswered(cast), "T")
    assert (case.state, case.eligible_on) == (State.WAITING_ELIGIBLE, date(2026, 9, 21))
    event = case.events.latest("seq")
    assert (event.data["gap_days"], event.data["claimed"]) == (0, False)
    assert str(summary_of(case, AT)["工作年限的依据"]) == "工作许可登记"


@pytest.mark.parametrize(
    ("first", "opens"),
    [
        (
            date(2025, 7, 1),
            date(2026, 1, 2),
        ),  # the six months were over before the ten days between the permits
        (date(2025, 9, 10), date(2026, 3, 21)),  # 11 March, and ten days later
    ],
)
def test_days_between_two_permits_do_not_count(cast: Cast, first: date, opens: date) -> None:
    bundle = filed(cast, replace(ANNA, worked_months=0))
    with_earlier_permit(cast, bundle, first, date(2026, 3, 9))  # the new one begins on 20 March
    bring(cast, case_of(bundle, "W"), "granted")
    drain(AT)
    case = case_of(bundle, "T")
    assert case.eligible_on == opens
    assert str(summary_of(case, AT)["许可间断"]) == "10 日，不计入工作年限"
    if case.state == State.READY:
        case = go(cast, case, "agent", "submit", data=APPLY)
        case = go(
            cast, case, "handle", "review", data=all_met(case)
        )  # the register proves it: no evidence asked
        assert go(cast, case, "decide", "pass_conditions").state == State.PASSED


def test_what_is_only_claimed_needs_evidence_an_officer_accepts(cast: Cast) -> None:
    case = submitted(cast)
    assert "须由审核人员核实" in str(summary_of(case, AT)["工作年限的依据"])
    assert invalid(cast, case, "handle", "review", data=all_met(case)) == {"evidence"}
    case = go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})
    event = case.events.latest("seq")
    assert event.data["evidence_accepted"] is True
    assert "evidence" not in event.data  # what is written is sealed
    assert event.sealed["evidence"] == EVIDENCE["evidence"]


# What it rests on


@pytest.mark.parametrize("card", ["pr_card", "talent_card"])
def test_a_card_of_residence_is_a_basis_too(cast: Cast, card: str) -> None:
    """Permanent residence or talent card (S003-87, -96): no permit is waited for; the card must lie there and be valid."""
    bundle = filed(cast, ANNA, title_basis=card)
    case = case_of(bundle, "T")
    assert (case.state, bundle.items.filter(code=card).count()) == (State.WAITING_ELIGIBLE, 1)
    assert sweep(at=AT).moved == 1
    item = bundle.items.get(code=card)
    item.document.valid_until = date(2026, 3, 9)
    item.document.save(update_fields=["valid_until"])
    found = refused(cast, case_of(bundle, "T"), "agent", "submit", data=APPLY)
    assert found == ["title_card_missing", "material_out_of_date"]
    item.document.valid_until = None
    item.document.save(update_fields=["valid_until"])
    case = go(cast, case_of(bundle, "T"), "agent", "submit", data=APPLY)
    case = go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})
    assert go(cast, case, "decide", "pass_conditions").state == State.PASSED


def test_where_the_place_asks_for_permanent_residence_a_permit_is_no_basis(cast: Cast) -> None:
    """S003-96 is narrower than S003-17 and -87: the pack decides (conflict C5)."""
    document = copy.deepcopy(dict(PolicyVersion.objects.get(pk=cast.policy.pk).document))
    document["values"]["title_requires_pr"]["value"] = 1
    PolicyVersion.objects.create(
        jurisdiction=cast.jurisdiction,
        pack_code=cast.policy.pack_code,
        version="stricter",
        effective_from=cast.policy.effective_from,
        sha256=loader.digest(document),
        document=document,
    )
    assert refused(cast, ready(cast), "agent", "submit", data=APPLY) == ["title_permit_not_enough"]


def test_a_permit_that_has_run_out_is_no_basis(cast: Cast) -> None:
    case = ready(cast)
    Entitlement.objects.filter(dossier=case.dossier).update(valid_until=date(2026, 3, 30))
    assert refused(cast, case, "agent", "submit", at=later(30), data=APPLY) == ["title_permit_over"]


# Supplement


def asked(cast: Cast) -> Any:
    reason = {
        "ask_recommendation": "on",
        "reason_recommendation": "not_signed",
        "note_recommendation": "缺公章",
    }
    return go(cast, submitted(cast), "handle", "request_supplement", data=reason)


def test_a_supplement_is_asked_once_and_answered(cast: Cast) -> None:
    case = asked(cast)
    assert (case.state, case.phase) == (State.SUPPLEMENT, Phase.WAITING)
    assert "缺公章" in text_of(case, "SUPPLEMENT")["rows"][0][2]
    assert refused(cast, case, "agent", "answer_supplement", at=later(1)) == ["supplement_unanswered"]
    upload(case.engagement, ANNA, "recommendation", "推荐报告", scope="engagement", at=later(1))
    newest = case.dossier.documents.get(kind="recommendation", replaced_by__isnull=True)
    case.bundle.items.filter(code="recommendation").update(document=newest)
    case = go(cast, case, "agent", "answer_supplement", at=later(1))
    again = clock(case, "handling", "promised")
    assert again is not None
    assert (case.state, again.started_on) == (State.SUBMITTED, later(1).date())


def test_an_unanswered_supplement_ends_the_application_with_a_paper(cast: Cast) -> None:
    case = asked(cast)
    assert sweep(at=later(60)).moved == 1
    case = case_of(case.bundle, "T")
    assert (case.state, case.outcome, papers(case)[-1]) == (State.ENDED, Outcome.ENDED, "FILING_ENDED")
    assert "推荐报告" in text_of(case, "FILING_ENDED")["paragraphs"][1]


# After the result: the committee, or a re-examination


def passed(cast: Cast) -> Any:
    return go(cast, reviewed(cast), "decide", "pass_conditions")


def failed(cast: Cast) -> Any:
    return go(cast, reviewed(cast), "decide", "fail_conditions", data=FAIL)


def test_what_passed_goes_to_the_committee_and_its_outcome_comes_back(cast: Cast) -> None:
    case = passed(cast)
    due = clock(case, "handover", "promised")
    assert due is not None
    assert (due.amount, due.unit) == (5, "wd")
    assert invalid(cast, case, "handle", "hand_over", data={**HAND_OVER, "outcome_due": "2026-03-10"}) == {
        "outcome_due"
    }
    case = go(cast, case, "handle", "hand_over", data=HAND_OVER)
    due.refresh_from_db()
    assert (case.state, case.body, due.met_on) == (State.HANDED_OVER, HAND_OVER["body"], TODAY)
    assert text_of(case, "TITLE_HANDOVER")["addressee"] == HAND_OVER["body"]
    assert "2026年6月30日" in text_of(case, "TITLE_HANDOVER")["paragraphs"][0]
    # Silence: the body is asked once more, not before its day has passed.
    assert refused(cast, case, "handle", "chase_outcome", data={"outcome_due": "2026-07-31"}) == [
        "title_outcome_ahead"
    ]
    at = later(120)
    assert invalid(cast, case, "handle", "chase_outcome", at=at, data={"outcome_due": "2026-07-01"}) == {
        "outcome_due"
    }
    case = go(cast, case, "handle", "chase_outcome", at=at, data={"outcome_due": "2026-07-31"})
    assert text_of(case, "TITLE_CHASE")["addressee"] == HAND_OVER["body"]
    assert case.outcome_due == date(2026, 7, 31)
    for change, field in (
        ({"awarded_level": ""}, "awarded_level"),
        ({"certificate": ""}, "certificate"),
        ({"evaluated": "not_awarded"}, "evaluated"),
        ({"decided_on": "2026-03-09"}, "decided_on"),
        ({"decided_on": "2026-08-01"}, "decided_on"),
    ):
        assert invalid(cast, case, "handle", "record_outcome", at=at, data={**AWARDED, **change}) == {field}
    case = go(cast, case, "handle", "record_outcome", at=at, data=AWARDED)
    assert (case.state, case.phase, case.outcome) == (State.EVALUATED, Phase.CLOSED, Outcome.GRANTED)
    assert papers(case)[-2:] == ["TITLE_EVALUATION", "TITLE_EVALUATION_PERSON"]
    facts = dict(text_of(case, "TITLE_EVALUATION")["facts"])
    assert (facts["取得的职称级别"], facts["证书或者文件编号"]) == ("副高级", "GS-2026-1")
    assert "awarded" in text_of(case, "TITLE_EVALUATION_PERSON")["paragraphs"][1]
    assert Entitlement.objects.get(case=case).status == "active"


def test_the_committee_may_say_no(cast: Cast) -> None:
    case = go(cast, passed(cast), "handle", "hand_over", data=HAND_OVER)
    no = {"evaluated": "not_awarded", "decided_on": "2026-05-20"}
    case = go(cast, case, "handle", "record_outcome", at=later(80), data=no)
    assert case.state == State.EVALUATED
    assert "评审未通过" in text_of(case, "TITLE_EVALUATION")["paragraphs"][0]


def test_a_re_examination_is_by_somebody_else(cast: Cast) -> None:
    case = go(cast, failed(cast), "agent", "ask_reexamination", data={"remark": "推荐报告已经盖章"})
    assert (case.state, case.phase, case.outcome) == (State.REEXAMINATION, Phase.IN_REVIEW, Outcome.REFUSED)
    # The decider is also the office's leader, but decided this very case.
    assert refused(cast, case, "decide", "uphold", data={"remark": "x"}) == ["hand_repeated"]
    upheld = go(cast, case, "review", "uphold", data={"remark": "复查后维持"})
    assert (upheld.state, upheld.phase, upheld.outcome) == (State.UPHELD, Phase.CLOSED, Outcome.REFUSED)
    assert "以外的人员" in text_of(upheld, "TITLE_REEXAMINATION")["paragraphs"][0]
    assert verify(at=AT + timedelta(seconds=30)) == []


def test_a_re_examination_may_turn_the_result(cast: Cast) -> None:
    case = go(cast, failed(cast), "agent", "ask_reexamination", data={"remark": "推荐报告已经盖章"})
    case = go(cast, case, "review", "overturn", data={"remark": "推荐报告确已盖章"})
    assert (case.state, case.outcome) == (State.PASSED, Outcome.GRANTED)
    assert TitleOutcome.objects.filter(case=case).exists()
    assert papers(case)[-2:] == ["TITLE_REEXAMINATION", "TITLE_RESULT_PERSON"]
    assert verify(at=AT + timedelta(seconds=30)) == []


def test_the_application_names_level_and_series_and_starts_the_promise(cast: Cast) -> None:
    case = ready(cast)
    assert invalid(cast, case, "agent", "submit", data={}) == {"level", "series", "recommended"}
    assert refused(cast, case, "handle", "submit", data=APPLY) == ["wrong_role"]
    case = go(cast, case, "agent", "submit", data=APPLY)
    promised = clock(case, "handling", "promised")
    assert promised is not None
    assert (promised.amount, promised.unit) == (15, "wd")
    assert clock(case, "handling", "statutory") is None  # not a licence; no statutory limit
    assert summary_of(case, AT)["申报级别"] == "副高级"


def test_the_recommendation_report_must_be_there_and_in_date(cast: Cast) -> None:
    case = ready(cast)
    item = case.bundle.items.get(code="recommendation")
    item.document.valid_until = date(2026, 3, 9)
    item.document.save(update_fields=["valid_until"])
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["material_out_of_date"]
    item.document = None
    item.save(update_fields=["document"])
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["material_not_in_hand"]


def test_review_is_condition_by_condition(cast: Cast) -> None:
    case = submitted(cast)
    partial = {**all_met(case), **EVIDENCE}
    partial.pop("condition_status")
    assert invalid(cast, case, "handle", "review", data=partial) == {"condition_status"}
    unmet = {**all_met(case), **EVIDENCE, "condition_recommended": "not_met", "remark": ""}
    assert invalid(cast, case, "handle", "review", data=unmet) == {"remark"}
    case = go(cast, case, "handle", "review", data={**unmet, "remark": "推荐报告未盖章"})
    assert case.state == State.REVIEWED
    assert refused(cast, case, "decide", "pass_conditions") == ["title_condition_open"]
    case = go(cast, case, "decide", "send_back", data={"remark": "已补盖章，请复核"})
    assert case.state == State.SUBMITTED
    case = go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})
    assert go(cast, case, "decide", "pass_conditions").state == State.PASSED


def test_passing_issues_an_outcome_without_passport_number(cast: Cast) -> None:
    case = go(cast, reviewed(cast), "decide", "pass_conditions")
    assert (case.state, case.outcome) == (State.PASSED, Outcome.GRANTED)
    entitlement = Entitlement.objects.get(case=case)
    assert (entitlement.matter, entitlement.valid_until, entitlement.exclusive) == ("titles", None, False)
    row = TitleOutcome.objects.get(case=case)
    assert (row.level, row.series, row.passed_on) == ("associate", "university_teacher", TODAY)
    assert papers(case) == ["TITLE_RESULT", "TITLE_RESULT_PERSON"]
    assert dict(text_of(case, "TITLE_RESULT")["facts"])["申报系列（专业）"] == "高等学校教师／材料科学"
    person = text_of(case, "TITLE_RESULT_PERSON")
    assert (person["addressee"], person["english"]) == ("ERIKSSON ANNA MARIA", True)
    assert person["paragraphs"][1].startswith("Your employer put you forward")
    paper = text_of(case, "TITLE_RESULT")
    assert "评审委员会组建单位" in paper["paragraphs"][1]
    assert "DX0000017" not in str(paper)


def test_the_paper_is_chinese_whatever_the_officer_reads(cast: Cast) -> None:
    case = reviewed(cast)
    with override("en"):
        case = go(cast, case, "decide", "pass_conditions")
    facts = dict(text_of(case, "TITLE_RESULT")["facts"])
    assert facts["申报级别"] == "副高级"


def test_not_passing_has_reasons_and_the_way_to_complain(cast: Cast) -> None:
    case = reviewed(cast)
    assert invalid(cast, case, "decide", "fail_conditions", data={}) == {"reasons", "remark"}
    case = go(cast, case, "decide", "fail_conditions", data=FAIL)
    assert (case.state, case.outcome) == (State.NOT_PASSED, Outcome.REFUSED)
    paper = text_of(case, "TITLE_RESULT")
    assert "复查" in paper["remedies"][0]
    assert not any("行政复议" in line for line in paper["remedies"])
    assert paper["rows"][0][1] == "工作经历不能证明"


def test_the_reviewer_does_not_decide(cast: Cast) -> None:
    case = reviewed(cast)
    officer = cast.officer(case, "handle")
    officer.posts.create(office=case.office, role="decider", from_on=date(2025, 1, 1))
    assert refused(cast, case, "handle", "pass_conditions") == ["hand_repeated"]


def test_a_start_corrected_after_the_review_stops_the_result(cast: Cast) -> None:
    case = reviewed(cast)
    record(case.bundle, "work_started", date(2025, 12, 1), at=AT)
    assert refused(cast, case, "decide", "pass_conditions") == ["title_work_too_short"]


def queued(cast: Cast) -> Any:
    return case_of(filed(cast, ANNA), "T")


def waiting(cast: Cast) -> Any:
    return case_of(newcomer(cast), "T")


@pytest.mark.parametrize("from_", [queued, waiting, ready, submitted, reviewed])
def test_the_employer_may_withdraw(cast: Cast, from_: Any) -> None:
    case = go(cast, from_(cast), "agent", "withdraw", data={"remark": "不再申报"})
    assert (case.state, case.outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)
    assert not case.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()


@pytest.mark.parametrize(("action", "data"), [("pass_conditions", {}), ("fail_conditions", FAIL)])
def test_the_result_is_served(cast: Cast, action: str, data: dict[str, Any]) -> None:
    case = go(cast, reviewed(cast), "decide", action, data=data)
    how = {"how": "online", "receiver": "王经办"}
    assert refused(cast, case, "agent", "serve", data=how) == ["nothing_to_serve"]
    issue_papers(case, AT)
    assert papers(go(cast, case, "agent", "serve", data=how))[-1] == "SERVICE_PROOF"
