"""Materials the house fills in itself (系统自动生成): a registration form from what was declared, kept as a material of the filing.

A sheet is no notice: it has no number, no seal, and nobody decides by it. It is made from the facts the case had pinned and
from what the step's event holds, so the message that asks for it carries no content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import BundleItem, Case, CaseEvent, concrete
from foreignwork.cases.steps import Step
from foreignwork.dossiers import records
from foreignwork.outbox.put import Message
from foreignwork.outbox.registry import effect
from foreignwork.vault.uploads import inspect

from .kinds import Paper
from .render import render

MAKE = "notices.sheet"
TEMPLATE = "notices/sheet.html"


@dataclass(frozen=True, slots=True)
class Sheet:
    """``code`` is the pack's material; ``build`` says what stands in it, from the case and the event that asked for it."""

    code: str
    build: Callable[[Context, CaseEvent], Paper]
    signers: tuple[str, ...] = ()


def to_make(taken: Iterable[tuple[Step, CaseEvent]]) -> list[Message]:
    """The messages that will have the sheets made; the caller puts them into its transaction."""
    return [
        Message(
            key=f"sheet:{event.case_id}:{event.seq}:{sheet.code}",
            topic=MAKE,
            payload={"case": event.case_id, "seq": event.seq, "code": sheet.code},
        )
        for step, event in taken
        for sheet in step.makes
    ]


@effect(MAKE)
def make_sheet(payload: Mapping[str, Any], at: datetime) -> None:
    """Print the sheet and lay it among the materials of the filing; an earlier one of the same kind is replaced."""
    row = Case.objects.select_related(
        "policy_version", "office", "dossier__data_key", "engagement", "employer"
    ).get(pk=payload["case"])
    event = CaseEvent.objects.get(case=row, seq=payload["seq"])
    sheet = next(one for one in row.matter_entry.steps[event.action].makes if one.code == payload["code"])
    own = concrete(row)
    for name in ("policy_version", "office", "dossier", "engagement", "employer"):
        setattr(own, name, getattr(row, name))
    context = contexts([own], day_of(event.at))[0]
    material = context.pack.materials.get(sheet.code)
    if material is None or row.dossier is None:
        return
    body = {
        **asdict(sheet.build(context, event)),
        "title": material.name.model_dump(),
        "number": row.number,
        "case_number": row.number,
        "bundle_number": context.bundle.number if context.bundle else "",
        "office": context.pack.offices[row.office.code].name.model_dump(),
        "seal": "",
        "dated_on": event.effective_on.isoformat(),
        "signers": list(sheet.signers),
    }
    code = hashlib.sha256(f"{row.number}:{event.seq}:{sheet.code}".encode()).hexdigest()[:16]
    printed = render(TEMPLATE, body, code=code, base_url=settings.PUBLIC_BASE_URL)
    name = f"{sheet.code}.pdf"
    document = records.add_document(
        dossier=row.dossier,
        engagement=row.engagement if material.scope == "engagement" else None,
        kind=sheet.code,
        filename=name,
        data=printed.pdf,
        upload=inspect(name, printed.pdf, max_bytes=settings.UPLOAD_LIMIT),
        by=None,
        at=at,
    )
    BundleItem.objects.filter(bundle=row.bundle, code=sheet.code).update(document=document)
