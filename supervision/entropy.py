"""Public randomness of a draw (step 4 of DRAW1): what a source can give, and the text its numbers become.

Known sources are counted in outcomes; together they must pass 2^64, and at least two must be independent (two colours of
one lottery issue are one event). A source not known here may be declared as well, but counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from supervision.rosters import BadEntropy, check_count, check_text

Values = Sequence[Sequence[int]]
"""One list of numbers per source, in the order of the declarations, each list as the event gave it."""

AS_ROLLED = "as-rolled"
ASCENDING = "ascending"


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of public event. `count` None: as many as the declaration says."""

    family: str
    order: str
    low: int
    high: int
    count: int | None
    repeats: bool

    def outcomes(self, count: int) -> int:
        faces = self.high - self.low + 1
        return faces**count if self.repeats else comb(faces, count)


EVENTS = {
    "dice": Event("dice", AS_ROLLED, 0, 9, None, True),  # ten-sided, before witnesses
    "双色球红球": Event("双色球", ASCENDING, 1, 33, 6, False),
    "双色球蓝球": Event("双色球", ASCENDING, 1, 16, 1, False),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A declaration: which public event will be used. `count` for dice, `issue` for a lottery's future issue."""

    src: str
    order: str
    count: int | None = None
    issue: str | None = None

    def __post_init__(self) -> None:
        check_text(self.src, "source", BadEntropy)
        event = EVENTS.get(self.src)
        if self.order not in (AS_ROLLED, ASCENDING) or (event and event.order != self.order):
            raise BadEntropy(f"source {self.src}: order {self.order!r} is not the one it has")
        if self.count is not None:
            check_count(self.count, f"source {self.src}: count", BadEntropy, 1)
            if event and event.count not in (None, self.count):
                raise BadEntropy(f"source {self.src}: gives {event.count} numbers, not {self.count}")
        if self.issue is not None:
            check_text(self.issue, f"source {self.src}: issue", BadEntropy)
        if event and (self.count is None if event.count is None else self.issue is None):
            raise BadEntropy(f"source {self.src}: say {'how many' if event.count is None else 'which issue'}")

    def as_json(self) -> dict[str, Any]:
        named = {"src": self.src, "count": self.count, "issue": self.issue, "order": self.order}
        return {name: value for name, value in named.items() if value is not None}

    @property
    def size(self) -> int | None:
        """How many numbers it gives, if that is known beforehand."""
        event = EVENTS.get(self.src)
        return event.count if event and event.count else self.count


def check_sources(sources: Sequence[Source]) -> None:
    """Raises BadEntropy unless two independent public sources together give at least 64 bits."""
    events: set[tuple[str, str | None]] = set()
    seen: set[tuple[str, str | None]] = set()
    outcomes = 1
    for source in sources:
        if (source.src, source.issue) in seen:
            raise BadEntropy(f"source {source.src} {source.issue or ''} is declared twice")
        seen.add((source.src, source.issue))
        event = EVENTS.get(source.src)
        events.add((event.family if event else source.src, source.issue))
        if event and source.size:
            outcomes *= event.outcomes(source.size)
    if len(events) < 2:
        raise BadEntropy("at least two independent public sources are needed")
    if outcomes < 2**64:
        raise BadEntropy(f"the sources together give {outcomes.bit_length() - 1} bits, 64 are needed")


def check_values(sources: Sequence[Source], values: Values) -> None:
    """Raises BadEntropy where a number cannot have come from its source."""
    if len(sources) != len(values):
        raise BadEntropy(f"{len(sources)} sources were declared, {len(values)} are given")
    for source, numbers in zip(sources, values, strict=True):
        event = EVENTS.get(source.src)
        if not numbers or source.size not in (None, len(numbers)):
            raise BadEntropy(
                f"source {source.src}: {len(numbers)} numbers, {source.size or 'at least 1'} expected"
            )
        for place, number in enumerate(numbers, start=1):
            where = f"source {source.src}, number {place}"
            check_count(number, where, BadEntropy, *((event.low, event.high) if event else ()))
        if event and not event.repeats and len(set(numbers)) < len(numbers):
            raise BadEntropy(f"source {source.src}: a number comes twice")


def entropy_text(sources: Sequence[Source], values: Values) -> str:
    """`3.1.4./3.8.15./`: each number closed by a dot, each source by a slash (RFC 3797's canonical form)."""
    parts = []
    for source, numbers in zip(sources, values, strict=True):
        ordered = sorted(numbers) if source.order == ASCENDING else numbers
        parts.append("".join(f"{number}." for number in ordered) + "/")
    return "".join(parts)


class EntropyDiffers(BadEntropy):
    """Two people typed different numbers. `source` and `place` (from 1) say where; the numbers are not repeated."""

    def __init__(self, source: int, place: int) -> None:
        super().__init__(f"the two entries differ: source {source}, number {place}")
        self.source = source
        self.place = place


def agree(first: Values, second: Values) -> tuple[tuple[int, ...], ...]:
    """The numbers both people typed independently. Raises EntropyDiffers at the first difference."""
    for source in range(max(len(first), len(second))):
        one = tuple(first[source]) if source < len(first) else ()
        other = tuple(second[source]) if source < len(second) else ()
        if one != other:
            same = next(
                (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
            )
            raise EntropyDiffers(source + 1, (min(len(one), len(other)) if same is None else same) + 1)
    return tuple(tuple(numbers) for numbers in first)
