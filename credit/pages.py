"""Credit for others: the lists in publication for everybody, and a firm's own file with what it may say."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foreignwork.accounts.models import Organisation
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import now
from foreignwork.cases.clock import today as day_of
from foreignwork.portal import concerning
from foreignwork.portal.concerning import Concern, by_agent
from foreignwork.portal.verify import too_many
from foreignwork.rulebook.words import aside

from . import policy
from .matter import summary
from .models import CreditCase, Entry

PAGE = 50


def shown(day: date) -> QuerySet[CreditCase]:
    """What is in publication on ``day``; a term that has passed hides a listing even where no worker ended it."""
    rows: QuerySet[CreditCase] = CreditCase.objects.filter(
        published=True, ended_on__isnull=True, until_on__gte=day
    )
    return rows


@require_safe
@never_cache
def public(request: HttpRequest) -> HttpResponse:
    """Firms and agencies on a published list, newest first, fifty a page. People are on no list and never appear (S004-26)."""
    if too_many(request):
        return render(request, "429.html", status=429)
    rows = shown(day_of(now()))
    asked = request.GET.get("uscc", "").replace("\x00", "").strip().upper()[:18]
    if asked:
        rows = rows.filter(subject_org__in=Organisation.objects.filter(uscc=asked))
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    named = rows.select_related("subject_org", "office", "policy_version").defer("policy_version__document")
    found = list(named.order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    context = {
        "rows": [_row(row) for row in found],
        "columns": [pgettext_lazy("organisation", "单位"), _("名单和依据"), _("列入日期"), _("期满日期")],
        "asked": asked,
        "next_url": f"?uscc={asked}&after={found[-1].pk}" if more else "",
    }
    return render(request, "credit/public.html", context)


def _row(row: CreditCase) -> dict[str, Any]:
    entry = policy.of(row.policy_version).lists.get(row.sub_matter)
    assert row.subject_org is not None
    language = get_language()
    return {
        "cells": [
            {"text": row.subject_org.name, "sub": row.subject_org.uscc},
            {
                "text": entry.name.pick(language) if entry else row.sub_matter,
                "sub": entry.basis.pick(language) + aside(row.office.name) if entry else row.office.name,
            },
            row.listed_on.isoformat() if row.listed_on else "",
            row.until_on.isoformat() if row.until_on else "",
        ]
    }


def visible(actor: Actor) -> Any:
    """A firm's own, from the moment it was told."""
    return (
        CreditCase.objects.filter(subject_org__in=actor.employers)
        .exclude(state="proposed")
        .select_related("subject_org", "office", "policy_version")
        .defer("policy_version__document")
    )


def find(actor: Actor, number: str) -> CreditCase:
    found: CreditCase | None = visible(actor).filter(number=number).first()
    if found is None:
        raise Http404
    return found


CONCERN = Concern(
    title=_("信用管理"),
    index_title=_("本单位信用"),
    urls={
        "index": "credit:firm",
        "case": "credit:firm_case",
        "paper": "credit:firm_paper",
        "step": "credit:firm_step",
    },
    find=find,
    summary=summary,
)


@by_agent
@require_safe
def firm(request: HttpRequest, actor: Actor, at: Any) -> HttpResponse:
    """The firm's own entries and listings: it sees everything that is held against it, and what counts for it."""
    day = day_of(at)
    rows = Entry.objects.filter(organisation__in=actor.employers, until_on__gte=day, voided__isnull=True)
    found = list(rows.select_related("organisation", "case__policy_version").order_by("-on", "-pk")[:100])
    owns: dict[int, policy.Own] = {}
    entries = []
    for row in found:
        version = row.case.policy_version
        own = owns.setdefault(version.pk, policy.of(version)) if version.pk not in owns else owns[version.pk]
        event = own.events.get(row.event)
        words = event.text.pick(get_language()) if event else row.event
        assert row.organisation is not None
        entries.append(
            {
                "cells": [
                    row.on.isoformat(),
                    {"text": words, "sub": row.organisation.name},
                    row.until_on.isoformat(),
                ]
            }
        )
    context = {
        "cases": visible(actor).order_by("-pk")[:50],
        "entries": entries,
        "columns": [_("日期"), _("信用记录"), _("有效至")],
    }
    return render(request, "credit/firm.html", context)


@by_agent
@require_safe
def firm_case(request: HttpRequest, actor: Actor, at: Any, *, number: str) -> HttpResponse:
    return concerning.page(request, CONCERN, actor, at, number=number)


@by_agent
@require_safe
def firm_paper(request: HttpRequest, actor: Actor, at: Any, *, number: str, pk: int) -> HttpResponse:
    return concerning.paper(CONCERN, actor, number=number, pk=pk)


@by_agent
def firm_step(request: HttpRequest, actor: Actor, at: Any, *, number: str, step: str) -> HttpResponse:
    return concerning.take(request, CONCERN, actor, at, number=number, step=step)
