"""The public first page: what this service is, how it goes, and what the pack in force publishes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from foreignwork.accounts.models import User
from foreignwork.cases import clock

from .entry import staff_home
from .places import packs_in_force


@require_safe
def landing(request: HttpRequest) -> HttpResponseBase:
    """``/``: everyone. Who is signed in goes on to his own first page."""
    if request.user.is_authenticated:
        home = staff_home() if request.user.kind == User.Kind.STAFF else ""
        return redirect(home or "portal:home")
    today = clock.today(clock.now())
    places = []
    for policy in packs_in_force(today):
        pack, language = policy.pack, get_language()
        effects = pack.guide.effects.values() if pack.guide else ()
        places.append(
            {
                "name": policy.jurisdiction.name,
                "matters": [
                    {"name": pack.matters[code].name.pick(language), "required": pack.matters[code].required}
                    for code in pack.matter_codes()
                ],
                "effects": [
                    {
                        "name": effect.name.pick(language),
                        "before": effect.before,
                        "after": effect.after,
                        "unit": effect.unit.pick(language),
                    }
                    for effect in effects
                ],
                "applicants": pack.guide.applicants.pick(language)
                if pack.guide and pack.guide.applicants
                else "",
                "hotline": pack.meta.hotline,
                "basis": pack.meta.cites[0],
                "version": policy,
            }
        )
    return render(request, "portal/landing.html", {"places": places, "hotline": "12345"})
