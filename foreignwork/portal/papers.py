"""Files that leave the house: issued papers and own materials, each after a check of who asks."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foreignwork.dossiers import records
from foreignwork.notices.effects import produce
from foreignwork.notices.files import NotReady, file_name, pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError

from .entry import Visit, visitors
from .people import documents_visible_to


def sent(data: bytes, name: str, media_type: str) -> HttpResponse:
    """A download: never shown inside a page, never kept by the browser, never guessed at."""
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def unavailable(request: HttpRequest, text: str, status: int) -> HttpResponseBase:
    return render(request, "portal/unavailable.html", {"text": text}, status=status)


def _pdf(notice: Notice, visit: Visit) -> bytes:
    """The paper; at the window it is made at once where the worker has not come to it yet: somebody waits for it."""
    try:
        return pdf_bytes(notice)
    except NotReady:
        if not visit.assistance:
            raise
    produce(notice.pk, visit.at)
    return pdf_bytes(notice)


@require_safe
@visitors
def paper(request: HttpRequest, visit: Visit, code: str) -> HttpResponseBase:
    """``portal:paper``: the signed PDF of an issued paper."""
    notice = get_object_or_404(Notice.objects.visible_to(visit.actor), code=code)
    if notice.withdrawn_at is not None:
        raise Http404
    try:
        data = _pdf(notice, visit)
    except NotReady:
        return unavailable(request, _("文书正在生成，通常不超过一分钟。请稍后刷新办件页面再下载。"), 409)
    except VaultError:
        return unavailable(
            request, _("文书暂时无法读取，是系统的问题。请稍后再试；仍然失败请拨打 12345。"), 503
        )
    return sent(data, file_name(notice), "application/pdf")


@require_safe
@visitors
def document(request: HttpRequest, visit: Visit, pk: int) -> HttpResponseBase:
    """``portal:document``: a material as it was uploaded; it is written down who opened it."""
    rows = documents_visible_to(visit.actor).select_related("blob", "dossier")
    row = get_object_or_404(rows, pk=pk)
    try:
        data, name = blobs.read(row.blob), row.filename
    except VaultError:
        return unavailable(
            request, _("文件暂时无法读取，是系统的问题。请稍后再试；仍然失败请拨打 12345。"), 503
        )
    records.log_access(
        row.dossier, user=visit.user, what=f"document:{row.kind}"[:60], purpose=visit.purpose, at=visit.at
    )
    return sent(data, name, row.media_type)
