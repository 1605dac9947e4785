"""What the frame of a page needs: navigation by kind of user, and the large-type switch (大字版). No query is made here."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any, Final, TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, path, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from foreignwork.cases import registry

LARGE_TYPE_COOKIE: Final = "large_type"
YEAR: Final = 365 * 24 * 3600  # seconds

# (url name, label): an entry appears only when its name resolves, so a page may be built before its neighbours.
NAVIGATION: Final[dict[str, tuple[tuple[str, str | Promise], ...]]] = {
    "applicant": (
        ("portal:home", _("我的办件")),
        ("portal:dossiers", _("外国人档案")),
        ("portal:company", _("单位信息")),
    ),
    "person": (("portal:home", _("我的办件")), ("portal:dossiers", _("我的信息"))),
    # An officer who acts for an employer at the window: that employer's pages (request.assistance, foreignwork.portal.entry).
    "assisting": (
        ("portal:home", _("该单位的办件")),
        ("portal:dossiers", _("外国人档案")),
        ("portal:company", _("单位信息")),
    ),
    "staff": (("desk:home", _("待办")), ("desk:search", _("查询")), ("desk:register", _("登记簿"))),
    "public": (),
}


class NavigationEntry(TypedDict):
    label: str | Promise
    href: str
    current: bool


def navigation(request: HttpRequest) -> list[NavigationEntry]:
    """The entries for the person behind ``request``; the longest matching address is the current one."""
    user = getattr(request, "user", None)
    kind = getattr(user, "kind", "public") if getattr(user, "is_authenticated", False) else "public"
    kind = "assisting" if getattr(request, "assistance", None) else kind
    entries: list[NavigationEntry] = [
        {"label": label, "href": href, "current": False}
        for label, href in _addresses(kind, get_resolver(get_urlconf()))
    ]
    fitting = [entry for entry in entries if request.path.startswith(entry["href"])]
    if fitting:
        max(fitting, key=lambda entry: len(entry["href"]))["current"] = True
    return entries


@cache
def _addresses(kind: str, _resolver: URLResolver) -> list[tuple[str | Promise, str]]:
    """Labels and addresses of a kind's entries: they are what the code says, for as long as the process lives."""
    found: list[tuple[str | Promise, str]] = []
    own = [page for matter in registry.all_matters() for page in matter.pages.get(kind, ())]
    for name, label in (*NAVIGATION.get(kind, ()), *own):
        with suppress(NoReverseMatch):
            found.append((label, reverse(name)))
    return found


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``nav`` and ``large_type``."""
    return {"nav": navigation(request), "large_type": request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"}


@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """Switch 大字版 (``on`` = 1 or 0) and go back to ``next``; an address outside this site leads to the front page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    answer = HttpResponseRedirect(target)
    answer.set_cookie(
        LARGE_TYPE_COOKIE,
        "1" if request.POST.get("on") == "1" else "0",
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


urlpatterns = [path("large-type/", large_type, name="large_type")]
