"""The first page of the supervision desk, opening an inspection that was not drawn, and service visits."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles
from foreignwork.cases.models import Case
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.cases.problems import CaseError, NotAllowed, Problem
from foreignwork.rulebook.words import aside
from foreignwork.rulebook.words import listed as strung
from foreignwork.workflow.keys import KEY
from foreignwork.workflow.office_cases import Opening, draft_of, open_case
from foreignwork.workflow.perform import Invalid

from .. import forms, forms_office, planning, registers
from ..joint import really_joint
from ..models import Draw, Inspection, Kind, Plan, ServiceVisit, Source
from ..policy import MATTER
from .risk import leads_of, waiting
from .room import Room, ask, in_room, posted


@in_room
@require_safe
def home(request: HttpRequest, room: Room) -> HttpResponse:
    """What is to be done in supervision: own visits first, then plans and draws that wait for somebody."""
    mine = Inspection.objects.filter(office__in=room.seat.actor.offices, phase__in=OPEN_PHASES)
    rows = mine.select_related("subject_org", "lead__user", "second__user", "office").order_by(
        "planned_on", "pk"
    )[:100]
    plans = Plan.objects.filter(jurisdiction=room.jurisdiction, status=Plan.Status.SUBMITTED)
    draws = Draw.objects.filter(jurisdiction=room.jurisdiction, live=True, result__isnull=True)
    context = {
        "seat": room.seat,
        "room": room,
        "rows": [_row(row, room) for row in rows],
        "columns": [
            _("检查"),
            _("检查对象"),
            _("检查来源"),
            _("状态"),
            pgettext_lazy("several", "检查人员"),
            _("计划日期"),
        ],
        "plans": plans,
        "draws": draws.select_related("part", "commitment"),
        "may_open": room.holds(roles.inspection_planner, roles.inspector),
        "leads": waiting(room),
        "figures": figures(room),
    }
    return render(request, "supervision/home.html", context)


def _row(row: Inspection, room: Room) -> dict[str, Any]:
    team = [one for one in (row.lead, row.second) if one]
    mine = any(one.user_id == room.seat.user.pk for one in team)
    return {
        "cells": [
            {"text": row.number, "href": reverse("desk:case", args=[row.number])},
            row.subject_org.name if row.subject_org else "",
            {"text": Source(row.source).label, "sub": row.source_ref},
            {"phase": row.phase, "text": row.state_label},
            strung(str(one) for one in team) + (gettext("（本人）") if mine else ""),
            row.planned_on.isoformat() if row.planned_on else "",
        ],
        "mark": "mine" if mine else "",
    }


def figures(room: Room) -> list[tuple[str, int]]:
    """The year's counts as the annual report needs them: inspections and service visits apart, alone and joint (S000-33, -36)."""
    year = room.seat.today.year
    done = Inspection.objects.filter(office__jurisdiction=room.jurisdiction, visited_on__year=year)
    visits = ServiceVisit.objects.filter(office__jurisdiction=room.jurisdiction, on__year=year)
    return [
        (gettext("本年检查"), done.count()),
        (gettext("其中联合检查"), done.filter(really_joint()).count()),
        (gettext("其中投诉举报、线索、转办"), done.exclude(source=Source.DRAW).count()),
        (gettext("被检查单位"), done.values("subject_org").distinct().count()),
        (gettext("独立走访"), visits.filter(joint=[]).count()),
        (gettext("联合走访"), visits.exclude(joint=[]).count()),
    ]


@in_room
def open_inspection(request: HttpRequest, room: Room) -> HttpResponse:
    """On a complaint, a lead or a transfer. The firm is named first, then what the kernel's opening step asks."""
    known = _from_lead(request, room)
    firm = forms_office.FirmForm(posted(request), initial=known)
    problems: tuple[Problem, ...] = ()
    status = 200
    opening = Opening(matter=MATTER, sub_matter="reported", origin="inspection", office=room.office)
    data = request.POST if request.method == "POST" else None
    try:
        form = forms.ReportedForm(data, initial=known, context=draft_of(opening, at=room.seat.at))
    except CaseError as objection:
        return _page(request, room, firm, None, objection.problems, 422)
    if request.method == "POST":
        named, fine = firm.is_valid(), form.is_valid()
        if named and fine:
            try:
                case = _open(room, firm.cleaned_data["uscc"], opening, request)
                return redirect("desk:case", number=case.number)
            except Invalid as refused:
                form, status = refused.form, 400  # type: ignore[assignment]
            except CaseError as objection:
                problems = objection.problems
                status = 403 if isinstance(objection, NotAllowed) else 422
        else:
            status = 400
    return _page(request, room, firm, form, problems, status)


def _from_lead(request: HttpRequest, room: Room) -> dict[str, Any]:
    """What a lead that was judged to need an inspection says already (S004-22: a data lead, with its number)."""
    pk = request.GET.get("lead", "")
    if not (pk.isdecimal() and len(pk) < 18):
        return {}
    rows = leads_of(room).select_related("subject__organisation")
    rows = rows.filter(pk=int(pk), judgement__kind="inspect")
    lead = rows.first()
    if lead is None or lead.subject.organisation is None:
        return {}
    return {
        "uscc": lead.subject.organisation.uscc,
        "source": Source.LEAD,
        "source_ref": lead.number,
        "source_on": lead.found_on,
    }


def _open(room: Room, org: Any, opening: Opening, request: HttpRequest) -> Case:
    kind = Kind.AGENCY if org.kind == org.Kind.AGENCY else Kind.EMPLOYER
    subject = registers.find_subject(room.jurisdiction, org, kind)
    data = {name: request.POST.get(name, "") for name in request.POST}
    lists: dict[str, Any] = {name: request.POST.getlist(name) for name in ("items", "joint")}
    data |= lists | {"subjects": [subject.pk]}
    named = Opening(
        matter=opening.matter,
        sub_matter=opening.sub_matter,
        origin=opening.origin,
        office=opening.office,
        subject_org=org,
        data=data,
    )
    key = request.POST.get("key", "")
    return open_case(named, actor=room.seat.actor, at=room.seat.at, key=key if KEY.fullmatch(key) else None)


def _page(
    request: HttpRequest, room: Room, firm: Any, form: Any, problems: tuple[Problem, ...], status: int
) -> HttpResponse:
    context = {"seat": room.seat, "firm": firm, "form": form, "problems": problems, "key": uuid4()}
    return render(request, "supervision/open.html", context, status=status)


@in_room
@require_safe
def service_visits(request: HttpRequest, room: Room) -> HttpResponse:
    """走访, kept apart from inspections."""
    rows = ServiceVisit.objects.filter(office__jurisdiction=room.jurisdiction).select_related(
        "organisation", "office", "by"
    )
    departments = dict(forms_office.named(room.own.departments))
    table = [
        {
            "cells": [
                row.on.isoformat(),
                {"text": row.organisation.name, "sub": row.organisation.uscc},
                row.purpose,
                strung(str(departments.get(code, code)) for code in row.joint),
                f"{row.by}{aside(row.office.name)}",
            ]
        }
        for row in rows.order_by("-on", "-pk")[:100]
    ]
    columns = [_("日期"), pgettext_lazy("organisation", "单位"), _("目的"), _("联合部门"), _("走访人")]
    context = {"seat": room.seat, "rows": table, "columns": columns}
    return render(request, "supervision/service_visits.html", context)


@in_room
def service_visit(request: HttpRequest, room: Room) -> HttpResponse:
    form = forms_office.ServiceVisitForm(posted(request), own=room.own, day=room.seat.today)

    def act(form: Any) -> Any:
        planning.require(
            room.seat.actor,
            room.office,
            roles.inspector,
            roles.inspection_planner,
            roles.inspection_leader,
        )
        data = form.cleaned_data
        return ServiceVisit.objects.create(
            office=room.office,
            organisation=data["uscc"],
            on=data["on"],
            purpose=data["purpose"],
            told=data["told"],
            joint=data["joint"],
            by=room.seat.user,
            at=room.seat.at,
        )

    return ask(
        request,
        room,
        form,
        act,
        title=_("登记走访"),
        lead=_("走访是服务，不是检查：不能据此责令改正或者处罚。发现线索的，请另行提出检查申请。"),
        button=_("登记"),
        back=reverse("supervision:service_visits"),
        done=_("已登记。"),
    )
