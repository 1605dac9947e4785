"""Public verification of papers: anyone who holds one may ask whether the office issued it and whether it still stands.

Without signing in, so nothing here names a person: initials at most. A code has 80 random bits; guessing is hopeless,
and the limit per address only keeps the pages cheap.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from foreignwork.cases import clock
from foreignwork.cases.models import Entitlement
from foreignwork.notices.models import Notice, NoticeBody, NoticeFile
from foreignwork.vault.errors import KeyDestroyed

TEMPLATE = "portal/verify.html"
LENGTH = 16
PER_MINUTE = 60


@require_safe
@never_cache
def ask(request: HttpRequest) -> HttpResponseBase:
    """``/v/``: the form; ``?code=`` (spaces and hyphens allowed) leads to the code's own page."""
    typed = request.GET.get("code", "")
    if code := normal(typed):
        return redirect("portal:verify", code)
    return _page(request, {"asked": False, "typed": typed})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer(request: HttpRequest, code: str) -> HttpResponseBase:
    """``/v/<code>/``: what is known of the paper. POST with ``file`` compares a PDF with the issued one."""
    if _too_many(request):
        return _page(request, {"asked": False, "too_many": True}, status=429)
    if code != normal(code):
        return redirect("portal:verify", normal(code)) if normal(code) else _unknown(request, code)
    rows = Notice.objects.select_related("office", "case__policy_version").filter(code=code)
    notice = rows.first()
    if notice is None:
        return _unknown(request, code)
    today = clock.today(clock.now())
    known: dict[str, Any] = {"asked": True, "code": code, "spaced": spaced(code), **_known(notice, today)}
    if request.method == "POST":
        known["compared"] = _compared(notice, request.FILES.get("file"))
    return _page(request, known)


def normal(typed: str) -> str:
    """The code without spaces and hyphens, in capitals; empty when there are no letters or digits."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper())[:32]


def spaced(code: str) -> str:
    """In groups of four, as on the paper."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def masked_number(number: str) -> str:
    """Enough of a case number for its holder to recognise: GS-2026-••••••-W."""
    head, _dash, tail = number.rpartition("-")
    body = head or tail
    shown = re.sub(r"[0-9A-Za-z](?=[0-9A-Za-z]*$)", "•", body)
    return f"{shown}-{tail}" if head else shown


def initials(name: str) -> str:
    """MÜLLER JÖRG HEINRICH -> M*** J*** H***."""
    return " ".join(f"{word[0]}***" for word in name.split() if word)


def _known(notice: Notice, today: date) -> dict[str, Any]:
    title = notice.case.policy_version.pack.notices[notice.kind].title
    file = NoticeFile.objects.filter(notice=notice).first()
    if notice.withdrawn_at:
        standing = "withdrawn"
    elif file is None:
        standing = "pending"
    else:
        standing = "valid"
    return {
        "notice": notice,
        "standing": standing,
        "title": title.pick(get_language()),
        "other_title": title.zh if (get_language() or "").startswith("en") else title.en,
        "case_number": masked_number(notice.case.number),
        "sha256": file.sha256 if file else "",
        "permit": _permit(notice, today) if standing == "valid" else None,
    }


def _permit(notice: Notice, today: date) -> dict[str, Any] | None:
    """For papers that carry a permit's own values: whether the permit stands today. None for other papers."""
    try:
        extra = NoticeBody.objects.get(notice=notice).context.get("extra", {})
    except KeyDestroyed:
        return None
    if not extra.get("permit_number"):
        return None
    found = Entitlement.objects.filter(case=notice.case, number=extra["permit_number"]).first()
    ended = found is None or found.status != Entitlement.Status.ACTIVE
    expired = found is not None and found.valid_until is not None and found.valid_until < today
    return {
        "name": initials(str(extra.get("name", ""))),
        "valid_from": found.valid_from if found else None,
        "valid_until": found.valid_until if found else None,
        "early": found is not None and found.valid_from > today,
        "ended": ended,
        "expired": expired,
        "stands": not ended and not expired,
    }


def _compared(notice: Notice, upload: UploadedFile | None) -> dict[str, Any]:
    """The answer to a comparison: ``same`` True or False, or a ``problem`` in words."""
    if upload is None:
        return {"problem": _("请选择要比对的 PDF 文件。")}
    if (upload.size or 0) > settings.UPLOAD_LIMIT:
        return {"problem": _("文件超过 %(size)s MB，不是本系统出具的文书。") % {"size": settings.UPLOAD_LIMIT // 2**20}}
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    found = NoticeFile.objects.filter(notice=notice).first()
    if found is None:
        return {"problem": _("本文书尚未出具，没有可以比对的文件。")}
    return {"same": digest.hexdigest() == found.sha256}


def _unknown(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, {"asked": True, "standing": "unknown", "typed": code[:40]}, status=404)


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, TEMPLATE, context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _too_many(request: HttpRequest) -> bool:
    key = f"verify:{get_client_ip_address(request)}"
    cache.add(key, 0, timeout=60)
    try:
        return bool(cache.incr(key) > PER_MINUTE)
    except ValueError:  # ran out between the two calls
        return False


urlpatterns = [
    path("v/", ask, name="verify"),
    path("v/<str:code>/", answer, name="verify"),
]
