"""A residence permit by each of its sub-matters and to each of its ends, as people's browsers send it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from foreignwork.appointments.models import Appointment
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice
from foreignwork.workflow.sweeps import sweep
from residence.models import ResidenceCase
from tests.stage import bring, case_of
from tests.stories import acts
from tests.stories.acts import House, then_it_is_refused, when
from tests.stories.telling import tells

NAME = "ERIKSSON ANNA MARIA"
COUNTER = {"papers_checked": "on", "biometrics": "taken", "passport_kept": "on"}
DELIVERED = {"how": "counter", "receiver": "ANNA ERIKSSON", "receipt_back": "on"}


@pytest.fixture
def bundle(house: House) -> Bundle:
    """The permit is granted; the residence is the applicant's turn."""
    at = clock.now()
    bundle = stage.file(house.cast, "university", ANNA, at=at)
    bring(house.cast, case_of(bundle), "granted", at=at)
    house.let_the_worker_run()
    assert case_of(bundle, "R").state == "ready_to_apply"
    return bundle


def page_of(house: House, case: Case, desk: str, step: str) -> str:
    person = house.officer(case, desk)
    return person.looks_at(acts.step_address(person, case, step))


def proposed(house: House, case: Case) -> str:
    """The end the page proposes: with the work permit."""
    found = re.search(r'name="valid_until" value="([\d-]+)"', page_of(house, case, "decide", "grant"))
    assert found
    return found[1]


def when_it_is_received_and_verified(house: House, bundle: Bundle, **visit: Any) -> Case:
    case = case_of(bundle, "R")
    agent = house.enter(acts.agent_of(house, bundle))
    times = re.findall(
        r'name="slot" value="([^"]+)"', agent.looks_at(acts.step_address(agent, case, "apply"))
    )
    when(house, bundle, "R", "agent", "apply", slot=times[0], comes="in_person", **visit)
    when(house, bundle, "R", "handle", "give_receipt", **COUNTER, foreign_nationality="on")
    today = clock.today(clock.now()).isoformat()
    call = {"method": "phone", "held_on": today, "record": "电话询问用人单位，岗位与申请一致"}
    return when(house, bundle, "R", "handle", "verify", **call)


def when_it_is_granted_made_and_handed_over(house: House, bundle: Bundle) -> Case:
    case = case_of(bundle, "R")
    when(house, bundle, "R", "decide", "grant", valid_until=proposed(house, case))
    when(house, bundle, "R", "handle", "make_document", document_number="L1234567", checked="on")
    return when(house, bundle, "R", "handle", "hand_over", **DELIVERED)


def when_the_agent_files_about_what_is_held(house: House, first: Bundle, purpose: str, **own: Any) -> Bundle:
    """From the button beside the document, through the questions, to a filing of residence alone."""
    agent = house.enter(acts.agent_of(house, first))
    engagement = first.engagement_id
    answer = agent.sends("portal:filing_start", engagement=engagement, place="gansu", purpose=purpose)
    page = agent.looks_at(answer["Location"])
    given = {"purpose": purpose, "matters": ["residence"], "city": "lanzhou", **own}
    following = re.search(r'href="([^"]*/questions/\w+/)"', page)
    assert following
    where = following[1]
    while found := re.search(r"/questions/(\w+)/", where):
        code = found[1]
        agent.looks_at(where)
        answer = agent.sends(where, **{code: given.get(code, "")})
        assert answer.status_code == 302, (code, acts.said(answer))
        where = answer["Location"]
    draft = acts.FilingDraft.objects.latest("updated_at")
    acts.when_the_agent_hands_in_each_material_once(agent, draft)
    second = acts.when_the_agent_files(agent, draft)
    house.let_the_worker_run()
    return second


def then_the_person_holds_one(bundle: Bundle) -> Entitlement:
    case = case_of(bundle, "R")
    held = Entitlement.objects.get(dossier=bundle.dossier, matter="residence", status="active")
    assert held.case_id == case.pk
    return held


def then_no_passport_is_left() -> None:
    kept = ResidenceCase.objects.filter(passport_taken_on__isnull=False, passport_returned_on__isnull=True)
    assert not kept.exists()


@tells(
    "residence/issue/grant",
    "residence/issue/make_document",
    "residence/issue/post_document",
    "residence/issue/confirm_delivery",
    "residence/reissue/hand_over",
)
def test_a_first_issue_by_interview_and_post_then_a_loss_and_a_reissue(house: House, bundle: Bundle) -> None:
    agent = house.enter(acts.agent_of(house, bundle))
    case = case_of(bundle, "R")
    refused = acts.tries(agent, case, "apply", slot="lanzhou_exit_entry@2026-01-01T09:00", comes="in_person")
    then_it_is_refused(refused, 400, "可以预约")
    case = acts.when_a_visit_is_booked(house, bundle)
    shown = agent.looks_at("portal:case", case.number)
    assert "接待大厅" in shown and "请在预约日期到窗口办理" in shown
    agent_moves = re.findall(
        r'name="slot" value="([^"]+)"', agent.looks_at(acts.step_address(agent, case, "move_visit"))
    )
    when(house, bundle, "R", "agent", "move_visit", slot=agent_moves[1])
    when(house, bundle, "R", "agent", "cancel_visit", remark="出差")
    case = case_of(bundle, "R")
    times = re.findall(
        r'name="slot" value="([^"]+)"', agent.looks_at(acts.step_address(agent, case, "apply"))
    )
    when(house, bundle, "R", "agent", "apply", slot=times[0], comes="in_person", delivery="post")
    assert list(Appointment.objects.order_by("pk").values_list("status", flat=True)) == [
        "moved",
        "cancelled",
        "booked",
    ]
    when(house, bundle, "R", "handle", "give_receipt", **COUNTER)
    assert "由窗口收存" in agent.looks_at("portal:case", case.number)
    calls = re.findall(
        r'name="slot" value="([^"]+)"', page_of(house, case_of(bundle, "R"), "handle", "call_to_interview")
    )
    when(
        house, bundle, "R", "handle", "call_to_interview", slot=calls[0], whom="person", about="说明岗位职责"
    )
    today = clock.today(clock.now()).isoformat()
    when(house, bundle, "R", "handle", "verify", method="interview", held_on=today, record="已面谈，岗位属实")
    case, decider = case_of(bundle, "R"), house.officer(case, "decide")
    # The counter confirms nationality, not the decider.
    decider.looks_at(acts.step_address(decider, case, "confirm_nationality"), status=403)
    when(house, bundle, "R", "handle", "confirm_nationality", result="foreign", basis="passport")
    when(house, bundle, "R", "decide", "grant", valid_until=proposed(house, case_of(bundle, "R")))
    permit = Entitlement.objects.get(dossier=bundle.dossier, matter="permits")
    assert then_the_person_holds_one(bundle).valid_until == permit.valid_until, "both end together"
    when(house, bundle, "R", "handle", "make_document", document_number="L1234567", checked="on")
    post = {
        "carrier": "中国邮政",
        "tracking": "EA123456789CN",
        "receiver": "ANNA",
        "address": "兰州市城关区示例路 1 号",
    }
    when(house, bundle, "R", "handle", "post_document", **post)
    case = when(house, bundle, "R", "handle", "confirm_delivery", receiver="ANNA", signed_on=today)
    assert case.state == "handed_over"
    when(house, bundle, "R", "agent", "report_loss", loss="lost", lost_on=today, place="兰州西站")
    second = when_the_agent_files_about_what_is_held(
        house, bundle, "reissue", document_lost="no", reissue_ground="lost"
    )
    when_it_is_received_and_verified(house, second, loss="lost", lost_on=today)
    when_it_is_granted_made_and_handed_over(house, second)
    then_the_person_holds_one(second)
    then_no_passport_is_left()
    counted = acts.then_every_paper_can_be_read_and_verified(house, bundle, name=NAME)
    assert {
        "RESIDENCE_RECEIPT",
        "RESIDENCE_INTERVIEW",
        "RESIDENCE_GRANT",
        "RESIDENCE_HANDOVER",
        "RESIDENCE_LOSS",
    } <= set(counted)
    acts.then_every_paper_can_be_read_and_verified(house, second, name=NAME)


@tells("residence/extend/hand_over", "residence/change/hand_over", "residence/replace/hand_over")
def test_extension_change_and_replacement_each_in_its_turn(house: House, bundle: Bundle) -> None:
    when_it_is_received_and_verified(house, bundle)
    when_it_is_granted_made_and_handed_over(house, bundle)
    today = clock.today(clock.now()).isoformat()
    last = bundle
    for purpose, own, visit in (
        ("extend", {}, {}),
        ("change", {"changed": ["name"], "changed_on": today}, {}),
        ("replace", {}, {"loss": "damaged", "lost_on": today}),
    ):
        again = when_the_agent_files_about_what_is_held(house, last, purpose, **own)
        case = case_of(again, "R")
        assert (case.sub_matter, case.about_id) == (
            purpose,
            Entitlement.objects.get(case=case_of(last, "R")).pk,
        )
        when_it_is_received_and_verified(house, again, **visit)
        when_it_is_granted_made_and_handed_over(house, again)
        then_the_person_holds_one(again)
        last = again
    then_no_passport_is_left()
    acts.then_every_paper_can_be_read_and_verified(house, last, name=NAME)


ENDS = {
    "refused": "residence/issue/refuse",
    "declined": "residence/issue/decline",
    "withdrawn": "residence/issue/withdraw",
    "ended": "residence/issue/end_unanswered",
    "voided": "residence/void/declare_void",
}


@pytest.mark.parametrize("end", ENDS)
@tells(each=ENDS)
def test_every_other_end(house: House, bundle: Bundle, end: str) -> None:
    if end == "declined":
        acts.when_a_visit_is_booked(house, bundle)
        when(house, bundle, "R", "handle", "decline", reasons=["not_competent"], remark="拟居留地在外市")
    elif end == "ended":
        acts.when_a_visit_is_booked(house, bundle)
        when(
            house, bundle, "R", "handle", "request_supplement", ask_visa_form="on", reason_visa_form="missing"
        )
        house.let_the_worker_run()
        assert sweep(at=clock.now() + timedelta(days=60)).moved == 1
        house.let_the_worker_run(clock.now() + timedelta(days=61))
    else:
        when_it_is_received_and_verified(house, bundle)
        back = {
            "how": "proxy",
            "receiver": "李代办",
            "authority": "on",
            "proxy_document": "62010219900101001X",
        }
        if end == "refused":
            when(house, bundle, "R", "decide", "refuse", reasons=["fraud"], remark="证明函件系伪造")
            when(house, bundle, "R", "handle", "return_passport", **back)
        elif end == "withdrawn":
            when(house, bundle, "R", "agent", "withdraw", remark="不再聘用")
            when(house, bundle, "R", "handle", "return_passport", **back)
        else:
            when_it_is_granted_made_and_handed_over(house, bundle)
            when_the_office_declares_it_void(house, bundle)
    if end != "voided":
        assert case_of(bundle, "R").state == end
        counted = acts.then_every_paper_can_be_read_and_verified(house, bundle, name=NAME)
        assert len(counted) >= 2
    then_no_passport_is_left()


def when_the_office_declares_it_void(house: House, bundle: Bundle) -> None:
    case = case_of(bundle, "R")
    held = Entitlement.objects.get(case=case)
    officer = house.officer(case, "handle")
    where = reverse("desk:open_case", args=[held.pk, "void"])
    page = officer.looks_at(where)
    assert "条例" not in page or "居留证件损毁" in page
    data = {
        "key": acts.hidden(page, "key"),
        "reasons": ["not_qualified"],
        "remark": "签发后核查发现不符合签发条件",
    }
    answer = officer.sends(where, **data)
    assert answer.status_code == 302, acts.said(answer)
    void = Case.objects.select_related("office").get(origin="ex_officio")
    decider = house.officer(void, "decide")
    answer = acts.tries(decider, void, "declare_void", declared="on_the_spot", remark="经核查属实")
    assert answer.status_code == 302, acts.said(answer)
    answer = acts.tries(officer, void, "collect", done="collected", holder="ANNA", remark="当场收缴")
    assert answer.status_code == 302, acts.said(answer)
    house.let_the_worker_run()
    held.refresh_from_db()
    assert (held.status, held.end_reason) == ("ended", "declare_void")
    papers = Notice.objects.filter(case=void).order_by("pk")
    assert [(row.kind, row.status) for row in papers] == [
        ("RESIDENCE_VOID", "issued"),
        ("RESIDENCE_COLLECTION", "issued"),
    ]
    assert "行政复议" in papers[0].body.context["remedies"][0]
    agent = house.enter(acts.agent_of(house, bundle))
    assert "已宣布作废" in agent.looks_at("portal:case", void.number)
