"""The end of a filing: each material once, everything on one page, and the one button that files it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foreignwork.cases.problems import CaseError, KeyReused, NotAllowed, Problem
from foreignwork.dossiers.facts import PERSON, WORK
from foreignwork.policies.materials import Item, Need
from foreignwork.policies.pack import NoOffice, Pack
from foreignwork.policies.schema import Route
from foreignwork.rulebook import words
from foreignwork.workflow.opening import file_bundle
from foreignwork.workflow.routing import route_of

from .consents import told_lines
from .dossiers import rows_of
from .drafts import Application
from .entry import Visit, agents, refused
from .filing import frame, open_draft
from .models import FilingDraft
from .once import KeyMissing, key_of, new_key
from .questions import in_words
from .summary import Line, lines_of
from .uploads import any_file, entry, take
from .words import listed

BRIEF_PERSON = ("nationality", "birth_date", "passport_number", "passport_expiry")
BRIEF_WORK = ("post_title", "annual_salary_cny", "contract_from", "contract_until", "work_address")


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def materials(request: HttpRequest, visit: Visit, draft: Any) -> HttpResponseBase:
    """``portal:materials``: the personal list, each item once. POST keeps the chosen files and stays, or goes on."""
    app = open_draft(visit, draft)
    if app.draft.bundle:
        return redirect("portal:bundle", app.draft.bundle.number)
    refusals: dict[str, str] = {}
    errors: list[Line] = []
    if request.method == "POST":
        _keep_seen(request, visit, app)
        taken = take(
            request, visit, app.draft.engagement, [(row.code, row.material) for row in app.to_upload]
        )
        refusals = taken.refused
        errors = [Line(text, f"#item-{code}") for code, text in refusals.items()]
        if not refusals:
            onward = request.POST.get("do") == "next"
            if onward or any_file(request) or (visit.assistance and request.POST.get("do") == "upload"):
                app.look_again()
                if onward and not app.missing:
                    return redirect("portal:check", app.draft.pk)
                if not onward:
                    return redirect(reverse("portal:materials", args=[app.draft.pk]) + _anchor(taken.kept))
                missing = app.missing
                errors = [
                    Line(
                        _("还缺少：%(name)s。") % {"name": row.name.pick(get_language())}, f"#item-{row.code}"
                    )
                    for row in missing
                ]
            else:
                errors = [Line(_("没有选择文件。请先选择文件，再按“上传”。"))]
    context = frame(
        app,
        visit,
        problems=errors,
        open_questions=app.open_questions,
        limit_mb=settings.UPLOAD_LIMIT // 1024**2,
        windows=_windows(app),
        **_lists(app, visit, refusals),
    )
    return render(request, "portal/materials.html", context, status=400 if errors else 200)


def _keep_seen(request: HttpRequest, visit: Visit, app: Application) -> None:
    """Which papers the clerk has in hand; for anyone else there is nothing to tick."""
    if not visit.assistance:
        return
    ticked = set(request.POST.getlist("seen"))
    app.draft.seen = [row.code for row in app.on_paper if row.code in ticked]
    app.draft.updated_at = visit.at
    app.draft.save(update_fields=["seen", "updated_at"])


GROUPS = {
    Need.UPLOAD: "to_upload",
    Need.EXPIRED: "to_upload",
    Need.ON_FILE: "on_file",
    Need.PAPER: "to_bring",
    Need.SYSTEM: "made_by_us",
    Need.WAIVED: "waived",
    Need.LATER: "to_follow",
}


def _windows(app: Application) -> list[dict[str, str]]:
    """The counters, open today, at which the papers on the list can be handed in."""
    language, answers = get_language(), app.filing.answers
    found = []
    wanted = {code for row in app.items if row.need is Need.PAPER for code in row.for_matters}
    try:
        city = app.draft.engagement.employer.city
        offices = {route_of(app.pack, code, answers, city=city).office for code in wanted}
    except NoOffice:
        return []
    for window in app.pack.windows.values():
        serves = {*window.matters, *(window.booking.matters if window.booking else ())}
        if window.planned or not serves & wanted or (window.offices and not offices & {*window.offices}):
            continue
        found.append(
            {
                "name": window.name.pick(language),
                "address": window.address.pick(language) if window.address else "",
                "hours": window.hours.pick(language) if window.hours else "",
            }
        )
    return found


def _partly(app: Application, item: Item) -> str:
    """A waiver for some of the matters only: for which, and why."""
    if not (item.for_matters and item.waived_for and item.waiver):
        return ""
    language = get_language()
    names = listed(app.pack.matters[code].name.pick(language) for code in item.waived_for)
    return _("“%(matters)s”不用交：%(reason)s") % {"matters": names, "reason": item.waiver.pick(language)}


def _by_when(app: Application, item: Item) -> str:
    """When an item that may follow must be there: “受理之日起 10 个工作日”."""
    if item.gap is None:
        return ""
    answers = app.filing.answers
    for matter in item.gap.matters:
        sub, category = app.pack.sub_matter_for(matter, answers), answers.get("category")
        limit = app.pack.limit(matter, item.gap.limit_kind, "applicant", sub, category)
        if limit and limit.amount is not None:
            return _("%(start)s起 %(span)s内") % {
                "start": words.word(words.STARTS, limit.starts),
                "span": words.span(limit.amount, limit.unit),
            }
    return ""


def _anchor(kept: dict[str, Any]) -> str:
    return f"#item-{next(iter(kept))}" if kept else ""


def _lists(app: Application, visit: Visit, refusals: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The items in the groups a person thinks in: to upload, on file, to bring, made by us, not needed."""
    language = get_language()
    groups: dict[str, list[dict[str, Any]]] = {
        "to_upload": [],
        "on_file": [],
        "to_bring": [],
        "made_by_us": [],
        "waived": [],
        "to_follow": [],
    }
    for row in app.items:
        line = {
            "code": row.code,
            "name": row.name.pick(language),
            "why": row.reason.pick(language),
            "partly": _partly(app, row),
            "hint": row.material.hint.pick(language) if row.material.hint else "",
            "months": row.material.valid_months,
            "copies": row.material.copies,
            "file": entry(app.documents.get(row.code), visit.today),
            "refused": refusals.get(row.code, ""),
            "consequence": row.gap.consequence.pick(language) if row.gap else "",
            "by_when": _by_when(app, row),
            "seen": row.code in app.draft.seen,
        }
        groups[GROUPS[row.need]].append(line)
    return groups


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def check(request: HttpRequest, visit: Visit, draft: Any) -> HttpResponseBase:
    """``portal:check``: everything on one page. POST files the bundle, once."""
    app = open_draft(visit, draft)
    if app.draft.bundle:
        # The button was pressed twice, or the page was kept in the browser: the first time counts.
        return redirect("portal:filed", app.draft.bundle.number)
    errors: list[Line] = []
    status = 200
    if request.method == "POST":
        try:
            return redirect("portal:filed", _submit(request, visit, app))
        except NotAllowed as why:
            return refused(request, *(problem.sentence for problem in why.problems))
        except CaseError as why:
            status = 409 if isinstance(why, KeyReused) else 400 if isinstance(why, KeyMissing) else 422
            errors = lines_of(why, lambda problem: _place(app, problem))
    context = frame(
        app,
        visit,
        problems=errors,
        key=new_key(),
        told=told_lines(app.pack, app.filing.matters, request.POST.getlist("consent")),
        **_answers(app, visit),
    )
    return render(request, "portal/check.html", context, status=status)


def _submit(request: HttpRequest, visit: Visit, app: Application) -> str:
    """File. The draft's own id is the idempotency key: whatever window or button sends it, one draft is one bundle."""
    key_of(request)
    filing = replace(app.filing, consents=frozenset(request.POST.getlist("consent")))
    bundle = file_bundle(
        filing, actor=visit.actor, at=visit.at, key=f"draft:{app.draft.pk}", policy=app.policy
    )
    FilingDraft.objects.filter(pk=app.draft.pk).update(bundle=bundle, updated_at=visit.at)
    return bundle.number


def _place(app: Application, problem: Problem) -> str:
    """The page where a problem of the filing is put right."""
    field, draft = problem.field or "", app.draft
    if field in dict(app.asked):
        return reverse("portal:question", args=[draft.pk, field]) + "?to=check"
    if any(row.code == field for row in app.items):
        return reverse("portal:materials", args=[draft.pk]) + f"#item-{field}"
    if not app.work:
        return (
            reverse("portal:work", args=[draft.engagement.dossier.code, draft.engagement_id])
            + f"?draft={draft.pk}"
        )
    return ""


def _answers(app: Application, visit: Visit) -> dict[str, Any]:
    """The rows of the check page, each with the way to change it."""
    language = get_language()
    answered = [
        {
            "code": code,
            "label": entry_.text.pick(language),
            "values": in_words(entry_, app.pack.options(code), app.given.get(code)),
            "open": code not in app.given,
        }
        for code, entry_ in app.asked
    ]
    return {
        "person": rows_of({k: v for k, v in PERSON.items() if k in BRIEF_PERSON}, app.person, False),
        "work": rows_of({k: v for k, v in WORK.items() if k in BRIEF_WORK}, app.work, False),
        "has_work": bool(app.work),
        "answered": answered,
        "offices": _offices(app),
        **_lists(app, visit, {}),
    }


def _offices(app: Application) -> list[dict[str, Any]]:
    """Who will handle which matter, and within which limits, as far as the pack knows by now."""
    language, found = get_language(), []
    answers, city = app.filing.answers, app.draft.engagement.employer.city
    for code in app.filing.matters:
        try:
            office = _route_words(app.pack, route_of(app.pack, code, answers, city=city))
        except NoOffice:
            office = ""
        found.append({"matter": app.pack.matters[code].name.pick(language), "office": office})
    return found


def _route_words(pack: Pack, route: Route) -> str:
    """The deciding office, and where another one receives for it."""
    office = pack.offices[route.office].name.pick(get_language())
    if route.received_by is None:
        return office
    receiver = pack.offices[route.received_by].name.pick(get_language())
    return _("%(office)s（由%(receiver)s统一受理）") % {"office": office, "receiver": receiver}
