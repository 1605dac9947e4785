"""The annual plan on screen: proposals, drawing up, approval by a second person, adjustment, report, coverage, export."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from foreignwork.rulebook.words import labelled
from foreignwork.rulebook.words import listed as strung

from .. import catalogue, forms_office, forms_plan, planning, policy
from ..models import Draw, Kind, Plan, PlanPart, Proposal
from .room import Room, as_csv, as_xlsx, ask, in_room, posted, press

PPM_PERCENT = 10_000


def plan_or_404(room: Room, pk: int) -> Plan:
    rows = Plan.objects.select_related("jurisdiction", "office", "made_by", "approval__approved_by")
    return get_object_or_404(rows, pk=pk, jurisdiction=room.jurisdiction)


def part_or_404(room: Room, pk: int) -> PlanPart:
    rows = PlanPart.objects.select_related("plan__jurisdiction", "plan__office")
    return get_object_or_404(rows, pk=pk, plan__jurisdiction=room.jurisdiction)


@in_room
@require_safe
def plans(request: HttpRequest, room: Room) -> HttpResponse:
    rows = planning.plans_of([room.jurisdiction.pk])[:20]
    wanted = Proposal.objects.filter(jurisdiction=room.jurisdiction).select_related("office")
    context = {
        "seat": room.seat,
        "room": room,
        "plans": rows,
        "proposals": wanted.order_by("answer", "-pk")[:50],
        "coverage": planning.coverage(room.jurisdiction, room.seat.today.year, room.seat.today, room.own)
        if room.province
        else [],
        "kinds": dict(Kind.choices),
        "year": room.seat.today.year,
    }
    return render(request, "supervision/plans.html", context)


@in_room
def begin(request: HttpRequest, room: Room) -> HttpResponse:
    form = forms_plan.YearForm(posted(request), initial={"year": room.seat.today.year})
    return ask(
        request,
        room,
        form,
        lambda form: planning.begin(
            room.jurisdiction, form.cleaned_data["year"], actor=room.seat.actor, at=room.seat.at
        ),
        title=_("拟定年度抽查工作计划"),
        button=_("开始拟定"),
        back=reverse("supervision:plans"),
        done=_("已建立计划草稿。"),
        to=lambda plan: reverse("supervision:plan", args=[plan.pk]),
    )


@in_room
@require_safe
def plan(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    parts = list(one.parts.order_by("pk"))
    if (kind := request.GET.get("as")) in ("csv", "xlsx"):
        return export(room, one, parts, kind)
    tasks = {f"{one.year}:{part.code}": part.pk for part in parts}
    draws = Draw.objects.filter(jurisdiction=room.jurisdiction, task__in=tasks, live=True)
    drawn = {tasks[draw.task]: draw for draw in draws}
    known = named_items(room)
    context = {
        "seat": room.seat,
        "room": room,
        "plan": one,
        "parts": [_part(room, part, drawn.get(part.pk), known) for part in parts],
        "reports": one.reports.order_by("pk"),
        "recipients": dict(forms_office.named(room.own.recipients)),
        "same_person": planning.wrote(one, room.seat.actor),
    }
    return render(request, "supervision/plan.html", context)


def named_items(room: Room) -> dict[str, policy.Item]:
    """All items that a task may name, those of the past included."""
    return catalogue.of_place(room.own, room.jurisdiction.pk)


def _part(room: Room, part: PlanPart, draw: Draw | None, known: dict[str, policy.Item]) -> dict[str, Any]:
    items = {code: item.name for code, item in known.items()}
    strata = {code: stratum.name for code, stratum in room.own.strata.items()}
    return {
        "part": part,
        "items": [items.get(code) or code for code in part.items],
        "districts": [name for code, name in forms_office.cities(room.pack) if code in part.districts],
        "joint": [room.own.departments.get(code) or code for code in part.joint],
        "shares": strung(
            f"{strata[code].pick(get_language())} {part.strata[code]['ppm'] / PPM_PERCENT:g}%"
            for code in strata
            if code in part.strata
        ),
        "floor": part.min_ppm / PPM_PERCENT,
        "draw": draw,
    }


def export(room: Room, one: Plan, parts: list[PlanPart], kind: str) -> HttpResponse:
    """For the national and the provincial report (S004-31)."""
    items = {code: item.name.zh for code, item in named_items(room).items()}
    strata = {code: stratum.name.zh for code, stratum in room.own.strata.items()}
    joint = {code: name.zh for code, name in room.own.departments.items()}
    with override("zh-hans"):
        cities = dict(forms_office.cities(room.pack))
    columns = [
        "任务",
        "检查对象",
        "检查事项",
        "针对的问题",
        "最低比例",
        "分层比例",
        "地区",
        "联合部门",
        "起",
        "止",
    ]
    rows = [
        [
            part.name_zh,
            dict(Kind.choices)[part.kind],
            "、".join(items.get(code, code) for code in part.items),
            part.problem,
            f"{part.min_ppm / PPM_PERCENT:g}%",
            "、".join(
                f"{strata.get(code, code)} {rule['ppm'] / PPM_PERCENT:g}%"
                for code, rule in part.strata.items()
            ),
            "、".join(str(cities.get(code, code)) for code in part.districts) or "全部",
            "、".join(joint.get(code, code) for code in part.joint),
            part.from_on,
            part.until_on,
        ]
        for part in parts
    ]
    name = f"plan-{one.jurisdiction.code}-{one.year}-{one.revision}"
    if kind == "xlsx":
        return as_xlsx(name, f"{one.year}年度抽查工作计划第{one.revision}版", columns, rows)
    return as_csv(name, columns, rows)


@in_room
def part(request: HttpRequest, room: Room, *, pk: int, part: int | None = None) -> HttpResponse:
    """Add or change a task."""
    one = plan_or_404(room, pk)
    known = part_or_404(room, part) if part else None
    if known and known.plan_id != one.pk:
        raise Http404
    form = forms_plan.PartForm(
        posted(request),
        initial=forms_plan.PartForm.of_part(known) if known else {"kind": Kind.EMPLOYER},
        pack=room.pack,
        place=room.jurisdiction,
        day=room.seat.today,
    )
    floor = room.own.numbers["min_ppm"].value / PPM_PERCENT
    return ask(
        request,
        room,
        form,
        lambda form: planning.set_part(one, known, actor=room.seat.actor, at=room.seat.at, **form.values()),
        title=_("抽查任务"),
        lead=_("各层比例之外，总数不低于名录的 %(floor)g%%，系统自动补足。") % {"floor": floor},
        button=_("保存"),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已保存。"),
    )


@in_room
@require_POST
def drop_part(request: HttpRequest, room: Room, *, pk: int, part: int) -> HttpResponse:
    known = part_or_404(room, part)
    return press(
        request,
        room,
        lambda: planning.drop_part(known, actor=room.seat.actor, at=room.seat.at),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已删除。"),
    )


@in_room
@require_POST
def submit(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    return press(
        request,
        room,
        lambda: planning.submit(one, actor=room.seat.actor, at=room.seat.at),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已提交，等待另一名负责人批准。"),
    )


@in_room
def approve(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    return ask(
        request,
        room,
        forms_plan.RemarkForm(posted(request)),
        lambda form: planning.approve(
            one, remark=form.cleaned_data["words"], actor=room.seat.actor, at=room.seat.at
        ),
        title=_("批准年度抽查工作计划"),
        lead=_("批准后内容不能修改；需要改动时由拟定人提出调整，形成新的版次。"),
        button=_("批准"),
        back=reverse("supervision:plan", args=[pk]),
        done=_("计划已批准。"),
    )


@in_room
def send_back(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    return ask(
        request,
        room,
        forms_plan.WordsForm(posted(request)),
        lambda form: planning.send_back(one, why=form.cleaned_data["words"], actor=room.seat.actor),
        title=_("退回修改"),
        button=_("退回"),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已退回。"),
    )


@in_room
def adjust(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    return ask(
        request,
        room,
        forms_plan.WordsForm(posted(request)),
        lambda form: planning.adjust(
            one, reason=form.cleaned_data["words"], actor=room.seat.actor, at=room.seat.at
        ),
        title=_("调整计划"),
        lead=_("形成下一版草稿。批准以前，现行计划继续有效；批准以后须再次报送。"),
        button=_("形成新版草稿"),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已形成新版草稿。"),
        to=lambda fresh: reverse("supervision:plan", args=[fresh.pk]),
    )


@in_room
def report(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = plan_or_404(room, pk)
    return ask(
        request,
        room,
        forms_office.FilingForm(posted(request), own=room.own),
        lambda form: planning.report(one, actor=room.seat.actor, at=room.seat.at, **form.cleaned_data),
        title=_("登记计划报送"),
        lead=_("年度计划和每次调整都要报送国家外国专家局和省级人民政府。"),
        button=_("登记"),
        back=reverse("supervision:plan", args=[pk]),
        done=_("已登记。"),
    )


@in_room
def propose(request: HttpRequest, room: Room) -> HttpResponse:
    """A city or district tells the province what should be inspected."""
    form = forms_plan.ProposalForm(posted(request), initial={"year": room.seat.today.year + 1})
    return ask(
        request,
        room,
        form,
        lambda form: planning.propose(
            room.office, actor=room.seat.actor, at=room.seat.at, **form.cleaned_data
        ),
        title=_("上报抽查事项建议"),
        lead=gettext("建议由%(office)s上报，省级部门研究后答复。") % {"office": room.office.name},
        button=_("上报"),
        back=reverse("supervision:plans"),
        done=_("已上报。"),
    )


@in_room
def answer(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    wanted = get_object_or_404(
        Proposal.objects.select_related("jurisdiction", "office"), pk=pk, jurisdiction=room.jurisdiction
    )
    return ask(
        request,
        room,
        forms_plan.AnswerForm(posted(request)),
        lambda form: planning.answer(
            wanted,
            accepted=form.cleaned_data["accepted"] == "yes",
            reason=form.cleaned_data["reason"],
            actor=room.seat.actor,
            at=room.seat.at,
        ),
        title=_("答复抽查事项建议"),
        lead=labelled(wanted.office, wanted.title) + "\n" + wanted.problem,
        button=_("答复"),
        back=reverse("supervision:plans"),
        done=_("已答复。"),
    )
