"""One POST, one step: what a screen needs to know of the attempt. Portal, desk and API turn it into their own pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from foreignwork.accounts.who import Actor
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, concrete
from foreignwork.cases.problems import CaseError, KeyReused, NotAllowed, Problem, Stale, WrongState
from foreignwork.cases.steps import Step

from .perform import Invalid, perform


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of it. ``status`` is the HTTP status of a refusal: 400 form, 403 not allowed, 409 stale or wrong state,
    422 a rule forbids it. ``form`` is bound whenever the person's input must be kept."""

    case: Case
    step: Step
    status: int = 303
    problems: tuple[Problem, ...] = ()
    form: forms.Form | None = None

    @property
    def done(self) -> bool:
        return self.status == 303


def step_or_none(case: Case, name: str) -> Step | None:
    """The declared step, unless only the system may take it: then it does not exist for people."""
    step = registry.get(case.matter).steps.get(name)
    return None if step is None or step.only_system else step


def context_of(case: Case, *, at: datetime) -> Context:
    """The case's context with the matter's own row; ``case`` should come with policy_version, office, dossier selected."""
    row = case if type(case) is not Case else concrete(case)
    for name in ("policy_version", "office", "dossier", "bundle", "employer"):
        if name in case._state.fields_cache:
            setattr(row, name, getattr(case, name))
    return contexts([row], day_of(at))[0]


def blank(step: Step, context: Context, data: Mapping[str, Any] | None = None) -> forms.Form | None:
    """The step's form, bound when ``data`` is given."""
    if step.form is None:
        return None
    form: forms.Form = step.form(data, context=context)  # type: ignore[call-arg]
    return form


def attempt(
    case: Case,
    step: Step,
    *,
    actor: Actor,
    at: datetime,
    post: Mapping[str, Any],
    key: str,
    expect: int | None,
) -> Attempt:
    """Try the step. Refusals change nothing and keep what was typed."""
    try:
        done = perform(
            case_id=case.pk, action=step.name, actor=actor, at=at, key=key or None, expect=expect, data=post
        )
    except Invalid as refused:
        return Attempt(case, step, 400, form=refused.form)
    except CaseError as refused:
        status = 422
        if isinstance(refused, (Stale, WrongState, KeyReused)):
            status = 409
        elif isinstance(refused, NotAllowed):
            status = 403
        kept = blank(step, context_of(case, at=at), post)
        return Attempt(case, step, status, refused.problems, kept)
    return Attempt(done, step)
