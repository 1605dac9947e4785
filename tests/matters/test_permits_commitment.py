"""告知承诺 for class A: a text of a version instead of papers, verified afterwards, with a consequence (law-notes 12)."""

from __future__ import annotations

import pytest

from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow.invariants import verify
from tests.matters.cast_matters import papers, text_of
from tests.matters.cast_process import FACTS, TELL, go, later, opened
from tests.stage import AT, bring, case_of


def test_what_is_promised_is_not_handed_in_but_verified(cast: Cast) -> None:
    bundle = stage.file(cast, "university", ANNA, at=AT, category="A", commit=True)
    case = case_of(bundle)
    assert not {"work_experience", "no_crime"} & {row.code for row in bundle.items.all()}
    paper = text_of(case, "COMMITMENT")
    assert case.policy_version.version in str(paper["paragraphs"]) and "撤销许可" in str(paper["paragraphs"])
    case = bring(cast, case, "granted")
    check = case.deadlines.get(kind="commitment")
    assert (check.basis, check.started_on, check.met_on) == ("promised", AT.date(), None)
    case = go(
        cast, case, "review", "check_commitment", at=later(10), kept="no", remark="原单位答复无此人任职记录。"
    )
    check.refresh_from_db()
    assert check.met_on == later(10).date() and "与承诺不一致" in str(
        text_of(case, "COMMITMENT_CHECKED")["paragraphs"]
    )
    with pytest.raises(Blocked) as twice:
        go(cast, case, "review", "check_commitment", at=later(11), kept="yes", remark="再次")
    assert twice.value.problems[0].code == "commitment_checked"
    # The consequence: revocation, by a case of its own, with the party heard.
    after = go(
        cast,
        opened(cast, "revoke", case.entitlement, at=later(11)),
        "review",
        "tell_office",
        at=later(11),
        **TELL,
    )
    after = go(cast, after, "agent", "waive_office_hearing", at=later(11))
    assert go(cast, after, "decide", "revoke", at=later(11), **FACTS).state == "revoked"
    assert verify(at=AT) == []


@pytest.mark.parametrize("answers", [{"category": "B", "commit": True}, {"category": "A", "commit": False}])
def test_other_classes_and_who_does_not_promise_prove_it(cast: Cast, answers: dict[str, object]) -> None:
    bundle = stage.file(cast, "university", ANNA, at=AT, **answers)
    assert {"work_experience", "no_crime"} <= {row.code for row in bundle.items.all()}
    if answers["category"] == "A":
        assert "COMMITMENT" not in papers(case_of(bundle))
