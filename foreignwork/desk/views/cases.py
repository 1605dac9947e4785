"""One case on one screen, and the steps taken from it. The kernel decides; these views show what it says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foreignwork.cases.models import Bundle
from foreignwork.cases.problems import NotAllowed, WrongState
from foreignwork.cases.steps import Step
from foreignwork.dossiers import records
from foreignwork.dossiers.facts import SENSITIVE
from foreignwork.workflow import ask, door
from foreignwork.workflow.ask import Offer
from foreignwork.workflow.keys import KEY

from .. import formlayout
from ..bundles import overview_of
from ..casefile import CaseFile
from ..fetch import open_file
from ..forms import RevealForm
from ..law import readable
from ..seat import WINDOW_ROLES, Seat, at_desk, refused


@at_desk
def case(request: HttpRequest, seat: Seat, *, number: str) -> HttpResponse:
    """Materials left, facts right, everything that happened below (quality D23)."""
    return _page(request, open_file(number, seat))


def _page(
    request: HttpRequest,
    file: CaseFile,
    *,
    revealed: tuple[str, ...] = (),
    reveal: RevealForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "seat": file.seat,
        "file": file,
        "case": file.case,
        "person_facts": file.person_facts(revealed),
        "work_facts": file.work_facts(revealed),
        "revealed": revealed,
        "reveal_form": reveal or RevealForm(names=_maskable(file)),
        "offers": [_offered(file, offer) for offer in file.offers],
        "may_record_entry": bool(file.case.offices & file.seat.offices_as(*WINDOW_ROLES))
        and not file.recused,
        "has_aside": True,
    }
    return render(request, "desk/case.html", context, status=status)


def _offered(file: CaseFile, offer: Offer) -> dict[str, Any]:
    """An offer with the form it needs here: a small one stands in the panel, a larger one has a page of its own."""
    form = door.blank(offer.step, file.context) if offer.allowed else None
    small = formlayout.is_small(form)
    if form is not None and small:
        form.auto_id = f"{offer.step.name}_%s"
    return {
        "offer": offer,
        "step": offer.step,
        "small": small,
        "form": form if small else None,
        "key": uuid4(),
    }


def _maskable(file: CaseFile) -> list[str]:
    facts = {**file.context.person, **file.context.work}
    return [
        name for name in file.matter.facts_needed if name in SENSITIVE and facts.get(name) not in (None, "")
    ]


@at_desk
def step(request: HttpRequest, seat: Seat, *, number: str, step: str) -> HttpResponse:
    """Any step of any case: the form, and what became of it."""
    file = open_file(number, seat)
    declared = door.step_or_none(file.case, step)
    if declared is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, file, declared)
    key = request.POST.get("key", "")
    ours = KEY.fullmatch(key) is not None
    attempt = door.attempt(
        file.case,
        declared,
        actor=seat.actor,
        at=seat.at,
        post=request.POST,
        key=key if ours else "",
        # A form without its key is none of our pages: it has seen nothing.
        expect=_version(request.POST.get("version")) if ours else -1,
    )
    if attempt.done:
        messages.success(request, _("已完成：%(step)s。") % {"step": declared.label})
        return redirect("desk:case", number=number)
    fresh = open_file(number, seat)  # what the page shows is what is now, also when somebody was faster
    return _step_page(request, fresh, declared, attempt.form, attempt.problems, attempt.status)


def _version(text: str | None) -> int:
    """The version the officer saw; a form without one has seen nothing, so it is stale."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def _ask(request: HttpRequest, file: CaseFile, declared: Step) -> HttpResponse:
    """The empty form, or the reasons why the step cannot be taken."""
    act = ask.act_for(file.seat.actor, declared, file.case, at=file.seat.at, data={})
    objection = ask.objection(declared, file.context, act)
    if objection is None:
        return _step_page(request, file, declared, door.blank(declared, file.context), (), 200)
    return _step_page(request, file, declared, None, objection.problems, door_status(objection))


def door_status(objection: Exception) -> int:
    """The same statuses as ``door.attempt`` gives to a POST."""
    if isinstance(objection, WrongState):
        return 409
    return 403 if isinstance(objection, NotAllowed) else 422


def _step_page(
    request: HttpRequest,
    file: CaseFile,
    declared: Step,
    form: forms.Form | None,
    problems: tuple[Any, ...],
    status: int,
) -> HttpResponse:
    beside = {material.code: material for material in file.materials}
    blocks = formlayout.blocks(form, beside) if form is not None else []
    context = {
        "seat": file.seat,
        "file": file,
        "case": file.case,
        "step": declared,
        "form": form,
        "blocks": blocks,
        "asks": any(block.kind == "asks" for block in blocks),
        "cites": readable(declared.cites),
        "problems": problems,
        "status": status,
        "may_submit": form is not None or (declared.form is None and status in (200, 409)),
        "key": uuid4(),
        "has_aside": True,
    }
    return render(request, "desk/step.html", context, status=status)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, seat: Seat, *, number: str) -> HttpResponse:
    """Show masked facts once, after writing down who looks at what and why."""
    if request.method != "POST":  # opened again (other language, large type): masked as before
        return redirect("desk:case", number=number)
    file = open_file(number, seat)
    problem = file.may_look()
    if problem:
        return refused(request, seat, problem, back=reverse("desk:case", args=[number]))
    form = RevealForm(request.POST, names=_maskable(file))
    if not form.is_valid():
        return _page(request, file, reveal=form, status=400)
    names = tuple(form.cleaned_data["facts"])
    assert file.case.dossier is not None
    with transaction.atomic():
        for name in names:
            records.log_access(
                file.case.dossier,
                user=seat.user,
                what=f"fact:{name}"[:60],
                purpose=f"{number} {form.logged}"[:200],
                at=seat.at,
            )
    return _page(request, file, revealed=names)


@at_desk
def bundle(request: HttpRequest, seat: Seat, *, number: str) -> HttpResponse:
    """The matters of one filing side by side: who waits for whom (quality D27)."""
    found = (
        Bundle.objects.visible_to(seat.actor)
        .select_related("policy_version", "employer", "jurisdiction", "assistance__clerk")
        .defer("policy_version__document")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    return render(
        request, "desk/bundle.html", {"seat": seat, "bundle": found, "columns": overview_of(found, seat)}
    )
