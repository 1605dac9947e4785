"""The rows that the steps on site bring along: evidence of a visit. Unsaved; pure."""

from __future__ import annotations

from typing import Any

from django.db import models

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act

DETAIL = ("text", "interviewee", "item", "lat", "lon", "accuracy", "metres")


def evidence(context: Context, act: Act) -> list[models.Model]:
    """A photograph or an interview note (``forms.EvidenceForm``)."""
    data = act.data
    return [_row(context, act, 0, data["kind"], data, {name: data.get(name) for name in DETAIL})]


def signatures(context: Context, act: Act) -> list[models.Model]:
    """The signatures drawn under a record; a record signed on paper has none."""
    return [
        _row(context, act, n, f"sign_{row['by']}", row, {"strokes": row["strokes"]})
        for n, row in enumerate(act.data.get("signatures") or ())
    ]


def _row(
    context: Context, act: Act, after: int, kind: str, data: dict[str, Any], detail: dict[str, Any]
) -> models.Model:
    from ..models import Evidence

    case: Any = context.case
    row = Evidence(
        inspection_id=case.pk,
        data_key_id=case.data_key_id,
        seq=case.evidence.count() + 1 + after,
        kind=kind,
        blob_id=data.get("blob") or None,
        sha256=data.get("sha256") or "",
        flags=data.get("flags") or [],
        taken_at=data.get("taken_at") or act.at,
        by=act.actor.user,
        at=act.at,
    )
    row.detail = {name: value for name, value in detail.items() if value not in (None, "", [])} or None
    return row
