"""Class A in Changning: permit and residence filed on one day, decided together, one promise of seven working days (S001-29, -30)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from foreignwork.deadlines.models import Deadline
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.portal.progress import promise_of
from foreignwork.workflow.invariants import verify
from residence.models import State
from tests.matters.cast_matters import actions, drain, filed, go, later, refuse_permit, refused
from tests.matters.cast_residence import PHONE, RECEIPT
from tests.stage import AT, all_met, assemble, bring, case_of

VISIT = {"slot": "hongqiao@2026-03-12T09:00", "comes": "in_person"}
SOON = later(2)


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble("changning")


def promised(case: Any) -> Deadline:
    return Deadline.objects.get(case=case, kind="decision", basis="promised")


def at_the_counter(cast: Cast, bundle: Any) -> Any:
    case = go(cast, case_of(bundle, "R"), "agent", "apply", data=VISIT)
    case = go(cast, case, "handle", "give_receipt", at=SOON, data=RECEIPT)
    return go(cast, case, "handle", "verify", at=SOON, data={**PHONE, "held_on": SOON.date().isoformat()})


def test_both_are_filed_on_one_day_and_share_one_promise(cast: Cast) -> None:
    bundle = filed(cast, ANNA, category="A")
    permit, residence = case_of(bundle, "W"), case_of(bundle, "R")
    assert (residence.state, actions(residence)) == (State.READY_TO_APPLY, ["file"])
    permit = bring(cast, permit, "accepted")
    residence = at_the_counter(cast, bundle)
    mine, theirs = promised(residence), promised(permit)
    assert (mine.amount, mine.unit, mine.started_on, mine.due_on) == (7, "wd", AT.date(), date(2026, 3, 19))
    assert (theirs.started_on, theirs.due_on) == (mine.started_on, mine.due_on)
    own = Deadline.objects.get(case=residence, kind="decision", basis="statutory")
    assert (own.amount, own.started_on) == (15, SOON.date()), "each office keeps its own clock beside it"
    shown = promise_of(bundle.policy_version.pack, [permit, residence], SOON.date())
    assert shown is not None
    assert (shown["total"], shown["due_on"]) == (7, mine.due_on)


def test_the_residence_begun_first_starts_the_promise_of_the_permit_too(cast: Cast) -> None:
    bundle = filed(cast, ANNA, category="A")
    residence = at_the_counter(cast, bundle)
    late = later(3)
    permit = bring(cast, case_of(bundle, "W"), "accepted", at=late)
    assert promised(permit).started_on == promised(residence).started_on == SOON.date()


def test_the_permit_is_due_at_the_residence_decision(cast: Cast) -> None:
    bundle = filed(cast, ANNA, category="A")
    residence = at_the_counter(cast, bundle)
    grant = {"valid_until": "2026-12-31"}
    assert "gate_shut" in refused(cast, residence, "decide", "grant", at=SOON, data=grant)
    permit = bring(cast, case_of(bundle, "W"), "granted", at=SOON)
    drain(SOON)
    until = permit.entitlement.valid_until if hasattr(permit, "entitlement") else None
    done = go(cast, residence, "decide", "grant", at=SOON, data={"valid_until": str(until)})
    assert (done.state, done.entitlement.valid_until) == (State.GRANTED, until), "both end together"
    assert [b for b in verify(at=SOON) if b.code != "I9"] == []


def test_a_refused_permit_leaves_the_residence_to_be_refused_or_withdrawn(cast: Cast) -> None:
    bundle = filed(cast, ANNA, category="A")
    residence = at_the_counter(cast, bundle)
    refuse_permit(cast, bundle, at=SOON)
    assert case_of(bundle, "R").state == State.VERIFIED, "what is in hand goes on to its own decision"
    assert "gate_shut" in refused(
        cast, residence, "decide", "grant", at=SOON, data={"valid_until": "2026-12-31"}
    )
    data = {"reasons": ["no_proof"], "remark": "工作许可未获准予，不能提供工作许可证明"}
    assert go(cast, residence, "decide", "refuse", at=SOON, data=data).state == State.REFUSED


def test_other_classes_wait_for_the_permit(cast: Cast) -> None:
    bundle = filed(cast, ANNA, category="B")
    assert case_of(bundle, "R").state == State.AWAITING_PERMIT
    permit = bring(cast, case_of(bundle, "W"), "accepted")
    assert not Deadline.objects.filter(case=permit, basis="promised", amount=7).exists()
    assert all_met(permit)
