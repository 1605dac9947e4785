"""Titles, second room: what an application rests on, its supplement, review, result, and what follows (law-notes 16; S003-17)."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from foreignwork.cases.models import Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA
from foreignwork.policies import loader
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import (
    clock,
    filed,
    go,
    invalid,
    issue_papers,
    later,
    papers,
    record,
    refused,
    summary_of,
    text_of,
)
from tests.matters.cast_titles import (
    APPLY,
    AWARDED,
    EVIDENCE,
    FAIL,
    HAND_OVER,
    TODAY,
    newcomer,
    ready,
    reviewed,
    submitted,
)
from tests.stage import AT, all_met, case_of
from titles.models import State, TitleOutcome

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
