"""One filing of several matters, told through HTTP: Gansu's numbers, one supplement, one matter or all taken back, a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from foreignwork.appointments.models import Appointment
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, CaseEvent, Entitlement
from foreignwork.cases.steps import NEW
from foreignwork.demo.people import ANNA
from foreignwork.policies.materials import asked_alone, personal_list
from foreignwork.portal.models import FilingDraft
from tests.stage import AT, bring, case_of
from tests.stories import acts
from tests.stories.acts import given_a_filing, then_it_is_refused, when
from tests.stories.further import LATER, is_refused, permitted
from tests.stories.telling import Town, tells
from tests.stories.test_residence import COUNTER, proposed
from tests.stories.test_spine import when_the_insurance_is_registered, when_the_title_conditions_are_reviewed

ALL = ("permits", "residence", "socialsec", "titles")
RESULTS = (
    "外国人来华工作许可",
    "外国人工作类居留证件",
    "外国人来华工作社会保险登记",
    "外国人来华工作职称申报条件审核",
)
POST = {
    "carrier": "中国邮政",
    "tracking": "EA123456789CN",
    "receiver": "ANNA",
    "address": "兰州市示例路 1 号",
}


@pytest.fixture
def bundle(town: Town) -> Bundle:
    return town.files("university", ANNA)


@tells(
    "permits/new_in_china/grant",
    "residence/issue/confirm_delivery",
    "socialsec/register/register",
    "titles/review/pass_conditions",
)
def test_gansus_numbers_from_start_to_end(town: Town) -> None:
    """A public body (S003-50, -86): what needed 2 visits, 20 papers and 4 stages takes 1, 15 and 2 (S003-56…58), from the
    passport typed in to the document in her hands, and each number is counted from what really happened."""
    bundle = given_a_filing(town, "university", ANNA)
    pack = bundle.policy_version.pack
    effects = pack.guide.effects  # type: ignore[union-attr]
    before = {name: effect.before for name, effect in effects.items()}
    after = {name: effect.after for name, effect in effects.items()}
    items = list(bundle.items.all())
    assert (
        (asked_alone(pack, ALL, bundle.answers), len(items))
        == (before["materials"], after["materials"])
        == (20, 15)
    )
    assert {row.code for row in items} == {row.code for row in personal_list(pack, ALL, bundle.answers)}

    acts.when_the_permit_is_granted(town, bundle)
    # What was queued opens by itself, side by side: nothing is filed again (S003-106).
    assert [case_of(bundle, letter).state for letter in "RST"] == ["ready_to_apply", "ready", "ready"]
    # The promise counts for the filing as a whole, beside each matter's own limits (S003-53).
    promise = agent_page(town, bundle).context["promise"]
    assert (promise["total"], promise["unit"]) == (after["time"], "workdays")
    when_the_insurance_is_registered(town, bundle)
    when_the_title_conditions_are_reviewed(town, bundle)
    when_the_residence_document_comes_by_post(town, bundle)

    # Stages: what was filed as such, and what followed of itself; alone each matter would have been one.
    first = CaseEvent.objects.filter(case__bundle=bundle, source=NEW).values_list("action", flat=True)
    assert (len(first), len(set(first))) == (before["stages"], after["stages"]) == (4, 2)
    assert (Bundle.objects.count(), FilingDraft.objects.count()) == (1, 1)
    # Visits: the person came to one window, once; whatever else was done, was done on pages and by post.
    came = Appointment.objects.exclude(status__in=(Appointment.Status.MOVED, Appointment.Status.CANCELLED))
    assert [row.status for row in came] == ["came"]
    assert (before["visits"], after["visits"], came.count()) == (2, 1, 1)
    at_a_window = [row.code for row in items if row.on_paper]
    assert {pack.materials[code].used_by for code in at_a_window} == {("residence",)}
    assert before["time"] == 90  # a published figure; the promise below is the clock
    days = (clock.today(clock.now()) - clock.today(bundle.filed_at)).days
    assert days <= after["time"] == 15

    # One page with every result, in words.
    page = town.agent("university").looks_at("portal:result", bundle.number)
    for letter, name in zip("WRST", RESULTS, strict=True):
        assert case_of(bundle, letter).number in page
        assert name in page
    assert "已全部办成" in page
    assert "INSURANCE" not in page
    assert set(bundle.cases.values_list("outcome", flat=True)) == {"granted"}
    assert Entitlement.objects.filter(dossier=bundle.dossier, status="active").count() == len(ALL)


def agent_page(town: Town, bundle: Bundle) -> Any:
    return town.agent("university").browser.get(reverse("portal:bundle", args=[bundle.number]))


def when_the_residence_document_comes_by_post(town: Town, bundle: Bundle) -> None:
    """One visit for papers, biometrics and verification; the document is posted."""
    agent = town.agent("university")
    page = agent.looks_at(acts.step_address(agent, case_of(bundle, "R"), "apply"))
    time = re.findall(r'name="slot" value="([^"]+)"', page)[0]
    when(town, bundle, "R", "agent", "apply", slot=time, comes="in_person", delivery="post")
    town.goes_to(datetime.fromisoformat(time.partition("@")[2]).replace(tzinfo=AT.tzinfo))
    when(town, bundle, "R", "handle", "give_receipt", **COUNTER, foreign_nationality="on")
    today = clock.today(clock.now()).isoformat()
    call = {"method": "phone", "held_on": today, "record": "电话询问用人单位，岗位与申请一致"}
    when(town, bundle, "R", "handle", "verify", **call)
    when(town, bundle, "R", "decide", "grant", valid_until=proposed(town, case_of(bundle, "R")))
    when(town, bundle, "R", "handle", "make_document", document_number="L1234567", checked="on")
    when(town, bundle, "R", "handle", "post_document", **POST)
    when(town, bundle, "R", "handle", "confirm_delivery", receiver="ANNA", signed_on=today)


@tells("titles/review/request_supplement", "titles/review/answer_supplement", "socialsec/register/register")
def test_one_supplement_holds_only_the_matters_that_need_the_item(town: Town) -> None:
    """The title waits for its report; insurance, which does not use it, goes on to its end meanwhile (law-notes 3)."""
    bundle = permitted(town, ANNA, "socialsec", "titles")
    report = {"level": "associate", "series": "university_teacher", "recommended": "on"}
    when(town, bundle, "T", "agent", "submit", **report)
    asked = {"ask_recommendation": "on", "reason_recommendation": "not_signed"}
    when(town, bundle, "T", "handle", "request_supplement", **asked)
    assert case_of(bundle, "T").phase == "waiting"
    when_the_insurance_is_registered(town, bundle)
    agent = town.agent("university")
    assert "待申请人办理" in agent.looks_at("portal:bundle", bundle.number)
    page = agent.looks_at(acts.step_address(agent, case_of(bundle, "T"), "answer_supplement"))
    assert acts.wanted_files(page) == ["recommendation"]
    town.goes_to(AT + LATER)
    answer = {"file_recommendation": acts.sheet("推荐报告"), "do": "step"}
    assert when(town, bundle, "T", "agent", "answer_supplement", **answer).state == "submitted"


@tells(
    "permits/new_in_china/answer_supplement", "residence/issue/give_receipt", "permits/new_in_china/accept"
)
def test_filed_together_one_supplement_is_for_all_that_use_the_item(town_in: Callable[[str], Town]) -> None:
    """Changning, class A: permit and residence side by side. What the permit's office asks of both holds both acceptances, and
    one answer is enough; what only the permit needs holds the permit alone."""
    town = town_in("changning")
    both, one = (
        town.files("university", ANNA, category="A"),
        town.files("energy", replace(ANNA, number="DX0000041"), category="A"),
    )
    for bundle, item in ((both, "passport"), (one, "degree")):
        agent = town.enter(acts.agent_of(town, bundle))
        page = agent.looks_at(acts.step_address(agent, case_of(bundle, "R"), "apply"))
        time = re.findall(r'name="slot" value="([^"]+)"', page)[0]
        when(town, bundle, "R", "agent", "apply", slot=time, comes="in_person")
        ask = {f"ask_{item}": "on", f"reason_{item}": "illegible"}
        when(town, bundle, "W", "reception", "request_supplement", **ask)
    receipt = {**COUNTER, "foreign_nationality": "on"}
    held = "已一次性告知申请人补正本事项也要用的材料：申请人护照"
    is_refused(town, case_of(both, "R"), "handle", "give_receipt", 422, held, **receipt)
    town.goes_to(datetime.fromisoformat(time.partition("@")[2]).replace(tzinfo=AT.tzinfo))
    assert when(town, one, "R", "handle", "give_receipt", **receipt).state == "receipt_given"
    answer = {"file_passport": acts.sheet("护照"), "do": "step"}
    when(town, both, "W", "agent", "answer_supplement", **answer)
    assert when(town, both, "R", "handle", "give_receipt", **receipt).state == "receipt_given"
    when(town, both, "W", "reception", "pre_review")
    assert when(town, both, "W", "reception", "accept").state == "accepted"


@tells("titles/review/withdraw")
def test_one_matter_is_taken_back_and_the_others_go_on(town: Town, bundle: Bundle) -> None:
    when(town, bundle, "T", "agent", "withdraw", remark="今年不申报")
    bring(town.cast, case_of(bundle), "granted", at=town.at)
    town.let_the_worker_run()
    states = {letter: case_of(bundle, letter).state for letter in "RST"}
    assert states == {"R": "ready_to_apply", "S": "ready", "T": "withdrawn"}


@tells(
    "permits/new_in_china/withdraw",
    "residence/issue/withdraw",
    "titles/review/withdraw",
    "socialsec/register/withdraw",
)
def test_the_whole_filing_is_taken_back_once(town: Town, bundle: Bundle) -> None:
    agent = town.agent("university")
    page = agent.looks_at("portal:withdraw", bundle.number)
    key = acts.hidden(page, "key")
    answer = agent.sends("portal:withdraw", bundle.number, key=key, remark="")
    then_it_is_refused(answer, 400, "请写明理由")
    assert case_of(bundle).state == "filed"
    for _press in range(2):
        answer = agent.sends("portal:withdraw", bundle.number, key=key, remark="岗位取消")
        assert answer.status_code == 302
    town.let_the_worker_run()
    assert set(bundle.cases.values_list("outcome", flat=True)) == {"withdrawn"}
    assert all(row.events.filter(action="withdraw").count() == 1 for row in bundle.cases.all())
    assert "已全部撤回" in agent.looks_at("portal:bundle", bundle.number)
    assert "没有可以撤回的事项" in agent.looks_at("portal:withdraw", bundle.number)


@tells("residence/issue/withdraw", "socialsec/register/withdraw")
def test_what_is_decided_stays_when_the_rest_is_taken_back(town: Town, bundle: Bundle) -> None:
    bring(town.cast, case_of(bundle), "granted", at=town.at)
    town.let_the_worker_run()
    agent = town.agent("university")
    key = acts.hidden(agent.looks_at("portal:withdraw", bundle.number), "key")
    assert agent.sends("portal:withdraw", bundle.number, key=key, remark="只办许可").status_code == 302
    outcomes = {row.matter: row.outcome for row in bundle.cases.all()}
    assert outcomes.pop("permits") == "granted"
    assert set(outcomes.values()) == {"withdrawn"}


@tells(
    "permits/new_in_china/refuse",
    "residence/issue/close_unopened",
    "socialsec/register/close_unopened",
    "titles/review/close_unopened",
)
def test_a_refused_permit_ends_the_rest_unopened_and_the_page_says_so(town: Town, bundle: Bundle) -> None:
    met = acts.conditions_met(case_of(bundle))
    when(town, bundle, "W", "reception", "pre_review", remark="材料齐全，合同岗位名称待核")
    when(town, bundle, "W", "reception", "accept")
    when(town, bundle, "W", "review", "first_review", **met | {"remark": "电话核实，岗位与学历不一致"})
    when(town, bundle, "W", "review", "second_review", **met | {"remark": "同意一级审查意见"})
    # Who decides reads what each of the others found (S001-21).
    case = case_of(bundle)
    read = town.officer(case, "decide").looks_at("desk:case", case.number)
    for opinion in ("合同岗位名称待核", "岗位与学历不一致", "同意一级审查意见"):
        assert opinion in read
    when(town, bundle, "W", "decide", "refuse", reasons=["person_conditions"], remark="工作经历与岗位不符")
    assert {case_of(bundle, letter).outcome for letter in "RST"} == {"ended"}
    page = town.agent("university").looks_at("portal:result", bundle.number)
    assert "已办结，未办成" in page
    assert "救济途径写在文书中" in page


def test_a_stranger_and_the_offices_do_not_reach_it(town: Town, bundle: Bundle) -> None:
    for name in ("portal:result", "portal:withdraw"):
        town.agent("stranger").looks_at(name, bundle.number, status=404)
    answer: Any = town.nobody.browser.get(reverse("portal:result", args=[bundle.number]))
    assert answer.status_code == 302
