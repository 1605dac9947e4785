"""The five points of the spine as one story, told through HTTP: from the passport to the title review."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, CaseEvent, Entitlement, SupplementItem
from foreignwork.cases.phases import Outcome
from foreignwork.demo.people import ANNA
from foreignwork.dossiers.models import Document, Dossier
from foreignwork.vault import keys
from tests.stage import case_of
from tests.stories import acts
from tests.stories.acts import House, Person, then_it_is_refused, when

FILING_AT_MOST = 40
NAME = "ERIKSSON ANNA MARIA"


def test_one_filing_runs_end_to_end(house: House, record_property: Any) -> None:
    agent = house.agent("university")

    # 1. The applicant's part.
    when_the_company_is_on_file_and_a_wrong_code_is_refused(agent)
    dossier = when_the_dossier_is_opened_and_a_wrong_passport_is_refused(agent)
    draft = acts.when_the_agent_answers_the_questions(agent, dossier, ANNA)
    then_bad_files_are_refused_each_with_its_sentence(agent, draft)
    codes = acts.when_the_agent_hands_in_each_material_once(agent, draft)
    assert sorted(codes) == sorted(Document.objects.values_list("kind", flat=True)), "each once"
    queries = when_the_button_is_pressed_twice_there_is_one_bundle(agent, draft)
    record_property("filing_queries", queries)
    assert 10 < queries <= FILING_AT_MOST
    house.let_the_worker_run()
    bundle = Bundle.objects.get()
    assert set(bundle.cases.values_list("matter", flat=True)) == {
        "permits",
        "residence",
        "socialsec",
        "titles",
    }

    # 2. The officers' part: one supplement, answered item by item; three people at least.
    case = case_of(bundle)
    when_a_supplement_is_asked_for_and_answered(house, agent, bundle)
    case = acts.when_the_permit_is_granted(house, bundle)
    assert case.outcome == Outcome.GRANTED
    hands = CaseEvent.objects.filter(case=case).exclude(role__in=["applicant", "system"])
    assert len(set(hands.values_list("actor", flat=True))) >= 3

    # 4. What the permit opened by itself, side by side.
    assert [case_of(bundle, letter).state for letter in "RST"] == ["ready_to_apply", "ready", "ready"]
    when_the_residence_permit_is_applied_for_and_granted(house, bundle)
    when_the_insurance_is_registered(house, bundle)
    when_the_title_conditions_are_reviewed(house, bundle)
    when(house, bundle, "W", "agent", "serve", how="online", receiver="王经办")
    assert set(bundle.cases.values_list("outcome", flat=True)) == {"granted"}
    then_the_bundle_page_shows_the_four_with_both_limits(agent, bundle)

    # 3. Every paper, for real.
    counted = acts.then_every_paper_can_be_read_and_verified(house, bundle, name=NAME)
    assert {"RECEIPT", "SUPPLEMENT", "ACCEPTANCE", "GRANT", "E_PERMIT", "SERVICE_PROOF"} <= set(counted)
    assert {"RESIDENCE_RECEIPT", "INSURANCE_RESULT"} <= set(counted)


def when_the_company_is_on_file_and_a_wrong_code_is_refused(agent: Person) -> None:
    page = agent.looks_at("portal:company")
    assert "12620000MB0DEM017T" in page
    where = re.search(r"/company/\d+/", page)
    assert where
    form = agent.looks_at(where[0])
    typed = {
        "uscc": "12620000MB0DEM0175",
        "name_en": "Gansu Example University",
        "address": "示例路 9 号",
        "phone": "0931-1",
    }
    answer = agent.sends(where[0], **typed, key=acts.hidden(form, "key"))
    page = then_it_is_refused(answer, 400, "校验")
    assert "12620000MB0DEM0175" in page, "what was typed stays"
    assert "示例路 9 号" in page
    assert "12620000MB0DEM017T" in agent.looks_at("portal:company")


def when_the_dossier_is_opened_and_a_wrong_passport_is_refused(agent: Person) -> Dossier:
    typed = acts.passport_of(ANNA, clock.today(clock.now()))
    first, second = typed["mrz"].split("\n")
    digit = str((int(second[9]) + 1) % 10)
    wrong = f"{first}\n{second[:9]}{digit}{second[10:]}"
    answer = agent.sends("portal:dossier_new", **{**typed, "mrz": wrong}, key=acts.new_key())
    page = then_it_is_refused(answer, 400, "护照号码")
    assert second[10:30].replace("<", "&lt;") in page, "what was typed stays"
    assert ANNA.name_zh in page
    assert not Dossier.objects.exists()
    return acts.when_the_agent_opens_a_dossier(agent, ANNA)


def then_bad_files_are_refused_each_with_its_sentence(agent: Person, draft: Any) -> None:
    bad = {
        "file_passport": SimpleUploadedFile(
            "护照.pdf", b"MZ\x90\x00 this program cannot be run", "application/pdf"
        ),
        "file_degree": SimpleUploadedFile("学位.pdf", b"", "application/pdf"),
        "file_contract": SimpleUploadedFile("合同.pdf", acts.locked_pdf(), "application/pdf"),
    }
    answer = agent.sends("portal:materials", draft.pk, **bad, do="next")
    then_it_is_refused(answer, 400, "内容与扩展名不符", "是空的", "设有密码")
    assert not Document.objects.exists()


def when_the_button_is_pressed_twice_there_is_one_bundle(agent: Person, draft: Any) -> int:
    """Returns the queries of the first press."""
    key = acts.hidden(agent.looks_at("portal:check", draft.pk), "key")
    keys.forget()  # as a fresh worker: data keys are read too
    with CaptureQueriesContext(connection) as queries:
        first = agent.sends("portal:check", draft.pk, key=key)
    spent = len(queries)  # the next request empties the log
    second = agent.sends("portal:check", draft.pk, key=key)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    bundle = Bundle.objects.get()
    assert bundle.number in agent.looks_at(first["Location"])
    return spent


def when_a_supplement_is_asked_for_and_answered(house: House, agent: Person, bundle: Bundle) -> None:
    reason = next(iter(case_of(bundle).policy_version.pack.supplement_reasons))
    asked = {}
    for code, note in (("degree", "请附翻译件"), ("no_crime", "请重新扫描")):
        asked |= {f"ask_{code}": "on", f"reason_{code}": reason, f"note_{code}": note}
    case = when(house, bundle, "W", "reception", "request_supplement", **asked)
    assert case.state == "supplement"

    page = agent.looks_at("portal:step", case.number, "answer_supplement")
    assert sorted(acts.wanted_files(page)) == ["degree", "no_crime"], "everything asked, nothing else"
    assert "请附翻译件" in page
    step = acts.step_address(agent, case, "answer_supplement")
    hidden = {name: acts.hidden(page, name) for name in ("key", "version")}
    answer = agent.sends(step, **hidden, file_degree=acts.sheet("学位翻译件"), do="step")
    then_it_is_refused(answer, 422, "还有 1 项")  # one by one; the first stays
    page = agent.looks_at(step)
    assert "已重新上传" in page
    answer = agent.sends(
        step,
        **{name: acts.hidden(page, name) for name in hidden},
        file_no_crime=acts.sheet("证明"),
        do="step",
    )
    assert answer.status_code == 302, acts.said(answer)
    house.let_the_worker_run()
    assert case_of(bundle).state == "filed"
    assert not SupplementItem.objects.filter(case=case, answered_at=None).exists()


def when_the_residence_permit_is_applied_for_and_granted(house: House, bundle: Bundle) -> None:
    today = clock.today(clock.now())
    acts.when_a_visit_is_booked(house, bundle)
    checked = {
        "papers_checked": "on",
        "foreign_nationality": "on",
        "biometrics": "taken",
        "passport_kept": "on",
    }
    when(house, bundle, "R", "handle", "give_receipt", **checked)
    talk = {"method": "interview", "held_on": today.isoformat(), "record": "与申请人面谈，岗位与申请一致"}
    when(house, bundle, "R", "handle", "verify", **talk)
    decider = house.officer(case_of(bundle, "R"), "decide")
    page = decider.looks_at("desk:step", case_of(bundle, "R").number, "grant")
    until = Entitlement.objects.get(case=case_of(bundle)).valid_until
    assert until
    assert f'value="{until.isoformat()}"' in page, "the permit's end is proposed, as a date field reads it"
    case = when(house, bundle, "R", "decide", "grant", valid_until=(today + timedelta(days=365)).isoformat())
    assert case.outcome == Outcome.GRANTED


def when_the_insurance_is_registered(house: House, bundle: Bundle) -> None:
    month = clock.today(clock.now()).strftime("%Y-%m")
    declared = {
        "contribution_base": "35000",
        "start_month": month,
        "insurances": ["pension", "medical", "injury", "unemployment", "maternity"],
    }
    page = house.agent("university").looks_at("portal:step", case_of(bundle, "S").number, "submit")
    assert re.search(r'<input[^>]*type="month"', page)
    assert not re.search(r'<input[^>]*type="date"[^>]*type="month"', page), "a month is asked for, not a day"
    when(house, bundle, "S", "agent", "submit", **declared)
    case = when(house, bundle, "S", "handle", "register", number="SWE0DX0000017")
    assert case.outcome == Outcome.GRANTED


def when_the_title_conditions_are_reviewed(house: House, bundle: Bundle) -> None:
    form = {
        "level": "associate",
        "series": "university_teacher",
        "specialty": "材料科学",
        "recommended": "on",
    }
    case = when(house, bundle, "T", "agent", "submit", **form)
    evidence = {"evidence": "此前的工作许可证和社会保险缴费记录"}
    when(house, bundle, "T", "handle", "review", **acts.conditions_met(case), **evidence)
    case = when(house, bundle, "T", "decide", "pass_conditions", remark="符合申报条件")
    assert case.outcome == Outcome.GRANTED


def then_the_bundle_page_shows_the_four_with_both_limits(agent: Person, bundle: Bundle) -> None:
    answer = agent.browser.get(f"/bundles/{bundle.number}/")
    page = answer.content.decode()
    for card in answer.context["cards"]:
        assert card.name in page
        assert card.case.office.name in page
        assert card.limits.statutory or card.limits.promised, card.code
    for basis in ("法定", "承诺"):
        assert basis in page
    matters = {entry["matter"] for entry in answer.context["entries"]}
    assert matters == {card.name for card in answer.context["cards"]}, "one timeline of all four"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_officer_without_the_second_factor_sees_nothing(house: House, language: str) -> None:
    office, desk = next(iter(house.cast.officers))
    officer = house.cast.officers[office, desk]
    person = Person(officer)
    person.browser.post("/i18n/setlang/", {"language": language, "next": "/"})
    answer = person.sends("/accounts/login/", login=officer.username, password=acts.signin.PASSWORD)
    assert answer["Location"].startswith(acts.signin.SECOND)
    assert person.browser.get("/desk/").status_code == 302
    answer = person.sends(acts.signin.SECOND, code="000000")
    assert answer.status_code == 200
    assert ("验证码不正确" if language == "zh-hans" else "code") in answer.content.decode()
    assert person.browser.get("/desk/").status_code == 302
