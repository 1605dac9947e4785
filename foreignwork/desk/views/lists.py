"""The work list, and what a leader sees of it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office
from foreignwork.cases import registry
from foreignwork.notices.models import Notice

from .. import alerts as alerting
from .. import overview as figures
from .. import packs, worklist
from ..seat import Seat, at_desk, needs_post, refused
from ..worklist import BY_CODE, TABS, Filters, Tab


def address(tab: str, filters: Filters, **more: str) -> str:
    """The address of a list: every narrowing stands in it, so that it can be kept and shared (D21)."""
    asked = {"tab": tab, "matter": filters.matter, "office": filters.office, **more}
    return f"{reverse('desk:home')}?{urlencode({k: v for k, v in asked.items() if v})}"


@at_desk
def home(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What must I do next (quality D20)."""
    tab = BY_CODE.get(request.GET.get("tab", ""), TABS[0])
    offices = list(Office.objects.filter(pk__in=seat.actor.offices).order_by("pk"))
    matters = registry.all_matters()
    filters = Filters(
        matter=_known(request.GET.get("matter"), {matter.code for matter in matters}),
        office=_known(request.GET.get("office"), {office.code for office in offices}),
    )
    page = worklist.page(seat, tab, filters, after=request.GET.get("after", ""))
    page.counts = worklist.counts(seat, filters)
    tabs = [
        {
            "label": entry.label,
            "count": _count(entry, page.counts[entry.code]),
            "href": address(entry.code, filters),
            "current": entry is tab,
            "urgent": entry.code == "overdue" and page.counts[entry.code] > 0,
        }
        for entry in TABS
    ]
    context = {
        "seat": seat,
        "tabs": tabs,
        "tab": tab,
        "page": page,
        "columns": worklist.COLUMNS,
        "empty": tab.empty,
        "next_url": address(tab.code, filters, after=page.after) if page.after else "",
        "first_url": address(tab.code, filters) if request.GET.get("after") else "",
        "filters": filters,
        "matters": matters,
        "offices": offices,
    }
    return render(request, "desk/home.html", context)


def _count(tab: Tab, count: int) -> str:
    capped = tab.newest_first and count >= worklist.COUNT_UP_TO
    return f"{count - 1}+" if capped else str(count)


def _known(value: str | None, known: set[str]) -> str:
    return value if value in known else ""


@at_desk
def overview(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Figures of the offices one leads; each leads to its list (quality D28)."""
    if not seat.leads:
        return refused(request, seat, needs_post(roles.leader))
    waiting = packs.proposals_for(seat).open().count()
    context = {"seat": seat, "board": figures.board(seat), "proposals": waiting}
    return render(request, "desk/overview.html", context)


@at_desk
def alerts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What leaders should look at: steps the flows mark (行政许可法 72)."""
    if not seat.leads:
        return refused(request, seat, needs_post(roles.leader))
    found, after = alerting.of(seat, request.GET.get("before", ""))
    next_url = f"{reverse('desk:alerts')}?before={after}" if after else ""
    return render(request, "desk/alerts.html", {"seat": seat, "alerts": found, "next_url": next_url})


@at_desk
def failed_papers(request: HttpRequest, seat: Seat) -> HttpResponse:
    if not seat.leads:
        return refused(request, seat, needs_post(roles.leader))
    rows = (
        figures.failed_papers(seat)
        .select_related("case", "case__policy_version", "office")
        .defer("case__policy_version__document")
    )
    papers: list[Notice] = list(rows.order_by("created_at")[:200])
    return render(request, "desk/failed_papers.html", {"seat": seat, "papers": papers})


@at_desk
def quarantine(request: HttpRequest, seat: Seat) -> HttpResponse:
    if not seat.leads:
        return refused(request, seat, needs_post(roles.leader))
    rows = list(figures.quarantined().order_by("quarantined_at")[:200])
    return render(request, "desk/quarantine.html", {"seat": seat, "stuck": rows})
