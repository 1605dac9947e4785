"""The rows that an inspection's steps bring along: who is looked at, what was found, who was replaced. Unsaved; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act

Row = dict[str, Any]


def subjects(context: Context, act: Act) -> list[models.Model]:
    from .models import InspectionSubject

    return [InspectionSubject(inspection_id=context.case.pk, subject_id=pk) for pk in act.data["subjects"]]


def findings(context: Context, act: Act) -> list[models.Model]:
    """One row per item and per person, as the form put them together (``forms.RecordForm``)."""
    return _findings(context, act, act.data["findings"])


def reused(context: Context, act: Act) -> list[models.Model]:
    """The result of another department, with its paper (S004-54)."""
    row = {
        "item": act.data["item"],
        "result": act.data["result"],
        "reused_from": act.data["department"],
        "reused_ref": act.data["reference"],
        "found_on": act.data["on"],
    }
    return _findings(context, act, [row])


def _findings(context: Context, act: Act, found: Iterable[Row]) -> list[models.Model]:
    from .models import Finding

    case = context.case
    first = case.findings.count() + 1  # type: ignore[attr-defined]
    rows: list[models.Model] = []
    for seq, row in enumerate(found, first):
        finding = Finding(
            inspection_id=case.pk,
            data_key_id=case.data_key_id,
            seq=seq,
            follow_up=case.office,
            found_by=act.actor.user,
            at=act.at,
            **{"found_on": getattr(case, "visited_on", None) or act.today, **row},
        )
        rows.append(finding)
    return rows


def substitution(context: Context, act: Act) -> list[models.Model]:
    """For a drawn visit the change is part of the draw's public record (draw.md 9); otherwise the event says it."""
    from .models import Substitution

    data = act.data
    if not data.get("drawn"):
        return []
    return [
        Substitution(
            drawn_id=data["drawn"],
            draw_id=data["draw"],
            seq=data["seq"],
            outgoing=data["outgoing"],
            incoming=data["incoming"],
            public=data["public"],
            reason=data["reason"],
            by=act.actor.user,
            at=act.at,
        )
    ]
