"""The gate between matters as rules (law-notes 15): which siblings must have been granted, and whether they still can be."""

from __future__ import annotations

from datetime import date

from django.utils.translation import get_language

from .clock import today
from .context import Context
from .models import Case, Entitlement
from .phases import Outcome
from .problems import GATE_SHUT, Problem
from .steps import Act


def gate_open(context: Context, act: Act) -> list[Problem]:
    """Every matter the pack's gate names is granted."""
    return [] if context.gate_state == "open" else [_waiting_for(context)]


def gate_can_no_longer_open(context: Context, act: Act) -> list[Problem]:
    """A matter the gate names has ended without a grant."""
    return [] if context.gate_state == "shut" else [_waiting_for(context)]


def _waiting_for(context: Context) -> Problem:
    gate = context.pack.gate(context.case.matter, context.answers)
    names = [context.pack.matters[code].name.pick(get_language()) for code in (gate.needs if gate else ())]
    return Problem(GATE_SHUT, {"matters": names})


def decided_together(context: Context) -> list[Case]:
    """Cases of the bundle that are handled side by side with this one: a gate of either names the other, due only at the
    decision (law-notes 15). No query where the pack has no such gate."""
    pack, mine = context.pack, context.case.matter
    partners: set[str] = set()
    for code in pack.gated_at_decision:
        gate = pack.gate(code, context.answers)
        if gate and gate.at == "before_decision":
            partners.update(gate.needs if code == mine else [code] if mine in gate.needs else [])
    return [case for code, case in context.siblings.items() if code in partners] if partners else []


def needed_entitlements(context: Context) -> list[Entitlement]:
    """The person's active entitlements of the matters the gate names: what this case is built on."""
    gate = context.pack.gate(context.case.matter, context.answers)
    found = (context.entitlement(code) for code in (gate.needs if gate else ()))
    return [entry for entry in found if entry]


def rests_on(context: Context) -> frozenset[str]:
    """The matters any gate of this one names, whatever the answers: what its grants rest on."""
    gates = context.pack.matters[context.case.matter].gates
    return frozenset(code for gate in gates for code in gate.needs)


def held_below(context: Context) -> list[Entitlement]:
    """The person's entitlements of those matters at this employer that stand today."""
    return [row for row in _below(context) if stands(context, row)]


def last_below(context: Context) -> Entitlement | None:
    """The newest of them, standing or not: what a paper names when nothing is held any more."""
    return max(_below(context), key=lambda row: row.pk, default=None)


def _below(context: Context) -> list[Entitlement]:
    rows = context.batch.entitlements.get(context.case.dossier_id or 0, [])
    needed = rests_on(context)
    return [row for row in rows if row.matter in needed and row.employer_id == context.case.employer_id]


def stands(context: Context, row: Entitlement) -> bool:
    """Whether it was not ended and has not run out. While a case that extends it is undecided it goes on (行政许可法 50)."""
    if row.status != "active":
        return False
    in_time = row.valid_until is None or row.valid_until >= context.today
    return in_time or row.pk in context.batch.carried_on


def over_since(row: Entitlement) -> date | None:
    """Its last day: that on which it was ended, else that of its term."""
    return row.ended_on or row.valid_until


def needed_decided_on(context: Context) -> date | None:
    """The day the last of the matters the gate names was granted; None while one is missing.

    A grant from outside the bundle counts from the first day of its entitlement.
    """
    gate = context.pack.gate(context.case.matter, context.answers)
    days: list[date | None] = []
    for code in gate.needs if gate else ():
        sibling, held = context.siblings.get(code), context.entitlement(code)
        if sibling is not None and sibling.outcome == Outcome.GRANTED and sibling.decided_at:
            days.append(today(sibling.decided_at))
        else:
            days.append(held.valid_from if held else None)
    return None if None in days else max((day for day in days if day), default=None)
