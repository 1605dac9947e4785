"""A draw on screen: for the host who leads it, for the two who type, and for the room that watches."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles

from .. import ceremony, forms_draw, freezing, telling
from ..draw import sample_sizes
from ..models import Draw, Plan
from ..rosters import Plan as Rules
from ..rosters import Stratum
from .plans import part_or_404
from .room import Room, ask, in_room, posted


def draw_or_404(room: Room, pk: int) -> Draw:
    rows = Draw.objects.select_related(
        "part__plan", "jurisdiction", "office", "commitment", "result", "cancellation", "opened_by"
    ).defer("result__packed", "cancellation__packed")
    return get_object_or_404(rows, pk=pk, jurisdiction=room.jurisdiction)


@in_room
@require_safe
def draws(request: HttpRequest, room: Room) -> HttpResponse:
    rows = Draw.objects.filter(jurisdiction=room.jurisdiction).select_related(
        "part", "commitment", "result", "cancellation"
    )
    ready = Plan.objects.filter(jurisdiction=room.jurisdiction, status=Plan.Status.APPROVED).order_by("-year")
    return render(
        request,
        "supervision/draws.html",
        {
            "seat": room.seat,
            "room": room,
            "draws": rows.defer("result__packed", "cancellation__packed").order_by("-pk")[:100],
            "plans": ready[:3],
        },
    )


@in_room
def open_draw(request: HttpRequest, room: Room, *, part: int) -> HttpResponse:
    """What would be drawn, before anything is fixed; then the public sources, and the rosters are frozen."""
    task = part_or_404(room, part)
    form = forms_draw.SourcesForm(
        posted(request), initial={"dice": room.own.numbers["dice"].value if room.own.numbers else 25}
    )
    counts = freezing.preview(
        task, Draw(jurisdiction=room.jurisdiction, part=task), room.own, room.seat.today
    )
    rules = Rules(
        id="preview-1",
        strata={name: Stratum(entry["ppm"], entry["min"]) for name, entry in task.strata.items()},
        cap=task.cap,
        rounds=task.rounds,
        min_ppm=task.min_ppm,
    )
    sizes = sample_sizes(rules, counts)
    return ask(
        request,
        room,
        form,
        lambda form: ceremony.open_draw(task, sources=form.sources(), actor=room.seat.actor, at=room.seat.at),
        title=_("开始抽取"),
        lead=_(
            "目前名录中有 %(total)s 个对象，按计划应抽取 %(drawn)s 个。开始后冻结名录、公布承诺，此后不能更改。"
        )
        % {"total": sum(counts.values()), "drawn": sum(sizes.values())},
        button=_("冻结名录并公布承诺"),
        back=reverse("supervision:plan", args=[task.plan_id]),
        done=_("正在冻结名录。"),
        to=lambda made: reverse("supervision:draw", args=[made.pk]),
    )


@in_room
@require_safe
def draw(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """The host's page: what has been done, what comes next, and what was drawn."""
    one = draw_or_404(room, pk)
    context = {
        "seat": room.seat,
        "room": room,
        "draw": one,
        "told": telling.Told(one, room.own),
        "may_type": room.holds(*ceremony.TYPISTS, office=one.office),
        "may_cancel": room.holds(roles.inspection_leader, office=one.office),
    }
    return render(request, "supervision/draw.html", context)


@in_room
@require_safe
def stage(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """The page for a room with witnesses: large type, one step after the other, nothing to click but the next look."""
    one = draw_or_404(room, pk)
    return render(
        request,
        "supervision/stage.html",
        {"seat": room.seat, "draw": one, "told": telling.Told(one, room.own)},
    )


@in_room
def numbers(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    """One of two people types the public numbers; what the other typed is not shown."""
    one = draw_or_404(room, pk)
    form = forms_draw.NumbersForm(
        posted(request), sources=one.sources, initial={"happened_on": room.seat.today}
    )

    def act(form: Any) -> Any:
        data = form.cleaned_data
        return ceremony.type_numbers(
            one, form.values(), data["happened_on"], actor=room.seat.actor, at=room.seat.at
        )

    return ask(
        request,
        room,
        form,
        act,
        title=_("录入公开随机数"),
        lead=_("由两人各自独立录入。两份完全一致才会抽取；不一致的，两份均作废并留存。"),
        button=_("提交录入"),
        back=reverse("supervision:draw", args=[pk]),
        done=_("已录入。"),
    )


@in_room
def cancel(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = draw_or_404(room, pk)
    return ask(
        request,
        room,
        forms_draw.CancelForm(posted(request), own=room.own),
        lambda form: ceremony.cancel(one, actor=room.seat.actor, at=room.seat.at, **form.cleaned_data),
        title=_("撤销本次抽取"),
        lead=_("撤销将公开：编号保留，理由和一次性密码一并公布。"),
        button=_("公开撤销"),
        back=reverse("supervision:draw", args=[pk]),
        done=_("已撤销并公布。"),
        danger=True,
    )
