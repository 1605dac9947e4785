"""The rows that an inspection's steps bring along: who is looked at, what was found, who was replaced. Unsaved; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import F

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act, Mark

from .onsite.rows import signatures

Row = dict[str, Any]


def subjects(context: Context, act: Act) -> list[models.Model]:
    from .models import InspectionSubject

    return [InspectionSubject(inspection_id=context.case.pk, subject_id=pk) for pk in act.data["subjects"]]


def recorded(context: Context, act: Act) -> list[models.Model]:
    """One row per item and per person, as the form put them together (``forms.RecordForm``), and the signatures drawn under it."""
    return [*_findings(context, act, act.data["findings"]), *signatures(context, act)]


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


def participant(context: Context, act: Act) -> list[models.Model]:
    """An officer of another department, as ``forms_joint.ParticipantForm`` names him."""
    from .models import Participant

    case: Any = context.case
    names = ("department", "certificate", "items", "shown")
    said = {name: act.data[name] for name in names} | {"name": act.data["officer"]}
    seq = case.participants.count() + 1
    return [Participant(inspection_id=case.pk, seq=seq, by=act.actor.user, at=act.at, **said)]


def partner(context: Context, act: Act) -> list[models.Model]:
    """What a department of the joint visit found, under its own name and paper."""
    row = {
        "item": act.data["item"],
        "result": act.data["result"],
        "reused_from": act.data["department"],
        "reused_ref": act.data["reference"],
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


def shown(context: Context, act: Act) -> list[models.Model]:
    return [_publication(context, act, "shown")]


def amended(context: Context, act: Act) -> list[models.Model]:
    """The change that one proposed and another has now decided."""
    change = act.data["change"]
    row = _publication(context, act, change["kind"])
    row.reason, row.proposed_by_id = change["reason"], change["by"]
    return [row]


def ended(context: Context, act: Act) -> list[models.Model]:
    return [_publication(context, act, "ended")]


def _publication(context: Context, act: Act, kind: str) -> Any:
    from .models import Publication

    case: Any = context.case
    return Publication(
        inspection_id=case.pk,
        seq=case.version,
        kind=kind,
        result=case.shown_result,
        by=act.actor.user,
        on=act.today,
        until_on=case.published_until,
        at=act.at,
    )


def people_found(context: Context, act: Act) -> list[Mark]:
    """On what a person holds: the inspection found a difference from it, now that the finding stands (filed, never published)."""
    from foreignwork.cases.models import Entitlement

    from . import policy, rules

    found = {
        subject: item
        for (item, subject, _whose), result in rules.latest_results(context).items()
        if subject and result not in rules.HARMLESS
    }
    if not found:
        return []
    held = Entitlement.objects.filter(
        matter__in=policy.of(context.pack).registers_from,
        employer=context.case.subject_org_id,
        dossier__inspected_as__in=found,
        status=Entitlement.Status.ACTIVE,
    ).annotate(subject=F("dossier__inspected_as"))
    return [
        Mark(row, "inspection_problem", found[row.subject][:60])
        for row in held.order_by("pk")
        if row.subject in found
    ]
