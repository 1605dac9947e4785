"""What the window needs: papers that wait to be handed out, and the day of entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from foreignwork.cases import registry
from foreignwork.cases.models import Case
from foreignwork.dossiers.models import DatedFact
from foreignwork.notices.models import Notice
from foreignwork.notices.service import PROOF
from foreignwork.workflow import facts

from .seat import WINDOW_ROLES, Seat
from .worklist import Row, rows_of

MOST = 50


@dataclass(slots=True)
class Visit:
    """A case of the person at the window, with its papers that nobody has received yet."""

    row: Row
    papers: list[Notice] = field(default_factory=list)
    serve: str = ""  # name of the step that hands papers out, if the matter has one from this state


def waiting(seat: Seat) -> list[Visit]:
    """Cases of the officer's windows with issued papers, those that wait longest first."""
    mine = seat.offices_as(*WINDOW_ROLES)
    at_mine = Q(case__office__in=mine) | Q(case__receiver__in=mine)
    issued = Notice.objects.filter(at_mine, status=Notice.Status.ISSUED).exclude(kind=PROOF)
    ids = list(dict.fromkeys(issued.order_by("pk").values_list("case_id", flat=True)[: MOST * 4]))[:MOST]
    cases = (
        Case.objects.visible_to(seat.actor)
        .select_related("employer", "office", "assignee", "dossier_version")
        .filter(pk__in=ids)
    )
    return visits(rows_of(list(cases.order_by("pk")), seat.today), seat)


def kept(seat: Seat) -> list[Row]:
    """Cases in which a window of the officer keeps something of the person's, the oldest first. One query a matter, and three."""
    mine, found = seat.offices_as(*WINDOW_ROLES), []
    for matter in registry.all_matters():
        if matter.keeps is not None:
            rows = Case.objects.visible_to(seat.actor).filter(
                matter.keeps, matter=matter.code, office__in=mine
            )
            found += list(rows.select_related("employer", "office", "dossier_version").order_by("pk")[:MOST])
    return rows_of(found, seat.today) if found else []


def visits(rows: Sequence[Row], seat: Seat) -> list[Visit]:
    papers: dict[int, list[Notice]] = defaultdict(list)
    issued = Notice.objects.filter(case__in=[row.case.pk for row in rows], status=Notice.Status.ISSUED)
    for notice in issued.exclude(kind=PROOF).order_by("pk"):
        papers[notice.case_id].append(notice)
    return [Visit(row, papers[row.case.pk], _serving(row.case)) for row in rows]


def _serving(case: Case) -> str:
    """The step that records the service of papers from the case's state (a step marked ``serves``)."""
    return next(
        (
            step.name
            for step in case.matter_entry.steps_from(case.state, case.sub_matter, case.origin)
            if step.serves
        ),
        "",
    )


def record_entry(case: Case, *, on: date, seat: Seat) -> None:
    """Repeating the same day changes nothing: a double click records it once."""
    assert case.dossier is not None
    latest = (
        DatedFact.objects.filter(dossier=case.dossier, kind=DatedFact.Kind.ENTERED)
        .order_by("-recorded_at", "-pk")
        .first()
    )
    if latest is None or latest.on != on:
        facts.record(case.dossier, kind=DatedFact.Kind.ENTERED, on=on, by=seat.user, at=seat.at)
