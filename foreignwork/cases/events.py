"""The hash chain of a case's events."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import Any

import rfc8785

from .models import CaseEvent

ASSISTED = "assistance"
"""In ``CaseEvent.data``: the id of the ``Assistance`` under which a window clerk took the step for the applicant."""


def digest(event: CaseEvent, sealed: bytes | None) -> str:
    """SHA-256 over RFC 8785 JSON of everything an event says; ``sealed`` is the *ciphertext*."""
    body: dict[str, Any] = {
        "case": event.case_id,
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(),
        "effective_on": event.effective_on.isoformat(),
        "actor": event.actor_id,
        "role": event.role,
        "office": event.office_id,
        "action": event.action,
        "source": event.source,
        "target": event.target,
        "dossier_version": event.dossier_version_id,
        "data": event.data,
        "crypt_id": str(event.crypt_id),
        "sealed": bytes(sealed).hex() if sealed is not None else None,
        "prev": event.prev_hash,
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()
