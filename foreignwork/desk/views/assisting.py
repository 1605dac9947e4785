"""窗口代办: the employer found by its code or put on file, the letter and the person seen; then the portal's own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foreignwork.accounts import roles
from foreignwork.accounts.models import Assistance
from foreignwork.cases.models import Bundle
from foreignwork.cases.problems import CaseError, Problem
from foreignwork.dossiers import records
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError
from foreignwork.workflow import assisting as verbs

from ..assisting import AssistForm, LicenceForm, UsccForm, mine_today
from ..seat import Seat, at_desk, needs_post, refused
from .files import served


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def assist(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``desk:assist``. By POST only: first the code (``do=find``), then everything else (``do=open``)."""
    if not seat.offices_as(roles.window_clerk):
        return refused(request, seat, needs_post(roles.window_clerk))
    running = Assistance.objects.running(seat.user.pk, seat.today).first()
    find = UsccForm(request.POST) if request.method == "POST" else UsccForm()
    if not find.is_bound or not find.is_valid() or running:
        status = 400 if find.is_bound and find.errors else 409 if find.is_bound and running else 200
        return _page(request, seat, find, running, status=status)
    try:
        employer = verbs.employer_of(find.cleaned_data["uscc"])
    except CaseError as no:
        return _page(request, seat, find, running, problems=no.problems, status=422)
    asked = request.POST if request.POST.get("do") == "open" else None
    form = AssistForm(asked, request.FILES if asked else None, sites=verbs.sites_of(seat.actor))
    licence = None
    if employer is None:
        packs = verbs.packs_of(verbs.offices_of(seat.actor), seat.actor).values()
        licence = LicenceForm(asked, packs=list(packs))
    if asked is None:
        return _page(request, seat, find, running, form, licence, employer)
    if not all([form.is_valid(), licence is None or licence.is_valid()]):
        return _page(request, seat, find, running, form, licence, employer, status=400)
    try:
        verbs.open_assistance(
            form.where,
            employer or licence.employer(find.cleaned_data["uscc"]),  # type: ignore[union-attr]
            form.authorised,
            form.cleaned_data["letter"],
            counter=form.cleaned_data["counter"],
            actor=seat.actor,
            at=seat.at,
        )
    except CaseError as no:
        return _page(request, seat, find, running, form, licence, employer, problems=no.problems, status=422)
    except VaultError:
        form.add_error(
            "letter", _("文件没有保存成功，是系统的问题。请稍后再试；仍然失败请联系系统管理人员。")
        )
        return _page(request, seat, find, running, form, licence, employer, status=503)
    return redirect("portal:home")


def _page(
    request: HttpRequest,
    seat: Seat,
    find: UsccForm,
    running: Assistance | None,
    form: AssistForm | None = None,
    licence: LicenceForm | None = None,
    employer: Any = None,
    *,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "seat": seat,
        "find": find,
        "running": running,
        "assist": form,
        "licence": licence,
        "employer": employer,
        "uscc": find.cleaned_data.get("uscc", "") if form else "",
        "problems": [*problems, *_errors(form), *_errors(licence)],
        "today": mine_today(seat),
        "has_errors": status != 200,
    }
    return render(request, "desk/assist.html", context, status=status)


def _errors(form: Any) -> list[dict[str, str]]:
    """The errors of one of the forms of the page, each with its field."""
    if form is None or not form.is_bound:
        return []
    found = []
    for name, errors in form.errors.items():
        href = f"#{form[name].id_for_label or form[name].auto_id}" if name in form.fields else ""
        found += [{"sentence": str(error), "href": href} for error in errors]
    return found


@at_desk
@require_POST
def end(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``desk:assist_end``: what is open of the clerk's own ends; pressing twice does no harm."""
    running = Assistance.objects.running(seat.user.pk, seat.today).first()
    if running is not None and verbs.close_assistance(running, actor=seat.actor, at=seat.at):
        messages.success(request, _("已结束为 %(employer)s 代办。") % {"employer": running.employer.name})
    return redirect("desk:assist")


@at_desk
@require_safe
def authorisation(request: HttpRequest, seat: Seat, *, number: str) -> HttpResponse:
    """``desk:authorisation``: the letter under which a filing was handed in at the window; it is written down who opened it."""
    rows = Bundle.objects.visible_to(seat.actor).select_related("assistance__authorisation", "dossier")
    bundle = rows.filter(number=number, assistance__isnull=False).first()
    if bundle is None or bundle.assistance is None:
        raise Http404
    records.log_access(
        bundle.dossier,
        user=seat.user,
        what="authorisation",
        purpose=f"{number} 查看授权委托书"[:200],
        at=seat.at,
    )
    try:
        data = blobs.read(bundle.assistance.authorisation)
    except VaultError:
        messages.error(request, _("授权委托书暂时无法打开。请联系系统管理人员从备份恢复。"))
        return redirect(reverse("desk:bundle", args=[number]))
    return served(data, bundle.assistance.authorisation.media_type, f"{number}-authorisation")
