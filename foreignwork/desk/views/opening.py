"""Opening a case by the office itself (依职权立案), about something that was granted."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from foreignwork.cases.problems import RECUSED, CaseError, KeyReused, NotAllowed, Problem
from foreignwork.workflow import door
from foreignwork.workflow.keys import KEY
from foreignwork.workflow.office_cases import draft_of, open_case
from foreignwork.workflow.perform import Invalid

from .. import formlayout
from ..law import readable
from ..opening import Subject, Way, case_of, entitlement_of, kinds, may, opening_of, recused, ways
from ..seat import Seat, at_desk, needs_post, refused


@at_desk
def choose(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """Which kinds of cases may be opened about what was granted."""
    subject = entitlement_of(pk, seat)
    context = {"seat": seat, "subject": subject, "ways": ways(subject, seat)}
    return render(request, "desk/open_choose.html", context)


@at_desk
def open_case_about(request: HttpRequest, seat: Seat, *, pk: int, sub_matter: str) -> HttpResponse:
    """About something granted: 撤回, 撤销, 注销 …"""
    return _open(request, seat, entitlement_of(pk, seat), sub_matter)


@at_desk
def open_case_after(request: HttpRequest, seat: Seat, *, number: str, sub_matter: str) -> HttpResponse:
    """After an application that was not granted: a warning for concealment (行政许可法 78)."""
    return _open(request, seat, case_of(number, seat), sub_matter)


def _open(request: HttpRequest, seat: Seat, subject: Subject, sub_matter: str) -> HttpResponse:
    """The form of the opening step, and what became of it."""
    way = next((way for way in kinds(subject, seat) if way.sub_matter == sub_matter), None)
    if way is None:
        raise Http404
    if recused(subject, seat):
        back = reverse("desk:case", args=[subject.case.number])
        return refused(request, seat, Problem(RECUSED), back=back)
    if not may(way, subject, seat):
        back = reverse("desk:case", args=[subject.case.number])
        return refused(request, seat, needs_post(*way.step.by), back=back)
    if request.method != "POST":
        draft = draft_of(opening_of(subject, sub_matter), at=seat.at)
        return _page(request, seat, subject, way, door.blank(way.step, draft))
    key = request.POST.get("key", "")
    opening = opening_of(subject, sub_matter, request.POST)
    try:
        case = open_case(opening, actor=seat.actor, at=seat.at, key=key if KEY.fullmatch(key) else None)
    except Invalid as invalid:
        return _page(request, seat, subject, way, invalid.form, status=400)
    except CaseError as no:
        status = 409 if isinstance(no, KeyReused) else 403 if isinstance(no, NotAllowed) else 422
        kept = door.blank(way.step, draft_of(opening, at=seat.at), request.POST)
        return _page(request, seat, subject, way, kept, no.problems, status)
    messages.success(request, _("已立案：%(number)s。") % {"number": case.number})
    return redirect("desk:case", number=case.number)


def _page(
    request: HttpRequest,
    seat: Seat,
    subject: Subject,
    way: Way,
    form: forms.Form | None,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "seat": seat,
        "subject": subject,
        "entitlement": subject.entitlement,
        "way": way,
        "step": way.step,
        "form": form,
        "blocks": formlayout.blocks(form) if form is not None else [],
        "cites": readable(way.step.cites),
        "problems": problems,
        "status": status,
        "key": uuid4(),
    }
    return render(request, "desk/open_case.html", context, status=status)
