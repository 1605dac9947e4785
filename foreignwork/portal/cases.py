"""One case, and any step an applicant may take with it: one address for every matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.accounts import roles
from foreignwork.cases import registry
from foreignwork.cases.context import Context
from foreignwork.cases.models import BundleItem, Case
from foreignwork.cases.problems import CaseError, NotAllowed, WrongState
from foreignwork.cases.steps import Step
from foreignwork.deadlines.models import Deadline
from foreignwork.dossiers.models import Engagement
from foreignwork.workflow import ask, door

from . import board
from .entry import Visit, refused, visitors
from .once import key_of, new_key
from .people import names_of
from .progress import law_of, phase_words
from .summary import Line, lines_of
from .uploads import any_file, entry, take
from .words import listed

RELATED = ("policy_version", "office", "dossier", "bundle", "employer")


def find(visit: Visit, number: str) -> Case:
    return get_object_or_404(Case.objects.visible_to(visit.actor).select_related(*RELATED), number=number)


def frame(case: Case, visit: Visit) -> dict[str, Any]:
    """What every page of a case shows."""
    pack = case.policy_version.pack
    entry = pack.matters[case.matter]
    own = entry.sub_matters.get(case.sub_matter) if case.bundle_id is None else None
    name = (own or entry).name.pick(get_language())  # what an office began itself is called by what it is
    crumbs = [{"label": _("我的办件"), "href": reverse("portal:home")}]
    if case.bundle:
        crumbs.append(
            {"label": case.bundle.number, "href": reverse("portal:bundle", args=[case.bundle.number])}
        )
    return {
        "case": case,
        "matter_name": name,
        "name": names_of([case.dossier_id]).get(case.dossier_id) if case.dossier_id else None,
        "tag": phase_words(case),
        "crumbs": crumbs,
        "visit": visit,
    }


def label_of(step: Step) -> str:
    """What a step is called on the applicant's side: what an office serves, he receives."""
    return _("签收文书") if step.serves else str(step.label)


@require_safe
@visitors
def case(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:case``: one matter: where it stands, what can be done, its papers and its history."""
    row = find(visit, number)
    context = door.context_of(row, at=visit.at)
    pack = row.policy_version.pack
    siblings = board.cases_of([row.bundle])[row.bundle.pk] if row.bundle else [row]
    limits = list(Deadline.objects.knowing_held().filter(case=row).order_by("started_on", "id"))
    answers = row.bundle.answers if row.bundle else {}
    card = board.card_of(row, pack, answers, siblings, limits, today=visit.today, acts=visit.acts)
    offers: list[dict[str, Any]] = [
        {
            "step": offer.step,
            "label": label_of(offer.step),
            "href": reverse("portal:step", args=[row.number, offer.step.name]),
            "problems": offer.problems,
            "ready": offer.allowed or offer.step.answers or bool(offer.step.takes),
        }
        for offer in ask.offers(row, visit.actor, at=visit.at, context=context)
        # No paper waits: nothing to do for the one who receives them.
        if offer.allowed or not offer.step.serves
    ]
    summary = registry.get(row.matter).summary
    page = {
        **frame(row, visit),
        "card": card,
        "offers": sorted(offers, key=lambda one: ("primary", "plain", "danger").index(one["step"].tone)),
        "facts": [
            {"label": label, "value": value}
            for label, value in (summary(context) if summary else [])
            if value
        ],
        "asked": _asked(context, visit),
        "entries": board.timeline_of([row], [card]),
        "papers": board.papers_of([row], pack, [card]),
    }
    return render(request, "portal/case.html", page)


def _asked(context: Context, visit: Visit) -> list[dict[str, Any]]:
    """The items of the open supplement notice, each with what is wrong and whether a new file lies there already."""
    pack, language = context.pack, get_language()
    documents = {row.code: row.document for row in context.items}
    found = []
    for row in context.open_supplements:
        document = documents.get(row.item)
        material, reason = pack.materials.get(row.item), pack.supplement_reasons.get(row.reason)
        found.append(
            {
                "code": row.item,
                "name": material.name.pick(language) if material else row.item,
                "months": material.valid_months if material else None,
                "reason": reason.text.pick(language) if reason else row.reason,
                "note": row.note,
                "file": entry(document, visit.today),
                "renewed": bool(document and document.uploaded_at > row.asked_at),
            }
        )
    return found


def _taken(context: Context, codes: Sequence[str], visit: Visit) -> list[dict[str, Any]]:
    """The materials a step takes, each with the file that lies there already."""
    pack, language = context.pack, get_language()
    documents = {row.code: row.document for row in context.items}
    return [
        {
            "code": code,
            "name": pack.materials[code].name.pick(language),
            "months": pack.materials[code].valid_months,
            "file": entry(documents.get(code), visit.today),
            "renewed": documents.get(code) is not None,
            "follows": True,
        }
        for code in codes
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@visitors
def step(request: HttpRequest, visit: Visit, number: str, step: str) -> HttpResponseBase:
    """``portal:step``: any applicant's step of any matter. The page shows; ``perform`` decides."""
    row = find(visit, number)
    declared = door.step_or_none(row, step)
    if declared is None:
        raise Http404
    if request.method == "POST":
        return _attempt(request, visit, row, declared)
    context = door.context_of(row, at=visit.at)
    act = ask.act_for(visit.actor, declared, context.case, at=visit.at, data={})
    objection = ask.objection(declared, context, act)
    if isinstance(objection, NotAllowed):
        return refused(request, *(problem.sentence for problem in objection.problems))
    if isinstance(objection, WrongState):
        return _conflict(request, visit, row, objection.problems, None)
    # What still has to be uploaded is the work of the page itself, not a reason to turn the person away.
    asks_files = declared.answers or declared.takes
    problems = objection.problems if objection and (not asks_files or _moot(objection)) else ()
    return _page(request, visit, context, declared, door.blank(declared, context), problems, 200)


def _moot(objection: CaseError) -> bool:
    return any(problem.moot for problem in objection.problems)


def _attempt(request: HttpRequest, visit: Visit, row: Case, declared: Step) -> HttpResponseBase:
    post = request.POST
    refusals: dict[str, str] = {}
    asks_files = declared.answers or declared.takes
    if asks_files and row.bundle and visit.acts and row.state in declared.sources:
        if no := _not_hers(row, visit, declared):
            return refused(request, *(problem.sentence for problem in no.problems))
        refusals, kept = _keep_files(request, visit, row, declared)
        if post.get("do") == "upload" and not refusals:
            where = reverse("portal:step", args=[row.number, declared.name])
            if not kept:
                nothing = [Line(_("没有选择文件。请先选择文件，再按“上传”。"))]
                return _again(request, visit, row, declared, nothing, {}, 400)
            return redirect(f"{where}#item-{kept[0]}")
        if refusals:
            lines = [Line(text, f"#item-{code}") for code, text in refusals.items()]
            return _again(request, visit, row, declared, lines, refusals, 400)
    try:
        key = key_of(request)
    except CaseError as missing:
        return _again(request, visit, row, declared, lines_of(missing), {}, 400)
    tried = door.attempt(
        row, declared, actor=visit.actor, at=visit.at, post=post, key=key, expect=_seen(post.get("version"))
    )
    if tried.done:
        messages.success(request, _("已完成：%(step)s。") % {"step": label_of(declared)})
        return redirect("portal:case", row.number)
    if tried.status == 403:
        return refused(request, *(problem.sentence for problem in tried.problems))
    fresh = find(visit, row.number)
    context = door.context_of(fresh, at=visit.at)
    act = ask.act_for(visit.actor, declared, context.case, at=visit.at, data={})
    if tried.status == 409 and isinstance(ask.objection(declared, context, act), WrongState):
        return _conflict(request, visit, fresh, tried.problems, tried.form)
    return _page(request, visit, context, declared, tried.form, tried.problems, tried.status)


def _not_hers(row: Case, visit: Visit, declared: Step) -> NotAllowed | None:
    """Why nothing is kept from this person, not even a file: a clerk who worked on the case for the office (ADR 0015)."""
    context = door.context_of(row, at=visit.at)
    act = ask.act_for(visit.actor, declared, context.case, at=visit.at, data={})
    objection = ask.objection(declared, context, act)
    return objection if isinstance(objection, NotAllowed) else None


def _seen(text: str | None) -> int:
    """The version the person saw; a form without one has seen nothing, so it is stale."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _keep_files(
    request: HttpRequest, visit: Visit, row: Case, declared: Step
) -> tuple[dict[str, str], list[str]]:
    """Keep the new files the step asks for, each in its place in the bundle: (refusals, codes kept)."""
    if not any_file(request):
        return {}, []
    pack = row.policy_version.pack
    if declared.takes:
        asked = list(declared.takes(door.context_of(row, at=visit.at)))
    else:
        asked = list(row.supplement_items.filter(answered_at__isnull=True).values_list("item", flat=True))
    engagement = Engagement.objects.select_related("dossier__data_key").get(pk=row.engagement_id or 0)
    taken = take(
        request, visit, engagement, [(code, pack.materials[code]) for code in asked if code in pack.materials]
    )
    for code, document in taken.kept.items():
        BundleItem.objects.filter(bundle=row.bundle, code=code).update(document=document)
    return taken.refused, list(taken.kept)


def _again(
    request: HttpRequest,
    visit: Visit,
    row: Case,
    declared: Step,
    problems: list[Line],
    refusals: dict[str, str],
    status: int,
) -> HttpResponseBase:
    """The same page with what is wrong; what was typed stays."""
    context = door.context_of(row, at=visit.at)
    form = door.blank(declared, context, request.POST)
    return _page(request, visit, context, declared, form, problems, status, refusals)


def _page(
    request: HttpRequest,
    visit: Visit,
    context: Context,
    declared: Step,
    form: forms.Form | None,
    problems: Any,
    status: int,
    refusals: dict[str, str] | None = None,
) -> HttpResponseBase:
    asked = (
        _asked(context, visit)
        if declared.answers
        else _taken(context, declared.takes(context), visit)
        if declared.takes
        else []
    )
    for one in asked:
        one["refused"] = (refusals or {}).get(one["code"], "")
    page = {
        **frame(context.case, visit),
        "step": declared,
        "label": label_of(declared),
        "law": law_of(declared),
        "form": form,
        "problems": problems,
        "asked": asked,
        "follows": declared.takes is not None,
        "stale": status == 409,
        # A rule that forbids the step outright leaves nothing to send; a form that was refused can be sent again.
        "may_send": not (problems and request.method != "POST"),
        "key": new_key(),
        "version": context.case.version,
    }
    return render(request, "portal/step.html", page, status=status)


def _conflict(
    request: HttpRequest, visit: Visit, row: Case, problems: Any, form: forms.Form | None
) -> HttpResponseBase:
    """Someone was faster, and the step is no longer there to take: who did what, and the text that was typed."""
    event = row.events.select_related("office").order_by("-seq").first()
    conflict: dict[str, Any] = {"href": reverse("portal:case", args=[row.number]), "kept": _kept(form)}
    if event is not None:
        event.case = row
        role = roles.ALL.get(event.role)
        who = event.office.name if event.office and role and role.staff else str(role.label) if role else ""
        conflict |= {"who": who, "what": event.label, "at": event.at}
    page = {**frame(row, visit), "conflict": conflict, "reasons": problems}
    return render(request, "portal/conflict.html", page, status=409)


def _kept(form: forms.Form | None) -> list[dict[str, str]]:
    """What was typed, to be copied."""
    rows = []
    for bound in form or ():
        value = bound.value()
        labels = dict(getattr(bound.field, "choices", ()) or ())
        chosen = value if isinstance(value, list) else [value]
        text = listed(labels.get(one, one) for one in chosen if one not in (None, ""))
        if text:
            rows.append({"label": str(bound.label), "value": text})
    return rows
