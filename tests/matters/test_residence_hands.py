"""From the receipt to the document in the hand: custody of the passport, interview, nationality, delivery, reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from foreignwork.appointments.models import Appointment, Closure
from foreignwork.cases.models import Entitlement, Referral
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.demo.cast import Cast
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.visits import displace
from residence.forms_counter import InterviewForm
from residence.models import ResidenceCase, State
from tests.matters.cast_matters import context_of, go, invalid, later, papers, refused, summary_of, text_of
from tests.matters.cast_residence import (
    HAND_OVER,
    MAKE,
    PHONE,
    RECEIPT,
    REFUSAL,
    TODAY,
    VISIT,
    WINDOW,
    applied,
    granted_case,
    handed_over,
    made,
    ready,
    receipt_given,
    until,
    verified,
)
from tests.stage import AT

INTERVIEW = {"slot": f"{WINDOW}@2026-03-16T10:00", "whom": "both", "about": "说明岗位职责"}
PROXY = {"how": "proxy", "receiver": "李代办"}


def in_custody() -> int:
    return ResidenceCase.objects.filter(
        passport_taken_on__isnull=False, passport_returned_on__isnull=True
    ).count()


# The passport


def test_the_passport_is_taken_with_the_receipt_and_returned_with_the_document(cast: Cast) -> None:
    case = receipt_given(cast)
    assert (case.passport_taken_on, in_custody()) == (TODAY, 1)
    assert "由窗口收存" in summary_of(case, AT)["护照"]
    case = go(cast, case, "handle", "verify", data=PHONE)
    case = go(cast, case, "decide", "grant", data=until(case, 365))
    assert refused(cast, case, "handle", "hand_over", data=HAND_OVER) == ["wrong_state"]
    case = go(cast, case, "handle", "make_document", data=MAKE)
    case = go(cast, case, "handle", "hand_over", at=later(3), data=HAND_OVER)
    assert (case.state, case.phase, case.outcome) == (State.HANDED_OVER, Phase.CLOSED, Outcome.GRANTED)
    assert (case.passport_returned_on, in_custody()) == (later(3).date(), 0)
    paper = text_of(case, "RESIDENCE_HANDOVER")
    assert "本人领取" in paper["paragraphs"][0] and "2026年3月10日收存" in paper["rows"][1][2]
    assert "已于 2026-03-13 退还" in summary_of(case, later(3))["护照"]
    assert [b for b in verify(at=AT) if b.code != "I9"] == []


@pytest.mark.parametrize("end", ["refuse", "withdraw"])
def test_after_a_refusal_or_a_withdrawal_the_passport_goes_back(cast: Cast, end: str) -> None:
    case = verified(cast)
    if end == "refuse":
        case = go(cast, case, "decide", "refuse", data=REFUSAL)
    else:
        case = go(cast, case, "agent", "withdraw", data={"remark": "不再聘用"})
    data = {"how": "counter", "receiver": "ANNA"}
    case = go(cast, case, "handle", "return_passport", data=data)
    assert (in_custody(), papers(case)[-1]) == (0, "PASSPORT_RETURN")
    assert refused(cast, case, "handle", "return_passport", data=data) == ["residence_no_passport"]


def test_a_passport_that_was_never_taken_is_not_returned(cast: Cast) -> None:
    case = go(cast, applied(cast), "agent", "withdraw", data={"remark": "改期"})
    told = refused(cast, case, "handle", "return_passport", data={"how": "counter", "receiver": "A"})
    assert told == ["residence_no_passport"]


def test_a_proxy_needs_his_authority_on_file(cast: Cast) -> None:
    case = made(cast)
    assert invalid(cast, case, "handle", "hand_over", data={**HAND_OVER, **PROXY}) == {
        "authority",
        "proxy_document",
    }
    data = {**HAND_OVER, **PROXY, "authority": "on", "proxy_document": "62010219900101001X"}
    case = go(cast, case, "handle", "hand_over", data=data)
    event = case.events.latest("seq")
    assert event.data == {"how": "proxy"}, "names and numbers are sealed"
    assert event.sealed["proxy_document"] == "62010219900101001X"
    assert "委托代领" in text_of(case, "RESIDENCE_HANDOVER")["paragraphs"][0]


def test_without_the_receipt_the_identity_check_is_explained(cast: Cast) -> None:
    case = made(cast)
    assert invalid(cast, case, "handle", "hand_over", data={"how": "counter", "receiver": "A"}) == {"remark"}


def test_a_document_that_differs_is_not_handed_out(cast: Cast) -> None:
    case = granted_case(cast)
    assert invalid(cast, case, "handle", "make_document", data={"document_number": "编号"}) == {
        "document_number",
        "checked",
    }
    made_ = go(cast, case, "handle", "make_document", data=MAKE)
    assert made_.events.latest("seq").sealed["document_number"] == "L1234567"


# By post


def posted(cast: Cast) -> Any:
    case = go(cast, ready(cast), "agent", "apply", data={**VISIT, "delivery": "post"})
    case = go(cast, case, "handle", "give_receipt", data=RECEIPT)
    case = go(cast, case, "handle", "verify", data=PHONE)
    case = go(cast, case, "decide", "grant", data=until(case, 365))
    case = go(cast, case, "handle", "make_document", data=MAKE)
    post = {
        "carrier": "中国邮政",
        "tracking": "EA123456789CN",
        "receiver": "ANNA",
        "address": "兰州市城关区示例路 1 号",
    }
    assert invalid(cast, case, "handle", "post_document", data={**post, "tracking": "有误"}) == {"tracking"}
    return go(cast, case, "handle", "post_document", data=post)


def test_by_post_with_tracking_and_signature(cast: Cast) -> None:
    case = posted(cast)
    assert (case.state, in_custody()) == (State.POSTED, 1), "in custody until it is signed for"
    assert case.events.latest("seq").data == {"carrier": "中国邮政", "tracking": "EA123456789CN"}
    for wrong in ("2026-03-09", "2026-03-20"):  # before it was made; ahead
        told = invalid(
            cast, case, "handle", "confirm_delivery", at=later(3), data={"receiver": "A", "signed_on": wrong}
        )
        assert told == {"signed_on"}
    case = go(
        cast,
        case,
        "handle",
        "confirm_delivery",
        at=later(3),
        data={"receiver": "ANNA", "signed_on": "2026-03-12"},
    )
    assert (case.state, case.passport_returned_on) == (State.HANDED_OVER, date(2026, 3, 12))
    assert "邮寄签收" in text_of(case, "RESIDENCE_HANDOVER")["paragraphs"][0]


def test_a_letter_that_comes_back(cast: Cast) -> None:
    case = go(cast, posted(cast), "handle", "record_returned_mail", data={"remark": "无人签收"})
    assert case.state == State.MADE
    assert go(cast, case, "handle", "hand_over", data=HAND_OVER).state == State.HANDED_OVER


def test_nothing_is_posted_that_was_not_asked_for(cast: Cast) -> None:
    post = {"carrier": "中国邮政", "tracking": "EA123456789CN", "receiver": "ANNA", "address": "兰州"}
    assert invalid(cast, made(cast), "handle", "post_document", data=post) == {"__all__"}


# Nationality, interview


def unconfirmed(cast: Cast) -> Any:
    receipt = {key: value for key, value in RECEIPT.items() if key != "foreign_nationality"}
    return go(cast, applied(cast), "handle", "give_receipt", data=receipt)


def test_foreign_nationality_is_confirmed_before_the_decision(cast: Cast) -> None:
    case = go(cast, unconfirmed(cast), "handle", "verify", data=PHONE)
    assert refused(cast, case, "decide", "grant", data=until(case, 365)) == ["residence_nationality_open"]
    doubt = {"result": "doubtful", "basis": "passport"}
    assert invalid(cast, case, "handle", "confirm_nationality", data=doubt) == {"record"}
    case = go(cast, case, "handle", "confirm_nationality", data={**doubt, "record": "曾持中国护照"})
    assert case.nationality_on is None
    case = go(cast, case, "handle", "confirm_nationality", data={"result": "foreign", "basis": "embassy"})
    assert case.nationality_on == TODAY
    assert refused(cast, case, "handle", "confirm_nationality", data=doubt) == ["residence_nationality_known"]
    assert go(cast, case, "decide", "grant", data=until(case, 365)).state == State.GRANTED


def test_a_call_to_an_interview_takes_a_time_and_names_the_subject(cast: Cast) -> None:
    case = go(cast, receipt_given(cast), "handle", "call_to_interview", data=INTERVIEW)
    paper = text_of(case, "RESIDENCE_INTERVIEW")
    assert "2026年3月16日10:00" in paper["paragraphs"][0] and "说明岗位职责" in paper["paragraphs"][1]
    assert Appointment.objects.get(case=case, status="booked").slot.window == WINDOW
    assert refused(cast, case, "handle", "call_to_interview", data=INTERVIEW) == ["visit_booked"]
    moved = go(cast, case, "agent", "move_visit", data={"slot": f"{WINDOW}@2026-03-17T10:00"})
    talk = {"method": "interview", "held_on": "2026-03-17", "record": "与申请人面谈，岗位属实"}
    case = go(cast, moved, "handle", "verify", at=later(7), data=talk)
    assert Appointment.objects.filter(case=case).latest("pk").status == "came"
    assert case.events.latest("seq").sealed == {"record": "与申请人面谈，岗位属实"}


def test_facts_verified_otherwise_give_the_interview_back(cast: Cast) -> None:
    case = go(cast, receipt_given(cast), "handle", "call_to_interview", data=INTERVIEW)
    go(cast, case, "handle", "verify", data=PHONE)
    assert Appointment.objects.filter(case=case).latest("pk").status == "cancelled", "nobody waits in vain"


def test_another_unit_or_person_is_called_by_name(cast: Cast) -> None:
    """有关单位、个人 (条例 20, S003-36): who wrote the invitation, for instance."""
    case, call = receipt_given(cast), {**INTERVIEW, "whom": "other"}
    assert invalid(cast, case, "handle", "call_to_interview", data=call) == {"named"}
    case = go(cast, case, "handle", "call_to_interview", data={**call, "named": "甘肃示例学会"})
    paper = text_of(case, "RESIDENCE_INTERVIEW")
    assert paper["addressee"] == "甘肃示例学会"
    assert "请甘肃示例学会于2026年3月16日10:00" in paper["paragraphs"][0]
    assert "named" not in case.events.latest("seq").data, "sealed"


def test_an_interview_lies_inside_the_receipt(cast: Cast) -> None:
    case = receipt_given(cast)  # until 31 March
    late = {**INTERVIEW, "slot": f"{WINDOW}@2026-04-01T10:00"}
    form = InterviewForm(context=context_of(case, AT))
    shown = [times[-1][0].partition("@")[2][:10] for _day, times in form.fields["slot"].choices]  # type: ignore[attr-defined]
    assert shown[-1] == "2026-03-31"
    assert invalid(cast, case, "handle", "call_to_interview", data=late) == {"slot"}


def test_who_does_not_come_without_good_reason_may_be_refused(cast: Cast) -> None:
    case = go(cast, receipt_given(cast), "handle", "call_to_interview", data=INTERVIEW)
    missed = {"reasons": ["interview_missed"], "remark": "未在约定时间接受面谈"}
    assert invalid(cast, case, "decide", "refuse", data=missed) == {"reasons"}, "not recorded yet"
    early = {"excused": "unexcused", "remark": "x"}
    assert refused(cast, case, "handle", "record_interview_missed", data=early) == ["visit_to_come"]
    assert invalid(
        cast, case, "handle", "record_interview_missed", at=later(7), data={"excused": "unexcused"}
    ) == {"remark"}
    case = go(
        cast,
        case,
        "handle",
        "record_interview_missed",
        at=later(7),
        data={"excused": "excused", "remark": "住院"},
    )
    assert invalid(cast, case, "decide", "refuse", at=later(7), data=missed) == {"reasons"}, "a good reason"
    case = go(
        cast,
        case,
        "handle",
        "call_to_interview",
        at=later(7),
        data={**INTERVIEW, "slot": f"{WINDOW}@2026-03-19T10:00"},
    )
    case = go(
        cast,
        case,
        "handle",
        "record_interview_missed",
        at=later(10),
        data={"excused": "unexcused", "remark": "电话联系拒绝到场"},
    )
    case = go(cast, case, "decide", "refuse", at=later(10), data=missed)
    paper = text_of(case, "RESIDENCE_REFUSAL")
    assert "未在约定时间内接受面谈" in paper["rows"][0][1] and "最终决定" in paper["remedies"][0]


def test_a_shut_window_takes_the_interview_away_but_not_the_case(cast: Cast) -> None:
    case = go(cast, receipt_given(cast), "handle", "call_to_interview", data=INTERVIEW)
    Closure.objects.create(
        jurisdiction=cast.jurisdiction, window=WINDOW, day=date(2026, 3, 16), reason="停电",
        closed_by=cast.officer(case, "handle"), closed_at=AT,
    )  # fmt: skip
    assert displace(at=AT) == 1
    case.refresh_from_db()
    assert (case.state, papers(case)[-1]) == (State.RECEIPT_GIVEN, "RESIDENCE_VISIT_GONE")


def test_the_decider_may_send_it_back_for_more_verification(cast: Cast) -> None:
    case = go(cast, verified(cast), "decide", "send_back", data={"remark": "请实地核实用人单位"})
    assert (case.state, case.verified_by) == (State.RECEIPT_GIVEN, "")
    site = {"method": "on_site", "held_on": "2026-03-10", "record": "到单位查看，岗位属实"}
    assert go(cast, case, "handle", "verify", data=site).verified_by == "on_site"


def test_who_is_not_competent_says_so_with_remedies(cast: Cast) -> None:
    data = {"reasons": ["not_competent"], "remark": "拟居留地在外市"}
    case = go(cast, applied(cast), "handle", "decline", data=data)
    assert (case.state, case.outcome) == (State.DECLINED, Outcome.DECLINED)
    assert "行政复议" in text_of(case, "RESIDENCE_DECLINE")["remedies"][0]


# Reports


def test_a_loss_is_reported_once_and_answered_with_a_paper(cast: Cast) -> None:
    case = handed_over(cast)
    data = {"loss": "stolen", "lost_on": "2026-03-20", "place": "兰州西站", "report_number": "A123"}
    assert invalid(cast, case, "agent", "report_loss", at=later(5), data=data) == {"lost_on"}, "a day ahead"
    early = {**data, "lost_on": "2026-03-01"}
    assert invalid(cast, case, "agent", "report_loss", at=later(20), data=early) == {"lost_on"}
    case = go(cast, case, "agent", "report_loss", at=later(20), data=data)
    assert "A123" in str(text_of(case, "RESIDENCE_LOSS")["facts"])
    assert refused(cast, case, "agent", "report_loss", at=later(20), data=data) == ["residence_loss_known"]


def test_the_employer_reports_who_left_and_the_office_learns_of_it(cast: Cast) -> None:
    case = handed_over(cast)
    data = {"kind": "left", "since": "2026-03-20", "remark": "合同提前解除"}
    case = go(cast, case, "agent", "report_change", at=later(20), data=data)
    assert Referral.objects.get(case=case).ground == "residence_report"
    assert case.events.latest("seq").sealed == {"remark": "合同提前解除"}
    Entitlement.objects.filter(case=case).update(status="ended", ended_on=TODAY + timedelta(days=21))
    assert refused(cast, case, "agent", "report_change", at=later(21), data=data) == [
        "residence_not_in_force"
    ]
