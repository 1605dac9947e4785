"""For the firm inspected: its inspections once they are announced or begun, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import who
from foreignwork.accounts.models import User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import now
from foreignwork.cases.clock import today as day_of
from foreignwork.notices.files import NotReady, pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.workflow import ask, door
from foreignwork.workflow.ask import Offer
from foreignwork.workflow.keys import KEY

from ..matter import summary
from ..models import Inspection, Source

HIDDEN = ("proposed", "approved", "assigned", "not_approved")
INTERNAL = ("INSPECTION_APPROVAL", "CASE_FILED", "TRANSFER")
View = Callable[..., HttpResponse]


def by_agent(view: View) -> View:
    """Agents of firms only: nobody is sent to sign in, everyone else gets 404."""

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


def visible(actor: Actor) -> Any:
    """Announced ones, and unannounced ones from the moment the inspectors stand at the door."""
    seen = Q(announced=True) | Q(visited_on__isnull=False)
    return (
        Inspection.objects.filter(seen, subject_org__in=actor.employers)
        .exclude(state__in=HIDDEN)
        .select_related("subject_org", "office", "policy_version", "lead__user", "second__user")
        .defer("policy_version__document")
    )


@by_agent
@require_safe
def index(request: HttpRequest, actor: Actor, at: Any) -> HttpResponse:
    return render(request, "supervision/firm.html", {"inspections": visible(actor).order_by("-pk")[:100]})


def _find(actor: Actor, number: str) -> Inspection:
    found: Inspection | None = visible(actor).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@by_agent
@require_safe
def inspection(request: HttpRequest, actor: Actor, at: Any, *, number: str) -> HttpResponse:
    """Where the inspection stands, the papers, and what the firm may say: correction, statement, hearing, service."""
    return _page(request, _find(actor, number), actor, at)


def _page(request: HttpRequest, case: Inspection, actor: Actor, at: Any) -> HttpResponse:
    context = door.context_of(case, at=at)
    papers = Notice.objects.filter(case=case, status__in=["issued", "served"]).exclude(kind__in=INTERNAL)
    names = context.pack.notices
    rows = [(row, names[row.kind].title) for row in papers.order_by("-pk")]
    offers = [_offered(offer, context) for offer in ask.offers(case, actor, at=at, context=context)]
    shown = {
        "case": case,
        "summary": [(label, _without_complainant(case, value)) for label, value in summary(context)],
        "papers": rows,
        "offers": offers,
        "version": case.version,
    }
    return render(request, "supervision/firm_case.html", shown)


def _without_complainant(case: Inspection, value: Any) -> Any:
    """The number of a complaint could lead to who complained: the firm learns that there was one, no more."""
    hidden = case.source == Source.COMPLAINT and isinstance(value, str)
    return value.replace(case.source_ref, "").strip() if hidden else value


def _offered(offer: Offer, context: Any) -> dict[str, Any]:
    form = door.blank(offer.step, context) if offer.allowed else None
    if form is not None:
        form.auto_id = f"{offer.step.name}_%s"
    return {"step": offer.step, "problems": offer.problems, "form": form, "key": uuid4()}


@by_agent
@require_safe
def paper(request: HttpRequest, actor: Actor, at: Any, *, number: str, pk: int) -> HttpResponse:
    """A paper of the inspection, except those that stay in the house."""
    rows = Notice.objects.filter(case=_find(actor, number)).exclude(kind__in=INTERNAL)
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


@by_agent
def step(request: HttpRequest, actor: Actor, at: Any, *, number: str, step: str) -> HttpResponse:
    """What the firm answers, through the one door every step goes through."""
    case = _find(actor, number)
    declared = door.step_or_none(case, step)
    if declared is None or all(role.code != "applicant" for role in declared.by):
        raise Http404
    if request.method != "POST":
        return redirect("supervision:firm_case", number=number)
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
        messages.success(request, _("已完成：%(step)s。") % {"step": declared.label})
        return redirect("supervision:firm_case", number=number)
    shown = {
        "case": case,
        "step": declared,
        "form": attempt.form,
        "problems": attempt.problems,
        "key": uuid4(),
        "version": _find(actor, number).version,
    }
    return render(request, "supervision/firm_step.html", shown, status=attempt.status)
