"""Deemed renewal (行政许可法 50): undecided when the permit held expires, the extension counts as granted; once, never early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import text_of
from tests.matters.test_permit_kinds import again, before_expiry, held, new_facts
from tests.stage import AT, bring, case_of


@pytest.fixture
def permit(cast: Cast) -> Entitlement:
    return held(cast)


def extension(cast: Cast, permit: Entitlement, *, until: str) -> Case:
    at = before_expiry(permit, 40)
    new_facts(permit, at)
    case = case_of(again(cast, permit, "extend", at=at))
    return case if until == "filed" else bring(cast, case, until, at=at)


@pytest.mark.parametrize("state", ["filed", "accepted", "second_reviewed"])
def test_silence_until_the_expiry_renews_the_permit_once(cast: Cast, permit: Entitlement, state: str) -> None:
    case = extension(cast, permit, until=state)
    limit = case.deadlines.get(kind="renewal")
    assert (limit.basis, limit.due_on, limit.provisional) == ("statutory", permit.valid_until, False)
    assert sweep(at=before_expiry(permit, 0)).moved == 0
    assert sweep(at=before_expiry(permit, -1)).moved == 1
    assert sweep(at=before_expiry(permit, -2)).moved == 0
    case = case_of(case.bundle)
    new = Entitlement.objects.get(case=case)
    permit.refresh_from_db()
    assert (case.state, case.outcome) == ("granted", "granted")
    assert (permit.status, permit.end_reason) == ("ended", "deem_renewed")
    assert (new.number, new.supersedes_id, new.status) == (permit.number, permit.pk, "active")
    # Its only bounds are the contract, the passport and the class (law-notes 9).
    assert permit.valid_until and new.valid_until and new.valid_until > permit.valid_until
    assert new.valid_until <= permit.valid_until.replace(year=permit.valid_until.year + 2)
    paper = text_of(case, "DEEMED_RENEWAL")
    assert "视为准予延续" in str(paper["basis"]) and dict(paper["facts"])["工作许可证号"] == permit.number
    event = CaseEvent.objects.get(case=case, action="deem_renewed")
    assert (event.role, event.actor) == ("system", None)
    assert verify(at=AT) == []


def test_a_decision_in_time_leaves_nothing_to_the_law(cast: Cast, permit: Entitlement) -> None:
    case = extension(cast, permit, until="second_reviewed")
    at = before_expiry(permit, 30)
    data = {"reasons": ["person_conditions"], "remark": "合同已不连续。"}
    stage.act(case, cast.officer(case, "decide"), "refuse", at=at, data=data)
    assert sweep(at=before_expiry(permit, -1)).moved == 0
    permit.refresh_from_db()
    assert permit.status == "active"


def test_while_the_applicant_owes_an_answer_the_law_is_not_silent(cast: Cast, permit: Entitlement) -> None:
    """The authority has spoken: the supplement is with the applicant, so nothing is deemed."""
    case = extension(cast, permit, until="filed")
    item = next(row.code for row in case.bundle.items.all() if not row.by_system and not row.on_paper)
    at = before_expiry(permit, 39)
    ask = {f"ask_{item}": "on", f"reason_{item}": "incomplete"}
    stage.act(case, cast.officer(case, "reception"), "request_supplement", at=at, data=ask)
    case.deadlines.filter(kind="supplement").update(due_on=before_expiry(permit, -9).date())
    assert sweep(at=before_expiry(permit, -1) + timedelta(hours=1)).moved == 0
    assert case_of(case.bundle).state == "supplement"
