"""The register of what the officer's offices granted: permits, documents, registrations, with the history of each number.

No name stands here: a number leads to its cases, and there every look is written down.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from foreignwork.cases import registry
from foreignwork.cases.models import Entitlement
from foreignwork.cases.telling import EntitlementMark

from .seat import Seat

PAGE = 30
SOON = timedelta(days=90)
"""What "soon" means in the filter of this list only; reminders and windows follow the pack."""
STANDINGS: list[tuple[str, str | Promise]] = [
    ("", gettext_lazy("全部")),
    ("active", gettext_lazy("有效")),
    ("soon", gettext_lazy("90日内到期")),
    ("expired", gettext_lazy("已过期未注销")),
    ("ended", gettext_lazy("已终止")),
]
COLUMNS = (
    gettext_lazy("证号"),
    gettext_lazy("事项"),
    gettext_lazy("类别"),
    gettext_lazy("用人单位"),
    gettext_lazy("有效期"),
    pgettext_lazy("register", "状态"),
)


class RegisterForm(forms.Form):
    """Which part of the register; every choice may stand in an address."""

    matter = forms.ChoiceField(label=gettext_lazy("事项"), required=False)
    standing = forms.ChoiceField(label=pgettext_lazy("register", "状态"), choices=STANDINGS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [(entry.code, entry.label) for entry in registry.all_matters() if entry.register]
        self.fields["matter"].choices = [("", gettext_lazy("全部")), *codes]  # type: ignore[attr-defined]


def visible_to(seat: Seat) -> QuerySet[Entitlement]:
    """What the officer's own offices granted."""
    return Entitlement.objects.filter(case__office_id__in=seat.actor.offices)


def page_of(seat: Seat, asked: dict[str, Any], before: str | None) -> tuple[list[dict[str, Any]], int | None]:
    """One page, newest first, and the key the next begins after. Two queries."""
    rows = visible_to(seat).select_related("employer", "case").order_by("-pk")
    if asked.get("matter"):
        rows = rows.filter(matter=asked["matter"])
    rows = _standing(rows, asked.get("standing") or "", seat.today)
    if before and before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    return _lines(found[:PAGE], seat.today), found[PAGE - 1].pk if len(found) > PAGE else None


def _standing(rows: QuerySet[Entitlement], which: str, today: date) -> QuerySet[Entitlement]:
    active = rows.filter(status=Entitlement.Status.ACTIVE)
    if which == "active":
        return active.exclude(valid_until__lt=today)
    if which == "soon":
        return active.filter(valid_until__gte=today, valid_until__lte=today + SOON)
    if which == "expired":
        return active.filter(valid_until__lt=today)
    return rows.filter(status=Entitlement.Status.ENDED) if which == "ended" else rows


def _lines(rows: list[Entitlement], today: date) -> list[dict[str, Any]]:
    return [
        {
            "cells": [
                {"text": row.number, "href": reverse("desk:register_entry", args=[row.pk])},
                str(registry.get(row.matter).label),
                row.category or "—",
                row.employer.name if row.employer else "—",
                _term(row),
                standing_cell(row, today),
            ]
        }
        for row in rows
    ]


def standing_cell(row: Entitlement, today: date) -> dict[str, str]:
    """A coloured word for where it stands."""
    if row.status == Entitlement.Status.ENDED:
        return {"tag": "shut", "text": _("已终止")}
    if row.valid_until and row.valid_until < today:
        return {"tag": "bad", "text": _("已过期")}
    return {"tag": "ok", "text": _("有效")}


def _term(row: Entitlement) -> str:
    until = row.valid_until.isoformat() if row.valid_until else "—"
    return f"{row.valid_from.isoformat()} – {until}"


def history_of(row: Entitlement, seat: Seat) -> list[dict[str, Any]]:
    """Every term under the same number that these offices granted, oldest first, each with how it began, ended and was
    noted: the status history of a permit (一人一码)."""
    terms = list(
        visible_to(seat)
        .filter(matter=row.matter, number=row.number)
        .select_related("case__policy_version", "ended_by", "employer")
        .order_by("pk")
    )
    marks: dict[int, list[EntitlementMark]] = {}
    for mark in EntitlementMark.objects.filter(entitlement__in=terms).order_by("id"):
        marks.setdefault(mark.entitlement_id, []).append(mark)
    return [_history(term, marks.get(term.pk, []), seat) for term in terms]


def _history(term: Entitlement, marks: list[EntitlementMark], seat: Seat) -> dict[str, Any]:
    pack, language = term.case.policy_version.pack, get_language()
    sub = pack.matters[term.matter].sub_matters.get(term.case.sub_matter)
    ended = ""
    if term.ended_on:
        step = registry.get(term.ended_by.matter).steps.get(term.end_reason) if term.ended_by else None
        ended = f"{term.ended_on.isoformat()} {step.label if step else term.end_reason}"
    return {
        "term": term,
        "kind": sub.name.pick(language) if sub else "",
        "standing": standing_cell(term, seat.today),
        "words": _term(term),
        "ended": ended,
        "ended_by": term.ended_by
        if term.ended_by and term.ended_by.office_id in seat.actor.offices
        else None,
        "marks": [
            {"on": mark.on, "note": mark.note, "text": pack.texts[f"mark_{mark.kind}"].pick(language)}
            for mark in marks
            if f"mark_{mark.kind}" in pack.texts
        ],
    }
