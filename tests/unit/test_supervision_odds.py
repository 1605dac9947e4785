"""Chance: every object is equally likely, nobody can foresee, one bit changes all, and others do not change an id's place."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from statistics import NormalDist

import pytest

from supervision.draw import commit, select
from supervision.pairing import assign
from supervision.rosters import Inspector, Plan, Stratum, Target
from supervision.tickets import draw_key, otc_commit, reveal_of, ticket
from tests.unit.draws import EXPECTED, INSPECTORS, PLAN, SECRET, SOURCES, TARGETS, vector_commitment

COMMIT = bytes.fromhex(EXPECTED["commit_hash"])
TEXT = EXPECTED["entropy"]
REVEAL = reveal_of(SECRET)
UNLIKELY = 1e-4


def chi_square_is_plain(counts: list[int], scale: float = 1.0) -> bool:
    """Is the spread no larger than chance gives at p = 10⁻⁴? Wilson–Hilferty's normal for the χ² of len − 1 degrees."""
    mean = sum(counts) / len(counts)
    statistic = scale * sum((count - mean) ** 2 / mean for count in counts)
    free = len(counts) - 1
    z = ((statistic / free) ** (1 / 3) - (1 - 2 / (9 * free))) / (2 / (9 * free)) ** 0.5
    return z < NormalDist().inv_cdf(1 - UNLIKELY)


# --- uniform ----------------------------------------------------------------------------------------------------------

FORTY = [Target(f"firm-{at:02d}", f"firm-{at:02d}", "s", "d") for at in range(40)]
FOUR_OF_FORTY = Plan("p-1", {"s": Stratum(100_000, 0)}, cap=9, rounds=1)
DRAWS = 10_000
WITHOUT_REPLACEMENT = 39 / 36  # four of forty at once spread less than four single picks: (N − 1) / (N − n)


def keys(count: int) -> Iterator[bytes]:
    return (draw_key(COMMIT, at.to_bytes(32, "big"), TEXT) for at in range(count))


def honest(key: bytes) -> tuple[str, ...]:
    return select(key, FOUR_OF_FORTY, FORTY).selected


def biased(key: bytes) -> tuple[str, ...]:
    """What a hurried programmer writes: bytes modulo the number of firms, so that the first sixteen come more often."""
    pool = [row.id for row in FORTY]
    chosen: list[str] = []
    for byte in ticket(key, "biased"):
        if len(chosen) < 4 and pool[byte % 40] not in chosen:
            chosen.append(pool[byte % 40])
    return tuple(chosen)


def hits(method: Callable[[bytes], tuple[str, ...]]) -> list[int]:
    counts = Counter(name for key in keys(DRAWS) for name in method(key))
    return [counts[row.id] for row in FORTY]


def test_every_object_is_equally_likely_and_the_biased_control_is_caught() -> None:
    assert chi_square_is_plain(hits(honest), WITHOUT_REPLACEMENT)
    assert not chi_square_is_plain(hits(biased), WITHOUT_REPLACEMENT)


def test_every_pair_of_objects_is_equally_likely() -> None:
    """All 45 pairs of ten objects, two drawn."""
    ten = FORTY[:10]
    plan = Plan("p-1", {"s": Stratum(200_000, 0)}, cap=9, rounds=1)
    counts = Counter(frozenset(select(key, plan, ten).selected) for key in keys(4_500))
    assert len(counts) == 45 and chi_square_is_plain(list(counts.values()))


def test_every_inspector_is_equally_likely_to_lead_and_to_second() -> None:
    people = [Inspector(f"i{at}", (), ("d",)) for at in range(8)]
    pairs = [assign(key, FOUR_OF_FORTY, FORTY[:1], people).assigned["firm-00"] for key in keys(3_000)]
    for place in (0, 1):
        counts = Counter(pair[place] for pair in pairs)
        assert len(counts) == 8 and chi_square_is_plain(list(counts.values()))


def test_consecutive_draws_know_nothing_of_each_other() -> None:
    """quality C5: what was drawn last time is drawn next time as often as chance says, neither spared nor hunted."""
    drawn = [frozenset(honest(key)) for key in keys(2_500)]
    again = sum(len(one & two) for one, two in pairwise(drawn))
    assert abs(again - 0.4 * 2_499) < 4 * (2_499 * 0.3323) ** 0.5, again
    hunted = sum(
        len(one & two) for one, two in pairwise([drawn[n // 2] for n in range(2_500)])
    )  # the control
    assert abs(hunted - 0.4 * 2_499) > 4 * (2_499 * 0.3323) ** 0.5


def test_over_a_year_of_draws_everybody_is_met_as_often_as_chance_says() -> None:
    """quality C13: 52 draws of 40 firms by 8 inspectors: hits of a firm within the binomial bounds, loads even and under the cap."""
    people = [Inspector(f"i{at}", (), ("d",)) for at in range(8)]
    hits_of: Counter[str] = Counter()
    loads: Counter[str] = Counter()
    for key in keys(52):
        chosen = select(key, FOUR_OF_FORTY, FORTY).selected
        hits_of.update(chosen)
        rows = [row for row in FORTY if row.id in chosen]
        teams = assign(key, FOUR_OF_FORTY, rows, people).assigned.values()
        week = Counter(one for team in teams for one in team)
        assert max(week.values()) <= FOUR_OF_FORTY.cap
        loads.update(week)
    spread = NormalDist(52 * 0.1, (52 * 0.1 * 0.9) ** 0.5)
    low, high = (spread.inv_cdf(p) for p in (UNLIKELY / 40, 1 - UNLIKELY / 40))
    assert all(low <= hits_of[row.id] <= high for row in FORTY), hits_of
    assert sum(loads.values()) == 52 * 4 * 2
    assert max(loads.values()) < 2 * min(loads.values()), loads


# --- consistent -------------------------------------------------------------------------------------------------------


def test_others_do_not_change_an_objects_place() -> None:
    """With the key held fixed, leaving out or adding objects leaves the rest in the order they had."""
    chance = Random(7)
    key = bytes.fromhex(EXPECTED["prk"])
    plan = Plan("p-1", {"s": Stratum(0, 0)}, cap=1, rounds=1)

    def order(rows: list[Target]) -> list[str]:
        found = select(key, plan, rows)
        return [*found.selected, *found.reserve["s"]]

    whole = order(FORTY)
    for _ in range(30):
        some = chance.sample(FORTY, chance.randint(1, 40))
        kept = {row.id for row in some}
        assert order(some) == [name for name in whole if name in kept]


# --- unforeseeable ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("knows_secret", "knows_numbers"), [(False, True), (True, False)])
def test_knowing_only_one_half_predicts_no_better_than_chance(
    knows_secret: bool, knows_numbers: bool
) -> None:
    """2 000 draws; the guesser has everything else. Four of forty by chance: 0.4 hits a draw, variance 0.3323."""
    chance = Random(11)
    right = 0
    for _ in range(2_000):
        secret, guess = chance.randbytes(32), chance.randbytes(32)
        rolled, foreseen = (".".join(str(chance.randrange(10)) for _ in range(25)) + "./" for _ in range(2))
        truth = honest(draw_key(COMMIT, reveal_of(secret), rolled))
        key = draw_key(
            COMMIT, reveal_of(secret if knows_secret else guess), rolled if knows_numbers else foreseen
        )
        right += len({*truth} & {*honest(key)})
    assert abs(right - 800) < 4 * (2_000 * 0.3323) ** 0.5, right


def test_the_published_commitment_is_not_the_reveal() -> None:
    """What is public before the draw is one way from what is needed: guessing by the commitment does not give the key."""
    promised = bytes.fromhex(otc_commit(SECRET))
    assert promised != REVEAL and draw_key(COMMIT, promised, TEXT) != draw_key(COMMIT, REVEAL, TEXT)


# --- avalanche --------------------------------------------------------------------------------------------------------

MANY = [Target(f"firm-{at:04d}", f"firm-{at:04d}", "s", "d") for at in range(1_500)]
ALL_RESERVE = Plan("p-1", {"s": Stratum(0, 0)}, cap=1, rounds=1)


def places(key: bytes) -> dict[str, int]:
    tickets = {row.id: ticket(key, "object", "s", row.id) for row in MANY}
    return {name: place for place, name in enumerate(sorted(tickets, key=tickets.__getitem__))}


def correlation(first: dict[str, int], second: dict[str, int]) -> float:
    """Spearman's; no ties."""
    count = len(first)
    return 1 - 6 * sum((first[name] - second[name]) ** 2 for name in first) / (count * (count**2 - 1))


def flip(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8) if at == bit // 8 else byte for at, byte in enumerate(data))


def test_one_bit_of_secret_commitment_or_numbers_changes_the_whole_order() -> None:
    chance = Random(3)
    first = places(draw_key(COMMIT, REVEAL, TEXT))
    assert correlation(first, places(draw_key(COMMIT, REVEAL, TEXT))) == 1  # the measure itself
    changed = [draw_key(COMMIT, flip(REVEAL, bit), TEXT) for bit in chance.sample(range(256), 12)]
    changed += [draw_key(flip(COMMIT, bit), REVEAL, TEXT) for bit in chance.sample(range(256), 12)]
    for place in chance.sample([at for at, sign in enumerate(TEXT) if sign.isdigit()], 12):
        digit = str(int(TEXT[place]) ^ 1)
        changed.append(draw_key(COMMIT, REVEAL, TEXT[:place] + digit + TEXT[place + 1 :]))
    for key in changed:
        assert abs(correlation(first, places(key))) < 0.1  # 0.026 is one standard deviation


def test_every_bit_of_the_key_material_counts() -> None:
    first = draw_key(COMMIT, REVEAL, TEXT)
    found = {draw_key(COMMIT, flip(REVEAL, bit), TEXT) for bit in range(256)}
    found |= {draw_key(flip(COMMIT, bit), REVEAL, TEXT) for bit in range(256)}
    found |= {
        draw_key(COMMIT, REVEAL, flip(TEXT.encode(), bit).decode("latin-1")) for bit in range(8 * len(TEXT))
    }
    assert first not in found and len(found) == 512 + 8 * len(TEXT)


def test_any_change_of_plan_or_roster_changes_the_commitment() -> None:
    """Each field of each row and of the plan, changed by the least that keeps it valid, gives another hash."""
    found = {vector_commitment().hash}
    variants = 0
    for at, row in enumerate(TARGETS):
        for name in ("id", "org", "district"):
            other = chr(ord(getattr(row, name)[-1]) ^ 1)
            changed = dataclasses.replace(
                row, **{name: getattr(row, name)[:-1] + other + "~"[: name == "id"]}
            )
            found.add(vector_commitment(targets=[*TARGETS[:at], changed, *TARGETS[at + 1 :]]).hash)
            variants += 1
        found.add(vector_commitment(targets=[*TARGETS[:at], *TARGETS[at + 1 :]]).hash)
        variants += 1
    for at, one in enumerate(INSPECTORS):
        for changed_one in (
            dataclasses.replace(one, load=one.load ^ 2),
            dataclasses.replace(one, recuse=()),
            dataclasses.replace(one, skills=(*one.skills, "x")),
        ):
            found.add(
                vector_commitment(inspectors=[*INSPECTORS[:at], changed_one, *INSPECTORS[at + 1 :]]).hash
            )
            variants += 1
    plans = [
        dataclasses.replace(PLAN, cap=PLAN.cap ^ 1),
        dataclasses.replace(PLAN, rounds=PLAN.rounds ^ 1),
        dataclasses.replace(PLAN, min_ppm=PLAN.min_ppm ^ 1),
        dataclasses.replace(PLAN, id="GS-2026-02"),
        dataclasses.replace(PLAN, strata={**PLAN.strata, "低": Stratum(50_001, 1)}),
        dataclasses.replace(PLAN, strata={**PLAN.strata, "低": Stratum(50_000, 0)}),
    ]
    found |= {vector_commitment(plan=plan).hash for plan in plans}
    found.add(vector_commitment(secret=flip(SECRET, 0)).hash)
    later = dataclasses.replace(SOURCES[1], issue="2026136")
    found.add(commit(PLAN, TARGETS, INSPECTORS, otc_commit(SECRET), [SOURCES[0], later, SOURCES[2]]).hash)
    assert len(found) == 1 + variants + len(plans) + 2
