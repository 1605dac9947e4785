"""When the calendar changes: which running limits end on another day, what the event says of it, and the rows.

A year that arrives makes provisional days firm; a changed notice moves days. An applicant's day is never moved forward: he
was told it (domain 8). A limit that had run out and now ends later may run out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Step
from foreignwork.policies import workdays
from foreignwork.policies.workdays import Calendar, Due

from .dues import Span, derive
from .holding import Times, Turn, times
from .models import Deadline

MOVED_LIMITS = "moved_limits"
"""Key in an event's clear data: the list of ``told``."""
NOTHING_MOVES = say("nothing_moves", _("各项时限与现行的工作日安排一致，不需要重新计算。"))


@dataclass(frozen=True, slots=True)
class Move:
    """A running limit and the day on which it ends by the calendar of now."""

    row: Deadline
    due: Due


def due_of(row: Deadline, longer: int, pauses: Iterable[Span], calendar: Calendar | None = None) -> Due:
    """Where a limit ends, its extensions (``longer``) and pauses reckoned in."""
    due = derive(
        row.started_on, workdays.period(row.amount + longer, row.unit), tuple(pauses), calendar=calendar
    )
    if row.basis == Deadline.Basis.APPLICANT and due.on < row.due_on:
        return Due(row.due_on, due.provisional)
    return due


def moves(known: Times, calendar: Calendar | None = None) -> list[Move]:
    """The running limits of a case that end on another day, or are no longer (or newly) provisional."""
    found = []
    for row in known.rows:
        if row.met_on is None and row.voided_at is None:
            longer = sum(extension.amount for extension in known.extensions if extension.kind == row.kind)
            pauses = [(p.from_on, p.until_on) for p in known.pauses if p.kind == row.kind]
            due = due_of(row, longer, pauses, calendar)
            if (due.on, due.provisional) != (row.due_on, row.provisional):
                found.append(Move(row, due))
    return found


def recount_problems(step: Step, context: Context) -> list[Problem]:
    """A step that recounts is taken only where something moves: taken twice, it is refused the second time."""
    return [Problem(NOTHING_MOVES)] if step.recounts and not moves(times(context)) else []


def told(found: Iterable[Move]) -> list[dict[str, Any]]:
    """What the event keeps, readable: each limit from → to, and whether the new day is provisional."""
    return [
        {
            "kind": move.row.kind,
            "basis": move.row.basis,
            "from": move.row.due_on.isoformat(),
            "to": move.due.on.isoformat(),
            "provisional": move.due.provisional,
        }
        for move in found
    ]


def run(turns: Sequence[Turn], *, today: date) -> None:
    """Derive running limits anew where the step says so, before the event is written: ``act.data`` then tells of it."""
    found: list[Move] = []
    for step, context, act in turns:
        if step.recounts:
            mine = moves(times(context))
            act.data = {**act.data, MOVED_LIMITS: told(mine)}
            found += mine
    if found:
        write(found, today=today)
        turns[0][1].batch.forget("times")


def write(found: Iterable[Move], *, today: date) -> None:
    """Save the new days: one statement for all cases."""
    rows = []
    for move in found:
        row = move.row
        row.due_on, row.provisional = move.due.on, move.due.provisional
        if row.due_on >= today:
            row.fired_at = None
        rows.append(row)
    Deadline.objects.bulk_update(rows, ["due_on", "provisional", "fired_at"])
