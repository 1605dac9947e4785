"""A place's chain of stages: what it lacks is passed over, and nothing else (S001-18); who receives for another (S000-06)."""

from __future__ import annotations

import pytest

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.context import landing
from foreignwork.cases.models import Case
from foreignwork.cases.problems import NotAllowed, WrongState
from foreignwork.cases.steps import Step, step
from foreignwork.demo import cast as stage
from foreignwork.demo.people import ANNA
from foreignwork.desk.worklist import my_turn
from foreignwork.workflow.invariants import _edges, verify
from foreignwork.workflow.perform import perform
from tests.stage import AT, all_met, assemble, bring, case_of

FIVE = ("pre_review", "accept", "first_review", "second_review", "decide")
FOUR = ("pre_review", "accept", "first_review", "decide")
APPLIED = ("new_in_china", "applied")


def test_only_what_the_chain_lacks_is_passed_over() -> None:
    permits = registry.get("permits")
    steps = list(permits.steps.values())

    def rest(stages: tuple[str, ...], state: str) -> str:
        return landing(steps, state, lambda one: not one.stage or one.stage in stages)

    assert rest(FIVE, "first_reviewed") == "first_reviewed"
    assert rest(FOUR, "first_reviewed") == "second_reviewed"
    assert rest(("accept", "decide"), "filed") == "filed", "only a step marked as such may be passed over"
    short = ("first_review", "accepted", "second_reviewed", "first_reviewer")
    assert short in _edges(permits, FOUR, *APPLIED)
    assert short not in _edges(permits, FIVE, *APPLIED), (
        "where there is a second review, nobody may skip it (I4)"
    )
    assert not any(action == "second_review" for action, *_rest in _edges(permits, FOUR, *APPLIED))


def test_a_step_that_may_be_passed_over_says_of_which_stage_and_to_where() -> None:
    with pytest.raises(TypeError, match="passed over"):
        step(source="a", target=None, by=roles.decider, label="x", passes=True)
    found = registry.get("permits").steps
    assert [name for name, one in found.items() if isinstance(one, Step) and one.passes] == ["second_review"]


def test_changning_has_no_second_review(db: None) -> None:
    cast = assemble("changning")
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "second_reviewed")
    review = stage.actor(cast.officer(case, "review"), AT)
    with pytest.raises(WrongState):
        perform(case_id=case.pk, action="second_review", actor=review, at=AT, data=all_met(case))
    assert [breach for breach in verify(at=AT) if breach.code != "I9"] == []


def test_the_entrusted_office_receives_and_nobody_else(db: None) -> None:
    cast = assemble("dongguan")
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    centre, bureau, decider = (
        stage.actor(cast.officers[key], AT)
        for key in (("dg-talent", "reception"), ("dg-kjj", "reception"), ("dg-kjj", "decide"))
    )
    with pytest.raises(NotAllowed):
        perform(case_id=case.pk, action="pre_review", actor=bureau, at=AT)
    assert [Case.objects.filter(my_turn(who), pk=case.pk).exists() for who in (centre, bureau)] == [
        True,
        False,
    ]
    assert [Case.objects.visible_to(who).filter(pk=case.pk).exists() for who in (centre, bureau)] == [
        True
    ] * 2
    perform(case_id=case.pk, action="pre_review", actor=centre, at=AT)
    with pytest.raises(WrongState):
        perform(case_id=case.pk, action="grant", actor=decider, at=AT)
    offices = list(case.events.order_by("seq").values_list("role", "office__code"))
    assert offices == [("applicant", "dg-kjj"), ("acceptance_officer", "dg-talent")]
