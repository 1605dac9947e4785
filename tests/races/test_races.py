"""Races with real connections, fifty rounds each: exactly one effect. Each has a control in which the guard is taken away,
and which must then see what the guard prevents; otherwise the test could not fail.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from foreignwork.accounts import roles
from foreignwork.accounts.models import Post, User
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Bundle, Case, CaseEvent, StageHand
from foreignwork.cases.problems import CaseError, NotAllowed
from foreignwork.cases.steps import Act
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, Foreigner
from foreignwork.workflow import keys
from foreignwork.workflow import perform as perform_module
from foreignwork.workflow import turns as turns_module
from foreignwork.workflow.granting import Turn
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.opening import file_bundle
from foreignwork.workflow.perform import perform, perform_many
from tests.machine import empty_all_tables
from tests.stage import AT, SINCE, all_met, as_owner, case_of

ROUNDS = 50
Together = Callable[..., list[Any]]


def people(count: int) -> list[Foreigner]:
    return [replace(ANNA, key=f"anna{n}", number=f"DX{n:07d}") for n in range(count)]


def filed(cast: Cast, count: int) -> list[Case]:
    return [case_of(stage.file(cast, "university", person, at=AT)) for person in people(count)]


def advance(cast: Cast, cases: list[Case], *actions: tuple[str, str, bool]) -> None:
    """All cases through the same steps, set-based: (desk, action, with conditions)."""
    for desk, action, conditions in actions:
        who = stage.actor(cast.officer(cases[0], desk), AT)
        data = all_met(cases[0]) if conditions else {}
        done = perform_many(case_ids=[case.pk for case in cases], action=action, actor=who, at=AT, data=data)
        assert all(entry.event for entry in done)


TO_DECISION = (
    ("reception", "pre_review", False),
    ("reception", "accept", False),
    ("review", "first_review", True),
    ("review", "second_review", True),
)


def second_decider(cast: Cast, case: Case) -> User:
    user = User.objects.create(username="second-decider", kind="staff", display_name="第二决定人")
    Post.objects.create(user=user, office=case.office, role=roles.decider.code, from_on=SINCE)
    return user


@contextmanager
def without(*constraints: tuple[str, str]) -> Iterator[None]:
    """Take unique constraints away, as the owner; afterwards empty the tables and put them back."""
    kept = []
    for table, name in constraints:
        found = as_owner("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", name)
        if found:
            kept.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {found[0][0]}")
            as_owner(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        else:  # a partial one is an index
            kept.append(str(as_owner("SELECT indexdef FROM pg_indexes WHERE indexname = %s", name)[0][0]))
            as_owner(f"DROP INDEX {name}")
    try:
        yield
    finally:
        empty_all_tables()
        for statement in kept:
            as_owner(statement)


def no_lock(case_ids: list[int]) -> list[Case]:
    """``perform.lock`` without FOR UPDATE, and slow, so that the race is sure to happen."""
    rows = {
        row.pk: row
        for row in Case.objects.select_related("policy_version", "office", "dossier").filter(pk__in=case_ids)
    }
    found = []
    for pk in sorted(rows):
        child = rows[pk].matter_entry.model._default_manager.get(pk=pk)
        for name in ("policy_version", "office", "dossier"):
            setattr(child, name, getattr(rows[pk], name))
        found.append(child)
    time.sleep(0.05)
    return found


def decide_at_once(cast: Cast, together: Together, case: Case, other: User) -> tuple[list[Any], int]:
    """One grants, the other refuses. Returns the results and how many decisions history holds."""
    first, second = stage.actor(cast.officer(case, "decide"), AT), stage.actor(other, AT)
    refusal = {
        "reasons": [next(iter(case.policy_version.pack.matters[case.matter].refusal_reasons))],
        "remark": "不符合",
    }
    results = together(
        lambda: perform(
            case_id=case.pk, action="grant", actor=first, at=AT, expect=5, data={"remark": "同意"}
        ),
        lambda: perform(case_id=case.pk, action="refuse", actor=second, at=AT, expect=5, data=refusal),
    )
    return results, CaseEvent.objects.filter(case=case, action__in=["grant", "refuse"]).count()


def test_two_officers_decide_at_once(real_cast: Cast, together: Together) -> None:
    cases = filed(real_cast, ROUNDS)
    advance(real_cast, cases, *TO_DECISION)
    other = second_decider(real_cast, cases[0])
    for case in cases:
        results, decisions = decide_at_once(real_cast, together, case, other)
        assert decisions == 1
        losers = [result for result in results if isinstance(result, Exception)]
        assert len(losers) == 1 and isinstance(losers[0], CaseError), results
        assert losers[0].problems[0].code == "stale"
    assert [b for b in verify(at=AT) if b.code != "I9"] == []


def test_control_without_the_lock_two_decisions_stand(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without(("cases_caseevent", "one_event_per_seq"), ("cases_stagehand", "one_person_per_hand")):
        cases = filed(real_cast, 5)
        advance(real_cast, cases, *TO_DECISION)
        other = second_decider(real_cast, cases[0])
        monkeypatch.setattr(perform_module, "lock", no_lock)
        doubles = [decide_at_once(real_cast, together, case, other)[1] for case in cases]
        assert 2 in doubles, "the race did not happen, so the test above proves nothing"
        assert {breach.code for breach in verify(at=AT)} & {"I1", "I3", "I5"}


def test_the_same_form_posted_twice_at_once(real_cast: Cast, together: Together) -> None:
    """Both get the same answer; the step was taken once."""
    cases = filed(real_cast, ROUNDS)
    who = stage.actor(real_cast.officer(cases[0], "reception"), AT)
    for n, case in enumerate(cases):

        def post(case: Case = case, key: str = f"key-{n}") -> Case:
            return perform(
                case_id=case.pk,
                action="pre_review",
                actor=who,
                at=AT,
                key=key,
                expect=1,
                data={"remark": "好"},
            )

        results = together(post, post)
        assert all(isinstance(result, Case) for result in results), results
        assert {result.version for result in results} == {2}
        assert CaseEvent.objects.filter(case=case).count() == 2


def test_control_without_the_key_the_second_post_is_no_replay(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "claim", lambda **_: None)
    case = filed(real_cast, 1)[0]
    who = stage.actor(real_cast.officer(case, "reception"), AT)

    def post() -> Case:
        return perform(case_id=case.pk, action="pre_review", actor=who, at=AT, key="k", expect=1, data={})

    results = together(post, post)
    assert [isinstance(result, CaseError) for result in results].count(True) == 1, results


def test_the_same_filing_posted_twice_at_once(real_cast: Cast, together: Together) -> None:
    for n, person in enumerate(people(ROUNDS)):
        form = _ready(real_cast, person)
        who = stage.actor(real_cast.agents["university"], AT)
        results = together(
            *[lambda form=form, n=n, who=who: file_bundle(form, actor=who, at=AT, key=f"file-{n}")] * 2
        )  # type: ignore[misc]
        assert all(isinstance(result, Bundle) for result in results), results
        assert len({result.number for result in results}) == 1
    assert Bundle.objects.count() == ROUNDS


def test_control_without_the_key_two_bundles_are_filed(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "claim", lambda **_: None)
    gate = threading.Barrier(2)
    original = turns_module.carry_out

    def at_once(*args: Any, **kwargs: Any) -> Any:
        gate.wait(5)
        return original(*args, **kwargs)

    monkeypatch.setattr("foreignwork.workflow.opening.carry_out", at_once)
    form = _ready(real_cast, ANNA)
    who = stage.actor(real_cast.agents["university"], AT)
    together(*[lambda: file_bundle(form, actor=who, at=AT, key="same")] * 2)
    assert Bundle.objects.count() == 2, "the race did not happen, so the test above proves nothing"


def _ready(cast: Cast, person: Foreigner) -> Any:
    engagement = stage.engage(cast, "university", person, at=AT)
    form = stage.filing(cast, engagement, person, at=AT)
    stage.hand_in(cast, form, person, at=AT)
    return form


def take_hand(case: Case, user: User, action: str) -> None:
    """The kernel's own hand row for one stage, in its own transaction: what a second request does past every check."""
    with transaction.atomic():
        context = contexts([case], AT.date())[0]
        step = case.matter_entry.steps[action]
        who = stage.actor(user, AT)
        act = Act(actor=who, role="", at=AT, today=AT.date(), effective_on=AT.date(), data={})
        context.batch.__dict__["hands"] = {}
        turns_module._hands([Turn(step, context, act)], at=AT)


def test_one_officer_in_two_stages_at_once(real_cast: Cast, together: Together) -> None:
    """The database lets one person hold one hand of a case, even when both requests have passed every check."""
    cases = filed(real_cast, ROUNDS)
    officer = real_cast.officer(cases[0], "reception")
    for case in cases:
        results = together(
            lambda case=case: take_hand(case, officer, "first_review"),
            lambda case=case: take_hand(case, officer, "grant"),
        )
        assert StageHand.objects.filter(case=case, user=officer).count() == 1
        assert [type(result) for result in results if result is not None] == [NotAllowed], results


def test_control_without_the_constraint_one_officer_holds_two_stages(
    real_cast: Cast, together: Together
) -> None:
    with without(("cases_stagehand", "one_hand_per_person")):
        case = filed(real_cast, 1)[0]
        officer = real_cast.officer(case, "reception")
        results = together(
            lambda: take_hand(case, officer, "first_review"),
            lambda: take_hand(case, officer, "grant"),
        )
        assert results == [None, None]
        assert StageHand.objects.filter(case=case, user=officer).count() == 2
