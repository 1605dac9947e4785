"""Who sits at the desk: the officer, what he holds today, and the moment of the request. Read once per request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles, who
from foreignwork.accounts.models import User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import of as moment_of
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import Problem, say

NO_POST = say("desk_no_post", _("此页面需要岗位：%(roles)s。您目前没有该岗位，如有需要请联系负责人调整。"))


@dataclass(frozen=True, slots=True)
class Seat:
    """``at`` is the request's moment, ``today`` its Shanghai day; ``actor`` holds the posts of that day."""

    user: User
    actor: Actor
    at: datetime
    today: date

    def offices_as(self, *wanted: roles.Role) -> frozenset[int]:
        """Ids of the offices in which one of the roles is held."""
        codes = {role.code for role in wanted}
        return frozenset(office for office, code in self.actor.posts if code in codes)

    @property
    def leads(self) -> bool:
        return bool(self.offices_as(roles.leader))

    @property
    def reads_rules(self) -> bool:
        """Who keeps the policy packs, and who answers for them."""
        return bool(self.offices_as(*RULE_ROLES))

    @property
    def at_window(self) -> bool:
        return bool(self.offices_as(*WINDOW_ROLES))


RULE_ROLES = (roles.policy_officer, roles.leader)
WINDOW_ROLES = (roles.window_clerk, roles.acceptance_officer, roles.handling_officer)
View = Callable[..., HttpResponse]


def at_desk(view: View) -> View:
    """Staff only: nobody is sent to sign in, everyone else gets 404. Nothing a desk page says is kept by a cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if user.kind != User.Kind.STAFF:
            raise Http404
        at = moment_of(request)
        seat = Seat(user, who.actor(user, day_of(at)), at, day_of(at))
        response = view(request, seat, **kwargs)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return wrapped


def refused(request: HttpRequest, seat: Seat, *problems: Problem, back: str = "") -> HttpResponse:
    """Visible, but not allowed: the reason, and the way back."""
    return render(
        request, "desk/refused.html", {"seat": seat, "problems": problems, "back": back}, status=403
    )


def needs_post(*wanted: roles.Role) -> Problem:
    return Problem(NO_POST, {"roles": [str(role.label) for role in wanted]})
