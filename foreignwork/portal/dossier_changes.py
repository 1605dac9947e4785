"""Changing what is on file about a person: always a new version, and days that start clocks."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foreignwork.accounts.who import Side
from foreignwork.cases.problems import CaseError
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Dossier, DossierVersion, Engagement
from foreignwork.workflow import facts as days
from foreignwork.workflow.consents import withdraw

from .dossier_forms import DayForm, PersonForm, WorkForm
from .dossiers import DossierExists, find, name_of, newest_work, show
from .drafts import own_draft
from .entry import Visit, agents, refused, visitors
from .once import new_key, once
from .people import engagements_visible_to
from .summary import Line, errors_of, lines_of, posted


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def passport(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:passport``: a new passport or other contacts make a new version of the facts."""
    row = find(visit, code)
    latest = row.versions.order_by("-seq").first()
    before = dict(latest.facts) if latest else {}
    initial = {name: before.get(name, "") for name in ("name_zh", "phone", "email")}
    form = PersonForm(posted(request), today=visit.today, initial=initial)
    more: list[Line] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():

            def work() -> str:
                Dossier.objects.select_for_update().get(pk=row.pk)
                try:
                    records.add_version(row, facts={**before, **form.facts()}, by=visit.user, at=visit.at)
                except records.AlreadyOpen as found:
                    raise DossierExists(found.dossier) from None
                return reverse("portal:dossier", args=[row.code])

            try:
                return redirect(once(request, visit, f"passport/{row.pk}", form.cleaned_data, work))
            except CaseError as refused:
                more, status = lines_of(refused), 409
    context = {
        "form": form,
        "problems": more,
        "dossier": row,
        "name": name_of(before),
        "key": new_key(),
        "visit": visit,
    }
    return render(request, "portal/passport.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def work(request: HttpRequest, visit: Visit, code: str, engagement: int) -> HttpResponseBase:
    """``portal:work``: post, pay, contract and place of one engagement."""
    row = find(visit, code)
    engaged = get_object_or_404(
        engagements_visible_to(visit.actor).select_related("dossier", "employer"), pk=engagement, dossier=row
    )
    latest = newest_work([engaged.pk]).get(engaged.pk)
    initial = dict(latest.facts) if latest else {"work_address": engaged.employer.address}
    form = WorkForm(posted(request), today=visit.today, initial=initial)
    draft = request.POST.get("draft") or request.GET.get("draft") or ""
    more: list[Line] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():

            def save() -> str:
                Engagement.objects.select_for_update().get(pk=engaged.pk)
                records.add_engagement_version(engaged, facts=form.facts(), by=visit.user, at=visit.at)
                return back_to_filing(visit, draft) or reverse("portal:dossier", args=[row.code])

            try:
                return redirect(once(request, visit, f"work/{engaged.pk}", form.cleaned_data, save))
            except CaseError as refused:
                more, status = lines_of(refused), 409
    version = DossierVersion.objects.filter(dossier=row).order_by("-seq").first()
    context = {
        "form": form,
        "problems": more,
        "dossier": row,
        "engagement": engaged,
        "name": name_of(dict(version.facts) if version else {}),
        "first": latest is None,
        "draft": draft,
        "back": back_to_filing(visit, draft) or reverse("portal:dossier", args=[row.code]),
        "key": new_key(),
        "visit": visit,
    }
    return render(request, "portal/work.html", context, status=status)


def back_to_filing(visit: Visit, draft: str) -> str:
    """The filing somebody came from, if it is his own."""
    try:
        return reverse("portal:filing", args=[own_draft(visit, draft).pk]) if draft else ""
    except Http404:
        return ""


@require_http_methods(["GET", "HEAD", "POST"])
@agents
def record_day(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:record_day``: the day of entry, or the first day of work; waiting cases look again."""
    row = find(visit, code, "opened_by")
    if request.method != "POST":  # the page of a refusal, opened again (other language, large type, reload)
        return redirect(reverse("portal:dossier", args=[row.code]) + "#days")
    form = DayForm(request.POST, today=visit.today)
    if not form.is_valid():
        return show(request, visit, row, errors=errors_of(form), day_form=form, status=400)
    kind, on = form.cleaned_data["kind"], form.cleaned_data["on"]

    def work() -> str:
        days.record(row, kind=kind, on=on, by=visit.user, at=visit.at)
        return reverse("portal:dossier", args=[row.code]) + "#days"

    try:
        return redirect(once(request, visit, f"day/{row.pk}", form.cleaned_data, work))
    except CaseError as refused:
        return show(request, visit, row, errors=lines_of(refused), day_form=form, status=409)


@require_POST
@visitors
def take_back_consent(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:consent``: the person withdraws a consent (个人信息保护法 15); nobody can do it for him."""
    row = find(visit, code)
    if visit.actor.side != Side.PERSON:
        return refused(request, _("同意只能由外国人本人撤回。"))
    purpose = request.POST.get("purpose", "")
    if "\x00" in purpose or len(purpose) > 60:
        raise Http404
    if withdraw(row, purpose, by=visit.user, at=visit.at):
        messages.success(request, _("已撤回同意。撤回之前已经进行的处理不受影响。"))
    return redirect(reverse("portal:dossier", args=[row.code]) + "#consents")
