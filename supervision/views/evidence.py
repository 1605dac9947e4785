"""What was brought home from a visit, at the desk: seen, added without a phone, and compared with where the address lies."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foreignwork.accounts import roles
from foreignwork.cases.models import Recusal
from foreignwork.cases.problems import RECUSED, CaseError, NotAllowed, Problem
from foreignwork.desk.seat import needs_post, refused
from foreignwork.desk.views.files import served
from foreignwork.dossiers import records
from foreignwork.vault import blobs
from foreignwork.vault.errors import VaultError
from foreignwork.workflow.perform import Invalid

from ..models import Evidence, Inspection
from ..onsite import intake
from ..onsite.forms import PhotographForm, PlaceForm, positioned
from ..onsite.places import FLAGS, known_place
from .room import Room, in_room, posted


def _case(room: Room, number: str) -> Inspection:
    rows = Inspection.objects.select_related("subject_org", "office", "policy_version", "lead", "second")
    found = rows.filter(number=number, office_id__in=room.seat.actor.offices).first()
    if found is None:
        raise Http404
    return found


def _kept_away(request: HttpRequest, room: Room, case: Inspection) -> HttpResponse | None:
    if not Recusal.objects.filter(case=case, user=room.seat.user).exists():
        return None
    return refused(request, room.seat, Problem(RECUSED), back=reverse("supervision:home"))


def _mine(room: Room, case: Inspection) -> bool:
    return room.seat.user.pk in {one.user_id for one in (case.lead, case.second) if one}


@in_room
@require_safe
def index(request: HttpRequest, room: Room, number: str) -> HttpResponse:
    """Photographs, notes and signatures of one visit, with what is odd about each."""
    case = _case(room, number)
    return _kept_away(request, room, case) or _page(request, room, case)


def _page(
    request: HttpRequest,
    room: Room,
    case: Inspection,
    *,
    photograph: PhotographForm | None = None,
    place: PlaceForm | None = None,
    problems: tuple[Any, ...] = (),
    status: int = 200,
) -> HttpResponse:
    rows = list(case.evidence.select_related("by", "field_record"))  # type: ignore[attr-defined]
    Evidence.prime(rows)
    context = {
        "seat": room.seat,
        "case": case,
        "rows": [_shown(row) for row in rows],
        "known": known_place(case),
        "may_add": _mine(room, case) and case.state in ("on_site", "recorded"),
        "photograph": photograph or PhotographForm(prefix="photo"),
        "place": place or PlaceForm(prefix="place"),
        "problems": problems,
        "key": uuid4(),
        "form": photograph or place,
    }
    return render(request, "supervision/onsite/evidence.html", context, status=status)


def _shown(row: Evidence) -> dict[str, Any]:
    record = getattr(row, "field_record", None)
    flags = [*row.flags, *(record.flags if record else ())]
    return {
        "row": row,
        "detail": row.detail or {},
        "flags": [FLAGS[flag] for flag in flags if flag in FLAGS],
        "receipt": record.receipt if record else "",
    }


@in_room
@require_safe
def file(request: HttpRequest, room: Room, number: str, pk: int) -> HttpResponse:
    """The original of a photograph or signature; who looked is written down for every person looked at in the visit."""
    case = _case(room, number)
    if away := _kept_away(request, room, case):
        return away
    row = case.evidence.exclude(blob=None).select_related("blob").filter(pk=pk).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    for one in case.subjects.filter(subject__kind="person").select_related("subject__dossier"):  # type: ignore[attr-defined]
        dossier, why = one.subject.dossier, f"{number} 查看现场材料"
        records.log_access(
            dossier, user=room.seat.user, what=f"evidence:{row.kind}", purpose=why[:200], at=room.seat.at
        )
    try:
        data = blobs.read(row.blob)
    except VaultError:
        messages.error(
            request,
            _("材料文件暂时无法打开，没有显示。请联系系统管理人员从备份恢复，编号：%(pk)s。") % {"pk": pk},
        )
        return redirect("supervision:evidence", number=number)
    return served(data, row.blob.media_type, f"{number}-{row.seq}")


@in_room
@require_POST
def add(request: HttpRequest, room: Room, number: str) -> HttpResponse:
    """A photograph from the desk: the same intake as from a phone, without a place."""
    case = _case(room, number)
    if away := _kept_away(request, room, case):
        return away
    form = PhotographForm(posted(request), request.FILES, prefix="photo")
    if not form.is_valid():
        return _page(request, room, case, photograph=form, status=400)
    upload = form.cleaned_data["photo"]
    sent = intake.Sent(
        uuid=_key(request.POST.get("key", "")),
        number=number,
        kind="evidence",
        made_at=_first_shown(request, room),
        sent_at=None,
        values={"text": form.cleaned_data["text"]},
        files={"photo": (upload.name or "", upload.read(settings.UPLOAD_LIMIT + 1))},
    )
    try:
        intake.take(sent, actor=room.seat.actor, device=None, at=room.seat.at)
    except Invalid as objection:
        sentences = [str(error) for errors in objection.form.errors.values() for error in errors]
        form.add_error(None, sentences)  # type: ignore[arg-type]
        return _page(request, room, case, photograph=form, status=400)
    except CaseError as objection:
        status = 403 if isinstance(objection, NotAllowed) else 422
        return _page(request, room, case, photograph=form, problems=objection.problems, status=status)
    except VaultError:
        form.add_error(None, _("文件暂时没有存下。请稍后重新提交。"))
        return _page(request, room, case, photograph=form, status=503)
    messages.success(request, _("已登记照片。"))
    return redirect("supervision:evidence", number=number)


def _key(text: str) -> UUID:
    """The page's own key, so that a second press adds nothing; a fresh one for what no page of ours sends."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _first_shown(request: HttpRequest, room: Room) -> datetime:
    """When the page was made: part of what its key stands for, so it must not change between two presses."""
    return intake.moment(request.POST.get("made_at")) or room.seat.at


@in_room
@require_POST
def place(request: HttpRequest, room: Room, number: str) -> HttpResponse:
    """Where the address lies; positions of photographs are compared with it from now on."""
    case = _case(room, number)
    if away := _kept_away(request, room, case):
        return away
    wanted = (roles.inspector, roles.inspection_planner, roles.inspection_leader)
    if not room.holds(*wanted, office=case.office):
        return refused(request, room.seat, needs_post(*wanted), back=reverse("supervision:home"))
    form = PlaceForm(posted(request), prefix="place")
    if case.subject_org is None or not case.subject_org.address:
        form.add_error(None, _("这个单位没有登记地址，请先补充地址。"))
    if not form.is_valid():
        return _page(request, room, case, place=form, status=400)
    positioned(case, form.cleaned_data, by=room.seat.user, at=room.seat.at).save()
    messages.success(request, _("已登记地址坐标。"))
    return redirect("supervision:evidence", number=number)
