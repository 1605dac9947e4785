"""The matters of one filing side by side, as an officer of one of them may see them: phases and dates, no facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import get_language

from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Bundle, Case
from foreignwork.policies.schema import Text

from .limits import Clock, until
from .seat import Seat


@dataclass(frozen=True, slots=True)
class Wait:
    """A matter this one waits for, and how far that one is."""

    label: str | Promise
    phase_label: str
    done: bool


@dataclass(frozen=True, slots=True)
class Column:
    """``mine``: the case is of one of the officer's offices, so its state and link are shown, not only its phase."""

    case: Case
    label: str | Promise
    state: str
    mine: bool
    due: Clock | None
    waits: list[Wait] = field(default_factory=list)
    before_filing: bool = True


def overview_of(bundle: Bundle, seat: Seat) -> list[Column]:
    """Three queries, however many matters."""
    cases = list(Case.objects.filter(bundle=bundle).select_related("office").order_by("pk"))
    for case in cases:
        case.policy_version, case.bundle = bundle.policy_version, bundle
    found = contexts(sorted(cases, key=lambda case: case.matter_entry.order), seat.today)
    if found:
        found[0].batch.bundles = {bundle.pk: bundle}
        found[0].batch.siblings = {bundle.pk: cases}
    return [_column(context, seat) for context in found]


def _column(context: Context, seat: Seat) -> Column:
    case = context.case
    mine = bool(case.offices & seat.actor.offices)
    gate = context.pack.gate(case.matter, context.answers)
    return Column(
        case=case,
        label=case.matter_entry.label,
        state=case.state_label if mine else "",
        mine=mine,
        due=until(case.due_on, seat.today) if mine and case.due_on else None,
        waits=[_wait(context, needed) for needed in (gate.needs if gate else ())],
        before_filing=bool(gate and gate.at == "before_filing"),
    )


def _wait(context: Context, needed: str) -> Wait:
    sibling = context.siblings.get(needed)
    name: Text = context.pack.matters[needed].name
    if sibling is None:
        return Wait(name.pick(get_language()), "", context.entitlement(needed) is not None)
    return Wait(sibling.matter_entry.label, sibling.phase_label, sibling.outcome == "granted")
