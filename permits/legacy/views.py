"""Former permits at the desk: the files handed in, one of them with its report, and the decision about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office
from foreignwork.cases.problems import Blocked, NotAllowed, Problem
from foreignwork.desk.seat import Seat, at_desk, needs_post, refused
from foreignwork.workflow.perform import Invalid

from ..forms_legacy import DecideForm, FileForm
from ..models import LegacyImport
from . import imports, sheet
from .register import firms_of
from .sheet import COLUMNS, Fault, Row, Unreadable

READERS = (*imports.PROPOSERS, roles.leader)
SHOWN = 50
SAMPLE = 20
LOOKS = {"waiting": "warn", "approved": "work", "entered": "ok", "rejected": "shut"}


def _mine(seat: Seat) -> Any:
    return LegacyImport.objects.filter(office__in=seat.offices_as(*READERS))


def report(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The refused rows as people read them."""
    return [
        {
            "line": one["line"],
            "column": COLUMNS.get(one["column"], ""),
            "words": Problem(one["code"], one["params"]).sentence,
        }
        for one in stored
    ]


@require_safe
@at_desk
def index(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``permits:legacy``: the files of one's own offices."""
    if not seat.offices_as(*READERS):
        return refused(request, seat, needs_post(*READERS), back=reverse("desk:register"))
    rows = _mine(seat).select_related("office", "proposed_by").order_by("-pk")[:SHOWN]
    context = {
        "seat": seat,
        "rows": [{"entry": row, "look": LOOKS[row.status]} for row in rows],
        "proposes": bool(seat.offices_as(*imports.PROPOSERS)),
    }
    return render(request, "permits/legacy_list.html", context)


@require_safe
@at_desk
def blank(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``permits:legacy_blank``: the sheet to fill in."""
    answer = HttpResponse(sheet.blank(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="former-permits.csv"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def propose(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``permits:legacy_new``: a file; what of it cannot be taken is told row by row, and nothing of it is kept."""
    held = seat.offices_as(*imports.PROPOSERS)
    if not held:
        return refused(request, seat, needs_post(*imports.PROPOSERS), back=reverse("desk:register"))
    office = Office.objects.select_related("jurisdiction").filter(pk__in=held).order_by("pk")[0]
    context: dict[str, Any] = {"seat": seat, "office": office, "columns": COLUMNS, "most": sheet.MOST_ROWS}
    if request.method != "POST":
        return render(request, "permits/legacy_new.html", {**context, "form": FileForm()})
    form = FileForm(request.POST, request.FILES)
    faults: list[Fault] = []
    status = 400
    if form.is_valid():
        try:
            row = imports.propose(
                form.cleaned_data["file"].read(), office=office, actor=seat.actor, at=seat.at
            )
        except Unreadable as why:
            form.add_error("file", why.problem.sentence)
        except imports.Faulty as why:
            faults, status = why.sheet.faults, 422
            form.add_error("file", why.problems[0].sentence)
            context["known"] = len(why.known)
        except Blocked as why:
            status = 409
            form.add_error("file", why.problems[0].sentence)
        else:
            messages.success(request, _("文件已提交，等待负责人批准。"))
            return redirect("permits:legacy_import", row.pk)
    context |= {"form": form, "faults": report([fault.stored() for fault in faults])}
    return render(request, "permits/legacy_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def show(request: HttpRequest, seat: Seat, *, pk: int) -> HttpResponse:
    """``permits:legacy_import``: one file with its report; a leader decides about it here."""
    row = get_object_or_404(_mine(seat).select_related("office", "proposed_by", "decided_by"), pk=pk)
    leads = seat.actor.holds(roles.leader, row.office_id)
    form = DecideForm(request.POST if request.method == "POST" else None)
    status, problem = 200, ""
    if request.method == "POST":
        if not leads:
            back = reverse("permits:legacy_import", args=[row.pk])
            return refused(request, seat, needs_post(roles.leader), back=back)
        status = 400
        if form.is_valid():
            try:
                return _decided(request, seat, row, form)
            except NotAllowed as why:
                status, problem = 403, why.problems[0].sentence
            except (Blocked, Invalid) as why:
                status, problem = 409, why.problems[0].sentence
    sample = [Row(one["line"], one) for one in (row.rows or [])[:SAMPLE]]
    firms = firms_of(sample)
    context = {
        "seat": seat,
        "row": row,
        "look": LOOKS[row.status],
        "refused": report(row.refused),
        "left_out": report(row.left_out),
        "sample": [{"values": one.values, "firm": firms.get(one.values["uscc"])} for one in sample],
        "form": form,
        "problem": problem,
        "decides": leads and row.status == "waiting" and row.proposed_by_id != seat.user.pk,
        "own": leads and row.status == "waiting" and row.proposed_by_id == seat.user.pk,
    }
    return render(request, "permits/legacy_import.html", context, status=status)


def _decided(request: HttpRequest, seat: Seat, row: LegacyImport, form: DecideForm) -> HttpResponse:
    approve = form.cleaned_data["decision"] == "approve"
    imports.decide(row.pk, approve=approve, reason=form.cleaned_data["reason"], actor=seat.actor, at=seat.at)
    words = _("已批准，系统正在逐条转入。") if approve else _("已退回，没有转入任何许可。")
    messages.success(request, words)
    return redirect("permits:legacy_import", row.pk)
