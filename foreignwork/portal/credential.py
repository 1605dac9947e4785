"""Showing what one holds: the holder's page with a short-lived signed QR code, and the page a third party sees on scanning it.

The code holds no fact: the entitlement's key, signed with the house's key and the second it was made. It runs out after some
minutes, so that a photograph of it is of no use later. Who scans it learns whether the permit stands, its class, its end and
who issued it, and enough to compare with the person before him: initials, the end of the number, the employer. Nothing else.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import segno
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foreignwork.accounts.who import Side
from foreignwork.cases import clock
from foreignwork.cases.models import Entitlement
from foreignwork.notices.models import Notice

from .entry import Visit, visitors
from .held import marks_on
from .people import names_of
from .verify import initials, too_many

SALT = "foreignwork.credential"
SHOWN_FOR = timedelta(minutes=10)
"""How long a code can be scanned: long enough to show a phone, too short to pass a picture on. No legal number."""
RELATED = ("case__policy_version", "case__office", "employer", "dossier")


def visible_to(visit: Visit) -> Any:
    """A person's own, or what the agent's employers have."""
    mine = (
        Q(dossier__holder=visit.user)
        if visit.actor.side == Side.PERSON
        else Q(employer_id__in=visit.actor.employers)
    )
    return Entitlement.objects.filter(mine).select_related(*RELATED)


@require_safe
@visitors
def credential(request: HttpRequest, visit: Visit, pk: int) -> HttpResponseBase:
    """``portal:credential``: what is held, on a phone: its standing, the code to show, the paper, the way to the card."""
    row = get_object_or_404(visible_to(visit), pk=pk)
    pack, language = row.case.policy_version.pack, get_language()
    look = standing(row, visit.today)
    url = request.build_absolute_uri(reverse("portal:shown", args=[token_of(row)]))
    paper = (
        Notice.objects.filter(
            case_id=row.case_id, kind="E_PERMIT", status__in=("issued", "served"), withdrawn_at__isnull=True
        )
        .order_by("-pk")
        .first()
    )
    claim = pack.texts.get(f"claim_{row.matter}")
    context = {
        "row": row,
        "title": pack.matters[row.matter].name.pick(language),
        "name": names_of([row.dossier_id]).get(row.dossier_id),
        "standing": look,
        "qr": qr(url) if look["shows"] else "",
        "shown_until": visit.at + SHOWN_FOR,
        "paper": paper,
        "marks": [
            {"text": pack.texts[f"mark_{mark.kind}"].pick(language), "on": mark.on, "note": mark.note}
            for mark in marks_on([row.pk]).get(row.pk, ())
            if f"mark_{mark.kind}" in pack.texts
        ],
        "steps": claim.pick(language).strip().splitlines() if claim and look["shows"] else [],
        "visit": visit,
    }
    return render(request, "portal/credential.html", context)


@require_safe
@never_cache
def shown(request: HttpRequest, token: str) -> HttpResponseBase:
    """``portal:shown``: what a third party learns from a code, without an account."""
    if too_many(request):
        return _page(request, {"too_many": True}, 429)
    try:
        pk = signing.loads(token, salt=SALT, max_age=SHOWN_FOR)
    except signing.SignatureExpired:
        return _page(request, {"late": True}, 410)
    except signing.BadSignature:
        return _page(request, {"unknown": True}, 404)
    known = isinstance(pk, int) and 0 < pk < 2**63
    row = Entitlement.objects.filter(pk=pk).select_related(*RELATED).first() if known else None
    if row is None:
        return _page(request, {"unknown": True}, 404)
    at = clock.now()
    return _page(request, {"row": row, "checked_at": at, **_told(row, clock.today(at))})


def token_of(row: Entitlement) -> str:
    return signing.dumps(row.pk, salt=SALT)


def standing(row: Entitlement, today: date) -> dict[str, Any]:
    """Whether it ``stands`` today, whether there is anything to show (it may begin tomorrow), and the one word for it."""
    if row.status != Entitlement.Status.ACTIVE:
        return {"stands": False, "shows": False, "word": _("已终止"), "kind": "shut"}
    if row.valid_until and row.valid_until < today:
        return {"stands": False, "shows": False, "word": _("已过期"), "kind": "bad"}
    if row.valid_from > today:
        return {"stands": False, "shows": True, "word": _("有效期尚未开始"), "kind": "info"}
    return {"stands": True, "shows": True, "word": _("有效"), "kind": "ok"}


def _told(row: Entitlement, today: date) -> dict[str, Any]:
    pack, language = row.case.policy_version.pack, get_language()
    name = names_of([row.dossier_id]).get(row.dossier_id, {"latin": ""})["latin"]
    rows = [
        (_("证件"), pack.matters[row.matter].name.pick(language)),
        (_("持证人（隐去全名）"), initials(name)),
        (_("证号末四位"), f"•••• {row.number[-4:]}"),
        (_("人员类别"), row.category),
        (_("用人单位"), row.employer.name if row.employer else ""),
        (_("有效期至"), row.valid_until.isoformat() if row.valid_until else ""),
        (_("发证机关"), row.case.office.name),
    ]
    return {
        "standing": standing(row, today),
        "rows": [{"label": label, "value": value} for label, value in rows if value],
    }


def qr(text: str) -> SafeString:
    """A QR code as inline SVG, quiet zone included."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(border=3, omitsize=True, dark="#000")
    return mark_safe(drawing)  # noqa: S308 - made of numbers only


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, "portal/shown.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


urlpatterns = [
    path("held/<int:pk>/", credential, name="credential"),
    path("s/<str:token>/", shown, name="shown"),
]
