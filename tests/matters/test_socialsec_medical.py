"""医保: where the pack names an office of its own, that office gets a case of its own; the registration does not wait for it."""

from __future__ import annotations

from typing import Any

import pytest

from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case, Entitlement, concrete
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import NotAllowed
from foreignwork.cases.telling import EntitlementMark, Referral
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, CLARA, Foreigner
from foreignwork.workflow import effects
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import open_part
from foreignwork.workflow.perform import Invalid
from socialsec import rules_medical
from tests.matters.cast_matters import clock, go, granted, later, papers, refused, summary_of, text_of
from tests.matters.test_socialsec import ASSIGNED, DECLARED
from tests.stage import AT, assemble, case_of


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble("fujian")


def registered(cast: Cast, who_: Foreigner = ANNA, firm: str = "university") -> Any:
    case = go(cast, case_of(granted(cast, who_, firm=firm), "S"), "agent", "submit", data=DECLARED)
    return go(cast, case, "handle", "register", data=ASSIGNED)


def part_of(case: Case) -> Any:
    effects.part_elsewhere({"case": case.pk, "sub_matter": "medical"}, AT)
    row = Case.objects.select_related("office").get(replaces=case)
    own = concrete(row)
    own.office = row.office
    return own


def marks(case: Case) -> list[str]:
    rows = EntitlementMark.objects.filter(entitlement__case=case, kind__startswith="medical")
    return list(rows.order_by("id").values_list("kind", flat=True))


def test_the_medical_part_is_a_case_of_its_own_office(cast: Cast) -> None:
    first = registered(cast)
    assert not Referral.objects.filter(case=first).exists(), "nothing is passed on outside"
    part = part_of(first)
    assert open_part(first.pk, "medical", at=AT) is None, "asked again, nothing more"
    assert (part.office.code, part.state, part.phase, part.origin) == (
        "fj-ybj", "medical_open", Phase.IN_REVIEW, "ex_officio",
    )  # fmt: skip
    assert part.employer_id == first.employer_id, "the employer sees it among its cases"
    assert [row["insurance"] for row in part.declared] == ["medical", "maternity"]
    due = clock(part, "handling", "statutory")
    assert due is not None
    assert (due.amount, due.unit) == (10, "wd")
    assert first.number in summary_of(part, AT).values()
    assert f"{part.number} 医保部分待确认" in summary_of(case_of(first.bundle, "S"), AT).values()
    paper = text_of(first, "INSURANCE_RESULT")
    offices = {row[1]: row[-1] for row in paper["rows"]}
    assert (offices["基本医疗保险"], offices["基本养老保险"]) == ("福建省医疗保障局", first.office.name_zh)

    # Only its own office, and only with a month that is not before the registration's.
    assert refused(cast, part, "agent", "confirm_medical", data={"month": "2026-03"}) == ["wrong_role"]
    stranger = cast.officer(first, "handle")
    with pytest.raises(NotAllowed, match="wrong_role"):
        stage.act(part, stranger, "confirm_medical", at=AT, data={"month": "2026-03"})
    with pytest.raises(Invalid) as early:
        go(cast, part, "handle", "confirm_medical", data={"month": "2026-02"})
    assert "不能早于" in str(early.value.form.errors["month"])
    part = go(cast, part, "handle", "confirm_medical", data={"month": "2026-03"})
    assert (part.state, part.outcome, papers(part)) == (
        "medical_confirmed", Outcome.GRANTED, ["MEDICAL_RESULT"],
    )  # fmt: skip
    assert marks(first) == ["medical_pending", "medical_confirmed"]
    assert Entitlement.objects.filter(matter="socialsec").count() == 1, "one registration, not two"
    assert [row for row in verify(at=AT) if row.code != "I9"] == []


def test_a_medical_office_that_does_not_register_gives_reasons_and_remedies(cast: Cast) -> None:
    first = registered(cast)
    part = part_of(first)
    data = {"reasons": ["not_registrable"], "remark": "共享信息比对不一致"}
    part = go(cast, part, "handle", "refuse_medical", data=data)
    paper = text_of(part, "MEDICAL_RESULT")
    assert (part.outcome, marks(first)[-1]) == (Outcome.REFUSED, "medical_refused")
    assert "其他险种的登记不受影响" in paper["paragraphs"][0]
    assert any("行政复议" in line for line in paper["remedies"])
    assert case_of(first.bundle, "S").state == "registered"


def test_an_end_of_cover_reaches_the_medical_office_too(cast: Cast) -> None:
    first, at = registered(cast), later(40)
    form = stage.filing(
        cast, first.engagement, ANNA, at=at, matters=("socialsec",), purpose="cancel",
        end_ground="terminated", work_ended_on=at.date().isoformat(),
    )  # fmt: skip
    stage.hand_in(cast, form, ANNA, at=at)
    ending = case_of(stage.file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at), "S")
    data = {"last_month": "2026-04", "why": "contract", "account": "keep"}
    ending = go(cast, ending, "agent", "submit_end", at=at, data=data)
    ending = go(cast, ending, "handle", "record_end", at=at, data={})
    part = part_of(ending)
    assert [row["insurance"] for row in part.declared] == ["medical", "maternity"]
    assert summary_of(part, at)["办理类型"] == "终止参保"
    assert f"{part.changes_from:%Y-%m}" == "2026-04"


def test_many_parts_read_what_they_belong_to_as_one_does(cast: Cast, django_assert_num_queries: Any) -> None:
    parts = [part_of(registered(cast)), part_of(registered(cast, CLARA, "energy"))]

    def read(cases: list[Any]) -> list[str]:
        return [
            rules_medical.kind_of(context) + str(rules_medical.rows_of(context))
            for context in contexts(cases, AT.date())
        ]

    assert all(part.policy_version.pack for part in parts), "read beforehand, as perform() does"
    for cases in (parts[:1], parts):
        with django_assert_num_queries(1):
            assert len(set(read(cases))) == 1


def test_where_the_offices_are_one_there_is_no_such_case(db: None) -> None:
    gansu = assemble("gansu")
    first = registered(gansu)
    assert open_part(first.pk, "medical", at=AT) is None
    assert not Case.objects.filter(replaces=first).exists()
    assert not Referral.objects.filter(case=first).exists()
