"""Facts that are none: empty passports, days outside every calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.dossiers import mrz
from foreignwork.dossiers.models import Dossier, Engagement
from foreignwork.dossiers.mrz import Passport, compose
from foreignwork.notices.effects import produce
from foreignwork.notices.models import Notice
from foreignwork.portal.models import FilingDraft
from tests.stage import AT, case_of, cast

__all__ = ["cast"]
TODAY = date(2026, 3, 10)


def lines(**changes: Any) -> str:
    facts = {
        "issuer": "SWE", "surname": "A", "given_names": "B", "number": "AB1", "nationality": "SWE",
        "birth_date": date(1984, 5, 12), "sex": "F", "expiry": date(2034, 1, 1),
    }  # fmt: skip
    return compose(Passport(**{**facts, **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "mrz_empty"),
        ({"issuer": ""}, "mrz_empty"),
        ({"surname": "", "given_names": ""}, "mrz_empty"),
    ],
)
def test_a_passport_says_whose_it_is(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as why:
        mrz.parse(lines(**changes), today=TODAY)
    assert [error.code for error in why.value.error_list] == [code]


def test_a_sex_is_one_of_three() -> None:
    first, second = lines().split("\n")
    with pytest.raises(ValidationError) as why:
        mrz.parse(f"{first}\n{second[:20]}7{second[21:]}", today=TODAY)
    assert [error.code for error in why.value.error_list] == ["mrz_sex"]


def test_a_passport_without_a_number_is_asked_for_again(cast: Cast) -> None:
    agent = Client()
    agent.force_login(cast.agents["university"])
    data = {"mrz": lines(number=""), "phone": "0931-12345", "email": "a@example.com", "key": "k"}
    answer = agent.post(reverse("portal:dossier_new"), data)
    assert answer.status_code == 400
    assert not Dossier.objects.exists()


@pytest.fixture
def agent(cast: Cast) -> Client:
    browser = Client()
    browser.force_login(cast.agents["university"])
    return browser


@pytest.fixture
def engagement(cast: Cast) -> Engagement:
    return stage.engage(cast, "university", ANNA, at=AT)


FAR = ["0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31"]


@pytest.mark.parametrize("day", FAR)
def test_a_contract_lies_in_a_calendar(agent: Client, engagement: Engagement, day: str) -> None:
    where = reverse("portal:work", args=[engagement.dossier.code, engagement.pk])
    facts = {**ANNA.work_facts(TODAY), "contract_from": "1990-01-01", "contract_until": "2100-12-31"}
    for name in ("contract_from", "contract_until"):
        assert agent.post(where, {**facts, name: day, "key": f"{name}-{day}"}).status_code == 400
    assert agent.post(where, {**facts, "key": "fine"}).status_code == 302


@pytest.mark.parametrize("day", FAR[:2])
def test_an_entry_lies_in_a_calendar(agent: Client, engagement: Engagement, day: str) -> None:
    where = reverse("portal:record_day", args=[engagement.dossier.code])
    assert agent.post(where, {"kind": "entered", "on": day, "key": "k"}).status_code == 400
    assert not engagement.dossier.dated_facts.exists()


def test_an_answer_lies_in_a_calendar(agent: Client, cast: Cast, engagement: Engagement) -> None:
    draft = FilingDraft.objects.create(
        user=cast.agents["university"],
        engagement=engagement,
        jurisdiction=cast.jurisdiction,
        answers={"matters": cast.policy.pack.matter_codes(), "category": "B", "person_in_china": True},
        updated_at=AT,
    )
    where = reverse("portal:question", args=[draft.pk, "work_started_on"])
    assert agent.post(where, {"work_started_on": "0001-01-01"}).status_code == 400
    assert agent.post(where, {"work_started_on": "2020-01-01"}).status_code == 302


def test_a_visit_lies_in_a_calendar(agent: Client, cast: Cast) -> None:
    """The working-day table ends in 2110; a day behind it is a slip, not an error of ours."""
    case = case_of(stage.file(cast, "university", ANNA, at=AT), "R")
    Case.objects.filter(pk=case.pk).update(state="ready_to_apply", phase="preparing")
    answer = agent.post(
        reverse("portal:step", args=[case.number, "apply"]),
        {
            "slot": "lanzhou_exit_entry@9999-12-31T09:30",
            "comes": "in_person",
            "key": "k",
            "version": case.version,
        },
    )
    assert answer.status_code == 400


def test_who_is_recused_does_not_open_the_papers(cast: Cast) -> None:
    """They name the person and say what the facts are (quality B17)."""
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    officer = cast.officer(case, "reception")
    notice = Notice.objects.filter(case=case).order_by("pk")[0]
    produce(notice.pk, AT)
    desk = Client()
    desk.force_login(officer)
    paper = reverse("desk:paper", args=[case.number, notice.pk])
    assert desk.get(paper)["Content-Type"] == "application/pdf"
    stage.act(case, officer, "recuse", at=AT, data={"remark": "申请人是我的亲属"})
    assert desk.get(paper).status_code == 403
    assert paper not in desk.get(reverse("desk:case", args=[case.number])).content.decode()


@pytest.mark.parametrize("hidden", ["\u202e", "\u2067", "\x0b", "\x1b"])
def test_what_is_read_is_what_is_stored(
    agent: Client, cast: Cast, engagement: Engagement, hidden: str
) -> None:
    """Posts, addresses and reasons stand in signed papers: nothing in them turns the direction of writing."""
    where = reverse("portal:work", args=[engagement.dossier.code, engagement.pk])
    facts = {**ANNA.work_facts(TODAY), "contract_until": "2100-12-31"}
    assert agent.post(where, {**facts, "post_title": f"工程师{hidden}师", "key": "w"}).status_code == 400
    firm = engagement.employer
    company = reverse("portal:company_edit", args=[firm.pk])
    answer = agent.post(company, {"uscc": firm.uscc, "address": f"示例路{hidden}1 号", "key": "c"})
    assert answer.status_code == 400
    case = case_of(stage.file(cast, "energy", BRUNO, at=AT))
    desk = Client()
    desk.force_login(cast.officer(case, "reception"))
    data = {"remark": f"材料{hidden}齐全", "key": "s", "version": case.version}
    assert desk.post(reverse("desk:step", args=[case.number, "pre_review"]), data).status_code == 400
    assert (
        desk.post(
            reverse("desk:step", args=[case.number, "pre_review"]), {**data, "remark": "两行\r\n齐全"}
        ).status_code
        == 302
    )
