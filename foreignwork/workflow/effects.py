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
from foreignwork.cases.models import Case
from foreignwork.cases.phases import Phase
from foreignwork.outbox.registry import effect

from .perform import perform_many
from .turns import ENDED, MOVED

DATED = "dossier.dated"


@effect(MOVED)
def case_moved(payload: Mapping[str, Any], at: datetime) -> None:
    """A case took a step: if it has a result, its siblings look at their gates again."""
    case = Case.objects.filter(pk=payload["case"]).only("bundle_id", "outcome").first()
    if case and case.bundle_id and case.outcome:
        reconsider(Q(bundle_id=case.bundle_id) & ~Q(pk=case.pk), at=at)


@effect(DATED)
def dossier_dated(payload: Mapping[str, Any], at: datetime) -> None:
    """A day that starts a clock was recorded (entry, start of work): waiting cases of the person look again."""
    reconsider(Q(dossier_id=payload["dossier"]), at=at)


@effect(ENDED)
def entitlement_ended(payload: Mapping[str, Any], at: datetime) -> None:
    """Something the person held has ended: what rests on it looks again."""
    reconsider(Q(dossier_id=payload["dossier"]), at=at)


def reconsider(which: Q, *, at: datetime) -> int:
    """Let the system try the opening and the shutting step of the cases concerned; those not ready yet stay as they are."""
    waiting: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    undone = Case.objects.exclude(phase=Phase.CLOSED)
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
