"""Freezing the rosters of a draw and publishing its commitment, before any randomness exists (draw.md 1–3).

Runs in a task. The registers are refreshed first; what speaks against an object or inspector is published as its reason.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.notices.issue import take_numbers
from foreignwork.vault.models import DataKey

from . import catalogue, frozen, inspectors, planning, policy, registers
from .draw import Commitment as Committed
from .draw import check_excluded, commit
from .models import (
    Commitment,
    Draw,
    DrawnObject,
    DrawSecret,
    Inspection,
    Kind,
    PlanPart,
    RiskLevel,
    Roster,
    RosterInspector,
)
from .rosters import DrawRefused, Excluded, FrozenObjects, Inspector, check_word, joined, object_line, placed
from .tickets import otc_commit

NORMAL = "normal"


def freeze(draw_id: int, *, at: datetime) -> Draw:
    """Rosters, number and commitment, in one transaction; a second run finds them there and does nothing.

    Where the specification refuses (no objects with the stratum of the plan, too little chance), the draw takes no number: the
    reason stands in ``trouble`` and the task may be opened anew.
    """
    draw = Draw.objects.select_related("part", "jurisdiction").get(pk=draw_id)
    if draw.live is None or draw.has("commitment"):
        return draw
    registers.refresh(draw.jurisdiction, at=at)
    try:
        gathered = _gather(draw, at=at)
    except DrawRefused as refused:
        return _refused(draw_id, refused)
    with transaction.atomic():
        draw = (
            Draw.objects.select_for_update(of=("self",))
            .select_related("part", "jurisdiction")
            .get(pk=draw_id)
        )
        if draw.live is None or draw.has("commitment"):
            return draw
        try:
            with transaction.atomic():
                _freeze(draw, gathered, at=at)
        except DrawRefused as refused:
            return _refused(draw_id, refused)
    return Draw.objects.get(pk=draw_id)


def _refused(draw_id: int, refused: DrawRefused) -> Draw:
    """The task may be opened anew; a draw that was committed meanwhile stands."""
    waiting = Draw.objects.filter(pk=draw_id, commitment__isnull=True)
    waiting.update(trouble=f"step-{refused.step}", live=None)
    return Draw.objects.get(pk=draw_id)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rosters of a draw as the registers stand, read before anything is locked. ``behind``: who stands behind a pseudonym."""

    targets: FrozenObjects
    inspectors: list[Inspector]
    left_out: list[Excluded]
    behind: dict[str, int]
    names: frozen.Pseudonyms


def _gather(draw: Draw, *, at: datetime) -> Gathered:
    place = planning.place_of(draw.jurisdiction, at=at)
    day, names = day_of(at), frozen.Pseudonyms(secrets.token_bytes(32))
    targets, left_out, people = _objects(draw, place.own, names, day)
    chosen, not_ready, behind = _inspectors(draw, place.own, names, people, day)
    return Gathered(targets, chosen, [*left_out, *not_ready], behind, names)


def _freeze(draw: Draw, found: Gathered, *, at: datetime) -> None:
    [seq] = take_numbers(f"draw:{draw.jurisdiction.code}", draw.year, 1)
    draw.seq, draw.number = seq, f"{draw.jurisdiction.code.upper()}-{draw.year}-{seq:02d}"
    secret, sources = secrets.token_bytes(32), frozen.sources_of(draw)
    made = commit(frozen.plan_of(draw), found.targets, found.inspectors, otc_commit(secret), sources)
    check_excluded(made, found.left_out)
    draw.save(update_fields=["seq", "number"])
    _write(draw, made, found.left_out, found.behind)
    DrawSecret.objects.create(
        draw=draw, data_key=DataKey.objects.make(at), secret=secret.hex(), pseudonyms=found.names._key.hex()
    )
    Commitment.objects.create(draw=draw, doc=dict(made.doc), hash=made.hash.hex(), published_at=at)


def _write(draw: Draw, made: Committed, excluded: list[Excluded], behind: dict[str, int]) -> None:
    rows: dict[str, tuple[bytes, dict[str, Any]]] = {
        Roster.Of.OBJECTS: (made.targets.text, made.doc["objects"]),
        Roster.Of.INSPECTORS: (frozen.lines(made.inspectors), made.doc["inspectors"]),
        Roster.Of.EXCLUDED: (frozen.lines(excluded), {"n": len(excluded), "sha256": ""}),
    }
    Roster.objects.bulk_create(
        Roster(draw=draw, of=of, n=doc["n"], sha256=doc["sha256"], packed=frozen.pack(text))
        for of, (text, doc) in rows.items()
    )
    RosterInspector.objects.bulk_create(
        RosterInspector(draw=draw, ref=ref, inspector_id=pk) for ref, pk in behind.items()
    )


# --- objects ----------------------------------------------------------------------------------------------------------


def candidates(part: PlanPart, draw: Draw, day: date) -> Iterator[tuple[int, int | None, str, str, str]]:
    """(subject, organisation, credit code, district, category) of the part's register on ``day``, each subject once."""
    rows = registers.presences_on(draw.jurisdiction, day, part.kind)
    if part.districts:
        rows = rows.filter(district__in=part.districts)
    if part.categories:
        rows = rows.filter(category__in=part.categories)
    fields = ("subject_id", "organisation_id", "organisation__uscc", "district", "category")
    last = 0
    for row in rows.order_by("subject_id", "-from_on").values_list(*fields).iterator(20_000):
        if row[0] != last:
            last = row[0]
            yield row


def _objects(
    draw: Draw, own: policy.Own, names: frozen.Pseudonyms, day: date
) -> tuple[FrozenObjects, list[Excluded], dict[int, str]]:
    """Objects as lines, those left out with the reason, and the pseudonym of each person among them by subject."""
    part = draw.part
    levels = dict(
        RiskLevel.objects.on(day)
        .filter(subject__jurisdiction=draw.jurisdiction)
        .values_list("subject_id", "level")
    )
    enough, busy = _drawn_enough(draw, own), _under_inspection(draw)
    need = catalogue.skills(catalogue.of_place(own, draw.jurisdiction_id, day), part.items)
    lines: list[bytes] = []
    fine: set[str] = set()
    left_out, people = [], {}
    for subject, organisation, uscc, district, _category in candidates(part, draw, day):
        ref = uscc
        if part.kind == Kind.PERSON:
            ref = people[subject] = names.person(subject)
        if subject in enough:
            left_out.append(Excluded(ref, "drawn_enough"))
        elif organisation in busy:
            left_out.append(Excluded(ref, "open_inspection"))
        elif not district:
            left_out.append(Excluded(ref, "no_district"))
        else:
            level = levels.get(subject, NORMAL)
            for word in {ref, uscc, district} - fine:
                check_word(word, "objects")
            fine.add(district)
            line = object_line(ref, uscc, level if level in part.strata else NORMAL, district, need)
            lines.append(placed(ref, line))
    return FrozenObjects(joined(lines, "objects")), left_out, people


def _drawn_enough(draw: Draw, own: policy.Own) -> set[int]:
    """Subjects drawn as often as one may be in a year (不扰民, S004-41): published as left out, never dropped silently."""
    limit = own.number("object_visits_a_year")
    rows = DrawnObject.objects.filter(
        draw__jurisdiction=draw.jurisdiction, draw__year=draw.year, draw__live=True
    )
    counted = rows.values("subject_id").annotate(n=Count("pk")).filter(n__gte=limit)
    return set(counted.values_list("subject_id", flat=True))


def _under_inspection(draw: Draw) -> set[int]:
    """Organisations with an open inspection: their items are joined to it instead (S004-43)."""
    rows = Inspection.objects.filter(office__jurisdiction=draw.jurisdiction, phase__in=OPEN_PHASES)
    return set(rows.values_list("subject_org_id", flat=True))


# --- inspectors -------------------------------------------------------------------------------------------------------


def _inspectors(
    draw: Draw, own: policy.Own, names: frozen.Pseudonyms, people: dict[int, str], day: date
) -> tuple[list[Inspector], list[Excluded], dict[str, int]]:
    """Who may be drawn, who is left out and why, and who stands behind each pseudonym."""
    listed = inspectors.register_on(draw.jurisdiction, day)
    ids = [row.inspector.pk for row in listed]
    kept = inspectors.interests_on(ids, day, own.number("recusal_years"))
    codes, dossiers = _recusable(kept, people)
    chosen, left_out, behind = [], [], {}
    for row in listed:
        ref = names.inspector(row.inspector.pk)
        if not row.ready:
            left_out.append(Excluded(ref, row.problems[0]))
            continue
        mine = kept[row.inspector.pk]
        recuse = {codes[pk] for pk in mine.organisations if pk in codes}
        recuse |= {ref for pk in mine.dossiers for ref in dossiers.get(pk, ())}
        behind[ref] = row.inspector.pk
        chosen.append(
            Inspector(
                ref, tuple(row.entry.skills), tuple(row.entry.districts), tuple(sorted(recuse)), row.load
            )
        )
    return chosen, left_out, behind


def _recusable(
    kept: dict[int, inspectors.Kept], people: dict[int, str]
) -> tuple[dict[int, str], dict[int, list[str]]]:
    """Credit codes of organisations, pseudonyms of dossiers, as far as somebody keeps away from them."""
    from foreignwork.accounts.models import Organisation

    from .models import Subject

    organisations = {pk for one in kept.values() for pk in one.organisations}
    wanted = {pk for one in kept.values() for pk in one.dossiers}
    codes = dict(Organisation.objects.filter(pk__in=organisations).values_list("pk", "uscc"))
    dossiers: dict[int, list[str]] = defaultdict(list)
    if people and wanted:
        for subject, dossier in Subject.objects.filter(dossier__in=wanted).values_list("pk", "dossier_id"):
            if subject in people:
                dossiers[dossier or 0].append(people[subject])
    return codes, dossiers


def preview(part: PlanPart, draw: Draw, own: policy.Own, day: date) -> dict[str, int]:
    """How many objects stand in each stratum today, for the page before the draw is opened."""
    levels = dict(
        RiskLevel.objects.on(day)
        .filter(subject__jurisdiction=draw.jurisdiction)
        .values_list("subject_id", "level")
    )
    counts: dict[str, int] = defaultdict(int)
    for subject, *_rest in candidates(part, draw, day):
        level = levels.get(subject, NORMAL)
        counts[level if level in part.strata else NORMAL] += 1
    return dict(counts)
