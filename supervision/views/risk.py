"""Risk at the desk: leads with their evidence and a person's judgement; the stratum of an object and how it came about."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles

from .. import forms_risk, judging, planning
from ..models import Kind, RiskLead, Subject
from .room import Room, ask, in_room, posted

PAGE = 50
COLUMNS = [_("线索"), _("对象"), _("发现了什么"), _("发现日期"), _("判断期限"), _("判断")]
JUDGES = (roles.inspection_planner, roles.inspection_leader)


def named(subject: Subject) -> str:
    """A firm by its name, a person by the code alone."""
    return (
        subject.organisation.name if subject.organisation else subject.dossier.code if subject.dossier else ""
    )


def told(room: Room, lead: RiskLead) -> tuple[str, str]:
    """(what the rule says, the evidence in words)."""
    risk = room.own.risks.get(lead.rule)
    if risk is None:
        return lead.rule, ""
    language = get_language()
    values = dict(lead.evidence)
    if code := values.get("material"):
        material = room.pack.materials.get(code)
        values["material"] = material.name.pick(language) if material else code
    return risk.name.pick(language), risk.evidence.filled(values).pick(language)


def leads_of(room: Room) -> QuerySet[RiskLead]:
    """The leads that this office may see."""
    return RiskLead.objects.filter(room.mine("subject__"), jurisdiction=room.jurisdiction)


def waiting(room: Room) -> dict[str, int]:
    """How many leads wait for somebody who judges here, and how many of them for too long; nothing for who does not judge."""
    if not room.holds(*JUDGES):
        return {}
    late = Count("pk", filter=Q(due_on__lt=room.seat.today))
    return leads_of(room).filter(judgement__isnull=True).aggregate(waiting=Count("pk"), late=late)


@in_room
@require_safe
def leads(request: HttpRequest, room: Room) -> HttpResponse:
    """Leads nobody has judged yet, who waits longest first; or (``?all=1``) all of them, newest first; fifty a page."""
    every = request.GET.get("all") == "1"
    rows = leads_of(room)
    if not every:
        rows = rows.filter(judgement__isnull=True)
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after)) if every else rows.filter(pk__gt=int(after))
    related = ("subject__organisation", "subject__dossier", "judgement__by")
    found = list(rows.select_related(*related).order_by("-pk" if every else "pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    context = {
        "seat": room.seat,
        "rows": [_row(room, lead) for lead in found],
        "columns": COLUMNS,
        "every": every,
        "next_url": f"?all={int(every)}&after={found[-1].pk}" if more else "",
    }
    return render(request, "supervision/leads.html", context)


def _row(room: Room, lead: RiskLead) -> dict[str, Any]:
    rule, evidence = told(room, lead)
    judgement = getattr(lead, "judgement", None)
    said = judgement.get_kind_display() if judgement else gettext("待判断")
    late = judgement is None and lead.due_on is not None and lead.due_on < room.seat.today
    due = lead.due_on.isoformat() if lead.due_on else ""
    return {
        "cells": [
            {"text": lead.number, "href": reverse("supervision:lead", args=[lead.pk])},
            {"text": named(lead.subject), "sub": Kind(lead.subject.kind).label},
            {"text": rule, "sub": evidence},
            lead.found_on.isoformat(),
            {"tag": "bad", "text": gettext("超期：%(day)s") % {"day": due}} if late else due,
            {"text": said, "sub": str(judgement.by) if judgement else ""},
        ],
        "mark": "overdue" if late else "",
    }


@in_room
def lead(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """One lead: the evidence, and the judgement by a planner or leader."""
    rows = leads_of(room).select_related("subject__organisation", "subject__dossier", "judgement")
    one = get_object_or_404(rows, pk=pk)
    rule, evidence = told(room, one)

    def act(form: Any) -> Any:
        planning.require(room.seat.actor, room.office, *JUDGES)
        data = form.cleaned_data
        return judging.judge(
            one, data["kind"], level=data["level"], remark=data["remark"], by=room.seat.user, at=room.seat.at
        )

    def onward(judgement: Any) -> str:
        if judgement.kind == "inspect" and one.subject.organisation:
            return f"{reverse('supervision:open')}?lead={one.pk}"
        return reverse("supervision:leads")

    return ask(
        request,
        room,
        forms_risk.JudgeForm(posted(request), own=room.own),
        act,
        title=gettext("线索 %(number)s：%(rule)s") % {"number": one.number, "rule": rule},
        lead=gettext("%(who)s：%(evidence)s。线索只是提示，由您判断；不能据此作出任何决定。")
        % {"who": named(one.subject), "evidence": evidence},
        button=_("作出判断"),
        back=reverse("supervision:leads"),
        done=_("已记录判断。"),
        to=onward,
        links=[
            (_("查看这个对象的风险等级和以往线索"), reverse("supervision:subject", args=[one.subject_id]))
        ],
    )


@in_room
@require_safe
def subject(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """One object: its strata over time with their grounds, and its leads."""
    one = _subject(room, pk)
    strata = {code: entry.name.pick(get_language()) for code, entry in room.own.strata.items()}
    rows = RiskLead.objects.filter(subject=one).select_related(
        "subject__organisation", "subject__dossier", "judgement__by"
    )
    levels = one.risk_levels.select_related("judged_by").order_by("-from_on", "-pk")
    context = {
        "seat": room.seat,
        "one": one,
        "name": named(one),
        "kind": Kind(one.kind).label,
        "levels": [
            {
                "level": strata.get(row.level, row.level),
                "row": row,
                "grounds": "；".join(
                    str(entry.get("remark", "")) for entry in row.grounds if isinstance(entry, dict)
                ),
            }
            for row in levels
        ],
        "normal": strata.get("normal", ""),
        "rows": [_row(room, row) for row in rows.order_by("-pk")[:PAGE]],
        "columns": COLUMNS,
        "may_judge": room.holds(*JUDGES),
    }
    return render(request, "supervision/subject.html", context)


def _subject(room: Room, pk: int) -> Subject:
    rows = Subject.objects.filter(room.mine()).select_related("organisation", "dossier")
    return get_object_or_404(rows, pk=pk, jurisdiction=room.jurisdiction)


@in_room
def level(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """Enter the stratum of an object, with the grounds (S004-37)."""
    one = _subject(room, pk)

    def act(form: Any) -> Any:
        planning.require(room.seat.actor, room.office, *JUDGES)
        data = form.cleaned_data
        return judging.set_level(
            one, data["level"], grounds={"remark": data["remark"]}, by=room.seat.user, at=room.seat.at
        )

    return ask(
        request,
        room,
        forms_risk.LevelForm(posted(request), own=room.own),
        act,
        title=_("评定风险等级"),
        lead=named(one),
        button=_("评定"),
        back=reverse("supervision:subject", args=[pk]),
        done=_("已评定，自今日起按新等级抽取。"),
    )
