"""Who comes in: agents, foreign nationals, and a window clerk while she acts for an employer (代办). The clock is read once a
request, the actor is built once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from foreignwork.accounts import who
from foreignwork.accounts.models import Assistance, User
from foreignwork.accounts.who import Actor, Side
from foreignwork.cases import clock

View = Callable[..., HttpResponseBase]
STAFF_HOME = "desk:home"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: its moment, the Shanghai day, and who came."""

    at: datetime
    today: date
    actor: Actor

    @property
    def user(self) -> User:
        assert self.actor.user is not None
        return self.actor.user

    @property
    def acts(self) -> bool:
        """Agents of employers may change things; foreign nationals read."""
        return self.actor.side == Side.APPLICANT

    @property
    def assistance(self) -> Assistance | None:
        """Set while a window clerk acts for the employer."""
        return self.actor.assistance

    @property
    def purpose(self) -> str:
        """Why this visitor looks, for the access log: the codes of ``words.PURPOSES``, or ``assist``."""
        return "assist" if self.assistance else "check" if self.acts else "own"


def begin(request: HttpRequest) -> Visit | None:
    """Read the clock and what the signed-in user holds today; None for an officer who acts for nobody."""
    at = clock.of(request)
    assert isinstance(request.user, User)
    day = clock.today(at)
    if request.user.kind != User.Kind.STAFF:
        return Visit(at, day, who.actor(request.user, day))
    actor = who.assisting(request.user, day)
    if actor is None:
        return None
    request.assistance = actor.assistance  # type: ignore[attr-defined]  # the frame of the page shows it
    return Visit(at, day, actor)


def visitors(view: View) -> View:
    """For agents and foreign nationals: ``view(request, visit, …)``. Officers are shown to their own screens, unless they
    act for an employer at the window: then they are that employer's agent here, and nobody else's."""

    @login_required
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit = begin(request)
        if visit is None:
            return _to_the_desk(request)
        response = view(request, visit, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return enter


def agents(view: View) -> View:
    """For agents of employers only: what creates or changes something."""

    @visitors
    @wraps(view)
    def enter(request: HttpRequest, visit: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not visit.acts:
            return refused(request, _("您可以查看本人的信息和办理进度；填写和提交由用人单位的经办人办理。"))
        return view(request, visit, *args, **kwargs)

    return enter


def refused(request: HttpRequest, *reasons: str) -> HttpResponse:
    """403: visible, but not for this person to do; with the reasons."""
    return render(request, "portal/refused.html", {"reasons": reasons}, status=403)


def staff_home() -> str:
    try:
        return reverse(STAFF_HOME)
    except NoReverseMatch:  # a house without a desk
        return ""


def _to_the_desk(request: HttpRequest) -> HttpResponseBase:
    home = staff_home()
    if home and request.method in {"GET", "HEAD"}:
        return redirect(home)
    return refused(request, _("工作人员账户不能办理申请。请使用工作台。"))
