"""Computing a draw whose numbers are agreed, and opening its visits. Both run in tasks and may be repeated: the second run finds
the rows of the first, and a run that died is run again with the same result."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from foreignwork.accounts import who
from foreignwork.accounts.models import Office
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.outbox.put import Message, nudge, put
from foreignwork.workflow.office_cases import Opening, open_cases

from . import frozen
from .ceremony import VISITS, agreed, lock
from .draw import Result, outcome
from .draw import draw as compute
from .models import (
    Draw,
    DrawnObject,
    DrawResult,
    DrawSecret,
    Inspection,
    InspectorEntry,
    Kind,
    RosterInspector,
    Subject,
)
from .policy import MATTER
from .rosters import DrawRefused, WrongReveal
from .tickets import reveal_of

log = logging.getLogger(__name__)
TAMPERED = "tampered"


def run(draw_id: int, *, at: datetime) -> DrawResult | None:
    """Compute and publish. None: nothing to do (not agreed yet, cancelled), or what was frozen is no longer what was committed
    to; then nothing is drawn and ``trouble`` says so.

    What is computed from cannot change any more, so it is computed before anything is locked: a register of a million keeps no
    transaction waiting. Whoever comes second finds the result of the first, which is the same.
    """
    draw = _acts(draw_id)
    values = agreed(draw)
    if draw.has("result") or draw.has("cancellation") or values is None:
        return draw.result if draw.has("result") else None
    secret: Any = DrawSecret.objects.get(draw=draw).secret
    try:
        commitment = frozen.committed_again(draw)
        if commitment.hash.hex() != draw.commitment.hash:
            raise WrongReveal("the rosters are not those committed to")
        result = compute(commitment, values, reveal_of(bytes.fromhex(secret)))
    except DrawRefused:
        log.error("draw %s: what was frozen is not what was committed to", draw.pk)
        Draw.objects.filter(pk=draw.pk).update(trouble=TAMPERED)
        return None
    packed = frozen.pack_record(outcome(result))
    with transaction.atomic():
        draw = lock(draw)
        if draw.has("result"):
            found: DrawResult = draw.result
            return found
        _write_objects(draw, result)
        done = DrawResult.objects.create(
            draw=draw,
            reveal=result.reveal.hex(),
            sizes=result.selection.sizes,
            round=result.assignment.round,
            selected=len(result.selection.selected),
            unassignable=len(result.assignment.unassignable),
            packed=packed,
            published_at=at,
        )
        put([Message(f"draw.visits:{draw.pk}", VISITS, {"draw": draw.pk})], at=at)
        nudge()
    return done


def _acts(draw_id: int) -> Draw:
    acts = ("part__plan", "jurisdiction", "office", "commitment", "result", "cancellation")
    return Draw.objects.select_related(*acts).get(pk=draw_id)


def _write_objects(draw: Draw, result: Result) -> None:
    people = dict(RosterInspector.objects.filter(draw=draw).values_list("ref", "inspector_id"))
    subjects = _subjects(draw, result.selection.selected)
    columns = (
        "draw_id",
        "place",
        "ref",
        "org_ref",
        "stratum",
        "district",
        "subject_id",
        "lead_id",
        "second_id",
        "unassigned",
    )
    table = connection.ops.quote_name(DrawnObject._meta.db_table)
    # COPY: fifty thousand rows in the time that a thousand INSERTs take; rights and triggers are the same.
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for place, ref in enumerate(result.selection.selected, 1):
            target, team = result.chosen[ref], result.assignment.assigned.get(ref)
            lead, second = (people[team[0]], people[team[1]]) if team else (None, None)
            why = result.assignment.reasons.get(ref, "")
            copy.write_row(
                (
                    draw.pk,
                    place,
                    ref,
                    target.org,
                    target.stratum,
                    target.district,
                    subjects[ref],
                    lead,
                    second,
                    why,
                )
            )


def _subjects(draw: Draw, refs: Sequence[str]) -> dict[str, int]:
    """Who stands behind the ids drawn: credit codes, or pseudonyms made anew from the draw's own key."""
    rows = Subject.objects.filter(jurisdiction=draw.jurisdiction_id, kind=draw.part.kind)
    if draw.part.kind != Kind.PERSON:
        # One array, joined once: with a list of marks for each batch the planner read the whole register for every one.
        drawn = RawSQL("SELECT unnest(%s::text[])", [list(refs)])
        found = rows.filter(organisation__uscc__in=drawn).values_list("organisation__uscc", "pk")
        return {str(code): pk for code, pk in found}
    names, wanted = frozen.pseudonyms_of(draw), set(refs)
    people = ((names.person(pk), pk) for pk in rows.values_list("pk", flat=True).iterator(20_000))
    return {ref: pk for ref, pk in people if ref in wanted}


# --- visits -----------------------------------------------------------------------------------------------------------


def open_visits(draw_id: int, *, at: datetime) -> int:
    """One inspection for each firm drawn, all its drawn people and all items at once (S004-43). Returns how many were opened."""
    with transaction.atomic():
        draw = lock(Draw(pk=draw_id))
        if not draw.has("result"):
            return 0
        rows = list(
            DrawnObject.objects.select_for_update(of=("self",))
            .filter(draw=draw, inspection__isnull=True, unassigned="")
            .select_related("subject", "lead__user", "second__user")
            .order_by("place")
        )
        groups = _by_firm(draw, rows)
        offices = _offices({team[0].lead_id for team in groups.values() if team[0].lead_id}, at)
        openings = [
            _opening(draw, firm, group, offices[group[0].lead_id or 0], at=at)
            for firm, group in groups.items()
            if group[0].lead_id in offices
        ]
        ready = [group for group in groups.values() if group[0].lead_id in offices]
        cases = open_cases(openings, actor=who.system(day_of(at)), at=at)
        for case, group in zip(cases, ready, strict=True):
            DrawnObject.objects.filter(pk__in=[row.pk for row in group]).update(inspection_id=case.pk)
    return len(cases)


def _by_firm(draw: Draw, rows: list[DrawnObject]) -> dict[int, list[DrawnObject]]:
    """Drawn objects by organisation, in the order drawn. A firm with an open visit waits: its objects stay without one."""
    from foreignwork.accounts.models import Organisation

    ids = dict(Organisation.objects.filter(uscc__in={row.org_ref for row in rows}).values_list("uscc", "pk"))
    busy = set(
        Inspection.objects.filter(subject_org__in=ids.values(), phase__in=OPEN_PHASES).values_list(
            "subject_org_id", flat=True
        )
    )
    groups: dict[int, list[DrawnObject]] = defaultdict(list)
    for row in rows:
        if ids[row.org_ref] not in busy:
            groups[ids[row.org_ref]].append(row)
    return dict(groups)


def _offices(leads: set[int], at: datetime) -> dict[int, Office]:
    rows = (
        InspectorEntry.objects.on(day_of(at))
        .filter(inspector__in=leads)
        .select_related("office__jurisdiction")
    )
    return {row.inspector_id: row.office for row in rows}


def _opening(draw: Draw, firm: int, group: list[DrawnObject], office: Office, *, at: datetime) -> Opening:
    from foreignwork.accounts.models import Organisation

    first = group[0]
    return Opening(
        matter=MATTER,
        sub_matter="drawn",
        origin="inspection",
        office=office,
        subject_org=Organisation(pk=firm),
        data={
            "items": draw.part.items,
            "subjects": [row.subject_id for row in group],
            "joint": draw.part.joint,
            "draw": draw.pk,
            "lead": first.lead_id,
            "second": first.second_id,
            "source_on": day_of(draw.result.published_at).isoformat(),
        },
    )
