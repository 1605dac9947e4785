"""The pages of a person: the list, opening a dossier by the passport, and what is on file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.accounts.who import Side
from foreignwork.cases.problems import CaseError, Problem, say
from foreignwork.dossiers import records
from foreignwork.dossiers.facts import PERSON, SENSITIVE, WORK, mask, worded
from foreignwork.dossiers.models import AccessEntry, Dossier, EngagementVersion
from foreignwork.policies.pack import Pack

from . import words
from .company import own
from .consents import consents_of
from .dossier_forms import DayForm, PersonForm, RevealForm
from .entry import Visit, agents, visitors
from .held import held_of
from .once import new_key, once
from .people import documents_visible_to, engagements_visible_to, names_of, next_before
from .places import material_name, packs_in_force
from .summary import Line, errors_of, lines_of, posted

OPEN_ALREADY = say(
    "dossier_open_already", _("此人在本单位已有档案（%(code)s），不需要重新建立。请直接使用该档案。")
)
PAGE = 20


class DossierExists(CaseError):
    """The employer has a dossier for this passport; ``dossier`` is it."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        super().__init__(Problem(OPEN_ALREADY, {"code": dossier.code}))


def find(visit: Visit, code: str, *related: str) -> Dossier:
    """The visible dossier, or 404. That a clerk at the window looked is written down, whatever she does with it."""
    row = get_object_or_404(Dossier.objects.visible_to(visit.actor).select_related(*related), code=code)
    if visit.assistance:
        records.log_access(row, user=visit.user, what="dossier", purpose=visit.purpose, at=visit.at)
    return row


@require_safe
@visitors
def dossiers(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """``portal:dossiers``: everyone on file, newest first, by pages of twenty."""
    rows = Dossier.objects.visible_to(visit.actor).order_by("-pk")
    page, before = next_before(rows, request.GET.get("before"), PAGE)
    names = names_of([row.pk for row in page])
    work: dict[int, list[str]] = {}
    for row in engagements_visible_to(visit.actor).filter(dossier__in=page).select_related("employer"):
        work.setdefault(row.dossier_id, []).append(row.employer.name)
    people = [{"dossier": row, "name": names.get(row.pk), "employers": work.get(row.pk, [])} for row in page]
    return render(request, "portal/dossiers.html", {"people": people, "before": before, "visit": visit})


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def dossier_new(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """``portal:dossier_new``: a person is entered by his passport."""
    employers = list(own(visit.actor))
    form = PersonForm(posted(request), today=visit.today, employers=employers)
    more: list[Line] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid() and employers:
            wanted = form.cleaned_data.get("employer") or employers[0].pk
            employer = next(row for row in employers if row.pk == wanted)

            def work() -> str:
                try:
                    dossier, engagement = records.open_dossier(
                        employer=employer, facts=form.facts(), by=visit.user, at=visit.at
                    )
                except records.AlreadyOpen as found:
                    raise DossierExists(found.dossier) from None
                return reverse("portal:work", args=[dossier.code, engagement.pk])

            try:
                return redirect(once(request, visit, "dossier_new", form.cleaned_data, work))
            except DossierExists as refused:
                there = reverse("portal:dossier", args=[refused.dossier.code])
                more, status = lines_of(refused, lambda _problem: there), 409
            except CaseError as refused:
                more, status = lines_of(refused), 409
    context = {
        "form": form,
        "problems": more,
        "employers": employers,
        "key": new_key(),
        "visit": visit,
    }
    return render(request, "portal/dossier_new.html", context, status=status)


@require_safe
@visitors
def dossier(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:dossier``: what is on file, sensitive values masked."""
    return show(request, visit, find(visit, code, "opened_by"))


@require_http_methods(["GET", "HEAD", "POST"])
@visitors
def reveal(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:reveal``: the same page with the values readable, once it is written down who looks and why."""
    row = find(visit, code, "opened_by")
    if request.method != "POST":  # opened again (other language, large type): masked as before
        return redirect("portal:dossier", row.code)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return show(request, visit, row, errors=errors_of(form), status=400)
    for code in SENSITIVE:
        what, purpose = f"fact:{code}", form.cleaned_data["purpose"]
        purpose = f"{visit.purpose}:{purpose}" if visit.assistance else purpose
        records.log_access(row, user=visit.user, what=what, purpose=purpose, at=visit.at)
    return show(request, visit, row, open_=True)


def show(
    request: HttpRequest,
    visit: Visit,
    row: Dossier,
    *,
    open_: bool = False,
    errors: list[Line] | None = None,
    day_form: DayForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """The dossier's page. ``open_``: sensitive values readable."""
    policies = packs_in_force(visit.today)
    packs = [policy.pack for policy in policies]
    latest = row.versions.order_by("-seq").first()
    person = dict(latest.facts) if latest else {}
    engaged = list(
        engagements_visible_to(visit.actor).filter(dossier=row).select_related("employer").order_by("pk")
    )
    work = newest_work([one.pk for one in engaged])
    jobs = []
    for one in engaged:
        facts = dict(work[one.pk].facts) if one.pk in work else {}
        jobs.append({"engagement": one, "facts": rows_of(WORK, facts, open_), "empty": not facts})
    documents = [
        {
            "row": one,
            "name": material_name(packs, one.kind),
            "expired": bool(one.valid_until and one.valid_until < visit.today),
        }
        for one in documents_visible_to(visit.actor)
        .filter(dossier=row, replaced_by__isnull=True)
        .order_by("kind")
    ]
    own_page = visit.actor.side == Side.PERSON
    context = {
        "dossier": row,
        "name": name_of(person),
        "facts": rows_of(PERSON, person, open_),
        "jobs": jobs,
        "held": held_of(row, engaged, policies, today=visit.today, acts=visit.acts),
        "documents": documents,
        "days": row.dated_facts.select_related("recorded_by").order_by("-recorded_at", "-pk")[:10],
        "day_form": day_form or DayForm(today=visit.today),
        "reveal_form": RevealForm(initial={"purpose": "own" if own_page else "check"}),
        "open": open_,
        "problems": errors or [],
        "key": new_key(),
        "visit": visit,
        "consents": consents_of(row, packs),
        "accesses": _accesses(row, packs) if own_page else [],
    }
    return render(request, "portal/dossier.html", context, status=status)


def name_of(person: dict[str, Any]) -> dict[str, str]:
    """Latin and Chinese name of the facts."""
    return {
        "latin": f"{person.get('surname', '')} {person.get('given_names', '')}".strip(),
        "zh": person.get("name_zh") or "",
    }


def rows_of(labels: dict[str, Any], facts: dict[str, Any], open_: bool) -> list[dict[str, Any]]:
    """Label and value of each fact; sensitive ones masked unless opened."""
    return [
        {
            "code": code,
            "label": label,
            "value": mask(code, facts.get(code))
            if code in SENSITIVE and not open_
            else worded(code, facts.get(code)),
            "masked": code in SENSITIVE and not open_ and bool(facts.get(code)),
        }
        for code, label in labels.items()
    ]


def newest_work(ids: list[int]) -> dict[int, EngagementVersion]:
    """The newest version of each engagement: one query."""
    rows = EngagementVersion.objects.filter(engagement_id__in=ids).order_by("engagement_id", "-seq")
    return {row.engagement_id: row for row in rows.distinct("engagement_id")}


def _accesses(row: Dossier, packs: list[Pack]) -> list[dict[str, Any]]:
    """The newest hundred looks into the dossier (PIPL 44, 45: the person may know); what was opened at once is one line."""
    entries = AccessEntry.objects.filter(dossier=row).select_related("user").order_by("-at", "-pk")[:100]
    looks: dict[Any, dict[str, Any]] = {}
    for one in entries:
        look = looks.setdefault(
            (one.at, one.user_id, one.purpose),
            {
                "at": one.at,
                "who": str(one.user),
                "kind": one.user.get_kind_display(),
                "what": [],
                "purpose": words.purpose(one.purpose),
            },
        )
        look["what"].insert(0, words.looked_at(one.what, lambda kind: material_name(packs, kind)))
    return [{**look, "what": words.listed(look["what"])} for look in looks.values()]
