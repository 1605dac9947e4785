"""Whether a step may be taken, and if not, why: state, role and post, hands and recusal, rules. The same for gate and page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from foreignwork.accounts import roles
from foreignwork.accounts.roles import Role
from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, concrete
from foreignwork.cases.problems import (
    ACTED_FOR_OFFICE,
    FILED_FOR_APPLICANT,
    HAND_REPEATED,
    HAND_TAKEN,
    LINE_CROSSED,
    RECUSED,
    WRONG_ROLE,
    WRONG_STATE,
    Blocked,
    CaseError,
    NotAllowed,
    Problem,
    WrongState,
)
from foreignwork.cases.steps import Act, Step
from foreignwork.deadlines.holding import time_problems
from foreignwork.deadlines.recount import recount_problems


def has_role(actor: Actor, role: Role, case: Case) -> bool:
    """Whether ``actor`` holds ``role`` towards ``case`` today."""
    if role.code == "system":
        return actor.is_system
    if actor.user is None:
        return False
    if role.code == "applicant":  # whoever filed it; where the office began it about a firm, that firm
        return case.employer_id in actor.employers or case.subject_org_id in actor.employers
    if role.code == "person":
        return case.dossier is not None and case.dossier.holder_id == actor.user_id
    return actor.holds(role, case.office_of(role))


def role_for(actor: Actor, step: Step, case: Case) -> Role | None:
    return next((role for role in step.by if has_role(actor, role, case)), None)


def act_for(actor: Actor, step: Step, case: Case, *, at: datetime, data: dict[str, Any]) -> Act:
    """The act as it would be: the day it counts from is the step's own rule, else today."""
    role = role_for(actor, step, case)
    today = day_of(at)
    # Only a case the step could be taken of has the day it would count from: others are refused for it, below.
    taken = case.state in step.sources and step.belongs_to(case.sub_matter, case.origin)
    effective = step.effective(case) if step.effective and taken else today
    return Act(
        actor=actor, role=role.code if role else "", at=at, today=today, effective_on=effective, data=data
    )


def hand_of(context: Context, step: Step) -> str:
    """The hand (group of stages) the pack puts this step's stage into; empty when the matter keeps no hands."""
    if not step.stage:
        return ""
    for group in context.pack.matters[context.case.matter].hands:
        if step.stage in group:
            return "+".join(group)
    return ""


def objection(step: Step, context: Context, act: Act) -> CaseError | None:
    """The first kind of reason that forbids ``step`` now, with all problems of that kind; None when it may be taken."""
    case = context.case
    mine = case.state in step.sources and step.belongs_to(case.sub_matter, case.origin)
    if not (mine and context.staged(step)):
        return WrongState(Problem(WRONG_STATE, {"state": case.state_label, "step": str(step.label)}))
    if not act.role:
        names = [str(role.label) for role in step.by if role.code != "system"]
        return NotAllowed(Problem(WRONG_ROLE, {"step": str(step.label), "roles": names}))
    if act.actor.crosses(roles.ALL[act.role]):
        return NotAllowed(Problem(LINE_CROSSED))
    person = _person_problem(step, context, act)
    if person:
        return NotAllowed(person)
    problems = [problem for rule in step.needs for problem in rule(context, act)]
    problems += time_problems(step, context, act) + recount_problems(step, context)
    return Blocked(*problems) if problems else None


def _person_problem(step: Step, context: Context, act: Act) -> Problem | None:
    """Recusal, and separation of duties over the hands (S000-39, S004-18)."""
    user_id = act.actor.user_id
    if user_id is None:
        return None
    if act.actor.assistance:
        return Problem(ACTED_FOR_OFFICE) if _acted_for_office(context, user_id) else None
    if act.role in {"applicant", "person"}:
        return None
    if any(row.user_id == user_id for row in context.recused):
        return Problem(RECUSED)
    if not _at_the_window(step) and any(r.for_applicant and r.user_id == user_id for r in context.hands):
        return Problem(FILED_FOR_APPLICANT)
    hand = hand_of(context, step)
    if not hand:
        return None
    for row in context.hands:
        if row.hand == hand and row.user_id != user_id:
            return Problem(HAND_TAKEN, {"stage": str(step.label)})
        if row.user_id == user_id and row.hand != hand:
            return Problem(HAND_REPEATED)
    return None


def _at_the_window(step: Step) -> bool:
    """What even the clerk who filed for the applicant may do for the office: hand out, receive, note; and keep away."""
    return step.recuses or (roles.window_clerk in step.by and not step.stage)


def _acted_for_office(context: Context, user_id: int) -> bool:
    """Whether the clerk who now stands on the applicant's side worked on the case as an officer. One query."""
    if any(row.user_id == user_id for row in context.recused):
        return True
    steps = context.case.matter_entry.steps
    return any(
        event.actor_id == user_id
        and roles.ALL[event.role].staff
        and not (event.action in steps and _at_the_window(steps[event.action]))
        for event in context.history
        if event.role in roles.ALL
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A step as the page shows it: allowed, or disabled with the reasons."""

    step: Step
    problems: tuple[Problem, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.problems


def offers(case: Case, actor: Actor, *, at: datetime, context: Context | None = None) -> list[Offer]:
    """What ``actor`` may do with ``case`` now, and what stands in the way. Steps of other roles are left out, and
    those that could be about nothing."""
    row = case if type(case) is not Case else concrete(case)
    context = replace(context, case=row) if context else contexts([row], day_of(at))[0]
    found = []
    for step in registry.get(row.matter).steps_from(row.state, row.sub_matter, row.origin):
        if step.only_system or not row.state or not context.staged(step):
            continue
        act = act_for(actor, step, row, at=at, data={})
        if act.role:
            refused = objection(step, context, act)
            if not refused or not any(problem.moot for problem in refused.problems):
                found.append(Offer(step, refused.problems if refused else ()))
    return found
