"""One harvested row as a line of COPY text with holes, and what fills each hole in a copy.

Everything that is the same in every copy of a template in one week is baked into the line once; ids, names, keys, seals,
numbers and hashes are filled in per copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foreignwork.vault.seal import Sealer

NULL = r"\N"
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
ISO_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


VERSION_BITS, VERSION_4 = 0xF000C000 << 48, 0x40008000 << 48
Id = tuple[bytes, str]
"""A random UUID (RFC 9562, version 4): its bytes and its text. Python's own takes three times as long to make and to write."""


@dataclass(slots=True)
class Copy:
    """What one copy has of its own. ``start[table]`` is the id of its first row in that table."""

    start: dict[str, int]
    key: AESGCM
    key_id: UUID
    words: dict[str, str]
    employer: int
    passport: bytes
    rng: Random
    twins: dict[Any, int] = field(default_factory=dict)
    """by model: the firm's own row"""
    heads: dict[int, str] = field(default_factory=dict)
    crypts: dict[int, Id] = field(default_factory=dict)
    event: tuple[str, str, str] = ("", "", "")
    """seal, hash before and own hash of the event that is being written"""

    def uuid(self) -> Id:
        """By the seed: nothing here is secret, and the system's generator would cost more than the rows."""
        number = self.rng.getrandbits(128) & ~VERSION_BITS | VERSION_4
        text = f"{number:032x}"
        return number.to_bytes(16), f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def code(self, letters: str, length: int) -> str:
        return "".join(self.rng.choices(letters, k=length))


Cell = Callable[[Copy], str]


def bytea(data: bytes) -> str:
    return "\\\\x" + data.hex()


def text(value: Any) -> str:
    """COPY text of a value that stays as it is."""
    if value is None:
        return NULL
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, bytes | memoryview):
        return bytea(bytes(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).translate(ESCAPES)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).translate(ESCAPES)


def earlier(value: Any, back: timedelta) -> Any:
    """Days and moments, also those written inside texts and JSON, moved ``back``."""
    if isinstance(value, datetime | date):
        return value - back
    if isinstance(value, str):
        return ISO_DAY.sub(lambda found: _moved(found[1], back), value)
    if isinstance(value, dict):
        return {key: earlier(entry, back) for key, entry in value.items()}
    if isinstance(value, list):
        return [earlier(entry, back) for entry in value]
    return value


def _moved(day: str, back: timedelta) -> str:
    try:
        return (date.fromisoformat(day) - back).isoformat()
    except ValueError:
        return day


def pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of ``words`` (longest first); the group keeps them when a text is split at them."""
    return re.compile("(" + "|".join(re.escape(word) for word in words) + ")")


def worded(value: str, words: re.Pattern[str]) -> str | Cell:
    """``value`` as COPY text; where it names the bundle, the person or the dossier, the copy's own words stand."""
    parts = words.split(value)
    if len(parts) == 1:
        return value
    if len(parts) == 3 and not parts[0]:
        word, tail = parts[1], parts[2]
        return lambda copy: copy.words.get(word, word) + tail
    return lambda copy: "".join([copy.words.get(part, part) for part in parts])


def reseal(label: str, data: bytes, words: re.Pattern[str]) -> Callable[[Copy, bytes], bytes]:
    """Seals the plaintext anew for a row of the copy, with the copy's own words in it."""
    body, seal = worded(data.decode("utf-8"), words), Sealer(label)
    if not callable(body):
        return lambda copy, crypt_id: seal(copy.key, crypt_id, data)
    return lambda copy, crypt_id: seal(copy.key, crypt_id, body(copy).encode("utf-8"))


@dataclass(slots=True)
class Line:
    """A row: the format with one ``%s`` per hole, and what goes into them."""

    format: str
    holes: list[Cell]

    def fill(self, copy: Copy) -> str:
        return self.format % tuple([hole(copy) for hole in self.holes])


def line(cells: list[str | Cell]) -> Line:
    fixed = "\t".join("%s" if callable(cell) else cell.replace("%", "%%") for cell in cells) + "\n"
    return Line(fixed, [cell for cell in cells if callable(cell)])
