"""What is refused, and how: with reasons and remedies to the applicant; with a clear sentence to whoever may not."""

from __future__ import annotations

import pytest

from foreignwork.cases.models import Bundle, Case, CaseEvent
from foreignwork.cases.phases import Outcome
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice, NoticeFile
from foreignwork.vault import blobs
from tests.stage import SINCE, all_met, bring, case_of
from tests.stories import acts
from tests.stories.acts import House, then_it_is_refused, tries, when


@pytest.fixture
def bundle(house: House) -> Bundle:
    """Filed and printed, just now."""
    found = stage.file(house.cast, "university", ANNA, at=house.at)
    house.let_the_worker_run()
    return found


def paper(case: Case, kind: str) -> str:
    """The words of the newest printed paper of this kind."""
    notice = Notice.objects.filter(case=case, kind=kind).latest("pk")
    return acts.text_of_pdf(blobs.read(NoticeFile.objects.get(notice=notice).blob))


def unmoved(case: Case) -> bool:
    """Nothing has been written about the case since."""
    return CaseEvent.objects.filter(case_id=case.pk).count() == case.version


def test_a_refusal_states_reasons_facts_and_remedies_and_ends_what_waited(
    house: House, bundle: Bundle
) -> None:
    case = bring(house.cast, case_of(bundle), "second_reviewed", at=house.at)
    decider = house.officer(case, "decide")
    then_it_is_refused(tries(decider, case, "refuse", reasons=["person_conditions"]), 400, "第三十八条")
    case = when(
        house,
        bundle,
        "W",
        "decide",
        "refuse",
        reasons=["person_conditions"],
        remark="经核实，工作资历不足两年。",
    )
    assert (case.state, case.outcome) == ("refused", Outcome.REFUSED)
    text = paper(case, "REFUSAL")
    for words in ("工作资历不足两年", "60日内", "行政复议", "6个月内", "行政诉讼", "ERIKSSONANNAMARIA"):
        assert acts.plain(words) in text, words
    assert [case_of(bundle, letter).state for letter in "RST"] == ["not_started"] * 3
    page = house.agent("university").looks_at("portal:bundle", bundle.number)
    assert "不予许可" in page
    acts.then_every_paper_can_be_read_and_verified(house, bundle, name="ERIKSSON ANNA MARIA")


def test_declined_with_reasons_and_remedies(house: House, bundle: Bundle) -> None:
    case = when(
        house,
        bundle,
        "W",
        "reception",
        "decline",
        reasons=["not_competent"],
        ask_whom="天水市科学技术局",
        remark="应当向工作所在地提出。",
    )
    assert (case.state, case.outcome) == ("declined", Outcome.DECLINED)
    text = paper(case, "DECLINE")
    for words in ("应当向工作所在地提出", "天水市科学技术局", "行政复议", "行政诉讼"):
        assert words in text, words


def test_withdrawn_by_the_applicant_with_a_reason(house: House, bundle: Bundle) -> None:
    agent = house.agent("university")
    then_it_is_refused(tries(agent, case_of(bundle), "withdraw", remark=""), 400)
    assert unmoved(case_of(bundle))
    case = when(house, bundle, "W", "agent", "withdraw", remark="人选变动")
    assert (case.state, case.outcome) == ("withdrawn", Outcome.WITHDRAWN)
    assert case_of(bundle, "R").state == "not_started"


def test_a_stale_page_says_who_was_faster_and_keeps_the_text(house: House, bundle: Bundle) -> None:
    case = bring(house.cast, case_of(bundle), "first_reviewed", at=house.at)
    review = house.officer(case, "review")
    open_page = review.looks_at("desk:step", case.number, "second_review")
    seen = {name: acts.hidden(open_page, name) for name in ("key", "version")}
    stage.act(case, house.cast.officer(case, "review"), "second_review", at=house.at, data=all_met(case))
    answer = review.sends(
        "desk:step", case.number, "second_review", **all_met(case) | seen | {"remark": "我的长篇意见"}
    )
    then_it_is_refused(answer, 409, "我的长篇意见", "二级审查", str(house.cast.officer(case, "review")))
    assert case_of(bundle).state == "second_reviewed"

    agent = house.agent("university")
    page = agent.looks_at("portal:step", case.number, "withdraw")
    seen = {name: acts.hidden(page, name) for name in ("key", "version")}
    case = when(house, bundle, "W", "decide", "grant", remark="同意")
    answer = agent.sends("portal:step", case.number, "withdraw", **seen, remark="我们另有安排")
    then_it_is_refused(answer, 409, "我们另有安排")
    assert case_of(bundle).state == "granted"


def test_who_may_not_see_does_not_find_and_who_may_not_act_is_told_why(house: House, bundle: Bundle) -> None:
    case = case_of(bundle)
    stranger = house.agent("stranger")
    for where in ("bundle", "case"):
        number = bundle.number if where == "bundle" else case.number
        stranger.looks_at(f"portal:{where}", number, status=404)
    wrong_office = house.enter(house.cast.officers["tianshui-exit-entry", "reception"])
    wrong_office.looks_at("desk:case", case.number, status=404)
    wrong_office.looks_at("desk:step", case.number, "pre_review", status=404)
    then_it_is_refused(wrong_office.sends("desk:step", case.number, "pre_review", key="k", version="1"), 404)

    without_the_post = house.officer(case, "decide")
    without_the_post.looks_at("desk:case", case.number)
    answer = without_the_post.sends(
        "desk:step", case.number, "pre_review", key="k", version="1", remark="齐全"
    )
    then_it_is_refused(answer, 403, "受理人员")
    assert house.nobody.browser.get(f"/desk/cases/{case.number}/").status_code == 302
    assert unmoved(case)


def test_one_person_may_not_be_two_hands(house: House, bundle: Bundle) -> None:
    """Even with the post: who accepted does not review, who reviewed does not decide."""
    case = bring(house.cast, case_of(bundle), "accepted", at=house.at)
    user = house.cast.officer(case, "reception")
    user.posts.create(office=case.office, role="first_reviewer", from_on=SINCE)
    reception = house.enter(user)
    reception.looks_at("desk:step", case.number, "first_review", status=403)
    answer = reception.sends(
        "desk:step", case.number, "first_review", **acts.conditions_met(case), key="k", version=case.version
    )
    then_it_is_refused(answer, 403, "您不能办理这一步")
    assert unmoved(case)
    house.let_the_worker_run()


def test_nonsense_is_never_half_a_change(house: House, bundle: Bundle) -> None:
    """Strange keys, versions, codes and bytes get a page, not a 500."""
    case = case_of(bundle)
    agent, reception = house.agent("university"), house.officer(case, "reception")
    for person in (agent, reception):
        step = "withdraw" if person is agent else "pre_review"
        where = acts.step_address(person, case, step)
        for odd in (
            {},
            {"key": "x" * 500},
            {"key": "k", "version": "9" * 40},
            {"key": "a\x00b", "version": "1"},
        ):
            answer = person.sends(where, **odd, remark="说明")
            assert answer.status_code in (400, 409), (odd, answer.status_code)
    assert unmoved(case)
    for address in (
        "/bundles/%00/",
        "/cases/x/do/y/",
        "/v/%00%ff/",
        "/v/?code=%00",
        "/papers/x/",
        "/desk/cases/x/",
    ):
        assert house.nobody.browser.get(address).status_code < 500, address
