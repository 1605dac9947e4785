"""What a draw is made from: the plan (step 1 of DRAW1) and the frozen rosters (step 2).

Rows are checked when they are made, so a roster that exists can be drawn from. Every text is NFC and free of NUL (the byte
between the parts of a ticket): a recusal spelt another way must not slip through. Persons appear under a pseudonym made
for the one draw. `DrawRefused` carries the step of the specification that was broken, as the published verifier does.

Sources: 《…双随机…》 S004-37/38 (strata by risk, at least 5 %), S004-40 (district, skills, load), S004-41 (two inspectors).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, ClassVar, Literal

import rfc8785

MILLION = 1_000_000
LARGEST = 2**53 - 1  # RFC 8785: a JSON number other programs read exactly


class DrawRefused(ValueError):
    """Something about a draw breaks the specification at `step`."""

    step: ClassVar[int]

    def __str__(self) -> str:
        return f"step {self.step}: {super().__str__()}"


class BadPlan(DrawRefused):
    step = 1


class BadRoster(DrawRefused):
    step = 2


class BadCommitment(DrawRefused):
    step = 3


class BadEntropy(DrawRefused):
    step = 4


class WrongReveal(DrawRefused):
    step = 5


class BadSubstitution(DrawRefused):
    step = 9


def jcs(value: Any, refused: type[DrawRefused]) -> bytes:
    """RFC 8785 bytes. Raises `refused` for what has none (a lone surrogate, a number beyond 2^53)."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise refused(str(error)) from error


def check_text(value: object, where: str, refused: type[DrawRefused]) -> None:
    if not isinstance(value, str) or not value or "\0" in value:
        raise refused(f"{where} must be a text, not {value!a}")
    if not unicodedata.is_normalized("NFC", value):
        raise refused(f"{where} {value!a} is not in Unicode form NFC")
    jcs(value, refused)


def check_count(
    value: object, where: str, refused: type[DrawRefused], low: int = 0, high: int = LARGEST
) -> None:
    if type(value) is not int or not low <= value <= high:
        raise refused(f"{where} must be a whole number from {low} to {high}, not {value!r}")


# --- 1: the plan ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stratum:
    ppm: int
    """share to draw, millionths"""
    min: int
    """at least so many, if there are so many"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A draw's rules, fixed before anything random exists. `id` ends in the draw's number (GS-2026-01), without gaps."""

    id: str
    strata: Mapping[str, Stratum]
    cap: int
    """visits an inspector may hold, those already held included"""
    rounds: int
    min_ppm: int = 50_000
    """floor over all strata, millionths; the law's 5 % is the least"""
    per_visit: int = 2

    def __post_init__(self) -> None:
        check_text(self.id, "plan id", BadPlan)
        check_count(self.min_ppm, "min_ppm", BadPlan, 50_000, MILLION)
        check_count(self.cap, "cap", BadPlan)
        check_count(self.rounds, "rounds", BadPlan, 1)
        check_count(self.per_visit, "per_visit", BadPlan, 2, 2)
        for name, stratum in self.strata.items():
            check_text(name, "stratum", BadPlan)
            check_count(stratum.ppm, f"stratum {name}: ppm", BadPlan, 0, MILLION)
            check_count(stratum.min, f"stratum {name}: min", BadPlan)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "min_ppm": self.min_ppm,
            "strata": {name: asdict(stratum) for name, stratum in self.strata.items()},
            "per_visit": self.per_visit,
            "cap": self.cap,
            "rounds": self.rounds,
        }


# --- 2: the rosters ---------------------------------------------------------------------------------------------------

Kind = Literal["objects", "inspectors"]


@dataclass(frozen=True, slots=True)
class Target:
    """One object that may be inspected. `id` and `org` are credit codes (USCC), or a pseudonym where it is a person."""

    kind: ClassVar[Kind] = "objects"
    id: str
    org: str
    stratum: str
    district: str
    need: tuple[str, ...] = ()
    """skills the leading inspector must have"""

    def __post_init__(self) -> None:
        _check_row(self, ("id", "org", "stratum", "district"), ("need",))

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "org": self.org,
            "stratum": self.stratum,
            "district": self.district,
            "need": list(self.need),
        }


@dataclass(frozen=True, slots=True)
class Inspector:
    """One inspector under the pseudonym of this draw."""

    kind: ClassVar[Kind] = "inspectors"
    id: str
    skills: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    recuse: tuple[str, ...] = field(default=())
    """ids of objects or organisations this person must keep away from"""
    load: int = 0
    """visits held already"""

    def __post_init__(self) -> None:
        _check_row(self, ("id",), ("skills", "districts", "recuse"))
        check_count(self.load, f"inspector {self.id}: load", BadRoster)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "skills": list(self.skills),
            "districts": list(self.districts),
            "recuse": list(self.recuse),
            "load": self.load,
        }


@dataclass(frozen=True, slots=True)
class Excluded:
    """Left out of the roster, published with the code of the reason (drawn often enough this year, …)."""

    id: str
    reason: str

    def __post_init__(self) -> None:
        check_text(self.id, "excluded id", BadRoster)
        check_text(self.reason, f"excluded {self.id}: reason", BadRoster)


def line_of(row: Target | Inspector) -> bytes:
    """The row as one line of RFC 8785 JSON (names sorted, no spaces), ended by a newline.

    A row that exists holds checked text, lists of it and small whole numbers: for these the standard library quotes as
    RFC 8785 does, and a million rows take seconds instead of minutes. A test compares the bytes with the library's.
    """
    if isinstance(row, Target):
        return object_line(row.id, row.org, row.stratum, row.district, row.need)
    head = f'{{"districts":{_list(row.districts)},"id":{quoted(row.id)},"load":{row.load}'
    return f'{head},"recuse":{_list(row.recuse)},"skills":{_list(row.skills)}}}\n'.encode()


def object_line(name: str, org: str, stratum: str, district: str, need: Iterable[str]) -> bytes:
    """An object's line from its parts, checked by ``check_word`` where a register of a million is frozen and no Target is made."""
    head = f'{{"district":{_seen(district)},"id":{quoted(name)},"need":{_needs(tuple(need))}'
    return f'{head},"org":{quoted(org)},"stratum":{_seen(stratum)}}}\n'.encode()


def _list(words: Iterable[str]) -> str:
    return f"[{','.join(map(quoted, words))}]"


# A register of a million has a few districts, strata and skills: quoted once each.
_seen = lru_cache(4096)(quoted)
_needs = lru_cache(4096)(_list)


def roster(rows: Iterable[Target] | Iterable[Inspector], kind: Kind) -> dict[str, Any]:
    """`{"n": rows, "sha256": hex}`, the same for any order of the rows. Raises BadRoster where an id comes twice."""
    text = joined((placed(row.id, line_of(row)) for row in rows), kind)
    return promise(text, kind)


def placed(name: str, line: bytes) -> bytes:
    """A line with what it is sorted by in front. NUL is in no id and before every byte, so that bytes order ids; one text a row
    and no pair, which a million times over would keep the garbage collector busy."""
    return name.encode() + b"\0" + line


def joined(rows: Iterable[bytes], kind: Kind) -> bytes:
    """The canonical lines in order of the bytes of their ids, from what ``placed`` gives. Raises BadRoster where an id comes twice."""
    lines, last = [], b""
    for row in sorted(rows):
        name, _nul, line = row.partition(b"\0")
        if name == last:
            raise BadRoster(f"{kind}: {name.decode()} is listed twice")
        lines.append(line)
        last = name
    return b"".join(lines)


def promise(text: bytes, kind: Kind) -> dict[str, Any]:
    digest = hashlib.sha256(f"DRAW1/roster/{kind}\n".encode() + text).hexdigest()
    return {"n": text.count(b"\n"), "sha256": digest}


_QUOTED = rb'"(?:[^"\\]|\\.)*+"'
_WORD = b"(%s)" % _QUOTED
_LINE = re.compile(
    rb'\{"district":%s,"id":%s,"need":(\[[^\n]*?\]),"org":%s,"stratum":%s\}\n' % (_WORD, _WORD, _WORD, _WORD)
)

_ID = re.compile(rb',"id":%s,"need":' % _WORD)
_PLACE = re.compile(rb',"id":%s,"need":\[[^\n]*?\],"org":%s,"stratum":%s\}\n' % (_WORD, _QUOTED, _WORD))


class FrozenObjects:
    """The objects as they are frozen: their canonical lines, which are what was promised. A million of them are a hundred
    megabytes of text and no objects; a ``Target`` is made where somebody looks at one.

    Lines that came from the database are not checked word by word again: their hash is compared with the promise first.
    """

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    @classmethod
    def of(cls, rows: Iterable[Target]) -> FrozenObjects:
        """Raises BadRoster where an id comes twice."""
        return cls(joined((placed(row.id, line_of(row)) for row in rows), "objects"))

    def __len__(self) -> int:
        return self.text.count(b"\n")

    def __iter__(self) -> Iterator[Target]:
        return map(_target, self._lines())

    def _lines(self) -> Iterator[re.Match[bytes]]:
        """Every line. Raises BadRoster where the text is anything but canonical lines."""
        end = 0
        for found in _LINE.finditer(self.text):
            if found.start() != end:
                break
            end = found.end()
            yield found
        if end != len(self.text):
            raise BadRoster("objects: the roster kept cannot be read")

    def places(self) -> Iterator[tuple[bytes, bytes]]:
        """(stratum, id) of every object, as UTF-8. Raises BadRoster where a line is none."""
        n = 0
        for found in _PLACE.finditer(self.text):
            name, stratum = found.groups()
            n += 1
            yield _plain(stratum), _plain(name)
        if n != len(self):
            raise BadRoster("objects: the roster kept cannot be read")

    def strangers(self, known: Collection[str]) -> list[str]:
        """Strata that are not among ``known``, sorted. Counted as text: only where the sum is wrong is anything looked at."""
        ends = (f'"stratum":{quoted(name)}}}\n'.encode() for name in known)
        if sum(map(self.text.count, ends)) == len(self):
            return []
        return sorted({stratum.decode() for stratum, _name in self.places()} - set(known))

    def rows(self, ids: Collection[str]) -> dict[str, Target]:
        """The objects with these ids, as far as they are listed."""
        wanted = {quoted(name).encode() for name in ids}
        rows: dict[str, Target] = {}
        for found in _ID.finditer(self.text) if wanted else ():
            if found[1] in wanted:
                line = _LINE.match(self.text, self.text.rfind(b"\n", 0, found.start()) + 1)
                if line is None:
                    raise BadRoster("objects: the roster kept cannot be read")
                row = _target(line)
                rows[row.id] = row
        return rows


def _plain(word: bytes) -> bytes:
    """What a quoted text of a canonical line says."""
    return word[1:-1] if b"\\" not in word else str(json.loads(word)).encode()


def _target(found: re.Match[bytes]) -> Target:
    district, name, org, stratum = (_plain(found[at]).decode() for at in (1, 2, 4, 5))
    return Target(name, org, stratum, district, tuple(json.loads(found[3])))


def _check_row(row: Target | Inspector, words: tuple[str, ...], lists: tuple[str, ...]) -> None:
    for name in words:
        if not _plainly_fine(value := getattr(row, name)):
            check_text(value, f"{row.kind} {row.id!a}: {name}", BadRoster)
    for name in lists:
        for item in getattr(row, name):
            if not _plainly_fine(item):
                check_text(item, f"{row.kind} {row.id!a}: {name}", BadRoster)


def check_word(value: str, where: str) -> None:
    """Raises BadRoster for what could not stand in a row."""
    if not _plainly_fine(value):
        check_text(value, where, BadRoster)


def _plainly_fine(value: object) -> bool:
    """A text without anything that ``check_text`` would look at twice; spares a million rows their error messages."""
    return type(value) is str and value != "" and value.isascii() and "\0" not in value
