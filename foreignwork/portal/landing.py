"""The public first page: what this service is, how it goes, and what the pack in force publishes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.rulebook.process import applied_for

from .entry import staff_home
from .places import packs_in_force


@require_safe
def landing(request: HttpRequest) -> HttpResponseBase:
    """``/``: everyone. Who is signed in goes on to his own first page."""
    if request.user.is_authenticated:
        home = staff_home() if request.user.kind == User.Kind.STAFF else ""
        return redirect(home or "portal:home")
    today = clock.today(clock.now())
    places = [
        {"version": policy, "pack": policy.pack, "codes": applied_for(policy.pack)}
        for policy in packs_in_force(today)
    ]
    return render(request, "portal/landing.html", {"places": places})
