"""Search, and the window: finding a person who stands there, and writing down the day of entry."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from foreignwork.accounts import roles

from .. import finding, window
from ..fetch import open_file
from ..forms import DayForm, SearchForm
from ..seat import WINDOW_ROLES, Seat, at_desk, needs_post, refused
from ..worklist import COLUMNS, Row


@at_desk
def search(request: HttpRequest, seat: Seat) -> HttpResponse:
    """By number, passport, name, employer. By POST: nothing of it stands in an address, a log or the history."""
    form = SearchForm(request.POST) if request.method == "POST" else SearchForm()
    rows: list[Row] = []
    more = asked = False
    if form.is_bound and form.is_valid():
        rows, more = finding.find(form.cleaned_data, seat)
        asked = True
    context = {
        "seat": seat,
        "form": form,
        "rows": rows,
        "more": more,
        "asked": asked,
        "most": finding.MOST,
        "columns": COLUMNS,
    }
    return render(request, "desk/search.html", context, status=400 if form.errors else 200)


@at_desk
def counter(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The window: papers waiting to be handed out, and a person found by passport or number."""
    if not seat.at_window:
        return refused(request, seat, needs_post(*WINDOW_ROLES))
    form = SearchForm(request.POST) if request.method == "POST" else SearchForm()
    people: list[window.Visit] = []
    asked = False
    if form.is_bound and form.is_valid():
        rows, _more = finding.find(form.cleaned_data, seat)
        people, asked = window.visits(rows, seat), True
    context = {
        "seat": seat,
        "form": form,
        "visits": people,
        "asked": asked,
        "waiting": window.waiting(seat),
        "kept": window.kept(seat),
        "may_assist": bool(seat.offices_as(roles.window_clerk)),
    }
    return render(request, "desk/window.html", context, status=400 if form.errors else 200)


@at_desk
def entry(request: HttpRequest, seat: Seat, *, number: str) -> HttpResponse:
    """The day of entry of the person of a visible case: starts the clocks that run from it (law-notes 14)."""
    file = open_file(number, seat)
    back = reverse("desk:case", args=[number])
    if not file.case.offices & seat.offices_as(*WINDOW_ROLES):
        return refused(request, seat, needs_post(*WINDOW_ROLES), back=back)
    problem = file.may_look()
    if problem:
        return refused(request, seat, problem, back=back)
    form = DayForm(request.POST, today=seat.today) if request.method == "POST" else DayForm(today=seat.today)
    if form.is_bound and form.is_valid():
        window.record_entry(file.case, on=form.cleaned_data["on"], seat=seat)
        messages.success(
            request,
            _("已登记入境日期 %(on)s。等待此日期的事项会自动继续。")
            % {"on": form.cleaned_data["on"].isoformat()},
        )
        return redirect("desk:case", number=number)
    context = {"seat": seat, "file": file, "case": file.case, "form": form, "known": file.dated("entered")}
    return render(request, "desk/entry.html", context, status=400 if form.errors else 200)
