"""Files of a case: materials and papers, each served after the permission check and, for materials, a line in the log."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foreignwork.cases.models import Case, Recusal
from foreignwork.cases.problems import RECUSED, Problem
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Document
from foreignwork.notices.effects import retry
from foreignwork.notices.files import NotReady, pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError

from ..casefile import CaseFile
from ..fetch import open_file
from ..seat import Seat, at_desk, refused

SHOWN = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@at_desk
@require_safe
def document(request: HttpRequest, seat: Seat, *, number: str, pk: int) -> HttpResponse:
    """A material of this case: of the kinds its matter uses, of this person and this engagement, no others."""
    file = open_file(number, seat)
    problem = file.may_look()
    if problem:
        return refused(request, seat, problem, back=reverse("desk:case", args=[number]))
    found = _document(file, pk)
    if found is None or file.case.dossier is None:
        raise Http404
    records.log_access(
        file.case.dossier,
        user=seat.user,
        what=f"document:{found.kind}"[:60],
        purpose=f"{number} 查看材料"[:200],
        at=seat.at,
    )
    try:
        data = blobs.read(found.blob)
    except VaultError:
        messages.error(
            request,
            _("材料文件暂时无法打开，没有显示。请联系系统管理人员从备份恢复，编号：%(pk)s。") % {"pk": pk},
        )
        return redirect("desk:case", number=number)
    return served(data, found.media_type, f"{number}-{found.kind}")


def _document(file: CaseFile, pk: int) -> Document | None:
    kinds = [row.code for row in file.context.items]
    rows = Document.objects.filter(dossier=file.case.dossier, kind__in=kinds).select_related("blob")
    row = rows.filter(pk=pk).first()
    return row if row and row.engagement_id in (None, file.case.engagement_id) else None


def served(data: bytes, media_type: str, name: str) -> HttpResponse:
    """Bytes a stranger made: never as a page of ours, never kept. A type we do not show is only handed out as a download."""
    extension = SHOWN.get(media_type)
    response = HttpResponse(data, content_type=media_type if extension else "application/octet-stream")
    way = "inline" if extension else "attachment"
    response["Content-Disposition"] = f'{way}; filename="{name}.{extension or "bin"}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _paper(seat: Seat, number: str, pk: int) -> tuple[Case, Notice]:
    case = Case.objects.visible_to(seat.actor).filter(number=number).first()
    notice = Notice.objects.filter(case=case, pk=pk).select_related("office").first() if case else None
    if case is None or notice is None:
        raise Http404
    return case, notice


@at_desk
@require_safe
def paper(request: HttpRequest, seat: Seat, *, number: str, pk: int) -> HttpResponse:
    """A printed notice of this case; it says what a recused officer may not read."""
    case, notice = _paper(seat, number, pk)
    if Recusal.objects.filter(case=case, user=seat.user).exists():
        return refused(request, seat, Problem(RECUSED), back=reverse("desk:case", args=[number]))
    try:
        data = pdf_bytes(notice)
    except (NotReady, VaultError):
        messages.error(request, _("这份文书还没有生成或暂时无法打开，请稍后刷新页面。"))
        return redirect("desk:case", number=number)
    if case.dossier:
        what, why = f"paper:{notice.kind}"[:60], f"{number} 查看文书"[:200]
        records.log_access(case.dossier, user=seat.user, what=what, purpose=why, at=seat.at)
    return served(data, "application/pdf", f"{number}-{notice.kind}")


@at_desk
@require_POST
def paper_retry(request: HttpRequest, seat: Seat, *, number: str, pk: int) -> HttpResponse:
    """“Try again” for a paper that could not be made; any officer of the case's office may ask for it."""
    _case, notice = _paper(seat, number, pk)
    if retry(notice, seat.at):
        messages.success(request, _("已重新排队生成文书，通常几秒钟内完成。"))
    else:
        messages.info(request, _("这份文书不需要重新生成，请刷新页面查看最新状态。"))
    return redirect("desk:case", number=number)
