"""What follows a step by the outbox: sibling cases whose gate has opened or shut, in the order the pack sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from foreignwork.accounts import who
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.outbox.registry import effect

from .announcing import ENDED, MOVED, PART
from .office_cases import open_part
from .perform import perform_many

DATED = "dossier.dated"


@effect(MOVED)
def case_moved(payload: Mapping[str, Any], at: datetime) -> None:
    """A case took a step: if it has a result, its siblings look at their gates again; if it granted something just now, so does
    everything of the person's that may rest on it."""
    case = (
        Case.objects.filter(pk=payload["case"]).only("matter", "bundle_id", "dossier_id", "outcome").first()
    )
    if case is None or not case.outcome:
        return
    which = Q(bundle_id=case.bundle_id) if case.bundle_id else Q(pk=None)
    if case.outcome == Outcome.GRANTED and _just_decided(case, payload["seq"]):
        which |= Q(dossier_id=case.dossier_id)
    reconsider(which & ~Q(pk=case.pk), at=at)


def _just_decided(case: Case, seq: int) -> bool:
    """Whether this very event gave the case its result."""
    outcomes = registry.get(case.matter).outcomes
    ends = CaseEvent.objects.filter(case=case, seq=seq).values_list("source", "target").first()
    return ends is not None and ends[0] not in outcomes and ends[1] in outcomes


@effect(DATED)
def dossier_dated(payload: Mapping[str, Any], at: datetime) -> None:
    """A day that starts a clock was recorded (entry, start of work): waiting cases of the person look again."""
    reconsider(Q(dossier_id=payload["dossier"]), at=at)


@effect(ENDED)
def entitlement_ended(payload: Mapping[str, Any], at: datetime) -> None:
    """Something the person held has ended: what rests on it looks again."""
    reconsider(Q(dossier_id=payload["dossier"]), at=at)


@effect(PART)
def part_elsewhere(payload: Mapping[str, Any], at: datetime) -> None:
    """A part of what was decided is another office's: its case begins there."""
    open_part(payload["case"], payload["sub_matter"], at=at)


def reconsider(which: Q, *, at: datetime) -> int:
    """Let the system try the opening and the shutting step of the cases concerned; those not ready yet stay as they are.

    A closed case is asked as long as what it granted stands: a document in somebody's hands may lose what it rests on.
    """
    waiting: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    stands = Q(entitlement__status=Entitlement.Status.ACTIVE)
    undone = Case.objects.filter(~Q(phase=Phase.CLOSED) | stands)
    for pk, matter, sub, state in undone.filter(which).values_list("pk", "matter", "sub_matter", "state"):
        waiting[matter].append((pk, sub, state))
    moved = 0
    for code, rows in sorted(waiting.items()):
        for step in registry.get(code).steps.values():
            ids = [pk for pk, sub, state in rows if state in step.sources and step.belongs_to(sub)]
            if ids and (step.when_open or step.when_shut):
                done = perform_many(
                    case_ids=sorted(ids), action=step.name, actor=who.system(day_of(at)), at=at
                )
                moved += sum(1 for entry in done if entry.event)
    return moved
