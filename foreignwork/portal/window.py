"""What was handed in at the window (代办): who did it for the employer, and the letter that allowed it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foreignwork.cases.models import Bundle
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError

from .entry import Visit, agents
from .papers import sent, unavailable

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def handed_in(bundle: Bundle, visit: Visit) -> dict[str, Any] | None:
    """Where and by whom it was filed; None for what was filed online. The authorised person's name is for the employer only."""
    row = bundle.assistance
    if row is None:
        return None
    return {
        "site": row.site,
        "office": row.office.name,
        "clerk": str(row.clerk),
        "at": bundle.filed_at,
        "person": row.person if visit.acts else "",
        "letter": reverse("portal:authorisation", args=[bundle.number]) if visit.acts else "",
    }


@require_safe
@agents
def authorisation(request: HttpRequest, visit: Visit, number: str) -> HttpResponseBase:
    """``portal:authorisation``: the employer's own letter, as the window scanned it."""
    rows = Bundle.objects.visible_to(visit.actor).select_related("assistance__authorisation")
    row = get_object_or_404(rows, number=number).assistance
    if row is None:
        raise Http404
    blob = row.authorisation
    try:
        data = blobs.read(blob)
    except VaultError:
        return unavailable(
            request, _("文件暂时无法读取，是系统的问题。请稍后再试；仍然失败请拨打 12345。"), 503
        )
    extension = EXTENSIONS.get(blob.media_type, "bin")
    return sent(data, _("授权委托书") + f" {number}.{extension}", blob.media_type)
