"""The class a case claims beside what the facts on file support: a finding, never a decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases.category import class_finding, facts_on_file
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Recusal
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.policies import loader
from foreignwork.policies.pack import Pack
from tests.stage import AT, case_of
from tests.stage import cast as cast

WAGE = 10_000


class Seen:
    """A context with facts of our own: the finding reads attributes only."""

    def __init__(self, pack: Pack, category: str, born: str, salary: Any = None, **answers: Any) -> None:
        self.pack, self.today, self.answers = pack, date(2026, 3, 10), answers
        self.person, self.work = {"birth_date": born}, {"annual_salary_cny": salary}
        self.case = type("Case", (), {"category": category, "filed_at": AT, "matter": "permits"})()


def pack(*, wage: int | None = None) -> Pack:
    found = loader.load("gansu", on=date(2026, 3, 2))
    assert found.classification is not None
    figures = dict(found.classification.figures)
    figures["average_wage"] = figures["average_wage"].model_copy(update={"amount": wage})
    return found.model_copy(
        update={"classification": found.classification.model_copy(update={"figures": figures})}
    )


def seen(*args: Any, wage: int | None = None, **answers: Any) -> Any:
    return class_finding(Seen(pack(wage=wage), *args, **answers))  # type: ignore[arg-type]


def test_pay_of_six_times_the_wage_supports_a_and_hints_at_it_for_b() -> None:
    supported = seen("A", "1985-01-01", 720_000, wage=WAGE)
    assert supported.standing == "supported" and [r.code for r in supported.routes] == ["A3"]
    assert seen("A", "1985-01-01", 719_999, wage=WAGE).standing == "open"
    lower = seen("B", "1985-01-01", 720_000, wage=WAGE)
    assert (lower.standing, lower.higher) == ("supported", "A")  # the catalogue is the officer's to check
    assert [r.code for r in lower.routes] == ["B4"]


def test_an_age_beyond_the_class_is_a_doubt() -> None:
    old = seen("B", "1965-03-10", 300_000)  # turns 61 on the day of filing
    assert old.standing == "doubtful" and "60周岁" in old.contrary[0].zh
    assert seen("B", "1965-03-11", 300_000).standing == "open"  # 60 until the day before
    assert seen("A", "2008-03-11", 1).contrary[0].zh == "年满18周岁"


def test_without_figures_nothing_is_claimed_to_be_shown() -> None:
    found = seen("A", "1985-01-01", 9_000_000)
    assert (found.standing, found.routes, found.higher) == ("open", (), "")
    assert {r.code for r in found.others} == {"A1", "A2", "A3", "A4", "A5", "A6"}


def test_strange_facts_are_left_out_and_answers_that_are_facts_count() -> None:
    context = Seen(
        pack(), "B", "1985-01-01", 10**12, education="phd", work_years=4, talent_plan=True, matters=["x"]
    )
    assert facts_on_file(context) == {"age": 41, "work_years": 4, "talent_plan": True}  # type: ignore[arg-type]
    assert seen("", "1985-01-01") is None
    assert seen("D", "1985-01-01") is None
    bare = replace_classification(pack())
    assert class_finding(Seen(bare, "A", "1985-01-01")) is None  # type: ignore[arg-type]


def replace_classification(found: Pack) -> Pack:
    return found.model_copy(update={"classification": None})


@pytest.fixture
def case(cast: Cast) -> Any:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def test_the_reviewer_reads_it_and_no_sealed_fact_stands_in_it(client: Client, cast: Cast, case: Any) -> None:
    officer = cast.officer(case, "review")
    client.force_login(officer)
    page = client.get(reverse("desk:case", args=[case.number])).content.decode()
    start = page.index('id="class-finding"')
    part = page[start : page.index("</details>", start)]
    assert "分类建议" in part and "待核对" in part and "工作资历证明" in part
    context = contexts([case], AT.date())[0]
    assert str(context.work["annual_salary_cny"]) not in part
    assert "仅供参考，不是认定" in page


def test_who_keeps_away_does_not_read_it(client: Client, cast: Cast, case: Any) -> None:
    officer = cast.officer(case, "review")
    Recusal.objects.create(case_id=case.pk, user=officer, reason="self", at=AT)
    client.force_login(officer)
    assert "class-finding" not in client.get(reverse("desk:case", args=[case.number])).content.decode()
