"""The gate between matters as rules (law-notes 15): which siblings must have been granted, and whether they still can be."""

from __future__ import annotations

from django.utils.translation import get_language

from .context import Context
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
