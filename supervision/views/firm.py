"""For the firm inspected: its inspections once they are announced or begun, and what it may answer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts.who import Actor
from foreignwork.portal import concerning
from foreignwork.portal.concerning import Concern, by_agent

from .. import matter
from ..models import Inspection, Source

HIDDEN = ("proposed", "approved", "assigned", "not_approved")


def visible(actor: Actor) -> Any:
    """Announced ones, and unannounced ones from the moment the inspectors stand at the door."""
    seen = Q(announced=True) | Q(visited_on__isnull=False)
    return (
        Inspection.objects.filter(seen, subject_org__in=actor.employers)
        .exclude(state__in=HIDDEN)
        .select_related("subject_org", "office", "policy_version", "lead__user", "second__user")
        .defer("policy_version__document")
    )


def find(actor: Actor, number: str) -> Inspection:
    found: Inspection | None = visible(actor).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def told(context: Any) -> list[tuple[Any, Any]]:
    """The number of a complaint could lead to who complained: the firm learns that there was one, no more."""
    case = context.case
    hidden = case.source_ref if case.source == Source.COMPLAINT else ""
    return [
        (label, value.replace(hidden, "").strip() if hidden and isinstance(value, str) else value)
        for label, value in matter.told(context)
    ]


CONCERN = Concern(
    title=_("监督检查"),
    index_title=_("对本单位的检查"),
    urls={
        "index": "supervision:firm",
        "case": "supervision:firm_case",
        "paper": "supervision:firm_paper",
        "step": "supervision:firm_step",
    },
    find=find,
    summary=told,
)


@by_agent
@require_safe
def index(request: HttpRequest, actor: Actor, at: Any) -> HttpResponse:
    return render(request, "supervision/firm.html", {"inspections": visible(actor).order_by("-pk")[:100]})


@by_agent
@require_safe
def inspection(request: HttpRequest, actor: Actor, at: Any, *, number: str) -> HttpResponse:
    """Where the inspection stands, the papers, and what the firm may say: correction, statement, hearing, service."""
    return concerning.page(request, CONCERN, actor, at, number=number)


@by_agent
@require_safe
def paper(request: HttpRequest, actor: Actor, at: Any, *, number: str, pk: int) -> HttpResponse:
    return concerning.paper(CONCERN, actor, number=number, pk=pk)


@by_agent
def step(request: HttpRequest, actor: Actor, at: Any, *, number: str, step: str) -> HttpResponse:
    return concerning.take(request, CONCERN, actor, at, number=number, step=step)
