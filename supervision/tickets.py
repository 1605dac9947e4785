"""Hashes of DRAW1: the one-time code's chain (step 3), the key of a draw (5), the tickets drawn by (6)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable

from supervision.rosters import BadCommitment

LINKS = 16
TICKET = 32


def chain(secret: bytes, links: int) -> bytes:
    for _ in range(links):
        secret = hashlib.sha256(secret).digest()
    return secret


def otc_commit(secret: bytes) -> str:
    """The secret's last link in hex, to be published. `secret`: 32 bytes from the system's generator, used for one draw."""
    if len(secret) != 32:
        raise BadCommitment("the secret must be 32 random bytes")
    return chain(secret, LINKS).hex()


def reveal_of(secret: bytes) -> bytes:
    """The link before the published one: shown once the public numbers are known."""
    return chain(secret, LINKS - 1)


def draw_key(commit_hash: bytes, reveal: bytes, text: str) -> bytes:
    message = commit_hash + len(text).to_bytes(4, "big") + text.encode()
    return hmac.digest(reveal, message, "sha256")


def ticket(key: bytes, *parts: str) -> bytes:
    """32 bytes nobody can foresee without the key. An id's ticket does not depend on who else is in the draw."""
    message = "\0".join(("DRAW1", *parts)) + "\1"
    return hmac.digest(key, message.encode(), "sha256")


def ranks(key: bytes, *parts: str) -> Callable[[bytes], bytes]:
    """By what ids (as UTF-8) are put in order: ticket, then id. Tickets are of one length, so the two are compared as one text."""
    head = b"\0".join([b"DRAW1", *(part.encode() for part in parts)]) + b"\0"
    return lambda name: hmac.digest(key, head + name + b"\1", "sha256") + name


def in_ticket_order(key: bytes, stratum: str, ids: Iterable[bytes]) -> list[str]:
    """Ids of the objects of a stratum in the order drawn."""
    made = sorted(map(ranks(key, "object", stratum), ids))
    return [place[TICKET:].decode() for place in made]
