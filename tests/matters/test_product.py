"""Every state × every step × every role, for every matter: what is no edge is refused with the right kind and changes nothing;
what is an edge is really taken."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Post, User
from foreignwork.cases import registry
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, CaseEvent, concrete
from foreignwork.cases.problems import CaseError, NotAllowed, WrongState
from foreignwork.cases.steps import NEW, Act
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.workflow import ask
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import perform
from tests.matters import (
    walk_credit,
    walk_permits,
    walk_residence,
    walk_socialsec,
    walk_supervision,
    walk_tax,
    walk_titles,
)
from tests.matters.cast_supervision import Oversight, muster
from tests.matters.driving import Driver
from tests.matters.paper_faults import CODE, faults_of
from tests.matters.test_supervision_inspection import reported
from tests.stage import AT, assemble

MATTERS = [matter.code for matter in registry.all_matters()]


# --- what the flows say of themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", MATTERS)
def test_every_state_can_be_reached_and_left(code: str) -> None:
    """No state nobody comes to; no open state nobody leads out of."""
    matter = registry.get(code)
    reached, todo = {NEW}, [NEW]
    while todo:
        state = todo.pop()
        for step in matter.steps.values():
            target = step.target if step.target is not None else state
            if state in step.sources and target not in reached:
                reached.add(target)
                todo.append(target)
    assert set(matter.states.values) <= reached
    ways_out = {
        source for step in matter.steps.values() if step.target is not None for source in step.sources
    }
    stuck = [
        state for state in matter.states.values if state not in matter.outcomes and state not in ways_out
    ]
    assert not stuck, f"nothing leads on from {stuck}"


# --- the whole product, refused ---------------------------------------------------------------------------------------


PLACE = {"tax": "dongguan", "socialsec": "fujian"}
"""Where a matter is asked for that not every place has, or has in parts: the medical part at an office of its own."""


@pytest.fixture
def cast(db: None, code: str) -> Cast:
    return assemble(PLACE.get(code, "gansu"))


OPENED: dict[str, Callable[[Oversight], Any]] = {"supervision": reported, "credit": walk_credit.on_entry}
"""Matters nobody applies for."""


def some_case(cast: Cast, code: str) -> Any:
    """A real case of the matter: of the cast's bundle, or opened by an office where none is applied for."""
    if code in OPENED:
        found: Any = OPENED[code](muster(cast, firms=2))
    else:
        bundle = stage.file(cast, "university", ANNA, at=AT)
        found = Case.objects.get(bundle=bundle, matter=code)
    case = Case.objects.select_related("policy_version", "office", "receiver", "dossier").get(pk=found.pk)
    row = concrete(case)
    for name in ("policy_version", "office", "receiver", "dossier"):
        setattr(row, name, getattr(case, name))
    return row


def kind_of(step: Any, context: Context, role: str) -> type[CaseError] | None:
    """Of the refusal, which always says why; None when nothing is refused."""
    user = SimpleNamespace(user_id=None, user=None)
    act = Act(actor=user, role=role, at=AT, today=AT.date(), effective_on=AT.date())  # type: ignore[arg-type]
    refusal = ask.objection(step, context, act)
    assert refusal is None or (refusal.problems and all(problem.sentence for problem in refusal.problems))
    return type(refusal) if refusal else None


@pytest.mark.parametrize("code", MATTERS)
def test_what_is_no_edge_is_refused(cast: Cast, code: str) -> None:
    """By the rules, for the whole product; by ``perform`` and on the pages, for the state a real case is in."""
    case = some_case(cast, code)
    before = rows()
    by_perform(cast, case)
    on_the_page(cast, case)
    assert rows() == before
    by_the_rules(case)


def by_the_rules(row: Any) -> None:
    """In memory, every sub-matter of the place: each state is tried with each step, by each role that may and by one that may
    not; the state speaks before the role, the role before rules."""
    code = row.matter
    context = contexts([row], AT.date())[0]
    matter, tried = registry.get(code), 0
    kinds = context.pack.matters[code].sub_matters
    assert row.sub_matter in kinds
    for sub_matter, kind in kinds.items():
        row.sub_matter, row.origin = sub_matter, kind.origin
        for state in [NEW, *matter.states.values]:
            row.__dict__["state"] = state
            for step in matter.steps.values():
                edge = state in step.sources and step.belongs_to(sub_matter, kind.origin)
                staged = context.staged(step)
                for role in [*(role.code for role in step.by), ""]:
                    tried += 1
                    found = kind_of(step, context, role) if role == "" or not (edge and staged) else None
                    if not (edge and staged):
                        assert found is WrongState, (sub_matter, state, step.name, role)
                    elif role == "":
                        assert found is NotAllowed, (sub_matter, state, step.name)
    assert tried == len(kinds) * (len(matter.states) + 1) * sum(
        len(step.by) + 1 for step in matter.steps.values()
    )


def rows() -> list[Any]:
    models = (Case, CaseEvent, Deadline, Notice, OutboxMessage, Post)
    return [model.objects.count() for model in models] + list(Case.objects.order_by("pk").values())


def by_perform(cast: Cast, case: Case) -> None:
    """By the only hand: every step that does not lead from the state the case is in, and every step by a wrong role."""
    actors = [stage.actor(user, AT) for user in people_of(cast, case)]
    for step in registry.get(case.matter).steps.values():
        edge = case.state in step.sources and step.belongs_to(case.sub_matter, case.origin)
        for actor in actors:
            if edge and ask.role_for(actor, step, case):
                continue
            with pytest.raises((WrongState, NotAllowed)) as no:
                perform(case_id=case.pk, action=step.name, actor=actor, at=AT, data={"remark": "说明"})
            if not edge:
                assert no.type is WrongState, step.name


A_DOZEN = 12
"""Steps of each matter tried over HTTP: the door is one for all of them, the flows have been tried whole above."""


def people_of(cast: Cast, case: Case) -> list[User]:
    """The employer's agent, a stranger, and the officers of every desk; of supervision its own people too."""
    desks = ("reception", "review", "decide", "handle")
    return [
        cast.agents["university"],
        cast.agents["stranger"],
        *(cast.officer(case, desk) for desk in desks if (case.office.code, desk) in cast.officers),
        *User.objects.filter(posts__office=case.office, username__contains="inspector-").distinct()[:1],
    ]


def on_the_page(cast: Cast, case: Case) -> None:
    """Over HTTP: who may not see the case does not find it, who sees it is told why not; never an error, nothing moved."""
    matter = registry.get(case.matter)
    people, steps = people_of(cast, case), list(matter.steps.values())
    for n, step in enumerate(steps[:: max(1, len(steps) // A_DOZEN)]):
        user = people[n % len(people)]
        edge = case.state in step.sources and step.belongs_to(case.sub_matter, case.origin)
        if edge and ask.role_for(stage.actor(user, AT), step, case):
            continue
        browser = Client()
        browser.force_login(user)
        place = "desk" if user.kind == User.Kind.STAFF else "portal"
        post = {"key": f"product-{step.name}", "version": case.version, "remark": "说明"}
        answer = browser.post(reverse(f"{place}:step", args=[case.number, step.name]), post)
        allowed = (404,) if user == cast.agents["stranger"] else (403, 404) if edge else (403, 404, 409)
        assert answer.status_code in allowed, (step.name, user.username, answer.status_code)


# --- every edge, taken ------------------------------------------------------------------------------------------------

WALKS: dict[str, Callable[[Cast], Driver]] = {
    "permits": walk_permits.walk,
    "residence": walk_residence.walk,
    "socialsec": walk_socialsec.walk,
    "titles": walk_titles.walk,
    "tax": walk_tax.walk,
    "supervision": walk_supervision.walk,
    "credit": walk_credit.walk,
}
WITH_ITS_OWN_TESTS = {"recount_limits", "list_staff"}
"""The one needs a calendar that was changed meanwhile, the other people with permits at the firm inspected; taken in the tests of both."""


@pytest.mark.parametrize("code", MATTERS)
def test_every_edge_is_taken_and_every_paper_is_whole(cast: Cast, code: str) -> None:
    """Walked, not read: from each kind of case, every step from every state, by the people who may, with their papers."""
    drive = WALKS[code](cast)
    edges = {(step.name, source) for step in registry.get(code).steps.values() for source in step.sources}
    left = sorted(edge for edge in edges - drive.taken - drive.history if edge[0] not in WITH_ITS_OWN_TESTS)
    assert not left, "\n".join(f"{edge}: {drive.refused.get(edge, 'never tried')}" for edge in left)
    assert [row for row in verify(at=AT) if row.code != "I9"] == []  # no worker here
    steps = [step for step in registry.get(code).steps.values() if step.name not in WITH_ITS_OWN_TESTS]
    unseen = {(kind.code, step.name) for step in steps for kind in step.sends} - set(drive.papers)
    assert not unseen, "papers that no step was seen to send"
    assert {sheet.code for step in steps for sheet in step.makes} <= set(drive.sheets)
    faults = [
        (key, fault) for key, notice in drive.papers.items() for fault in faults_of(notice.body.context, CODE)
    ]
    faults += [(key, fault) for key, body in drive.sheets.items() for fault in faults_of(body, CODE)]
    assert not faults, "\n".join(map(str, faults))
