"""Files that come in with a form: each looked at, kept or refused with its sentence; never half."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foreignwork.dossiers import records
from foreignwork.dossiers.models import Document, Engagement
from foreignwork.policies.schema_filing import Material
from foreignwork.vault.errors import BlobNotStored
from foreignwork.vault.uploads import UploadRefused, inspect, sentence

from .entry import Visit

FILE, ISSUED = "file_", "issued_"


@dataclass(slots=True)
class Taken:
    """What became of the files of one POST: documents kept and sentences for those refused, by material code."""

    kept: dict[str, Document]
    refused: dict[str, str]


def take(
    request: HttpRequest, visit: Visit, engagement: Engagement, materials: Iterable[tuple[str, Material]]
) -> Taken:
    """Keep every file of the POST that belongs to one of ``materials``: the fields ``file_<code>`` and, for papers that
    age, ``issued_<code>``. ``engagement`` comes with its dossier and the dossier's key."""
    taken = Taken({}, {})
    for code, material in materials:
        upload = request.FILES.get(FILE + code)
        if upload is None:
            continue
        name = upload.name or code
        try:
            issued = _issued(request.POST.get(ISSUED + code, ""), visit.today)
            if upload.size and upload.size > settings.UPLOAD_LIMIT:
                # Refused by its size alone: a large file is not read into memory.
                data = b""
                size = {
                    "size_mb": round(upload.size / 2**20, 1),
                    "max_mb": settings.UPLOAD_LIMIT // 2**20,
                }
                raise UploadRefused("too_large", {"name": name, **size})
            data = upload.read()
            checked = inspect(name, data, max_bytes=settings.UPLOAD_LIMIT)
            with transaction.atomic():
                taken.kept[code] = records.add_document(
                    dossier=engagement.dossier,
                    engagement=engagement if material.scope == "engagement" else None,
                    kind=code,
                    filename=checked.name,
                    data=data,
                    upload=checked,
                    by=visit.user,
                    at=visit.at,
                    valid_until=issued + relativedelta(months=material.valid_months)
                    if issued and material.valid_months
                    else None,
                )
        except UploadRefused as refused:
            taken.refused[code] = sentence(refused.code, refused.params)
        except BadDay as refused:
            taken.refused[code] = str(refused)
        except BlobNotStored:
            taken.refused[code] = _(
                "文件没有保存成功，是系统的问题。请稍后再上传一次；仍然失败请拨打 12345。"
            )
    return taken


class BadDay(ValueError):
    """The day of issue is none, or has not come yet."""


def _issued(text: str, today: date) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadDay(_("出具日期请按“年-月-日”填写，例如 2026-03-01；文件没有保存，请重新选择。")) from None
    if day > today:
        raise BadDay(_("出具日期不能晚于今天；文件没有保存，请核对后重新选择。"))
    return day


def any_file(request: HttpRequest) -> bool:
    return any(name.startswith(FILE) for name in request.FILES)


def entry(document: Document | None, today: date) -> dict[str, Any] | None:
    """A kept document as the pages show it."""
    if document is None:
        return None
    return {
        "pk": document.pk,
        "filename": document.filename,
        "pages": document.pages,
        "uploaded_at": document.uploaded_at,
        "valid_until": document.valid_until,
        "expired": bool(document.valid_until and document.valid_until < today),
    }
