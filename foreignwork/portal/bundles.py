"""The first page after signing in, and one bundle with its matters side by side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foreignwork.cases.bundle_state import LOOKS, state_of
from foreignwork.cases.models import Bundle
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.workflow.withdrawing import withdrawal_of

from . import board
from .drafts import RELATED
from .duties import duties_of
from .entry import Visit, agents, visitors
from .models import FilingDraft
from .people import names_of, next_before
from .progress import promise_of
from .reminders import reminders_of
from .window import handed_in

PAGE = 10
PACKED = (
    "policy_version",
    "jurisdiction",
    "employer",
    "dossier",
    "engagement",
    "assistance__clerk",
    "assistance__office",
    "assistance__authorisation",
)


@require_safe
@visitors
def home(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """``portal:home``: own bundles, newest first, and filings laid aside."""
    rows = (
        Bundle.objects.visible_to(visit.actor)
        .select_related("policy_version", "employer", "dossier")
        .order_by("-pk")
    )
    page, before = next_before(rows, request.GET.get("before"), PAGE)
    drafts = []
    if visit.acts and not request.GET.get("before"):
        mine = FilingDraft.objects.visible_to(visit.actor).filter(bundle__isnull=True)
        drafts = list(mine.select_related(*RELATED).order_by("-updated_at")[:PAGE])
    cases = board.cases_of(page)
    names = names_of([row.dossier_id for row in page] + [row.engagement.dossier_id for row in drafts])
    days = board.entry_todos([(row, cases.get(row.pk, [])) for row in page]) if visit.acts else {}
    bundles = []
    for row in page:
        mine_ = cases.get(row.pk, [])
        todo, turn = board.next_of(row, mine_, acts=visit.acts)
        bundles.append(
            {
                "bundle": row,
                "name": names.get(row.dossier_id),
                "tags": board.tags_of(row, mine_),
                "todo": todo or days.get(row.pk),
                "turn": turn,
                "open": any(case.phase in OPEN_PHASES for case in mine_),
            }
        )
    context = {
        "bundles": bundles,
        "duties": [] if request.GET.get("before") else duties_of(visit),
        "reminders": [] if request.GET.get("before") else reminders_of(visit),
        "drafts": [{"draft": row, "name": names.get(row.engagement.dossier_id)} for row in drafts],
        "older": f"?before={before}" if before else "",
        "newer": reverse("portal:home") if request.GET.get("before") else "",
        "visit": visit,
    }
    return render(request, "portal/home.html", context)


def find(visit: Visit, number: str) -> Bundle:
    rows = Bundle.objects.visible_to(visit.actor).select_related(*PACKED)
    return get_object_or_404(rows, number=number)


@require_safe
@visitors
def bundle(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:bundle``: the matters, one timeline, the papers, each material once. Queries do not grow with it."""
    row = find(visit, number)
    cases = board.cases_of([row])[row.pk]
    cards = board.cards_of(row, cases, today=visit.today, acts=visit.acts)
    days = board.entry_todos([(row, cases)]) if visit.acts else {}
    state = state_of(cases)
    todos = [card.todo for card in cards if card.todo] + list(days.values())
    context = {
        "bundle": row,
        "name": names_of([row.dossier_id]).get(row.dossier_id),
        "cards": cards,
        "state": state.label,
        "look": LOOKS[state],
        "may_withdraw": visit.acts and any(withdrawal_of(case) for case in cases if not case.outcome),
        "todos": todos,
        "promise": promise_of(row.policy_version.pack, cases, visit.today),
        "entries": board.timeline_of(cases, cards),
        "papers": board.papers_of(cases, row.policy_version.pack, cards, at_once=bool(visit.assistance)),
        "handed": handed_in(row, visit),
        "materials": board.materials_of(row, cases, visit.today),
        "crumbs": [{"label": _("我的办件"), "href": reverse("portal:home")}],
        "visit": visit,
    }
    return render(request, "portal/bundle.html", context)


@require_safe
@agents
def filed(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:filed``: it is filed; the number to keep, what happens next and by when."""
    row = find(visit, number)
    cases = board.cases_of([row])[row.pk]
    cards = board.cards_of(row, cases, today=visit.today, acts=visit.acts)
    context = {
        "bundle": row,
        "name": names_of([row.dossier_id]).get(row.dossier_id),
        "cards": cards,
        "papers": board.papers_of(cases, row.policy_version.pack, cards, at_once=bool(visit.assistance)),
        "to_bring": [
            one
            for one in board.materials_of(row, cases, visit.today)
            if one["on_paper"] and not one["seen_at"]
        ],
        "handed": handed_in(row, visit),
        "hotline": row.policy_version.pack.meta.hotline,
        "visit": visit,
    }
    return render(request, "portal/filed.html", context)
