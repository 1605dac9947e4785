"""Alerts for leaders (廉政提醒, 行政许可法 72): steps whose flow says that somebody should look at them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.models import CaseEvent

from .seat import Seat

PAGE = 50


@dataclass(frozen=True, slots=True)
class Alert:
    event: CaseEvent
    words: str | Promise

    @property
    def remark(self) -> str:
        """The reason given, as an officer of the case may read it."""
        sealed = self.event.sealed
        return str(sealed.get("remark", "")) if isinstance(sealed, dict) else ""


def of(seat: Seat, before: str = "") -> tuple[list[Alert], str]:
    """(alerts of the offices one leads, newest first; cursor of the next page or empty)."""
    words = {
        (matter.code, step.name): step.alerts
        for matter in registry.all_matters()
        for step in matter.steps.values()
        if step.alerts
    }
    which = Q(pk__in=[])
    for matter_code, action in words:
        which |= Q(case__matter=matter_code, action=action)
    rows = CaseEvent.objects.filter(which, case__office__in=seat.offices_as(roles.leader))
    if before.isdecimal() and len(before) <= 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("case__office", "actor").order_by("-pk")[: PAGE + 1])
    alerts = [Alert(event, words[event.case.matter, event.action]) for event in found[:PAGE]]
    return alerts, str(found[PAGE - 1].pk) if len(found) > PAGE else ""
