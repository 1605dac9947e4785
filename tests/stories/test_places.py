"""The same code under another pack: in each place of the sources a bundle is filed and finished, and the people, the limits
and the materials are those of the source documents (000 Dongguan, 001 Changning, 002 Fujian, 003 Gansu)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, BundleItem, Case, CaseEvent, Entitlement
from foreignwork.deadlines.models import Deadline
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice
from tests.stage import assemble, case_of
from tests.stories import acts
from tests.stories.acts import House, when

NAME = "ERIKSSON ANNA MARIA"
OFFICERS = ("acceptance_officer", "first_reviewer", "second_reviewer", "decider")


@pytest.fixture
def house_in(real_db: None) -> Callable[[str], House]:
    """A house in which only this place's pack is in force."""
    return lambda pack: House(assemble(pack), clock.now() - timedelta(minutes=1))


def given_answers(house: House, **otherwise: str) -> tuple[acts.Person, acts.FilingDraft]:
    agent = house.agent("university")
    dossier = acts.when_the_agent_opens_a_dossier(agent, ANNA)
    return agent, acts.when_the_agent_answers_the_questions(agent, dossier, ANNA, **otherwise)


def when_it_is_filed(house: House, agent: acts.Person, draft: acts.FilingDraft) -> tuple[Bundle, list[str]]:
    codes = acts.when_the_agent_hands_in_each_material_once(agent, draft)
    bundle = acts.when_the_agent_files(agent, draft)
    house.let_the_worker_run()
    return bundle, codes


def items_of(bundle: Bundle) -> dict[str, list[str]]:
    return dict(BundleItem.objects.filter(bundle=bundle).values_list("code", "for_matters"))


def limits_of(case: Case) -> dict[tuple[str, str], tuple[int, str]]:
    """(kind, basis) → amount and unit, of every clock that ran."""
    rows = Deadline.objects.filter(case=case).values_list("kind", "basis", "amount", "unit")
    return {(kind, basis): (amount, unit) for kind, basis, amount, unit in rows}


def hands_of(case: Case) -> list[tuple[str, str, str]]:
    """(step, office, officer) of what officers did, in order."""
    events = CaseEvent.objects.filter(case=case, role__in=OFFICERS).order_by("seq")
    return list(events.values_list("action", "office__code", "actor__username"))


def when_a_visit_is_taken(house: House, bundle: Bundle) -> None:
    """The first free time, where the place books visits."""
    agent = house.agent("university")
    page = agent.looks_at(acts.step_address(agent, case_of(bundle, "R"), "apply"))
    times = re.findall(r'name="slot" value="([^"]+)"', page)
    when(house, bundle, "R", "agent", "apply", comes="in_person", **({"slot": times[0]} if times else {}))


def when_residence_is_granted(house: House, bundle: Bundle) -> None:
    today = clock.today(clock.now())
    when_a_visit_is_taken(house, bundle)
    checked = {
        "papers_checked": "on",
        "foreign_nationality": "on",
        "biometrics": "taken",
        "passport_kept": "on",
    }
    when(house, bundle, "R", "handle", "give_receipt", **checked)
    talk = {"method": "interview", "held_on": today.isoformat(), "record": "与申请人面谈，岗位与申请一致"}
    when(house, bundle, "R", "handle", "verify", **talk)
    until = (today + timedelta(days=365)).isoformat()
    assert when(house, bundle, "R", "decide", "grant", valid_until=until).outcome == "granted"


def when_the_others_are_done(house: House, bundle: Bundle) -> None:
    """Social insurance and titles, where the place has them in the bundle."""
    month = clock.today(clock.now()).strftime("%Y-%m")
    insured = ["pension", "medical", "injury", "unemployment", "maternity"]
    declared = {"contribution_base": "35000", "start_month": month, "insurances": insured}
    when(house, bundle, "S", "agent", "submit", **declared)
    when(house, bundle, "S", "handle", "register", number="SWE0DX0000017")
    form = {
        "level": "associate",
        "series": "university_teacher",
        "specialty": "材料科学",
        "recommended": "on",
    }
    case = when(house, bundle, "T", "agent", "submit", **form)
    met = acts.conditions_met(case) | {"evidence": "此前的工作许可证和社会保险缴费记录"}
    when(house, bundle, "T", "handle", "review", **met)
    when(house, bundle, "T", "decide", "pass_conditions", remark="符合申报条件")


def then_everything_is_granted(house: House, bundle: Bundle) -> None:
    outcomes = dict(bundle.cases.values_list("matter", "outcome"))
    assert set(outcomes.values()) == {"granted"}, outcomes
    acts.then_every_paper_can_be_read_and_verified(house, bundle, name=NAME)


def test_gansu_twenty_papers_become_fifteen_within_fifteen_days(house_in: Callable[[str], House]) -> None:
    """003: A and B by the science office (Lanzhou's own in Lanzhou), 15 working days promised, 20 → 15 papers."""
    house = house_in("gansu")
    agent, draft = given_answers(house)
    bundle, uploaded = when_it_is_filed(house, agent, draft)
    items = items_of(bundle)
    assert len(items) == 15
    assert sum(map(len, items.values())) == 20
    assert len(uploaded) == 9, "15 without three on paper and three made by the system"
    assert case_of(bundle).office.code == "lanzhou-kjj"
    assert case_of(bundle).receiver is None
    case = acts.when_the_permit_is_granted(house, bundle)
    assert len({officer for _step, _office, officer in hands_of(case)}) == 3
    found = limits_of(case)
    assert found["acceptance", "statutory"] == (5, "wd")
    assert found["decision", "statutory"] == (15, "wd")
    assert found["decision", "promised"] == (15, "wd")
    assert found["delivery", "statutory"] == (10, "wd")
    when_residence_is_granted(house, bundle)
    when_the_others_are_done(house, bundle)
    assert case_of(bundle, "R").office.code == "lanzhou-exit-entry"
    assert case_of(bundle, "S").office.code == "gansu-rst"
    then_everything_is_granted(house, bundle)


def test_dongguan_a_centre_receives_and_the_bureau_decides(house_in: Callable[[str], House]) -> None:
    """000: the talent centre receives, five stages, three officers or more, decided on the spot; W1 to W3 spare papers."""
    house = house_in("dongguan")
    before = {"held_permit_before": "yes", "same_post": "yes", "former_permit_cancelled": "yes"}
    agent, draft = given_answers(house, **before)

    # What need not be handed in again, and why (S000-52…54).
    page = agent.looks_at("portal:materials", draft.pk)
    for words in ("无需提交最高学位（学历）证书", "无需提交工作资历证明", "无需提交无犯罪记录、体检报告"):
        assert words in page
    bundle, uploaded = when_it_is_filed(house, agent, draft)
    assert sorted(bundle.cases.values_list("matter", flat=True)) == [
        "permits", "residence", "socialsec", "tax", "titles",
    ]  # fmt: skip
    assert sorted(uploaded) == [
        "contract", "former_permit", "health", "passport", "photo", "recommendation", "visa_page",
    ]  # fmt: skip
    items = items_of(bundle)
    assert not {"degree", "work_experience", "no_crime"} & items.keys()
    assert items["health"] == ["residence"], "spared for the permit only"

    # The centre receives: it is the centre's turn, not the bureau's reception; and it can do no more than that.
    case = case_of(bundle)
    assert (case.office.code, case.receiver.code) == ("dg-kjj", "dg-talent")  # type: ignore[union-attr]
    centre, bureau = (
        house.enter(house.cast.officers[office, "reception"]) for office in ("dg-talent", "dg-kjj")
    )
    assert case.number in centre.looks_at("desk:home")
    bureau.looks_at("desk:step", case.number, "pre_review", status=403)
    assert ("dg-talent", "decide") not in house.cast.officers
    assert centre.looks_at("desk:case", case_of(bundle, "W").number)
    centre.looks_at("desk:case", case_of(bundle, "R").number, status=404)
    case = acts.when_the_permit_is_granted(house, bundle)
    centre.looks_at("desk:step", case.number, "grant", status=409)

    did = hands_of(case)
    assert [step for step, _office, _who in did] == [
        "pre_review", "accept", "first_review", "second_review", "grant",
    ]  # fmt: skip
    assert [office for _step, office, _who in did] == ["dg-talent", "dg-talent", "dg-kjj", "dg-kjj", "dg-kjj"]
    assert len({who for _step, _office, who in did}) >= 3
    assert case.accepted_on == clock.today(case.decided_at), "accepted and decided on one day (即来即办)"  # type: ignore[arg-type]
    found = limits_of(case)
    assert found["decision", "statutory"] == (15, "wd")
    assert found["decision", "promised"] == (1, "wd")

    # The bureau's name and seal on every paper; the centre is named as the one that received.
    notices = Notice.objects.filter(case=case).select_related("body", "office")
    assert {notice.office.code for notice in notices} == {"dg-kjj"}
    accepted = notices.get(kind="ACCEPTANCE").body.context
    assert accepted["seal"] == "东莞市科学技术局行政许可专用章"  # type: ignore[index]
    assert accepted["receiver"]["zh"] == "东莞市科技人才服务中心"  # type: ignore[index]
    when_residence_is_granted(house, bundle)
    when_the_others_are_done(house, bundle)
    report = {
        "birthplace": "瑞典",
        "first_entry_on": "2025-01-10",
        "leaves_on": "2028-03-01",
        "why": "employed",
        "withholding": "on",
    }
    when(house, bundle, "X", "agent", "report", **report)
    when(house, bundle, "X", "handle", "grant", number="SWE840512000000017")
    then_everything_is_granted(house, bundle)


def test_changning_class_a_is_approved_in_parallel_by_four_stages(house_in: Callable[[str], House]) -> None:
    """001: 预审、受理、审查、审批; class A files permit and residence together, both within seven working days."""
    house = house_in("changning")
    agent, draft = given_answers(house, category="A", in_china_ground="class_a")
    bundle, _uploaded = when_it_is_filed(house, agent, draft)
    assert sorted(bundle.cases.values_list("matter", flat=True)) == ["permits", "residence"]
    assert case_of(bundle, "R").state == "ready_to_apply", "filed the same day, not after the permit"

    # The residence goes on beside the permit and waits with its decision only.
    today = clock.today(clock.now())
    permit = case_of(bundle)
    when(house, bundle, "W", "reception", "pre_review")
    when(house, bundle, "W", "reception", "accept")
    when_a_visit_is_taken(house, bundle)
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
    early = decider.sends("desk:step", case_of(bundle, "R").number, "grant", key=acts.new_key(), version="4")
    assert early.status_code in (409, 422, 403)
    assert case_of(bundle, "R").state == "verified"

    # One review instead of two: it leads to the decision by itself.
    case = when(house, bundle, "W", "review", "first_review", **acts.conditions_met(permit))
    assert case.state == "second_reviewed"
    case = when(house, bundle, "W", "decide", "grant", remark="同意")
    assert [step for step, _office, _who in hands_of(case)] == [
        "pre_review",
        "accept",
        "first_review",
        "grant",
    ]
    assert len({who for _step, _office, who in hands_of(case)}) == 3
    until = (today + timedelta(days=365)).isoformat()
    when(house, bundle, "R", "decide", "grant", valid_until=until)
    for letter, statutory in (("W", 10), ("R", 15)):
        found = limits_of(case_of(bundle, letter))
        assert found["decision", "statutory"] == (statutory, "wd")
        assert found["decision", "promised"] == (7, "wd")
    then_everything_is_granted(house, bundle)


def test_changning_class_b_goes_one_after_the_other(house_in: Callable[[str], House]) -> None:
    """The joint procedure is for class A only (S001-29): others queue, and nothing is promised for them."""
    house = house_in("changning")
    agent, draft = given_answers(house)
    bundle, _uploaded = when_it_is_filed(house, agent, draft)
    assert case_of(bundle, "R").state == "awaiting_permit"
    case = acts.when_the_permit_is_granted(house, bundle)
    assert ("decision", "promised") not in limits_of(case)
    assert case_of(bundle, "R").state == "ready_to_apply"


def test_fujian_four_matters_by_the_offices_of_the_city(house_in: Callable[[str], House]) -> None:
    """002: permit, insurance, titles, residence; the city's own offices, each function where the place puts it."""
    house = house_in("fujian")
    agent, draft = given_answers(house)
    bundle, _uploaded = when_it_is_filed(house, agent, draft)
    assert sorted(bundle.cases.values_list("matter", "office__code")) == [
        ("permits", "fuzhou-kjj"),
        ("residence", "fuzhou-exit-entry"),
        ("socialsec", "fuzhou-rsj"),
        ("titles", "fuzhou-rsj"),
    ]
    items = items_of(bundle)
    assert "public_body_form" not in items, "that paper is Gansu's own"
    assert len(items) == 16, "in China, from another employer: the stay and the leaving are shown"
    case = acts.when_the_permit_is_granted(house, bundle)
    assert len({officer for _step, _office, officer in hands_of(case)}) == 3
    found = limits_of(case)
    assert found["decision", "statutory"] == (15, "wd")
    assert ("decision", "promised") not in found, "the plan promises no figure"
    when_residence_is_granted(house, bundle)
    when_the_others_are_done(house, bundle)
    assert "职称评审" in agent.looks_at("portal:bundle", bundle.number)
    permit = Entitlement.objects.get(case=case)
    assert permit.valid_from >= date(2026, 1, 1)
    then_everything_is_granted(house, bundle)
