"""How pages look to this visitor: navigation by kind of user, and large type (适老化) remembered in a cookie."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

COOKIE = "fw_large"
YEAR = 365 * 24 * 3600
NAVIGATION = {
    "applicant": ("portal:home", "portal:dossiers", "portal:company"),
    "person": ("portal:home",),
    "staff": ("desk:home", "desk:search", "desk:window", "desk:overview"),
}


class HouseForms(TemplatesSetting):
    """Forms render with the house's field template."""

    form_template_name = "components/forms/form.html"
    field_template_name = "components/forms/field.html"


def look(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``large_type`` and ``nav`` (label, href, current)."""
    return {"large_type": request.COOKIES.get(COOKIE) == "1", "nav": _nav(request)}


def _nav(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    labels = {
        "portal:home": _("我的办件"),
        "portal:dossiers": _("外国人档案"),
        "portal:company": _("本单位"),
        "desk:home": _("待办"),
        "desk:search": _("查询"),
        "desk:window": _("窗口服务"),
        "desk:overview": _("总览"),
    }
    entries = []
    for name in NAVIGATION.get(user.kind, ()):
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        entries.append({"label": labels[name], "href": href, "current": request.path == href})
    return entries


@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """Switch large type on (``on=1``) or off, and go back to the page."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    answer = HttpResponseRedirect(target)
    if request.POST.get("on") == "1":
        answer.set_cookie(COOKIE, "1", max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie(COOKIE)
    return answer
