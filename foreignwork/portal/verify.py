"""Public verification of papers: anyone who holds one may ask whether the office issued it and whether it still stands.

Without signing in, so nothing here names a person: initials at most. A code has 80 random bits; guessing is hopeless,
and the limit per address only keeps the pages cheap.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any, cast

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
    if too_many(request):
        return _page(request, {"asked": False, "too_many": True}, status=429)
    if code != normal(code):
        return redirect("portal:verify", normal(code)) if normal(code) else _unknown(request, code)
    rows = Notice.objects.select_related("office", "case__policy_version").filter(code=code)
    notice = rows.first()
    if notice is None:
        return _unknown(request, code)
    today = clock.today(clock.now())
    known: dict[str, Any] = {"asked": True, "code": code, **_known(notice, today)}
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
    english = (get_language() or "").startswith("en")
    return {
        "notice": notice,
        "standing": standing,
        "rows": [
            _row(_("文书名称"), title.pick(get_language()), note=title.zh if english else title.en),
            _row(_("文号"), notice.number, mono=True),
            _row(_("出具机关"), notice.office.name),
            _row(_("出具日期"), notice.dated_on.isoformat()),
            _row(_("事项编号"), masked_number(notice.case.number), mono=True),
            _row(_("送达"), _served(notice)),
            _row(_("核验码"), spaced(notice.code), mono=True),
            _row(_("文件指纹（SHA-256）"), file.sha256 if file else "", mono=True),
        ],
        "sha256": file.sha256 if file else "",
        "permit": _permit(notice, today) if standing == "valid" else None,
    }


def _row(label: str, value: str, *, mono: bool = False, note: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "mono": mono, "note": note}


def _served(notice: Notice) -> str:
    if notice.served_at is None:
        return _("尚无送达记录")
    return f"{clock.today(notice.served_at).isoformat()} {notice.get_served_how_display()}".strip()


def _permit(notice: Notice, today: date) -> dict[str, Any] | None:
    """For papers that carry a permit's own values: whether the permit stands today. None for other papers."""
    try:
        extra = cast(dict[str, Any], NoticeBody.objects.get(notice=notice).context).get("extra", {})
    except KeyDestroyed:
        return None
    if not extra.get("permit_number"):
        return None
    found = Entitlement.objects.filter(case=notice.case, number=extra["permit_number"]).first()
    ended = found is None or found.status != Entitlement.Status.ACTIVE
    expired = found is not None and found.valid_until is not None and found.valid_until < today
    rows = [_row(_("持证人（隐去全名）"), initials(str(extra.get("name", ""))))]
    if found is not None:
        until = found.valid_until.isoformat() if found.valid_until else "—"
        rows.append(_row(_("有效期"), f"{found.valid_from.isoformat()} – {until}"))
    return {
        "rows": rows,
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
        return {
            "problem": _("文件超过 %(size)s MB，不是本系统出具的文书。")
            % {"size": settings.UPLOAD_LIMIT // 2**20}
        }
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


def too_many(request: HttpRequest) -> bool:
    """Whether this address asked too often within a minute."""
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
