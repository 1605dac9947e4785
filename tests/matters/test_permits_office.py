"""What the office begins itself: 撤回, 撤销, 注销 and the warning; told before, heard, decided by another, each with its paper."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.problems import Blocked, NotAllowed, WrongState
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import CLARA
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from permits.models import PermitCase
from tests.matters.cast_matters import papers, text_of
from tests.matters.cast_process import (
    FACTS,
    RECORD,
    TELL,
    go,
    hearing,
    in_force,
    later,
    opened,
    refused,
)
from tests.stage import AT

DECISIONS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("retract", "retract", "retracted", {**FACTS, "compensation": "依法补偿安置费用。"}, "RETRACTION"),
    ("revoke", "revoke", "revoked", FACTS, "REVOCATION"),
    ("cancel_office", "strike_off", "struck_off", FACTS, "STRIKING_OFF"),
]


def ready(cast: Cast, case: Case) -> Any:
    case = go(cast, case, "review", "tell_office", **TELL)
    return go(cast, case, "agent", "waive_office_hearing")


@pytest.mark.parametrize(("sub_matter", "action", "state", "data", "kind"), DECISIONS)
def test_told_heard_and_decided_by_another_it_ends_the_permit(
    cast: Cast, sub_matter: str, action: str, state: str, data: dict[str, Any], kind: str
) -> None:
    permit = in_force(cast)
    case = opened(cast, sub_matter, permit)
    with pytest.raises(WrongState):  # never before the party was told
        go(cast, case, "decide", action, **data)
    case = ready(cast, case)
    with pytest.raises(NotAllowed):  # who investigated does not decide
        go(cast, case, "review", action, **data)
    with pytest.raises(WrongState):  # the other endings are other cases
        go(cast, case, "decide", "revoke" if action != "revoke" else "retract", **data)
    case = go(cast, case, "decide", action, at=later(1), **data)
    permit.refresh_from_db()
    assert (case.state, case.outcome, case.phase) == (state, state, "decided")
    assert (permit.status, permit.ended_on, permit.ended_by_id) == ("ended", later(1).date(), case.pk)
    paper = text_of(case, kind)
    assert paper["rows"] and paper["remedies"] and "伪造" in str(paper["paragraphs"])
    assert "互联网" in str(paper["remedies"])  # the online channel (行政复议法 22)
    assert verify(at=AT) == []


def test_a_revoked_permit_is_then_struck_off(cast: Cast) -> None:
    case = ready(cast, opened(cast, "revoke", in_force(cast)))
    case = go(cast, case, "decide", "revoke", **FACTS)
    case = go(cast, case, "review", "strike_after", remark="收回电子许可证")
    assert case.state == "revoked" and PermitCase.objects.get(pk=case.pk).struck_on == AT.date()
    assert "第七十条" in str(text_of(case, "STRIKING_OFF")["basis"])
    with pytest.raises(Blocked) as twice:
        go(cast, case, "review", "strike_after", remark="再次")
    assert twice.value.problems[0].code == "struck_off_already"


def test_a_revocation_with_a_hearing(cast: Cast) -> None:
    case = go(cast, opened(cast, "revoke", in_force(cast)), "review", "tell_office", **TELL)
    case = go(cast, case, "agent", "request_hearing", remark="申请听证")
    case = go(cast, case, "decide", "set_hearing", **hearing(cast, case))
    with pytest.raises(WrongState):  # the end of another procedure's hearing
        go(cast, case, "handle", "close_hearing", at=later(14), **RECORD)
    case = go(cast, case, "handle", "close_office_hearing", at=later(14), **RECORD)
    case = go(cast, case, "decide", "revoke", at=later(14), **FACTS)
    assert case.state == "revoked" and "根据听证笔录" in str(text_of(case, "REVOCATION")["paragraphs"])
    assert verify(at=AT) == []


def test_silence_lets_the_case_go_on_once(cast: Cast) -> None:
    case = go(cast, opened(cast, "revoke", in_force(cast)), "review", "tell_office", **TELL)
    assert sweep(at=later(7)).moved == 0
    assert sweep(at=later(8)).moved == 1
    assert sweep(at=later(9)).moved == 0
    assert PermitCase.objects.get(pk=case.pk).state == "office_ready"


def test_without_the_persons_cooperation_it_is_announced_first(cast: Cast) -> None:
    case = opened(cast, "cancel_office", in_force(cast))
    data = {"where": "兰州日报第四版", "remark": "多次电话、信函联系未果。"}
    with pytest.raises(Invalid) as early:
        go(cast, case, "review", "announce", since="2026-03-01", **data)
    assert set(early.value.form.errors) == {"since"}
    case = go(cast, case, "review", "announce", since="2026-02-10", **data)
    paper = text_of(case, "ANNOUNCEMENT")
    assert "兰州日报" in paper["paragraphs"][0] and not paper["facts"]  # read by everybody: no personal facts
    assert case.phase == "waiting"
    last = case.deadlines.get(kind="announcement").due_on
    assert last == date(2026, 3, 20)
    assert sweep(at=later(10)).moved == 0
    assert sweep(at=later(11)).moved == 1
    case = go(
        cast,
        PermitCase.objects.select_related("office").get(pk=case.pk),
        "decide",
        "strike_off",
        at=later(11),
        **FACTS,
    )
    assert case.state == "struck_off" and "公告" in str(text_of(case, "STRIKING_OFF")["paragraphs"])


def test_who_answers_the_announcement_is_heard(cast: Cast) -> None:
    case = opened(cast, "cancel_office", in_force(cast))
    data = {"where": "兰州日报", "remark": "联系未果。", "since": "2026-02-10"}
    case = go(cast, case, "review", "announce", **data)
    case = go(cast, case, "agent", "answer_announcement", remark="人员在岗，电话号码已变更。")
    assert case.state == "rights_told" and "电话号码已变更" in str(text_of(case, "RIGHTS")["paragraphs"])
    case = go(cast, case, "agent", "waive_office_hearing")
    case = go(cast, case, "decide", "drop", why="unproven", remark="人员在岗。")
    assert (case.state, case.outcome) == ("office_closed", "ended")
    assert Entitlement.objects.get().status == "active"
    assert papers(case)[-1] == "DROPPED"


def test_a_warning_for_concealment_follows_the_refusal_by_penalty_procedure(cast: Cast) -> None:
    """行政许可法 78: the refusal and the warning are two decisions; the warning is a penalty (law-notes 11)."""
    application = refused(cast)
    case = opened(cast, "warn", application)
    assert (case.replaces_id, case.employer_id, case.about_id) == (
        application.pk,
        application.employer_id,
        None,
    )
    case = go(cast, case, "review", "tell_office", remark="拟给予警告。提交伪造的学历证书。")
    paper = text_of(case, "RIGHTS")
    assert "行政处罚法" in paper["basis"][0] and "听证" not in str(paper["paragraphs"])
    with pytest.raises(Blocked) as no_hearing:
        go(cast, case, "agent", "request_hearing", remark="申请听证")
    assert no_hearing.value.problems[0].code == "no_hearing_here"
    case = go(cast, case, "agent", "state_views", remark="系中介提供，本单位不知情。")
    case = go(cast, case, "agent", "waive_office_hearing")
    with pytest.raises(Invalid) as missing:
        go(cast, case, "decide", "warn", **FACTS)
    assert set(missing.value.form.errors) == {"officers", "views"}
    case = go(
        cast,
        case,
        "decide",
        "warn",
        officers="甲（62010001）、乙（62010002）",
        views="经复核，不予采纳。",
        **FACTS,
    )
    assert (case.state, case.outcome) == ("warned", "penalised")
    assert text_of(case, "WARNING")["remedies"]
    with pytest.raises(Blocked) as twice:
        opened(cast, "warn", application)
    assert twice.value.problems[0].code == "office_case_open"
    with pytest.raises(Blocked):  # a warning is about an application, not about a permit in force
        opened(cast, "warn", in_force(cast, CLARA))
    assert verify(at=AT) == []
