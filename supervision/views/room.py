"""The supervision desk: officers of the enforcement line and leaders, each in the place of their own office."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office
from foreignwork.cases.problems import CaseError, NotAllowed, Problem
from foreignwork.desk.seat import Seat, at_desk, needs_post, refused
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.workflow import keys
from foreignwork.workflow.keys import KEY

from .. import near, planning, policy
from ..ceremony import Void
from ..forms_office import DayForm

ENFORCEMENT = tuple(role for role in roles.ALL.values() if role.line == roles.ENFORCEMENT)
ALLOWED = (*ENFORCEMENT, roles.leader)
Links = Sequence[tuple[str | Promise, str]]  # (words, address)


@dataclass
class Room:
    """Who sits here and for which place: that of his first office of the enforcement line."""

    seat: Seat
    office: Office

    @property
    def jurisdiction(self) -> Jurisdiction:
        return self.office.jurisdiction

    @cached_property
    def pack(self) -> Pack:
        return PolicyVersion.objects.in_force(self.jurisdiction.code, self.seat.today).pack

    @cached_property
    def own(self) -> policy.Own:
        return policy.of(self.pack)

    @cached_property
    def province(self) -> Office | None:
        """The office that draws; None where the pack names none."""
        try:
            return planning.place_of(self.jurisdiction, at=self.seat.at).province
        except CaseError:
            return None

    def holds(self, *wanted: roles.Role, office: Office | None = None) -> bool:
        where = office or self.office
        return any(self.seat.actor.holds(role, where.pk) for role in wanted)

    @cached_property
    def cities(self) -> frozenset[str] | None:
        """The cities whose objects and leads are this office's to see; None: all of the place."""
        return near.cities_of(self.office, self.pack, draws=self.own.draws)

    def mine(self, through: str = "") -> Q:
        """Of rows about subjects, those that this office may see; ``through`` as for ``near.subjects_in``."""
        return near.subjects_in(self.cities, self.seat.today, through=through)

    @property
    def plans(self) -> bool:
        """Whether the officer draws up the plan: a planner of the province."""
        return self.province is not None and self.holds(roles.inspection_planner, office=self.province)

    @property
    def leads(self) -> bool:
        return self.province is not None and self.holds(roles.inspection_leader, office=self.province)

    @property
    def hosts(self) -> bool:
        return self.province is not None and self.holds(roles.draw_host, office=self.province)


def offices_of(seat: Seat) -> frozenset[int]:
    """Ids of the offices for which somebody sits at this desk; none: he does not."""
    return seat.offices_as(*ENFORCEMENT) or seat.offices_as(roles.leader)


def in_room(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Staff of the enforcement line or leaders; other officers are told which post is needed, everyone else gets 404."""

    @wraps(view)
    @at_desk
    def wrapped(request: HttpRequest, seat: Seat, **kwargs: Any) -> HttpResponse:
        offices = offices_of(seat)
        if not offices:
            return refused(request, seat, needs_post(*ALLOWED))
        office = Office.objects.select_related("jurisdiction").filter(pk__in=offices).order_by("pk")[0]
        return view(request, Room(seat, office), **kwargs)

    return wrapped


def day_asked(request: HttpRequest, room: Room) -> tuple[date, DayForm]:
    """The day whose register is shown; what is no day means today, and the form says so."""
    form = DayForm(request.GET if request.GET.get("on") else None, initial={"on": room.seat.today})
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    return day or room.seat.today, form


def posted(request: HttpRequest) -> Any:
    """What a form is bound to: the POST, also an empty one; nothing while it is only shown."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest,
    room: Room,
    form: forms.Form,
    *,
    title: str | Promise,
    button: str | Promise,
    back: str,
    lead: str | Promise = "",
    problems: Iterable[Problem] = (),
    status: int = 200,
    danger: bool = False,
    links: Links = (),
) -> HttpResponse:
    """One form on a page of its own, as every act of the supervision desk is asked for; ``links`` lead to what one wants to
    read before."""
    context = {
        "seat": room.seat,
        "form": form,
        "title": title,
        "button": button,
        "back": back,
        "lead": lead,
        "problems": list(problems),
        "danger": danger,
        "links": links,
        "key": uuid4(),
    }
    return render(request, "supervision/form.html", context, status=status)


def ask(
    request: HttpRequest,
    room: Room,
    form: forms.Form,
    act: Callable[[Any], Any],
    *,
    title: str | Promise,
    button: str | Promise,
    back: str,
    done: str | Promise,
    to: Callable[[Any], str] | None = None,
    lead: str | Promise = "",
    danger: bool = False,
    links: Links = (),
) -> HttpResponse:
    """GET shows the form; POST validates, acts and goes back. Refusals keep what was typed and say why."""

    def page(problems: Sequence[Problem] = (), status: int = 200) -> HttpResponse:
        return form_page(
            request,
            room,
            form,
            title=title,
            button=button,
            back=back,
            lead=lead,
            problems=problems,
            status=status,
            danger=danger,
            links=links,
        )

    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=400)
    try:
        where = _once(request, room, lambda: to(act(form)) if to else (act(form), back)[1])
    except CaseError as objection:
        return page(objection.problems, 403 if isinstance(objection, NotAllowed) else 422)
    messages.success(request, str(done))
    return redirect(where)


def _once(request: HttpRequest, room: Room, act: Callable[[], str]) -> str:
    """The same form pressed twice acts once: its key is claimed in the act's own transaction (decisions 8).

    Void is kept with its reason: numbers that differ stay on the record, and pressing again is told the same.
    """
    key = request.POST.get("key", "")
    if KEY.fullmatch(key) is None:
        return act()
    user, print_ = room.seat.user, keys.fingerprint(request.path, request.POST)
    with transaction.atomic():
        found = keys.claim(user=user, key=key, print_=print_, at=room.seat.at)
        if found is None:
            try:
                found = {"to": act()}
            except Void as no:
                found = {"void": [[problem.code, dict(problem.params)] for problem in no.problems]}
            keys.settle(user=user, key=key, outcome=found)
    if "void" in found:
        raise Void(*(Problem(code, params) for code, params in found["void"]))
    return str(found["to"])


def press(
    request: HttpRequest, room: Room, act: Callable[[], Any], *, back: str, done: str | Promise
) -> HttpResponse:
    """A button without a form: acts, or says why not on a page of its own."""
    try:
        act()
    except CaseError as objection:
        return refused(request, room.seat, *objection.problems, back=back)
    messages.success(request, str(done))
    return redirect(back)


RISKY = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A table for a spreadsheet: UTF-8 with its mark, and no cell that a spreadsheet would run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([tame(cell) for cell in row] for row in rows)
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_xlsx(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The same table as a workbook of one sheet, for the report upwards; text stays text, never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for line in (columns, *rows):
        cells = []
        for value in line:
            cell = WriteOnlyCell(sheet, value=None if value is None else str(value))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(file.getvalue(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def tame(cell: Any) -> str:
    """What a spreadsheet would run as a formula begins with an apostrophe."""
    words = "" if cell is None else str(cell)
    return f"'{words}" if words.startswith(RISKY) else words
