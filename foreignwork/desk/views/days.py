"""The day list of a window, and shutting a day."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from foreignwork.cases.forms import FIRST_DAY, LAST_DAY, plain_words

from .. import days
from ..seat import WINDOW_ROLES, Seat, at_desk, needs_post, refused


class ShutForm(forms.Form):
    """Why the window stays shut; it stands in what the people booked are told."""

    reason = forms.CharField(
        label=gettext_lazy("停办原因"),
        max_length=200,
        help_text=gettext_lazy("已预约的人会收到书面通知，通知中写明这个原因。"),
        error_messages={"required": gettext_lazy("请写明停办原因，已预约的人要看到。")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        plain_words(self.fields.values())


def _day(text: str | None, today: date) -> date:
    """The day asked for; anything that is none is today."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if FIRST_DAY <= day <= LAST_DAY else today


def _address(on: date, key: str) -> str:
    return f"{reverse('desk:days')}?day={on.isoformat()}&window={key}"


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def list_of_day(request: HttpRequest, seat: Seat) -> HttpResponse:
    """``desk:days``: who comes when. POST shuts or reopens the day."""
    if not seat.at_window:
        return refused(request, seat, needs_post(*WINDOW_ROLES))
    asked = request.POST if request.method == "POST" else request.GET
    on = _day(asked.get("day"), seat.today)
    mine = days.counters(seat, on)
    counter = days.pick(mine, asked.get("window", ""))
    form = ShutForm()
    if request.method == "POST":
        if counter is None or counter.key != asked.get("window"):
            raise Http404
        form, answer = _change(request, seat, counter, on)
        if answer is not None:
            return answer
    strip = days.strip(counter, seat.today) if counter else []
    key = counter.key if counter else ""
    context = {
        "seat": seat,
        "on": on,
        "counters": mine,
        "counter": counter,
        "day": days.day_at(counter, on, seat) if counter else None,
        "strip": [{"on": day, "n": n, "href": _address(day, key), "current": day == on} for day, n in strip],
        "form": form,
        "may_shut": on > seat.today,
    }
    return render(request, "desk/days.html", context, status=400 if form.errors else 200)


def _change(
    request: HttpRequest, seat: Seat, counter: days.Counter, on: date
) -> tuple[ShutForm, HttpResponse | None]:
    """Shut or reopen; a day that has begun is not shut: those booked stand at the door."""
    if request.POST.get("do") == "reopen":
        if days.reopen(counter, on, seat):
            messages.success(request, _("已恢复办理。已取消的预约不会自动恢复。"))
        return ShutForm(), redirect(_address(on, counter.key))
    form = ShutForm(request.POST)
    if on <= seat.today:
        form.add_error(None, _("当天及以前的日期不能停办。请选择以后的日期。"))
    if not form.is_valid():
        return form, None
    if days.close(counter, on, form.cleaned_data["reason"], seat):
        messages.success(request, _("已停办这一天。已预约的人将收到书面通知，并可另选时间。"))
    return form, redirect(_address(on, counter.key))
