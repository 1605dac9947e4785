"""A leader's figures. Each is counted by the definition of the list it leads to, so that they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office
from foreignwork.cases.models import Case
from foreignwork.deadlines.alarm import CalendarState, calendar_state
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage

from .seat import Seat
from .worklist import BY_CODE, Tab

COLUMNS = ("overdue", "today", "soon", "office", "waiting", "upcoming")


@dataclass(frozen=True, slots=True)
class Figure:
    tab: Tab
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    office: Office
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class Board:
    lines: list[Line]
    totals: list[Figure]
    failed: int
    stuck: int
    calendar: CalendarState


def board(seat: Seat) -> Board:
    """Five queries: offices, one count over all of them, failed papers, stuck messages, provisional limits."""
    offices = list(Office.objects.filter(pk__in=seat.offices_as(roles.leader)).order_by("pk"))
    rows = (
        Case.objects.visible_to(seat.actor)
        .filter(office__in=offices)
        .order_by()
        .values("office_id")
        .annotate(**{code: Count("pk", filter=BY_CODE[code].holds(seat)) for code in COLUMNS})
    )
    found: dict[int, dict[str, Any]] = {row["office_id"]: dict(row) for row in rows}
    lines = [
        Line(office, [_figure(code, found.get(office.pk, {}).get(code, 0), office.code) for code in COLUMNS])
        for office in offices
    ]
    # A list without an office shows every office of the officer's, so a total leads there only if he leads them all.
    one = offices[0].code if len(offices) == 1 else ""
    totals = [_figure(code, sum(row[code] for row in found.values()), one) for code in COLUMNS]
    if len(offices) != 1 and seat.offices_as(roles.leader) != seat.actor.offices:
        totals = []
    state = calendar_state(seat.today, offices=[office.pk for office in offices])
    return Board(lines, totals, failed_papers(seat).count(), quarantined().count(), state)


def _figure(code: str, count: int, office: str) -> Figure:
    asked = {"tab": code, "office": office}
    return Figure(
        BY_CODE[code], count, f"{reverse('desk:home')}?{urlencode({k: v for k, v in asked.items() if v})}"
    )


def failed_papers(seat: Seat) -> QuerySet[Notice]:
    """Papers of the offices one leads that could not be made."""
    return Notice.objects.visible_to(seat.actor).filter(
        status=Notice.Status.FAILED, case__office__in=seat.offices_as(roles.leader)
    )


def quarantined() -> QuerySet[OutboxMessage]:
    """Messages given up after three attempts. They carry ids only, and belong to no office."""
    return OutboxMessage.objects.filter(quarantined_at__isnull=False)
