"""What a draw is made from, as it is kept: the canonical lines of the rosters, packed; the secret, sealed; the record, packed.

Nothing here decides. ``draw.py`` computes, ``ceremony.py`` and ``freezing.py`` say when.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from .draw import Commitment, Result, Substitution, commit
from .entropy import Source, entropy_text
from .models import Draw, DrawSecret, Roster
from .models import Substitution as Change
from .pairing import Assignment
from .rosters import BadRoster, Excluded, FrozenObjects, Inspector, Plan, Stratum, jcs, line_of
from .tickets import otc_commit

LEVEL = 1  # zlib: a roster of a million is packed in seconds
PIECE = 1 << 20


def pack(text: bytes) -> bytes:
    return zlib.compress(text, LEVEL)


def lines(rows: Iterable[Inspector | Excluded]) -> bytes:
    """One canonical JSON object a line, sorted by the bytes of the id (draw.md 2)."""
    made = sorted((row.id.encode(), _line(row)) for row in rows)
    return b"".join(line for _id, line in made)


def _line(row: Inspector | Excluded) -> bytes:
    if isinstance(row, Excluded):
        return jcs({"id": row.id, "reason": row.reason}, BadRoster) + b"\n"
    return line_of(row)


def text_of(draw: Draw, of: str) -> bytes:
    packed = Roster.objects.values_list("packed", flat=True).get(draw=draw, of=of)
    return zlib.decompress(packed)


def rows_of(draw: Draw, of: str) -> Iterator[dict[str, Any]]:
    for line in text_of(draw, of).splitlines():
        yield json.loads(line)


def inspectors_of(draw: Draw) -> list[Inspector]:
    return [
        Inspector(row["id"], tuple(row["skills"]), tuple(row["districts"]), tuple(row["recuse"]), row["load"])
        for row in rows_of(draw, Roster.Of.INSPECTORS)
    ]


def plan_of(draw: Draw) -> Plan:
    """The plan of draw.md 1, from the approved part."""
    part = draw.part
    return Plan(
        id=draw.number or "",
        strata={name: Stratum(entry["ppm"], entry["min"]) for name, entry in part.strata.items()},
        cap=part.cap,
        rounds=part.rounds,
        min_ppm=part.min_ppm,
    )


def sources_of(draw: Draw) -> list[Source]:
    return [Source(**entry) for entry in draw.sources]


def committed_again(draw: Draw) -> Commitment:
    """The commitment as it must be, computed anew from plan, rosters, secret and sources as they lie in the tables now."""
    secret: Any = DrawSecret.objects.get(draw=draw).secret
    return commit(
        plan_of(draw),
        FrozenObjects(text_of(draw, Roster.Of.OBJECTS)),
        inspectors_of(draw),
        otc_commit(bytes.fromhex(secret)),
        sources_of(draw),
    )


class Pseudonyms:
    """Names of one draw for people: the same person has another name in the next draw, and nobody can follow him."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, prefix: str, what: str) -> str:
        return prefix + hmac.digest(self._key, what.encode(), "sha256").hex()[:20]

    def person(self, subject_id: int) -> str:
        return self.of("P-", f"subject:{subject_id}")

    def inspector(self, inspector_id: int) -> str:
        return self.of("I-", f"inspector:{inspector_id}")

    def approver(self, user_id: int) -> str:
        return self.of("A-", f"user:{user_id}")


def pseudonyms_of(draw: Draw) -> Pseudonyms:
    key: Any = DrawSecret.objects.get(draw=draw).pseudonyms
    return Pseudonyms(bytes.fromhex(key))


# --- the published record ---------------------------------------------------------------------------------------------


def pack_record(record: dict[str, Any]) -> bytes:
    """What a draw gave, compressed: without the rosters, which lie beside it, and the substitutions, which come later."""
    return pack(json.dumps(record, ensure_ascii=False).encode())


def outcome_of(draw: Draw) -> dict[str, Any]:
    """The record without its rosters, with the substitutions made so far. Raises LookupError before there is one."""
    if draw.has("result"):
        record = _kept(draw.result.packed)
        record["substitutions"] = [row.public for row in Change.objects.filter(draw=draw).order_by("seq")]
        return record
    if draw.has("cancellation") and draw.cancellation.packed:
        return _kept(draw.cancellation.packed)
    raise LookupError(f"draw {draw} has no record yet")


def _kept(packed: bytes | memoryview) -> dict[str, Any]:
    """What was packed, but for rosters: they are told once, from where they lie."""
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    return {name: value for name, value in found.items() if name not in Roster.Of.values}


def record_text(draw: Draw) -> Iterator[bytes]:
    """The record as the public gets it, in pieces: the lines of the rosters are JSON already and are never read in. Raises
    LookupError, at once, before there is one."""
    head = json.dumps(outcome_of(draw), ensure_ascii=False).encode()
    return _written(head, dict(Roster.objects.filter(draw=draw).values_list("of", "packed")))


def _written(head: bytes, rosters: dict[str, bytes | memoryview]) -> Iterator[bytes]:
    yield head[:-1]
    for of, packed in rosters.items():
        yield b', "%s": [' % of.encode()
        text = zlib.decompress(packed).rstrip(b"\n")
        for start in range(0, len(text), PIECE):
            yield text[start : start + PIECE].replace(b"\n", b",\n")
        yield b"]"
    yield b"}"


def record_of(draw: Draw) -> dict[str, Any]:
    """The whole record, read."""
    record: dict[str, Any] = json.loads(b"".join(record_text(draw)))
    return record


def result_of(draw: Draw) -> tuple[Result, list[Substitution]]:
    """The computed draw and the substitutions made so far, for the next one."""
    record = outcome_of(draw)
    commitment = committed_again(draw)
    values = record["entropy_values"]
    assignment = Assignment(
        record["round"],
        {name: (team[0], team[1]) for name, team in record["assigned"].items()},
        tuple(record["unassignable"]),
        record["reasons"],
    )
    result = Result(
        commitment,
        values,
        entropy_text(commitment.sources, values),
        bytes.fromhex(record["reveal"]),
        bytes.fromhex(record["prk"]),
        None,  # type: ignore[arg-type]  # substitution needs the teams, not the sample
        assignment,
    )
    changes = [
        Substitution(row["object"], row["out"], row["in"], row["reason"], row["approver"])
        for row in record["substitutions"]
    ]
    return result, changes
