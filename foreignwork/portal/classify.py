"""该申请哪一类？ The classification advisor as a page for everyone, with or without an account. Nothing entered is kept.

Facts are posted, never put into the address, so that no log holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from foreignwork.accounts.models import User
from foreignwork.cases import clock, law
from foreignwork.policies.classification.advice import Advice, advise
from foreignwork.policies.classification.routes import RouteFinding
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema_classification import Evidence

from .class_form import ClassForm
from .places import packs_in_force

SUGGESTED = "category"
"""The pack's question that the advice answers; the applicant's own answer stays his."""


@dataclass(frozen=True, slots=True)
class Way:
    """A route as the page shows it."""

    route: RouteFinding
    evidence: list[Evidence]
    cites: str


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def classify(request: HttpRequest) -> HttpResponseBase:
    """``portal:classify``: everyone. GET shows the form, POST the advice above it; a wrong entry keeps what was typed."""
    policies = [row for row in packs_in_force(clock.today(clock.now())) if row.pack.classification]
    if not policies:
        return render(request, "portal/classify.html", {"form": None})
    asked = request.POST.get("place") or request.GET.get("place")
    policy = next((row for row in policies if row.jurisdiction.code == asked), policies[0])
    pack = policy.pack
    assert pack.classification is not None
    form = ClassForm(request.POST if request.method == "POST" else None, standard=pack.classification)
    told = form.is_bound and form.is_valid()
    context: dict[str, Any] = {
        "form": form,
        "places": policies,
        "policy": policy,
        "standard": pack.classification,
        "cites": law.in_words("；".join(pack.classification.cites)),
        **(result(request, policy, advise(pack, form.facts())) if told else {}),
    }
    return render(request, "portal/classify.html", context, status=400 if form.is_bound and not told else 200)


def result(request: HttpRequest, policy: PolicyVersion, advice: Advice) -> dict[str, Any]:
    """What the page says of an advice."""
    pack, order = policy.pack, advice.standard.class_codes()
    worth = order[: order.index(advice.category) + 1] if advice.category else order
    ways = {
        status: [_way(pack, route) for route in advice.of(status)] for status in ("met", "discretion", "near")
    }
    return {
        "advice": advice,
        "advised": advice.standard.classes.get(advice.category),
        "reached": [way for way in ways["met"] if way.route.category == advice.category],
        "lower": [way for way in ways["met"] if way.route.category != advice.category],
        "discretion": [way for way in ways["discretion"] if way.route.category in worth],
        "near": [way for way in ways["near"] if way.route.category in worth],
        "start": _start(request, policy, advice.category),
    }


def _way(pack: Pack, route: RouteFinding) -> Way:
    assert pack.classification is not None
    return Way(
        route,
        [pack.classification.evidence[name] for name in route.evidence],
        law.in_words("；".join(route.cites)),
    )


def _start(request: HttpRequest, policy: PolicyVersion, category: str) -> dict[str, str]:
    """The button that starts a filing with this class; nothing for those who do not file."""
    asked = policy.pack.questions.get(SUGGESTED)
    if not category or asked is None or category not in {option.value for option in asked.options}:
        return {}
    to = f"{reverse('portal:filing_start')}?{urlencode({SUGGESTED: category, 'place': policy.jurisdiction.code})}"
    if not request.user.is_authenticated:
        return {
            "href": f"{reverse('account_login')}?next={quote(to, safe='')}",
            "text": _("登录，按这一类开始办理"),
        }
    if request.user.kind == User.Kind.APPLICANT:
        return {"href": to, "text": _("按这一类开始办理")}
    return {}
