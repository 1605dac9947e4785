"""Credit at the desk: files of firms and agencies, proposing a listing, correcting an entry. Officers of the enforcement line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office, Organisation
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.cases.problems import Blocked, CaseError, NotAllowed, Problem, say
from foreignwork.desk.seat import Seat, at_desk, needs_post, refused
from foreignwork.policies.models import PolicyVersion
from foreignwork.rulebook.words import clauses
from foreignwork.workflow.keys import KEY
from foreignwork.workflow.office_cases import Opening, draft_of, open_case
from foreignwork.workflow.perform import Invalid

from . import forms, policy
from .forms_desk import VoidForm
from .models import CreditCase, Entry, Voided

LINE = tuple(role for role in roles.ALL.values() if role.line == roles.ENFORCEMENT)
PAGE = 50
VOIDED = say("credit_voided", _("这条记录已经更正过。"))


def in_line(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Staff of the enforcement line and leaders, each for the place of their own office."""

    @wraps(view)
    @at_desk
    def wrapped(request: HttpRequest, seat: Seat, **kwargs: Any) -> HttpResponse:
        offices = seat.offices_as(*LINE) or seat.offices_as(roles.leader)
        if not offices:
            return refused(request, seat, needs_post(*LINE, roles.leader))
        office = Office.objects.select_related("jurisdiction").filter(pk__in=offices).order_by("pk")[0]
        return view(request, seat, office, **kwargs)

    return wrapped


def own_of(office: Office, seat: Seat) -> policy.Own:
    return policy.of(PolicyVersion.objects.in_force(office.jurisdiction.code, seat.today))


@in_line
@require_safe
def home(request: HttpRequest, seat: Seat, office: Office) -> HttpResponse:
    """Listings under way and in force, and the newest entries; a hundred and fifty rows at most."""
    own = own_of(office, seat)
    here = CreditCase.objects.filter(office__jurisdiction=office.jurisdiction).select_related("subject_org")
    cases = here.filter(Q(phase__in=OPEN_PHASES) | Q(state="listed")).order_by("-pk")[:50]
    after = request.GET.get("after", "")
    rows = Entry.objects.filter(jurisdiction=office.jurisdiction, organisation__isnull=False)
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    entries = list(rows.select_related("organisation", "case", "voided").order_by("-pk")[: PAGE + 1])
    more, entries = len(entries) > PAGE, entries[:PAGE]
    context = {
        "seat": seat,
        "cases": [_case_row(row, own) for row in cases],
        "case_columns": [
            _("案件"),
            pgettext_lazy("organisation", "单位"),
            _("名单"),
            _("状态"),
            _("期满日期"),
        ],
        "entries": [_entry_row(row, own, with_firm=True) for row in entries],
        "entry_columns": [
            _("日期"),
            pgettext_lazy("organisation", "单位"),
            _("信用记录"),
            _("参考分"),
            _("有效至"),
        ],
        "next_url": f"?after={entries[-1].pk}" if more else "",
        "lists": [_list_words(entry) for entry in own.lists.values()],
    }
    return render(request, "credit/home.html", context)


def _list_words(entry: policy.List) -> dict[str, Any]:
    return {
        "name": entry.name.pick(get_language()),
        "basis": entry.basis.pick(get_language()),
        "on": entry.on,
        "note": entry.note.pick(get_language()) if entry.note else "",
        "published": entry.published,
    }


def _case_row(row: CreditCase, own: policy.Own) -> dict[str, Any]:
    entry = own.lists.get(row.sub_matter)
    assert row.subject_org is not None
    return {
        "cells": [
            {"text": row.number, "href": reverse("desk:case", args=[row.number])},
            {"text": row.subject_org.name, "href": reverse("credit:file", args=[row.subject_org.uscc])},
            entry.name.pick(get_language()) if entry else row.sub_matter,
            {"phase": row.phase, "text": row.state_label},
            row.until_on.isoformat() if row.until_on else "",
        ]
    }


def _entry_row(row: Entry, own: policy.Own, *, with_firm: bool = False) -> dict[str, Any]:
    event = own.events.get(row.event)
    words = event.text.pick(get_language()) if event else row.event
    firm = (
        [{"text": row.organisation.name, "href": reverse("credit:file", args=[row.organisation.uscc])}]
        if with_firm and row.organisation
        else []
    )
    voided = getattr(row, "voided", None)
    until = gettext("已更正，不再计算") if voided else row.until_on.isoformat()
    return {
        "cells": [
            row.on.isoformat(),
            *firm,
            {"text": words, "sub": row.case.number},
            f"{row.points:+d}",
            until,
        ]
    }


@in_line
@require_safe
def find(request: HttpRequest, seat: Seat, office: Office) -> HttpResponse:
    """To a file by its unified social credit code."""
    code = request.GET.get("uscc", "").replace("\x00", "").strip().upper()[:18]
    if not Organisation.objects.filter(uscc=code).exists():
        messages.error(request, gettext("没有找到这个统一社会信用代码的单位，请核对。"))
        return redirect("credit:home")
    return redirect("credit:file", uscc=code)


@in_line
@require_safe
def file(request: HttpRequest, seat: Seat, office: Office, *, uscc: str) -> HttpResponse:
    """One firm's or agency's credit: entries, listings, standings, and what could be proposed."""
    own, org = own_of(office, seat), get_object_or_404(Organisation, uscc=uscc)
    rows = Entry.objects.filter(organisation=org, jurisdiction=office.jurisdiction)
    counting = rows.filter(until_on__gte=seat.today, voided__isnull=True)
    total = counting.aggregate(points=Sum("points"), adverse=Count("pk", filter=Q(adverse=True)))
    # A listing under way elsewhere is that place's matter until it is decided; what is in publication counts everywhere.
    known = Q(office__jurisdiction=office.jurisdiction) | Q(published=True, ended_on__isnull=True)
    cases = CreditCase.objects.filter(known, subject_org=org).select_related("subject_org").order_by("-pk")
    may_lead = any(
        seat.actor.holds(roles.inspection_leader, pk) for pk in seat.offices_as(roles.inspection_leader)
    )
    entries = [
        _entry_row(row, own) | {"pk": row.pk, "open": may_lead and not hasattr(row, "voided")}
        for row in rows.select_related("case", "voided").order_by("-on", "-pk")[:200]
    ]
    context = {
        "seat": seat,
        "org": org,
        "points": total["points"] or 0,
        "adverse": total["adverse"],
        "entries": entries,
        "correctable": [row for row in entries if row["open"]],
        "entry_columns": [_("日期"), _("信用记录"), _("参考分"), _("有效至")],
        "cases": [_case_row(row, own) for row in cases[:50]],
        "case_columns": [
            _("案件"),
            pgettext_lazy("organisation", "单位"),
            _("名单"),
            _("状态"),
            _("期满日期"),
        ],
        "lists": [(code, entry.name.pick(get_language())) for code, entry in own.lists.items() if entry.on],
        "may_propose": bool(seat.offices_as(roles.inspector, roles.inspection_planner)),
    }
    return render(request, "credit/file.html", context)


@in_line
def propose(request: HttpRequest, seat: Seat, office: Office, *, uscc: str, on: str) -> HttpResponse:
    """A listing, by the kernel's opening step: the form offers the entries that can found it."""
    org, own = get_object_or_404(Organisation, uscc=uscc), own_of(office, seat)
    if on not in own.lists:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    data = (
        {"entries": posted.getlist("entries"), "grounds": posted.get("grounds", "")}
        if posted is not None
        else {}
    )
    opening = Opening(policy.MATTER, on, "inspection", office, subject_org=org, data=data)
    problems: tuple[Problem, ...] = ()
    status, form = 200, None
    try:
        form = forms.ProposeForm(posted, context=draft_of(opening, at=seat.at))
        if posted is not None:
            key = posted.get("key", "")
            case = open_case(opening, actor=seat.actor, at=seat.at, key=key if KEY.fullmatch(key) else None)
            return redirect("desk:case", number=case.number)
    except Invalid as no:
        form, status = no.form, 400  # type: ignore[assignment]
    except CaseError as objection:
        problems, status = objection.problems, 403 if isinstance(objection, NotAllowed) else 422
    entry = own.lists[on]
    context = {
        "seat": seat,
        "org": org,
        "form": form,
        "problems": problems,
        "key": uuid4(),
        "list": _list_words(entry),
        "measures": clauses(
            PolicyVersion.objects.in_force(office.jurisdiction.code, seat.today)
            .pack.texts[f"measure_{code}"]
            .pick(get_language())
            for code in entry.measures
        ),
    }
    return render(request, "credit/propose.html", context, status=status)


@in_line
def void(request: HttpRequest, seat: Seat, office: Office, *, pk: int) -> HttpResponse:
    """An entry made in error counts no longer; by a leader of the line, with the reason, and both rows stay."""
    row = get_object_or_404(
        Entry.objects.select_related("organisation", "case"),
        pk=pk,
        jurisdiction=office.jurisdiction,
        organisation__isnull=False,
    )
    assert row.organisation is not None
    form = VoidForm(request.POST if request.method == "POST" else None)
    problems: tuple[Problem, ...] = ()
    status = 200
    if request.method == "POST":
        led = Office.objects.filter(pk__in=seat.offices_as(roles.inspection_leader))
        if not led.filter(jurisdiction=office.jurisdiction).exists():
            return refused(request, seat, needs_post(roles.inspection_leader))
        status = 400
        if form.is_valid():
            try:
                with transaction.atomic():
                    Voided.objects.create(
                        entry=row, reason=form.cleaned_data["reason"], by=seat.user, at=seat.at
                    )
            except IntegrityError:
                problems, status = Blocked(Problem(VOIDED)).problems, 422
            else:
                messages.success(request, gettext("已更正：这条记录不再计算。"))
                return redirect("credit:file", uscc=row.organisation.uscc)
    context = {"seat": seat, "form": form, "problems": problems, "entry": row, "org": row.organisation}
    return render(request, "credit/void.html", context, status=status)
