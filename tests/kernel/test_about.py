"""A case about something held: it is found at opening, superseded or ended by the decision, and never used twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle, Case, Entitlement
from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import BRUNO
from foreignwork.dossiers.models import Engagement
from foreignwork.policies.pack import Pack
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import file_bundle
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

LATER = AT + timedelta(days=40)
MORE = {
    "change": {"changed": ["passport"], "changed_on": "2026-04-10"},
    "cancel": {"end_ground": "contract_ended", "work_ended_on": "2026-04-10"},
    "extend": {},
}


def first_permit(cast: Cast) -> tuple[Case, Engagement]:
    bundle = stage.file(cast, "university", BRUNO, at=AT)
    return bring(cast, case_of(bundle), "granted"), bundle.engagement


def again(cast: Cast, engagement: Engagement, purpose: str, *, at=LATER) -> Bundle:  # type: ignore[no-untyped-def]
    """The agent files for something the person holds."""
    form = stage.filing(cast, engagement, BRUNO, at=at, matters=("permits",))
    form = type(form)(
        form.jurisdiction,
        form.employer,
        engagement,
        ("permits",),
        {"purpose": purpose, "city": "lanzhou", **MORE[purpose]},
    )
    stage.hand_in(cast, form, BRUNO, at=at)
    return file_bundle(form, actor=stage.actor(cast.agents["university"], at), at=at)


def test_a_change_is_about_the_permit_and_supersedes_it(cast: Cast) -> None:
    first, engagement = first_permit(cast)
    old = Entitlement.objects.get(case_id=first.pk)
    case = case_of(again(cast, engagement, "change"))
    assert (case.sub_matter, case.about_id, case.category) == ("change", old.pk, first.category)
    assert case.bundle.answers["category"] == first.category
    case = bring(cast, case, "granted", at=LATER)
    new = Entitlement.objects.get(case_id=case.pk)
    old.refresh_from_db()
    assert (new.number, new.supersedes_id, new.status) == (old.number, old.pk, "active")
    assert new.valid_until == old.valid_until
    assert (old.status, old.ended_on, old.end_reason, old.ended_by_id) == (
        "ended",
        day_of(LATER),
        "grant",
        case.pk,
    )
    assert [row for row in verify(at=LATER) if row.code != "I9"] == []  # no worker here


def test_a_cancellation_ends_it_and_grants_nothing(cast: Cast) -> None:
    first, engagement = first_permit(cast)
    case = bring(cast, case_of(again(cast, engagement, "cancel")), "cancelled", at=LATER)
    old = Entitlement.objects.get(case_id=first.pk)
    assert (old.status, old.end_reason, old.ended_by_id) == ("ended", "cancel", case.pk)
    assert not Entitlement.objects.filter(case_id=case.pk).exists()
    assert case.outcome == "granted"


def test_without_anything_held_there_is_a_clear_sentence_and_nothing_filed(cast: Cast) -> None:
    engagement = stage.engage(cast, "university", BRUNO, at=AT)
    with pytest.raises(Blocked) as refused:
        again(cast, engagement, "extend")
    assert [problem.code for problem in refused.value.problems if problem.code == "nothing_held"] == [
        "nothing_held"
    ]
    assert not Bundle.objects.exists()


def test_what_ended_meanwhile_cannot_be_changed(cast: Cast) -> None:
    first, engagement = first_permit(cast)
    case = bring(cast, case_of(again(cast, engagement, "change")), "second_reviewed", at=LATER)
    Entitlement.objects.filter(case_id=first.pk).update(
        status="ended", ended_on=day_of(LATER), end_reason="cancel"
    )
    with pytest.raises(Blocked, match="about_ended"):
        stage.act(case, cast.officer(case, "decide"), "grant", at=LATER, data={"remark": "同意"})
    assert Entitlement.objects.filter(status="active").count() == 0


def test_steps_of_another_kind_are_not_there(cast: Cast) -> None:
    case = bring(cast, case_of(stage.file(cast, "university", BRUNO, at=AT)), "second_reviewed")
    with pytest.raises(Exception, match="wrong_state"):
        stage.act(case, cast.officer(case, "decide"), "cancel", at=AT, data={"remark": "同意"})


def test_matters_are_offered_by_the_purpose(cast: Cast) -> None:
    pack: Pack = cast.policy.pack
    assert pack.offered({}) == pack.matter_codes()
    assert pack.offered({"purpose": "cancel"}, held={}) == []
    assert "permits" in pack.offered({"purpose": "cancel"}, held={"permits"})
    assert pack.required_matters({"purpose": "extend"}) == []
    assert {option.value for option in pack.purposes_about("permits")} >= {"extend", "change", "cancel"}
    assert not pack.concerns_held({"purpose": "new"})


def test_a_matter_the_purpose_does_not_know_is_refused(cast: Cast) -> None:
    _first, engagement = first_permit(cast)
    form = stage.filing(cast, engagement, BRUNO, at=LATER, matters=("permits", "titles"), purpose="extend")
    with pytest.raises(Blocked, match="matter_not_offered"):
        file_bundle(form, actor=stage.actor(cast.agents["university"], LATER), at=LATER)
