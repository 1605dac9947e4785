"""The parts there are to play: whose life, since when, and how far; what is left to chance is who does what in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import FOREIGNERS, Foreigner

from .filling import Usually
from .lives import Life, Visit
from .walk import Seen, Walk

VISITED = 200
"""Days ago from which on firms are inspected."""
EXEMPT = "treaty_exempt"
"""Every fourth person is insured at home: a pack that knows agreements asks so."""
LIFE = 900
"""Days ago at which the longest lives begin: a permit of two years runs out within them."""
PLAIN = (300, 300, LIFE)
"""Days ago at which the first lives begin, in which nothing happens but what usually does: the bulk of the past. One of the first
place, one of another; and one whose permit has run out."""
LAST = (LIFE, PLAIN[0]) * 2
"""Days ago at which the last lives begin, those of a public body's people, while there is a state nobody has come to: so long ago that
the permit runs out; and so lately that a certificate of being insured at home runs out in a year whose holidays are known."""


def _whose(casts: Sequence[Cast], number: int) -> Cast:
    """Half of the bundles are of the first place, the others' take turns."""
    rest = casts[1:] or casts
    return casts[0] if number % 2 == 0 else rest[number // 2 % len(rest)]


def walk_of(
    casts: Sequence[Cast], number: int, seen: Seen, rng: Random, at: datetime, *, strays: bool
) -> Walk:
    """One pattern: the first plain ones, then of six three that are finished, one that is a long life with more to come, one a firm
    that is inspected, one still on the way."""
    kind = number % 6
    if kind == 4:
        cast, begun = casts[0], at - timedelta(days=rng.randrange(100, VISITED))
        visit = Visit(
            cast=cast,
            rng=rng,
            at=begun,
            seen=seen,
            firm=("energy", "university")[number // 6 % 2],
            cases=[],
            strays=True,
        )
        if visit.chapter():
            visit.go(turns=60, until=at)
            return visit
    cast = _whose(casts, number)
    foreigner = _foreigner(number, rng)
    plain = number < len(PLAIN)
    fresh, long = kind == 2 and not plain, kind == 5
    days = rng.randrange(2, 20) if fresh else rng.randrange(500, LIFE) if long else rng.randrange(120, 150)
    days = PLAIN[number] if plain else days
    begun = at - timedelta(days=days)
    pack = cast.policy.pack
    # What can become of a matter is only seen where it was filed.
    whole = (strays and not plain) or rng.random() < 0.6
    matters = pack.matter_codes() if whole else pack.required_matters()
    firm = list(cast.firms)[number // 2 % 2]
    more = {EXEMPT: True} if number % 4 == 3 and EXEMPT in pack.questions else {}
    bundle = stage.file(cast, firm, foreigner, at=begun, matters=tuple(matters), **more)
    life = Life(
        cast=cast,
        firm=firm,
        rng=Usually(rng.random()) if plain else rng,
        at=begun,
        seen=seen,
        bundle=bundle,
        foreigner=foreigner,
        chapters=0 if plain else 3 if long or strays else 1,
        strays=strays,
        plain=plain,
    )
    return life.go(turns=rng.randrange(1, 12) if fresh else 90, until=at)


def last_walk(cast: Cast, number: int, ago: int, seen: Seen, rng: Random, at: datetime) -> Life:
    """All that can be filed at once, by a public body, the usual way and until what the person holds has run out; kept are its
    moments, and those of its detours, of which each may be made again."""
    seen.tried.clear()
    seen.spent.clear()
    firm = next(key for key, one in cast.firms.items() if one.nature == "public")
    foreigner, begun = _foreigner(number, rng), at - timedelta(days=ago)
    more = {EXEMPT: True} if ago < LIFE and EXEMPT in cast.policy.pack.questions else {}
    bundle = stage.file(cast, firm, foreigner, at=begun, **more)
    life = Life(
        cast=cast,
        firm=firm,
        rng=Usually(rng.random()),
        at=begun,
        seen=seen,
        bundle=bundle,
        foreigner=foreigner,
        strays=True,
        plain=True,
    )
    life.go(turns=90, until=at)
    life.run_out()
    return life


def _foreigner(number: int, rng: Random) -> Foreigner:
    return replace(
        FOREIGNERS[number % len(FOREIGNERS)],
        number=f"DT{number:07d}",
        in_china=rng.random() < 0.75,
        worked_months=2 if number % 4 == 1 else 9,  # some must wait for a title
    )
