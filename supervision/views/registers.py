"""两库 on screen: objects and inspectors, each as of any day; and what people enter about inspectors. The list (一单) is in items.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foreignwork.accounts import roles
from foreignwork.cases.problems import Blocked, Problem, say
from foreignwork.rulebook.words import listed as strung

from .. import forms_office, inspectors, planning, registers
from ..models import Certificate, Inspector, Interest, Kind, Presence, RegisterFiling, Training
from .room import Room, as_csv, ask, day_asked, in_room, posted

PAGE = 100
NUMBER_TAKEN = say("certificate_number_taken", _("这个执法证号已经登记在另一人名下，请核对。"))


@in_room
@require_safe
def objects(request: HttpRequest, room: Room) -> HttpResponse:
    """The register of objects of a day, by kind; a hundred a page, by key."""
    day, form = day_asked(request, room)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else Kind.EMPLOYER.value
    after = request.GET.get("after", "")
    cursor = int(after) if after.isdecimal() and len(after) < 18 else 0
    there = registers.subjects_on(room.jurisdiction, day, kind).filter(room.mine(), pk__gt=cursor)
    rows = list(there.select_related("organisation", "dossier")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    grounds = _grounds([row.pk for row in rows], day)
    places = {code: str(name) for code, name in forms_office.cities(room.pack)}
    counts = {
        code: registers.subjects_on(room.jurisdiction, day, code).filter(room.mine()).count()
        for code in Kind.values
    }
    context = {
        "seat": room.seat,
        "rows": [_object(row, grounds[row.pk], places) for row in rows],
        "columns": [_("名称或者编码"), _("地区"), _("入库依据"), _("入库"), _("出库")],
        "day": day,
        "day_form": form,
        "kind": kind,
        "tabs": [
            {"label": Kind(code).label, "count": n, "href": f"?kind={code}&on={day}", "current": code == kind}
            for code, n in counts.items()
        ],
        "next_url": f"?kind={kind}&on={day}&after={rows[-1].pk}" if more else "",
        "first_url": f"?kind={kind}&on={day}" if cursor else "",
    }
    return render(request, "supervision/objects.html", context)


def _grounds(ids: list[int], day: date) -> dict[int, Presence]:
    rows = Presence.objects.on(day).filter(subject__in=ids).select_related("organisation", "entitlement")
    return {row.subject_id: row for row in rows.order_by("from_on")}


def _object(row: Any, ground: Presence, places: Mapping[str, str]) -> dict[str, Any]:
    """As ``work_list`` takes it: the district by its name in ``places``, a person by his code, without a name."""
    name = row.organisation.name if row.organisation else row.dossier.code
    sub = row.organisation.uscc if row.organisation else ground.organisation.name
    basis = ground.entitlement.number if ground.entitlement else gettext("代理授权")
    return {
        "cells": [
            {"text": name, "href": reverse("supervision:subject", args=[row.pk]), "sub": sub},
            places.get(ground.district, ground.district),
            basis,
            ground.from_on.isoformat(),
            ground.until_on.isoformat() if ground.until_on else "",
        ]
    }


# --- inspectors ---------------------------------------------------------------------------------------------------------


@in_room
@require_safe
def listed(request: HttpRequest, room: Room) -> HttpResponse:
    """The register of inspectors of a day, with what speaks against drawing somebody."""
    day, form = day_asked(request, room)
    rows = inspectors.register_on(room.jurisdiction, day)
    if request.GET.get("as") == "csv":
        return as_csv(f"inspectors-{day}", _columns(), [_line(room, row) for row in rows])
    table = []
    why = dict(forms_office.reasons(room.own, "excluded"))
    for row in rows:
        ready = {"tag": "ok", "text": gettext("可以抽取")}
        not_ready = {"tag": "warn", "text": strung(str(why.get(code, code)) for code in row.problems)}
        table.append(
            {
                "cells": [
                    {
                        "text": str(row.inspector),
                        "href": reverse("supervision:inspector", args=[row.inspector.pk]),
                        "sub": row.entry.office.name,
                    },
                    strung(_named(room, "districts", row.entry.districts)),
                    strung(_named(room, "skills", row.entry.skills)),
                    row.certificate.number if row.certificate else "",
                    row.certificate.until_on.isoformat()
                    if row.certificate and row.certificate.until_on
                    else "",
                    str(row.load),
                    ready if row.ready else not_ready,
                ]
            }
        )
    context = {
        "seat": room.seat,
        "room": room,
        "rows": table,
        "columns": _columns(),
        "day": day,
        "day_form": form,
        "filings": RegisterFiling.objects.filter(jurisdiction=room.jurisdiction).order_by("-pk")[:10],
        "recipients": dict(forms_office.named(room.own.recipients)),
        "may_enter": room.holds(roles.inspection_leader, roles.inspection_planner),
    }
    return render(request, "supervision/inspectors.html", context)


def _columns() -> list[str]:
    return [
        gettext("检查人员"),
        gettext("负责地区"),
        gettext("业务专长"),
        gettext("执法证号"),
        gettext("证件有效期止"),
        gettext("正在承担"),
        gettext("状态"),
    ]


def _named(room: Room, what: str, codes: list[str]) -> list[str]:
    known = dict(
        forms_office.cities(room.pack) if what == "districts" else forms_office.named(room.own.skills)
    )
    return [str(known.get(code, code)) for code in codes]


def _line(room: Room, row: inspectors.Listed) -> list[Any]:
    return [
        f"{row.inspector}（{row.entry.office.name}）",
        strung(_named(room, "districts", row.entry.districts)),
        strung(_named(room, "skills", row.entry.skills)),
        row.certificate.number if row.certificate else "",
        row.certificate.until_on if row.certificate else "",
        row.load,
        strung(row.problems),
    ]


@in_room
def enlist(request: HttpRequest, room: Room) -> HttpResponse:
    form = forms_office.EnlistForm(posted(request), pack=room.pack, office=room.office, day=room.seat.today)

    def act(form: Any) -> Any:
        planning.require(room.seat.actor, room.office, roles.inspection_leader, roles.inspection_planner)
        data = form.cleaned_data
        return inspectors.enlist(
            data["user"],
            room.office,
            districts=data["districts"],
            skills=data["skills"],
            on=data["on"],
            reason=data["reason"],
            by=room.seat.user,
            at=room.seat.at,
        )

    return ask(
        request,
        room,
        form,
        act,
        title=_("列入检查人员名录库"),
        lead=_("变更地区或者专长也在这里登记：原登记到前一天为止，历史保留。"),
        button=_("登记"),
        back=reverse("supervision:inspectors"),
        done=_("已登记。"),
    )


def _inspector(room: Room, pk: int) -> Inspector:
    """Somebody of a register of this place. Raises Http404."""
    rows = Inspector.objects.filter(pk=pk, entries__office__jurisdiction=room.jurisdiction)
    found = rows.select_related("user").distinct().first()
    if found is None:
        raise Http404
    return found


@in_room
@require_safe
def inspector(request: HttpRequest, room: Room, *, pk: int) -> HttpResponse:
    one = _inspector(room, pk)
    context = {
        "seat": room.seat,
        "one": one,
        "entries": [
            (
                row,
                strung(_named(room, "districts", row.districts)),
                strung(_named(room, "skills", row.skills)),
            )
            for row in one.entries.select_related("office").order_by("-from_on")
        ],
        "listed": one.entries.standing().exists(),
        "certificates": one.certificates.order_by("-until_on"),
        "trainings": one.trainings.order_by("-on"),
        "interests": one.interests.select_related("organisation").order_by("-from_on"),
        "grounds": dict(forms_office.reasons(room.own, "recusal")),
        "may_enter": room.holds(roles.inspection_leader, roles.inspection_planner),
        "himself": one.user_id == room.seat.user.pk,
    }
    return render(request, "supervision/inspector.html", context)


FORMS: dict[str, Any] = {
    "certificate": (forms_office.CertificateForm, _("登记执法证")),
    "training": (forms_office.TrainingForm, _("登记培训")),
    "interest": (forms_office.InterestForm, _("登记回避关系")),
    "leaving": (forms_office.LeavingForm, _("移出检查人员名录库")),
}


@in_room
def record(request: HttpRequest, room: Room, *, pk: int, what: str) -> HttpResponse:
    """A certificate, a training, an interest, the end of the entry. He declares interests of his own; the rest his superiors enter."""
    one = _inspector(room, pk)
    if what not in FORMS:
        raise Http404
    made, title = FORMS[what]
    extra = {"own": room.own} if what == "interest" else {}
    form = made(posted(request), **extra)

    def act(form: Any) -> Any:
        if not (what == "interest" and one.user_id == room.seat.user.pk):
            planning.require(room.seat.actor, room.office, roles.inspection_leader, roles.inspection_planner)
        data = dict(form.cleaned_data)
        if what == "leaving":
            return inspectors.strike_off(one, **data)
        common = {"inspector": one, "recorded_at": room.seat.at}
        if what == "certificate":
            try:
                with transaction.atomic():
                    return Certificate.objects.create(**common, **data)
            except IntegrityError:
                raise Blocked(Problem(NUMBER_TAKEN, field="number")) from None
        if what == "training":
            return Training.objects.create(**common, **data)
        return Interest.objects.create(
            **common, organisation=data.pop("uscc"), recorded_by=room.seat.user, **data
        )

    return ask(
        request,
        room,
        form,
        act,
        title=title,
        button=_("登记"),
        back=reverse("supervision:inspector", args=[pk]),
        done=_("已登记。"),
    )


@in_room
def file_register(request: HttpRequest, room: Room) -> HttpResponse:
    """Write down that today's register was filed upwards (定期备案, S004-36): rows and hash of what was filed."""
    form = forms_office.FilingForm(posted(request), own=room.own)

    def act(form: Any) -> Any:
        me = planning.require(room.seat.actor, room.office, roles.inspection_leader, roles.inspection_planner)
        assert me
        rows = inspectors.register_on(room.jurisdiction, room.seat.today)
        with override(settings.LANGUAGE_CODE):  # the register is Chinese, whoever reads it in English
            text = "\n".join(",".join(map(str, _line(room, row))) for row in rows)
        return RegisterFiling.objects.create(
            jurisdiction=room.jurisdiction,
            as_of=room.seat.today,
            rows=len(rows),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            recipient=form.cleaned_data["recipient"],
            reference=form.cleaned_data["reference"],
            filed_on=form.cleaned_data["on"],
            filed_by=room.seat.user,
            recorded_at=room.seat.at,
        )

    return ask(
        request,
        room,
        form,
        act,
        title=_("登记名录库备案"),
        button=_("登记"),
        back=reverse("supervision:inspectors"),
        done=_("已登记。"),
    )
