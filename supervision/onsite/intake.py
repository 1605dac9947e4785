"""A record from a phone becomes a step of the inspection, once. Every check is made again here: a phone proves nothing.

One transaction: the key is claimed, the files are kept, the step is taken by ``perform``, the receipt is written. A second
sending of the same record finds the receipt and gets the same answer; a refusal leaves nothing behind, so that the same
record may be sent again when it has been put right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.who import Actor
from foreignwork.cases.problems import KEY_REUSED, CaseError, KeyReused, Problem, say
from foreignwork.vault import blobs, uploads
from foreignwork.workflow import keys
from foreignwork.workflow.perform import perform

from .. import policy
from ..models import FieldDevice, FieldRecord, Inspection
from . import places
from .forms import SIGNERS

ACTIONS = {"arrive": "arrive", "evidence": "add_evidence", "record": "record"}
SIGNATURE_LIMIT = 512 * 1024  # bytes; a drawing on a phone's screen has some ten thousand
FIELDS = 400
LONGEST = 4000  # characters of one field

NO_VISIT = say("onsite_no_visit", _("没有编号为 %(number)s 的检查，或者它已不由您办理。"))
NO_SENSE = say("onsite_no_sense", _("这条记录不完整，系统没有收下。请在手机上打开它，核对后重新发送。"))
FILE_REFUSED = say("onsite_file_refused", "%(why)s")
FILE_CHANGED = say("onsite_file_changed", _("文件“%(name)s”与拍摄时的不一致，可能在发送中损坏。请重新发送。"))


class Refused(CaseError):
    """The record cannot be read, or its files not be kept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a phone sends: ``values`` are the fields of the step's form, ``files`` name → bytes (photo, sign_lead …),
    ``hashes`` what the phone says of them, ``extra`` per file (strokes of a signature)."""

    uuid: UUID
    number: str
    kind: str
    made_at: datetime
    sent_at: datetime | None
    values: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    strokes: Mapping[str, list[Any]] = field(default_factory=dict)


def moment(text: Any) -> datetime | None:
    """An ISO time with its offset, of this century; None for everything else."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo and 2000 <= found.astimezone(UTC).year < 2100 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _no_number(word: str) -> None:
    raise ValueError(word)


def _storable(found: Any) -> bool:
    """Without NUL, which the database does not take, nor halves of characters, which no encoding does (UnicodeEncodeError)."""
    text = json.dumps(found, ensure_ascii=False)
    return bool(text.encode()) and "\\u0000" not in text


def read(form: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> Sent:
    """The record in a POST. Raises Refused for what no page of ours sends."""
    try:
        body = json.loads(str(form.get("body", "")), parse_constant=_no_number)
        uuid = UUID(str(form.get("record", "")))
        made_at = moment(body.get("made_at"))
        values, hashes, strokes = (body.get(name) or {} for name in ("values", "hashes", "strokes"))
        sound = (
            made_at is not None
            and form.get("kind") in ACTIONS
            and all(isinstance(part, dict) for part in (values, hashes, strokes))
            and len(values) <= FIELDS
            and all(isinstance(one, str) and len(one) <= LONGEST for one in values.values())
            and all(isinstance(one, str) for one in hashes.values())
            and _storable([values, hashes, strokes])
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Refused(Problem(NO_SENSE)) from None
    if not sound or made_at is None:
        raise Refused(Problem(NO_SENSE))
    number = str(form.get("visit", ""))[:40].replace("\x00", "")
    return Sent(
        uuid, number, str(form["kind"]), made_at, moment(body.get("sent_at")), values, files, hashes, strokes
    )


def take(sent: Sent, *, actor: Actor, device: FieldDevice | None, at: datetime) -> FieldRecord:
    """The receipt, new or as it was given the first time.

    Raises Refused, KeyReused and whatever ``perform`` raises; then nothing is kept.
    """
    assert actor.user is not None
    print_ = keys.fingerprint(f"onsite/{sent.number}/{sent.kind}", _content(sent))
    if given := receipt(actor, sent.uuid, print_):
        return given
    with transaction.atomic():
        if keys.claim(user=actor.user, key=str(sent.uuid), print_=print_, at=at) is not None:
            given = receipt(actor, sent.uuid, print_)
            assert given is not None
            return given
        case = Inspection.objects.filter(number=sent.number, office_id__in=actor.offices).first()
        if case is None:
            raise Refused(Problem(NO_VISIT, {"number": sent.number}))
        data = {**sent.values, **_kept(sent, case, at=at)}
        perform(case_id=case.pk, action=ACTIONS[sent.kind], actor=actor, at=at, data=data)
        own = policy.of(case.policy_version)
        # the case is locked by its step: the newest evidence is this record's
        made = case.evidence.order_by("-seq").first() if sent.kind == "evidence" else None  # type: ignore[attr-defined]
        row = FieldRecord.objects.create(
            uuid=sent.uuid,
            user=actor.user,
            device=device,
            inspection=case,
            kind=sent.kind,
            evidence=made,
            fingerprint=print_,
            made_at=sent.made_at,
            flags=places.about_time(case, own, made_at=sent.made_at, sent_at=sent.sent_at, at=at),
            at=at,
        )
        keys.settle(user=actor.user, key=str(sent.uuid), outcome={"receipt": row.pk})
    return row


def receipt(actor: Actor, uuid: UUID, print_: str) -> FieldRecord | None:
    """What this record got when it was taken. Raises KeyReused when it had other content then."""
    row = FieldRecord.objects.filter(user=actor.user, uuid=uuid).first()
    if row and row.fingerprint != print_:
        raise KeyReused(Problem(KEY_REUSED))
    return row


def _content(sent: Sent) -> dict[str, Any]:
    """What makes the record this record: not when it was sent, nor the names under which its files are kept."""
    files = {name: hashlib.sha256(data).hexdigest() for name, (_name, data) in sent.files.items()}
    return {"values": dict(sent.values), "files": files, "made_at": sent.made_at.isoformat()}


def _kept(sent: Sent, case: Inspection, *, at: datetime) -> dict[str, Any]:
    """The step's further data: its files, kept, with their hashes."""
    if sent.kind == "evidence":
        taken = {"taken_at": sent.made_at.isoformat()}
        return {**taken, **_photo(sent, case, at=at)}
    if sent.kind != "record" or not sent.files:
        return {}
    rows = []
    for by in SIGNERS:
        if f"sign_{by}" in sent.files:
            blob, sha = _keep(sent, f"sign_{by}", case, most=SIGNATURE_LIMIT, at=at)
            rows.append({"by": by, "blob": blob, "sha256": sha, "strokes": sent.strokes.get(by) or []})
    return {"signatures": json.dumps(rows)}


def _photo(sent: Sent, case: Inspection, *, at: datetime) -> dict[str, str]:
    if "photo" not in sent.files:
        return {"blob": "", "sha256": ""}
    blob, sha = _keep(sent, "photo", case, most=settings.UPLOAD_LIMIT, at=at)
    return {"blob": blob, "sha256": sha}


def _keep(sent: Sent, which: str, case: Inspection, *, most: int, at: datetime) -> tuple[str, str]:
    """The original bytes, untouched (EXIF included), once they are what they say: (name of the blob, SHA-256)."""
    name, data = sent.files[which]
    sha = hashlib.sha256(data).hexdigest()
    try:
        found = uploads.inspect(name, data, max_bytes=most)
    except uploads.UploadRefused as refused:
        why = uploads.sentence(refused.code, refused.params)
        raise Refused(Problem(FILE_REFUSED, {"why": why})) from None
    if sent.hashes.get(which) not in (None, sha):
        raise Refused(Problem(FILE_CHANGED, {"name": found.name}))
    return blobs.store(data, data_key=case.data_key, media_type=found.media_type, at=at).pk, sha
