"""The bridge to the card's issuer: a file of permits to load goes out, a file of receipts comes back. No live link is claimed.

A line of the outgoing file holds what the issuer needs to find the permit and no sealed fact: number, class, term, employer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from foreignwork.accounts import who
from foreignwork.cases.clock import today
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import CaseError
from foreignwork.cases.telling import EntitlementMark
from foreignwork.workflow.perform import Invalid, perform, perform_many

from .models import PermitCase
from .rules_card import FAILED, PENDING

AT_ONCE = 500


@dataclass(slots=True)
class Taken:
    """``done`` receipts entered; ``refused``: (line, why)."""

    done: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def waiting(*, again: bool = False) -> list[Entitlement]:
    """Active permits whose newest mark says they wait for the card; ``again``: those that failed, too."""
    newest = (
        EntitlementMark.objects.filter(entitlement=OuterRef("pk"), kind__startswith="card_")
        .order_by("-id")
        .values("kind")[:1]
    )
    kinds = (PENDING, FAILED) if again else (PENDING,)
    rows = Entitlement.objects.filter(
        matter="permits", status=Entitlement.Status.ACTIVE, case__in=PermitCase.objects.all()
    ).annotate(card=Subquery(newest))
    return list(rows.filter(card__in=kinds).select_related("case", "employer").order_by("pk")[:AT_ONCE])


def send(*, at: datetime, again: bool = False) -> tuple[str, list[dict[str, Any]]]:
    """Note that the waiting permits go out as one batch; returns its number and the lines of its file."""
    rows = waiting(again=again)
    batch = f"CARD-{at:%Y%m%d}-{rows[0].pk if rows else 0}"
    done = perform_many(
        case_ids=[row.case_id for row in rows],
        action="send_to_card",
        actor=who.system(today(at)),
        at=at,
        data={"batch": batch},
    )
    gone = {entry.case.pk for entry in done if entry.event}
    return batch, [
        {
            "case": row.case.number,
            "permit": row.number,
            "category": row.category,
            "valid_from": row.valid_from.isoformat(),
            "valid_until": row.valid_until.isoformat() if row.valid_until else None,
            "employer": row.employer.uscc if row.employer else None,
        }
        for row in rows
        if row.case_id in gone
    ]


def receive(lines: Iterable[Any], *, at: datetime) -> Taken:
    """Enter receipts ``{"case", "result": loaded|failed, "receipt"}``, each by itself: a bad line stops no other."""
    taken = Taken()
    for number, line in enumerate(lines, 1):
        if not isinstance(line, Mapping):
            taken.refused.append((number, "not an object"))
            continue
        code = str(line.get("case", "")).replace("\x00", "")
        case = PermitCase.objects.filter(number=code).first()
        if case is None:
            taken.refused.append((number, f"no such case: {code[:48]}"))
            continue
        data = {"result": str(line.get("result", "")), "receipt": str(line.get("receipt", ""))}
        try:
            perform(case_id=case.pk, action="card_receipt", actor=who.system(today(at)), at=at, data=data)
            taken.done += 1
        except Invalid as refused:
            taken.refused.append((number, "; ".join(refused.form.errors)))
        except CaseError as refused:
            taken.refused.append((number, ", ".join(problem.code for problem in refused.problems)))
    return taken
