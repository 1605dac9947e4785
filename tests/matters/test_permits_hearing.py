"""Statements and hearing: who is told what, by when, before whom; the limit for the decision is held meanwhile (36, 45–48)."""

from __future__ import annotations

from datetime import date

import pytest

from foreignwork.cases.models import Case, CaseEvent
from foreignwork.cases.problems import Blocked, NotAllowed, WrongState
from foreignwork.deadlines.models import Deadline, Pause
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import papers, text_of
from tests.matters.cast_process import RECORD, TELL, go, hearing, later
from tests.stage import AT, bring, case_of


@pytest.fixture
def told(cast: Cast) -> Case:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "second_reviewed")
    return go(cast, case, "decide", "tell_rights", **TELL)


def limit(case: Case, kind: str) -> Deadline:
    return Deadline.objects.filter(case=case, kind=kind).exclude(basis="promised").latest("pk")


def test_the_party_is_told_and_has_five_working_days(cast: Cast, told: Case) -> None:
    assert (told.state, told.phase) == ("rights_told", "waiting")
    paper = text_of(told, "RIGHTS")
    assert "学历证书系伪造" in paper["paragraphs"][1] and "5个工作日" in paper["paragraphs"][2]
    asked = limit(told, "hearing_request")
    assert (asked.basis, asked.due_on) == ("applicant", date(2026, 3, 17))
    with pytest.raises(WrongState):  # nothing is decided before the party could speak
        go(cast, told, "decide", "refuse", reasons=["person_conditions"], remark="不符合条件")
    assert sweep(at=later(7)).moved == 0
    assert sweep(at=later(8)).moved == 1
    assert sweep(at=later(9)).moved == 0
    back = case_of(told.bundle)
    assert back.state == "second_reviewed" and back.events.latest("seq").action == "hearing_not_asked"


def test_what_the_party_says_is_kept_sealed_and_read_by_the_officers(cast: Cast, told: Case) -> None:
    go(cast, told, "agent", "state_views", remark="学历证书已经使馆认证，附认证编号。")
    event = CaseEvent.objects.get(case=told, action="state_views")
    assert event.data == {} and "使馆认证" in event.sealed["remark"]
    with pytest.raises(NotAllowed):
        go(cast, told, "decide", "state_views", remark="代为陈述")


def test_the_hearing_from_the_request_to_the_record(cast: Cast, told: Case) -> None:
    due = limit(told, "decision").due_on
    asked = go(cast, told, "agent", "request_hearing", at=later(1), remark="申请听证")
    assert asked.state == "hearing_asked" and Pause.objects.get(case=told).ground == "hearing"
    assert limit(told, "hearing").due_on == date(2026, 4, 9)  # twenty working days, 清明 between
    assert "不计算在作出决定的期限内" in text_of(told, "HEARING_RECEIPT")["paragraphs"][0]

    reviewer = str(cast.officer(asked, "review").pk)
    for changes, wrong in (
        ({"days": 5}, "held_on"),  # less than seven working days ahead
        ({"days": 45}, "held_on"),  # after the limit to organise it
        ({"days": 18}, "held_on"),  # a Saturday
        ({"chair": reviewer}, "chair"),  # who reviewed it may not preside (48(四))
    ):
        with pytest.raises(Invalid) as refused:
            go(cast, asked, "decide", "set_hearing", at=later(1), **hearing(cast, asked, **changes))  # type: ignore[arg-type]
        assert set(refused.value.form.errors) == {wrong}
    ready = go(cast, asked, "decide", "set_hearing", at=later(1), **hearing(cast, asked))
    notice = text_of(told, "HEARING_NOTICE")
    assert "2026年3月24日" in notice["paragraphs"][0] and "申请回避" in notice["paragraphs"][2]

    with pytest.raises(Blocked) as early:
        go(cast, ready, "handle", "close_hearing", at=later(10), **RECORD)
    assert early.value.problems[0].code == "hearing_ahead"
    with pytest.raises(Blocked) as other:
        go(cast, ready, "review", "close_hearing", at=later(14), **RECORD)
    assert "not_the_chair" in {problem.code for problem in other.value.problems}
    with pytest.raises(Invalid) as unsigned:
        go(cast, ready, "handle", "close_hearing", at=later(14), **{**RECORD, "signed": ""})
    assert set(unsigned.value.form.errors) == {"signed"}
    over = go(cast, ready, "handle", "close_hearing", at=later(14), **RECORD)
    assert over.state == "second_reviewed" and "质证" in str(text_of(told, "HEARING_RECORD")["paragraphs"])
    assert limit(told, "hearing").met_on == later(14).date()
    # From Wednesday 11 to Tuesday 24 March: ten working days that do not count.
    assert (due, limit(told, "decision").due_on) == (date(2026, 3, 31), date(2026, 4, 15))
    assert verify(at=AT) == []


def test_the_decision_after_a_hearing_rests_on_its_record(cast: Cast, told: Case) -> None:
    go(cast, told, "agent", "request_hearing", remark="申请听证")
    ready = go(cast, told, "decide", "set_hearing", **hearing(cast, told))
    over = go(cast, ready, "handle", "close_hearing", at=later(14), **RECORD)
    done = go(
        cast, over, "decide", "refuse", at=later(14), reasons=["person_conditions"], remark="学历不能证明。"
    )
    assert done.state == "refused" and "根据听证笔录" in str(text_of(done, "REFUSAL")["paragraphs"])


def test_a_party_may_waive_the_hearing_or_withdraw(cast: Cast, told: Case) -> None:
    assert go(cast, told, "agent", "waive_hearing").state == "second_reviewed"
    again = go(cast, case_of(told.bundle), "decide", "tell_rights", **TELL)
    assert again.state == "rights_told"
    gone = go(cast, again, "agent", "withdraw", remark="人选变动")
    assert gone.state == "withdrawn" and not Deadline.objects.running().filter(case=told).exists()
    assert papers(told).count("RIGHTS") == 2
