"""Blind indexes: find a sealed value by equality without opening anything.

Index = HMAC-SHA256(index key, label 0x00 normalised value), first 128 bits. The same word under two labels
gives two
unrelated indexes. Letters that only look alike (O and 0, I and 1) stay different: a passport number is exact.
"""

from __future__ import annotations

import hmac
import unicodedata
from typing import Any

from django.db import models

from .keys import keyring

INDEX_BYTES = 16


def blind_index(label: str, value: str) -> bytes:
    """16 bytes. `value` is normalised by the caller (below); an empty one is refused, as all empty values are
    equal."""
    if not value:
        raise ValueError(f"{label}: nothing to index")
    message = label.encode("utf-8") + b"\x00" + value.encode("utf-8")
    return hmac.digest(keyring().index, message, "sha256")[:INDEX_BYTES]


def _folded(text: str) -> str:
    """Full-width to ASCII, case away, accents of Latin letters away (passports print José as JOSE)."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFKC", text)


def _letters(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] in "LNM")


def normalise_passport(country: str, number: str) -> str:
    """ "usa:e12345678" for ("USA", " Ｅ1234-5678 "); "" when the number holds no letter or digit. The country
    is the
    three-letter code of the machine-readable zone."""
    bare = _letters(_folded(number))
    return f"{_letters(_folded(country))}:{bare}" if bare else ""


def name_tokens(*parts: str) -> list[str]:
    """The different words of a name, sorted: index each, and search by all of them, whatever their order.
    Apostrophes join (O'Brien = OBRIEN), every other sign separates (Jean-Pierre = Jean Pierre)."""
    joined = " ".join(parts)
    for sign in "'’‘`´ʼʻ＇":
        joined = joined.replace(sign, "")
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in _folded(joined))
    return sorted(set(words.split()))


def normalise_name(*parts: str) -> str:
    """A whole name in its order, without case, spaces, signs: "Ｌi  Xiao-ming" = "LI XIAOMING" =
    "lixiaoming"."""
    return _letters(_folded("".join(parts)))


class BlindIndexField(models.BinaryField):
    """16 bytes made by blind_index(), indexed; takes exact, in and isnull."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_index", True)
        kwargs["max_length"] = INDEX_BYTES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        kwargs["db_index"] = self.db_index  # type: ignore[attr-defined]
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and (not isinstance(value, bytes) or len(value) != INDEX_BYTES):
            raise TypeError(
                f"{self.name}: takes the {INDEX_BYTES} bytes made by blind_index(), never the value itself"
            )
        return super().get_db_prep_value(value, connection, prepared)
