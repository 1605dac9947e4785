"""Seal and unseal one value: AES-256-GCM under a data key, bound to its field and its row.

Bytes of a sealed value: format (1) · suite (1) · nonce (12) · ciphertext + tag (16).
AAD: those two header bytes · label ("app.model.field") · 0x00 · crypt_id (16): a ciphertext moved to another
row or
another field does not open. Values keep their type: str, int, float, bool, date, datetime, Decimal, and dict
or list of JSON types.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import SealBroken
from .keys import NONCE_BYTES, unwrap

FORMAT = 1
AES_256_GCM = 1  # the suite byte leaves room for SM4-GCM
HEADER = bytes([FORMAT, AES_256_GCM])


class Ciphertext(bytes):
    """The bytes of a sealed value. Only this type is written to a sealed column, so plaintext cannot slip
    in."""

    def __repr__(self) -> str:
        return f"<sealed {len(self)} bytes>"

    __str__ = __repr__


def encode(value: Any) -> bytes:
    """Plaintext bytes of a value, first byte = its type. Raises TypeError for what cannot come back
    unchanged."""
    if isinstance(value, datetime):
        return b"t" + value.isoformat().encode("ascii")
    if isinstance(value, date):
        return b"d" + value.isoformat().encode("ascii")
    if isinstance(value, Decimal):
        return b"n" + str(value).encode("ascii")
    if isinstance(value, bytes | memoryview):
        raise TypeError("bytes cannot be sealed as a field; store a blob")
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if json.loads(text) != value:  # a tuple, or a key that is no text
            raise TypeError("comes back changed")
        return b"j" + text.encode("utf-8")
    except (TypeError, ValueError) as error:
        # the message of json would be harmless, that of UnicodeEncodeError quotes the value
        raise TypeError(
            f"a value of type {type(value).__name__} cannot be sealed ({type(error).__name__})"
        ) from None


def decode(data: bytes) -> Any:
    """The value of plaintext bytes made by encode()."""
    kind, text = data[:1], data[1:].decode("utf-8")
    if kind == b"j":
        return json.loads(text)
    if kind == b"d":
        return date.fromisoformat(text)
    if kind == b"t":
        return datetime.fromisoformat(text)
    if kind == b"n":
        return Decimal(text)
    raise SealBroken("sealed value of an unknown type")


def _aad(label: str) -> bytes:
    """What is bound to a value beside its row."""
    return HEADER + label.encode("utf-8") + b"\x00"


def seal_bytes(label: str, crypt_id: UUID, data_key_id: UUID, data: bytes) -> Ciphertext:
    """Seal encoded bytes; see seal()."""
    return Ciphertext(Sealer(label)(AESGCM(unwrap(data_key_id)), crypt_id.bytes, data))


class Sealer:
    """Seals encoded bytes for the field ``label`` under an opened data key; kept by code that writes very many rows."""

    def __init__(self, label: str) -> None:
        self.field = _aad(label)

    def __call__(self, key: AESGCM, crypt_id: bytes, data: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return HEADER + nonce + key.encrypt(nonce, data, self.field + crypt_id)


def unseal_bytes(label: str, crypt_id: UUID, data_key_id: UUID, sealed: bytes) -> bytes:
    """Open to encoded bytes; see unseal()."""
    sealed = bytes(sealed)
    if sealed[:2] != HEADER:
        raise SealBroken(f"{label} {crypt_id}: not a sealed value of a known format")
    key = unwrap(data_key_id)
    try:
        return AESGCM(key).decrypt(
            sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :], _aad(label) + crypt_id.bytes
        )
    except (InvalidTag, ValueError):
        raise SealBroken(f"{label} {crypt_id}: does not open under data key {data_key_id}") from None


def seal(label: str, crypt_id: UUID, data_key_id: UUID, value: Any) -> Ciphertext:
    """Seal a value for the field `label` of the row `crypt_id`. Raises TypeError, KeyUnknown, KeyDestroyed,
    KeyFile…"""
    return seal_bytes(label, crypt_id, data_key_id, encode(value))


def unseal(label: str, crypt_id: UUID, data_key_id: UUID, sealed: bytes) -> Any:
    """The value. Raises SealBroken when field, row, key or bytes do not fit, KeyDestroyed after erasure."""
    return decode(unseal_bytes(label, crypt_id, data_key_id, sealed))
