"""The hash chain of a case's events."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any

import rfc8785

from .models import CaseEvent

ASSISTED = "assistance"
"""In ``CaseEvent.data``: the id of the ``Assistance`` under which a window clerk took the step for the applicant."""


SAID = """
    e.case_id, e.seq, replace(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', ''),
    to_char(e.effective_on, 'YYYY-MM-DD'), e.actor_id, e.role, e.office_id, e.action, e.source, e.target, e.dossier_version_id,
    e.data::text, e.crypt_id::text, encode(e.sealed, 'hex'), e.prev_hash
"""
"""What ``spelled`` takes, as columns of an event ``e`` (its ``data`` still as the database writes it): a model for each row, and a
moment read as one, is most of what checking a chain would cost."""


def digest(event: CaseEvent, sealed: bytes | None) -> str:
    """SHA-256 over RFC 8785 JSON of everything an event says; ``sealed`` is the *ciphertext*."""
    return hashed(
        event.case_id,
        event.seq,
        event.at.astimezone(UTC).isoformat(),
        event.effective_on.isoformat(),
        event.actor_id,
        event.role,
        event.office_id,
        event.action,
        event.source,
        event.target,
        event.dossier_version_id,
        canonical(event.data) if event.data else "{}",
        str(event.crypt_id),
        bytes(sealed).hex() if sealed is not None else None,
        event.prev_hash,
    )


def hashed(*said: Any) -> str:
    return hashlib.sha256(spelled(*said)).hexdigest()


def spelled(
    case: int,
    seq: int,
    at: str,
    effective_on: str,
    actor: int | None,
    role: str,
    office: int | None,
    action: str,
    source: str,
    target: str,
    dossier_version: int | None,
    data: str,
    crypt_id: str,
    sealed: str | None,
    prev: str,
) -> bytes:
    """RFC 8785 JSON of what an event says; ``data`` is that already. The names are in their order, the numbers are ids and small."""
    cipher = "null" if sealed is None else f'"{sealed}"'
    return (
        f'{{"action":{_quoted(action)},"actor":{"null" if actor is None else actor},"at":"{at}","case":{case}'
        f',"crypt_id":"{crypt_id}","data":{data}'
        f',"dossier_version":{"null" if dossier_version is None else dossier_version},"effective_on":"{effective_on}"'
        f',"office":{"null" if office is None else office},"prev":{_quoted(prev)},"role":{_quoted(role)}'
        f',"sealed":{cipher},"seq":{seq},"source":{_quoted(source)},"target":{_quoted(target)}}}'
    ).encode()


@lru_cache(maxsize=4096)
def respelled(data: str) -> str:
    """``canonical`` of JSON as the database writes it; most events say what others have said."""
    return canonical(json.loads(data))


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
EXACT = 2**53
"""Whole numbers below this are the same in every JSON (RFC 8785, 3.2.2.3 refuses others)."""


def canonical(data: dict[str, Any]) -> str:
    """RFC 8785. Where nothing stands in it that the two could write differently (a fraction, a huge number, a key beyond
    ASCII, which is sorted by UTF-16 there), the standard library's encoder gives the same bytes in a tenth of the time."""
    return _encode(data) if _alike(data) else rfc8785.dumps(data).decode()


def _alike(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-EXACT < value < EXACT)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _alike(entry) for key, entry in value.items())
    return kind is list and all(map(_alike, value))
