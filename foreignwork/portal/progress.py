"""Where a case stands, in words for those who wait for it: whose turn it is, what to do, by when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.law import in_words
from foreignwork.cases.models import Case
from foreignwork.cases.phases import OPEN_PHASES, Outcome, Phase
from foreignwork.cases.steps import Step
from foreignwork.deadlines.models import Deadline
from foreignwork.policies import workdays
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import BUNDLE

from .words import LIMITS, OWN_LIMIT, OWN_LIMITS, listed


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing for the applicant to do next."""

    text: str
    short: str
    href: str


@dataclass(slots=True)
class Limits:
    """The office's limit of one kind, by law and as promised (mappings for ``limit_meter``), and the applicant's own days."""

    label: str = ""
    statutory: dict[str, Any] | None = None
    promised: dict[str, Any] | None = None
    own: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Card:
    """One matter of a bundle as its board shows it."""

    code: str
    name: str
    case: Case
    office: str = ""
    receiver: str = ""
    phone: str = ""
    whose: str = ""
    waits_for: str = ""
    todo: Todo | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def look(self) -> str:
        """The colour of the tag: the phase's own, unless the outcome is not the one hoped for."""
        return look_of(self.case)

    @property
    def words(self) -> str:
        return phase_words(self.case)

    @property
    def attends(self) -> str:
        """What the applicant must come for, in words; empty when nobody need come."""
        return str(registry.get(self.case.matter).attends.get(self.case.state, ""))


def look_of(case: Case) -> str:
    if case.outcome:
        return "ok" if case.outcome == Outcome.GRANTED else "shut" if case.outcome in GENTLE else "bad"
    return ""


GENTLE = (Outcome.WITHDRAWN, Outcome.LAPSED)


def phase_words(case: Case) -> str:
    """The phase, or the outcome once there is one: what the coloured tag says."""
    if case.outcome in (Outcome.GRANTED, Outcome.REFUSED):
        # 已签发, 已登记: each matter has its own word for it.
        return case.state_label
    return str(Outcome(case.outcome).label) if case.outcome else case.phase_label


def limits_of(rows: Iterable[Deadline], today: date) -> Limits:
    """The office's limit that runs (the one due first), else the newest it kept; and the applicant's running ones."""
    live = [row for row in rows if not row.voided_at]
    found = Limits()
    office = [row for row in live if row.basis != Deadline.Basis.APPLICANT]
    running = sorted((row for row in office if row.met_on is None), key=lambda row: row.due_on)
    first = running[0] if running else office[-1] if office else None
    if first is not None:
        found.label = str(LIMITS.get(first.kind) or registry.limit_words(first.kind) or first.kind)
        for row in office:
            if row.kind == first.kind and (row.met_on is None) == (first.met_on is None):
                setattr(found, row.basis, meter(row, today))
    mine = [row for row in live if row.basis == Deadline.Basis.APPLICANT and row.met_on is None]
    found.own = [own_words(row, today) for row in mine]
    return found


def own_words(row: Deadline, today: date) -> str:
    """What the applicant must do by when, and by how much he is late."""
    sentence = str(OWN_LIMITS.get(row.kind) or registry.limit_words(row.kind, own=True) or OWN_LIMIT)
    day = date_format(row.due_on) + (_("（暂定，节假日安排公布后确定）") if row.provisional else "")
    late = (today - row.due_on).days
    return sentence % {"day": day} + (_("（已过期 %(days)s 日）") % {"days": late} if late > 0 else "")


def meter(row: Deadline, today: date) -> dict[str, Any]:
    """A deadline for ``limit_meter``: what is left, in the unit it is counted in."""
    counted = row.unit == Deadline.Unit.WORKING_DAYS
    return {
        "left": workdays.between(today, row.due_on) if counted else (row.due_on - today).days,
        "total": row.amount if row.unit != Deadline.Unit.MONTHS else None,
        "unit": "workdays" if counted else "days",
        "due_on": row.due_on,
        "met_on": row.met_on,
        "paused": bool(getattr(row, "held", False)) and row.met_on is None,
        "provisional": row.provisional,
        "cites": in_words(row.cites),
    }


def law_of(step: Step) -> str:
    """The articles a step rests on, without the marks by which this house finds its own sources."""
    return in_words(step.cites)


def promise_of(pack: Pack, cases: Sequence[Case], today: date) -> dict[str, Any] | None:
    """What the pack promises for the bundle as a whole, from its first acceptance on; the mapping of ``limit_meter``."""
    category = next((case.category for case in cases if case.category), None)
    limit = pack.limit(BUNDLE, "decision", "promised", category=category)
    if limit is None or limit.amount is None:
        return None
    counted = limit.unit == Deadline.Unit.WORKING_DAYS
    found: dict[str, Any] = {"left": None, "total": limit.amount, "unit": "workdays" if counted else "days"}
    accepted = min((case.accepted_on for case in cases if case.accepted_on), default=None)
    if accepted:
        due = workdays.due(accepted, limit.period)
        left = workdays.between(today, due.on) if counted else (due.on - today).days
        # Nobody can keep a promise for the days the applicant takes to enter and to come (domain C8).
        waiting = all(case.phase != Phase.IN_REVIEW for case in cases)
        found |= {"due_on": due.on, "provisional": due.provisional, "left": left, "waiting": waiting}
    if cases and all(case.outcome for case in cases):
        return None
    return found


def onward(case: Case) -> list[Step]:
    """The steps that lead on from where the case stands."""
    return [
        step
        for step in registry.get(case.matter).steps_from(case.state, case.sub_matter, case.origin)
        if step.target not in (None, case.state)
    ]


def todo_of(case: Case, matter_name: str) -> Todo | None:
    """What the applicant must do so that the case goes on; nothing while its turn has not come."""
    if case.phase == Phase.UPCOMING:
        return None
    for step in onward(case):
        if roles.applicant in step.by and (step.answers or step.tone == "primary"):
            words = {"step": str(step.label), "matter": matter_name}
            href = reverse("portal:step", args=[case.number, step.name])
            return Todo(_("%(matter)s：%(step)s") % words, str(step.label), href)
    return None


def whose_turn(case: Case) -> str:
    """Which people have it now, by their post; empty when nobody has."""
    if case.phase not in (Phase.IN_REVIEW, Phase.PREPARING):
        return ""
    found = [role for step in onward(case) if step.tone == "primary" for role in step.by]
    found = found or [role for step in onward(case) for role in step.by if role.staff]
    labels = dict.fromkeys(str(role.label) for role in found if role is not roles.system)
    return listed(labels) if len(labels) <= 2 else next(iter(labels), "")


def gate_words(case: Case, pack: Pack, answers: dict[str, Any], siblings: Sequence[Case]) -> str:
    """Which matters of the bundle this one still waits for; what an office began itself waits for none."""
    gate = pack.gate(case.matter, answers)
    if gate is None or case.bundle_id is None or case.phase not in OPEN_PHASES:
        return ""
    granted = {row.matter for row in siblings if row.outcome == Outcome.GRANTED}
    left = [pack.matters[code].name.pick(get_language()) for code in gate.needs if code not in granted]
    if not left or (gate.at == "before_decision" and case.phase != Phase.UPCOMING):
        return ""
    return listed(left)
