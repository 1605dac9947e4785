"""The only hand that moves a case (design). One transaction: lock, ask, move, remember, time, paper, outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from foreignwork.accounts.who import Actor, Side
from foreignwork.cases import registry
from foreignwork.cases.clock import SHANGHAI, today
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.cases.problems import STALE, WRONG_STATE, CaseError, Problem, Stale, WrongState
from foreignwork.cases.steps import Act, Step
from foreignwork.outbox.put import nudge
from foreignwork.rows import among

from . import keys
from .ask import act_for, objection
from .granting import Turn
from .turns import carry_out


class Invalid(CaseError):
    """The step's form refused the data; ``form`` is bound and knows which fields and why. Nothing has changed."""

    def __init__(self, form: forms.Form) -> None:
        self.form = form
        super().__init__()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one case of a set: the event, or the reasons why not."""

    case: Case
    event: CaseEvent | None = None
    refused: CaseError | None = None


def perform(
    *,
    case_id: int,
    action: str,
    actor: Actor,
    at: datetime,
    key: str | None = None,
    expect: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Take one step of one case.

    key      idempotency key: a repeated POST replays the first answer
    expect   the ``version`` the person saw; if another was faster: Stale
    data     what the step's form validates

    Raises WrongState, NotAllowed, Blocked, Invalid, Stale, KeyReused; then nothing has changed.
    """
    with transaction.atomic():
        if key and actor.user:
            print_ = keys.fingerprint(f"{case_id}/{action}", data or {})
            if keys.claim(user=actor.user, key=key, print_=print_, at=at) is not None:
                return Case.objects.get(pk=case_id)
        done = perform_many(
            case_ids=[case_id], action=action, actor=actor, at=at, expect={case_id: expect}, data=data
        )[0]
        if done.refused:
            raise done.refused
        if key and actor.user:
            keys.settle(user=actor.user, key=key, outcome={"case": case_id, "version": done.case.version})
    return done.case


def perform_many(
    *,
    case_ids: Sequence[int],
    action: str,
    actor: Actor,
    at: datetime,
    expect: Mapping[int, int | None] | None = None,
    data: Mapping[str, Any] | None = None,
) -> list[Done]:
    """Take the same step of many cases of one matter, set-based: those that refuse are reported, the others move.

    The number of queries does not depend on the number of cases. Runs in the caller's transaction or its own.
    """
    with transaction.atomic():
        done: list[Done] = []
        turns: list[Turn] = []
        for context in contexts(lock(case_ids), today(at)):
            step = context.case.matter_entry.steps.get(action)
            try:
                turns.append(
                    _turn(step, context, actor, at, (expect or {}).get(context.case.pk), data, action)
                )
            except CaseError as refused:
                done.append(Done(context.case, refused=refused))
        for turn, event in zip(turns, carry_out(turns, at=at), strict=True):
            done.append(Done(turn.context.case, event=event))
        if turns:
            nudge()
    return done


def lock(case_ids: Sequence[int]) -> list[Case]:
    """The cases' own rows, locked in sorted order, each as its matter's class: one query and one per matter."""
    locked = Case.objects.select_for_update().filter(pk__in=among(case_ids)).order_by("pk")
    mine: dict[str, list[int]] = {}
    for pk, matter in locked.values_list("pk", "matter"):
        mine.setdefault(matter, []).append(pk)
    found: list[Case] = []
    for matter, ids in mine.items():
        found += (
            registry.get(matter)
            .model._default_manager.select_related("policy_version", "office", "receiver", "dossier")
            .defer("policy_version__document")
            .filter(pk__in=among(ids))
        )
    return sorted(found, key=lambda case: case.pk)


def _turn(
    step: Step | None,
    context: Context,
    actor: Actor,
    at: datetime,
    expect: int | None,
    data: Mapping[str, Any] | None,
    action: str,
) -> Turn:
    """Ask; raises the reason why not."""
    case = context.case
    if step is None:
        raise WrongState(Problem(WRONG_STATE, {"state": case.state_label, "step": action}))
    if expect is not None and expect != case.version:
        raise Stale(stale_problem(case, actor))
    act = act_for(actor, step, case, at=at, data={})
    refused = objection(step, context, act)
    if refused:
        raise refused
    act.data = validated(step, context, data or {})
    return Turn(step, context, act)


def validated(step: Step, context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """The step's data through its form; a step without a form takes none."""
    if step.form is None:
        return {}
    form = step.form(data, context=context)  # type: ignore[call-arg]
    if not form.is_valid():
        raise Invalid(form)
    return dict(form.cleaned_data)


def stale_problem(case: Case, reader: Actor) -> Problem:
    """Who did what and when, for the person who came second; applicants are told the office, not the officer."""
    event = (
        CaseEvent.objects.select_related("actor", "office").filter(case_id=case.pk).order_by("-seq").first()
    )
    assert event is not None
    event.case = case
    return Problem(
        STALE,
        {
            "who": _told(event, reader),
            "when": event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "step": event.label,
        },
    )


def _told(event: CaseEvent, reader: Actor) -> str:
    among_officers = reader.side == Side.STAFF
    if event.office and not among_officers and event.role not in {"applicant", "person", "system"}:
        return event.office.name
    return str(event.actor or _("系统"))


__all__ = ["Act", "Done", "Invalid", "lock", "perform", "perform_many"]
