"""一单 on screen: the list of check items of any day, and local items that are asked for, answered, ended (S004-27…-29)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles
from foreignwork.rulebook.words import listed as strung

from .. import additions, forms_items, forms_office, forms_plan, registers
from ..models import ItemProposal, Kind
from .room import Room, ask, day_asked, in_room, posted

ANSWERS = (roles.inspection_leader, roles.inspection_planner)
SHOWN = 50


def local(row: Any, name: str) -> str:
    """A bilingual column of a register row in the reader's language."""
    english = (get_language() or "").startswith("en")
    return str((getattr(row, f"{name}_en") if english else "") or getattr(row, f"{name}_zh"))


def _said(row: Any, room: Room) -> dict[str, Any]:
    departments = dict(forms_office.named(room.own.departments))
    return {
        "row": row,
        "kinds": strung(Kind(kind).label for kind in row.of),
        "basis": local(row, "basis"),
        "method": local(row, "method"),
        "points": local(row, "points"),
        "frequency": local(row, "frequency"),
        "departments": strung(departments.get(code, code) for code in row.departments),
    }


@in_room
@require_safe
def items(request: HttpRequest, room: Room) -> HttpResponse:
    """The list of check items as it stood on the day asked for; and what was asked for, open questions first."""
    day, form = day_asked(request, room)
    rows = registers.items_on(room.jurisdiction, day).select_related("proposed_by", "accepted_by")
    asked = ItemProposal.objects.filter(jurisdiction=room.jurisdiction).select_related(
        "office", "made_by", "answered_by"
    )
    me = room.seat.user.pk
    may_answer = room.province is not None and room.holds(*ANSWERS, office=room.province)
    context = {
        "seat": room.seat,
        "rows": [_said(row, room) for row in rows],
        "day": day,
        "day_form": form,
        "proposals": [
            _said(row, room) | {"may_answer": may_answer and not row.answer and row.made_by_id != me}
            for row in asked.order_by("answer", "-pk")[:SHOWN]
        ],
        "may_propose": room.holds(roles.inspection_planner),
        "today": room.seat.today,
    }
    return render(request, "supervision/items.html", context)


@in_room
def propose(request: HttpRequest, room: Room) -> HttpResponse:
    """Ask for a local item, or (``?code=``) for another wording of one that stands."""
    known = additions.standing(room.jurisdiction.pk, request.GET.get("code", "")[:60].replace("\0", ""))
    names = [field.name for field in additions.TEXT]
    initial = {name: getattr(known, name) for name in ("code", *names)} if known else {}
    form = forms_items.ItemForm(posted(request), own=room.own, day=room.seat.today, initial=initial)
    return ask(
        request,
        room,
        form,
        lambda form: additions.propose(
            room.office, ItemProposal.What.ADD, actor=room.seat.actor, at=room.seat.at, **form.cleaned_data
        ),
        title=_("申报地方新增事项"),
        lead=gettext("由%(office)s申报，省级部门另一名人员研究后答复；采纳后自所填日期起列入清单。")
        % {"office": room.office.name},
        button=_("申报"),
        back=reverse("supervision:items"),
        done=_("已申报。"),
    )


@in_room
def end(request: HttpRequest, room: Room, *, code: str) -> HttpResponse:
    """Ask that a local item be checked no longer."""
    row = additions.standing(room.jurisdiction.pk, code)
    if row is None:
        raise Http404
    return ask(
        request,
        room,
        forms_items.EndForm(posted(request), day=room.seat.today),
        lambda form: additions.propose(
            room.office,
            ItemProposal.What.END,
            code,
            actor=room.seat.actor,
            at=room.seat.at,
            **form.cleaned_data,
        ),
        title=_("申报停用地方事项"),
        lead=row.name,
        button=_("申报"),
        back=reverse("supervision:items"),
        done=_("已申报。"),
    )


@in_room
def answer(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """The province accepts or refuses, with the reason."""
    rows = ItemProposal.objects.select_related("jurisdiction", "office")
    asked = get_object_or_404(rows, pk=pk, jurisdiction=room.jurisdiction)
    words = gettext("%(office)s：%(what)s“%(name)s”，自 %(day)s 起。依据：%(basis)s。理由：%(reason)s")
    said = {
        "office": asked.office.name,
        "what": asked.get_what_display(),
        "name": asked.name,
        "day": asked.from_on.isoformat(),
        "basis": local(asked, "basis"),
        "reason": asked.reason,
    }
    return ask(
        request,
        room,
        forms_plan.AnswerForm(posted(request)),
        lambda form: additions.answer(
            asked,
            accepted=form.cleaned_data["accepted"] == "yes",
            reason=form.cleaned_data["reason"],
            actor=room.seat.actor,
            at=room.seat.at,
        ),
        title=_("答复地方事项申报"),
        lead=words % said,
        button=_("答复"),
        back=reverse("supervision:items"),
        done=_("已答复。"),
    )
