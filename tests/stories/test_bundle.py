"""One filing of several matters, told through HTTP: Gansu's numbers, one supplement, one matter or all taken back, a refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle
from foreignwork.demo.people import ANNA
from foreignwork.policies.materials import asked_alone, personal_list
from tests.stage import case_of
from tests.stories import acts
from tests.stories.acts import House, given_a_filing, then_it_is_refused, when
from tests.stories.test_spine import when_the_insurance_is_registered, when_the_title_conditions_are_reviewed

ALL = ("permits", "residence", "socialsec", "titles")


@pytest.fixture
def bundle(house: House) -> Bundle:
    return given_a_filing(house, "university", ANNA)


def test_gansus_numbers_from_start_to_end(house: House, bundle: Bundle) -> None:
    """A public body (S003-50, -86): 20 papers asked for one by one are 15 in one filing, one visit, two stages (S003-55…58)."""
    pack = bundle.policy_version.pack
    effects = pack.guide.effects  # type: ignore[union-attr]
    items = list(bundle.items.all())
    assert (asked_alone(pack, ALL, bundle.answers), len(items)) == (
        effects["materials"].before,
        effects["materials"].after,
    )
    assert {row.code for row in items} == {row.code for row in personal_list(pack, ALL, bundle.answers)}
    stages = {"filed together"}
    acts.when_the_permit_is_granted(house, bundle)
    # Stage two opens by itself, side by side: nothing is filed again (S003-106).
    assert [case_of(bundle, letter).state for letter in "RST"] == ["ready_to_apply", "ready", "ready"]
    stages.add("side by side")
    assert len(stages) == effects["stages"].after
    when_the_insurance_is_registered(house, bundle)
    when_the_title_conditions_are_reviewed(house, bundle)
    # One matter asks for the person: everything else is papers and pages (S003-56, -59).
    in_person = [row.code for row in items if row.on_paper]
    assert {pack.materials[code].used_by for code in in_person} == {("residence",)}
    assert effects["visits"].after == 1
    agent = house.agent("university")
    page = agent.looks_at("portal:result", bundle.number)
    for letter in "WST":
        assert case_of(bundle, letter).number in page
    assert "INSURANCE" not in page  # words, not codes


def test_one_supplement_holds_only_the_matters_that_need_the_item(house: House) -> None:
    """The permit waits for a better contract; the matters behind it were not open, the others lose nothing (law-notes 3)."""
    bundle = given_a_filing(house, "university", ANNA)
    acts.when_the_permit_is_granted(house, bundle)
    when(
        house,
        bundle,
        "T",
        "agent",
        "submit",
        level="associate",
        series="university_teacher",
        recommended="on",
    )
    asked = {"ask_recommendation": "on", "reason_recommendation": "not_signed"}
    when(house, bundle, "T", "handle", "request_supplement", **asked)
    assert case_of(bundle, "T").phase == "waiting"
    when_the_insurance_is_registered(house, bundle)  # goes on meanwhile
    agent = house.agent("university")
    page = agent.looks_at("portal:bundle", bundle.number)
    assert "待申请人办理" in page
    step = acts.step_address(agent, case_of(bundle, "T"), "answer_supplement")
    page = agent.looks_at(step)
    assert acts.wanted_files(page) == ["recommendation"]
    hidden = {name: acts.hidden(page, name) for name in ("key", "version")}
    answer = agent.sends(step, **hidden, file_recommendation=acts.sheet("推荐报告"), do="step")
    assert answer.status_code == 302
    assert case_of(bundle, "T").state == "submitted"
    house.let_the_worker_run()
    acts.then_the_house_is_in_order()


def test_one_matter_is_taken_back_and_the_others_go_on(house: House, bundle: Bundle) -> None:
    when(house, bundle, "T", "agent", "withdraw", remark="今年不申报")
    acts.when_the_permit_is_granted(house, bundle)
    states = {letter: case_of(bundle, letter).state for letter in "RST"}
    assert states == {"R": "ready_to_apply", "S": "ready", "T": "withdrawn"}


def test_the_whole_filing_is_taken_back_once(house: House, bundle: Bundle) -> None:
    agent = house.agent("university")
    page = agent.looks_at("portal:withdraw", bundle.number)
    key = acts.hidden(page, "key")
    answer = agent.sends("portal:withdraw", bundle.number, key=key, remark="")
    then_it_is_refused(answer, 400, "请写明理由")
    assert case_of(bundle).state == "filed"
    for _press in range(2):
        answer = agent.sends("portal:withdraw", bundle.number, key=key, remark="岗位取消")
        assert answer.status_code == 302
    house.let_the_worker_run()
    assert set(bundle.cases.values_list("outcome", flat=True)) == {"withdrawn"}
    assert all(row.events.filter(action="withdraw").count() == 1 for row in bundle.cases.all())
    assert "已全部撤回" in agent.looks_at("portal:bundle", bundle.number)
    assert "没有可以撤回的事项" in agent.looks_at("portal:withdraw", bundle.number)
    acts.then_the_house_is_in_order()


def test_what_is_decided_stays_when_the_rest_is_taken_back(house: House, bundle: Bundle) -> None:
    acts.when_the_permit_is_granted(house, bundle)
    agent = house.agent("university")
    key = acts.hidden(agent.looks_at("portal:withdraw", bundle.number), "key")
    assert agent.sends("portal:withdraw", bundle.number, key=key, remark="只办许可").status_code == 302
    outcomes = {row.matter: row.outcome for row in bundle.cases.all()}
    assert outcomes.pop("permits") == "granted"
    assert set(outcomes.values()) == {"withdrawn"}


def test_a_refused_permit_ends_the_rest_unopened_and_the_page_says_so(house: House, bundle: Bundle) -> None:
    met = acts.conditions_met(case_of(bundle))
    when(house, bundle, "W", "reception", "pre_review")
    when(house, bundle, "W", "reception", "accept")
    when(house, bundle, "W", "review", "first_review", **met)
    when(house, bundle, "W", "review", "second_review", **met)
    when(house, bundle, "W", "decide", "refuse", reasons=["person_conditions"], remark="工作经历与岗位不符")
    assert {case_of(bundle, letter).outcome for letter in "RST"} == {"ended"}
    page = house.agent("university").looks_at("portal:result", bundle.number)
    assert "已办结，未办成" in page
    assert "救济途径写在文书中" in page
    acts.then_the_house_is_in_order(clock.now() + timedelta(seconds=1))


def test_a_stranger_and_the_offices_do_not_reach_it(house: House, bundle: Bundle) -> None:
    for name in ("portal:result", "portal:withdraw"):
        house.agent("stranger").looks_at(name, bundle.number, status=404)
    answer: Any = house.nobody.browser.get(reverse("portal:result", args=[bundle.number]))
    assert answer.status_code == 302
