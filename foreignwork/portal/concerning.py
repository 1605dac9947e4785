"""Cases an office opened about a firm (an inspection, a listing), as the firm sees them: state, papers, and what it may answer.

A matter gives a ``Concern``: which cases a firm may see, which papers stay in the house, where its pages are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foreignwork.accounts import who
from foreignwork.accounts.models import User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import now
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.notices.files import NotReady, pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.notices.service import internal
from foreignwork.workflow import ask, door
from foreignwork.workflow.keys import KEY

from .cases import label_of

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Concern:
    """``find`` raises Http404; ``summary`` gives (label, value) rows; ``urls``: names for index, case, paper and step."""

    title: str | Promise
    index_title: str | Promise
    urls: dict[str, str]
    find: Callable[[Actor, str], Case]
    summary: Callable[[Any], Sequence[tuple[Any, Any]]]


def by_agent(view: View) -> View:
    """Agents of firms only: nobody is sent to sign in, everyone else gets 404. Nothing of it is kept by a cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if user.kind != User.Kind.APPLICANT:
            raise Http404
        at = now()
        response = view(request, who.actor(user, day_of(at)), at, **kwargs)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return wrapped


def page(request: HttpRequest, concern: Concern, actor: Actor, at: datetime, *, number: str) -> HttpResponse:
    """Where the case stands, its papers, and what the firm may do now or why not."""
    case = concern.find(actor, number)
    context = door.context_of(case, at=at)
    papers = Notice.objects.filter(case=case, status__in=["issued", "served"]).exclude(
        kind__in=internal(case.matter_entry)
    )
    names = context.pack.notices
    shown = {
        "concern": concern,
        "case": case,
        "summary": concern.summary(context),
        "papers": [{"title": names[row.kind].title, "row": row} for row in papers.order_by("-pk")],
        "offers": [
            _offered(offer, context)
            for offer in ask.offers(case, actor, at=at, context=context)
            # No paper waits: nothing to do for the one who receives them.
            if offer.allowed or not offer.step.serves
        ],
        "version": case.version,
    }
    return render(request, "portal/concerning_case.html", shown)


def _offered(offer: ask.Offer, context: Any) -> dict[str, Any]:
    form = door.blank(offer.step, context) if offer.allowed else None
    if form is not None:
        form.auto_id = f"{offer.step.name}_%s"
    return {
        "step": offer.step,
        "label": label_of(offer.step),
        "problems": offer.problems,
        "form": form,
        "key": uuid4(),
    }


def paper(concern: Concern, actor: Actor, *, number: str, pk: int) -> HttpResponse:
    """A paper of the case, except those that stay in the house. Raises Http404."""
    case = concern.find(actor, number)
    rows = Notice.objects.filter(case=case).exclude(kind__in=internal(case.matter_entry))
    notice = rows.filter(pk=pk, withdrawn_at__isnull=True).first()
    if notice is None:
        raise Http404
    try:
        data = pdf_bytes(notice)
    except NotReady:
        raise Http404 from None
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{number}-{pk}.pdf"'
    return answer


def take(
    request: HttpRequest, concern: Concern, actor: Actor, at: datetime, *, number: str, step: str
) -> HttpResponse:
    """What the firm answers, through the one door every step goes through."""
    case = concern.find(actor, number)
    declared = door.step_or_none(case, step)
    if declared is None or all(role.code != "applicant" for role in declared.by):
        raise Http404
    if request.method != "POST":
        return redirect(concern.urls["case"], number=number)
    version, key = request.POST.get("version", ""), request.POST.get("key", "")
    ours = KEY.fullmatch(key) is not None
    attempt = door.attempt(
        case,
        declared,
        actor=actor,
        at=at,
        post=request.POST,
        key=key if ours else "",
        # A form without its key is none of our pages: it has seen nothing.
        expect=int(version) if ours and version.isdecimal() and len(version) < 10 else -1,
    )
    if attempt.done:
        messages.success(request, _("已完成：%(step)s。") % {"step": label_of(declared)})
        return redirect(concern.urls["case"], number=number)
    shown = {
        "concern": concern,
        "case": case,
        "step": declared,
        "label": label_of(declared),
        "form": attempt.form,
        "problems": attempt.problems,
        "key": uuid4(),
        "version": concern.find(actor, number).version,
    }
    return render(request, "portal/concerning_step.html", shown, status=attempt.status)
