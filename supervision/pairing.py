"""Two inspectors for each object drawn (step 8 of DRAW1), at random among those who may go.

Recusal, district and cap are absolute. The order of the objects and of the inspectors is the tickets'; several rounds are
played and the first with the fewest objects left over counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from supervision.rosters import Inspector, Plan, Target
from supervision.tickets import ranks

# Why an object got no inspectors (step 8): codes, worded by the page that shows them.
NOBODY_FITS = "nobody-fits"  # fewer than two serve the district and are not recused
NO_SKILL = "no-skill"  # of those, nobody has all the skills needed
CAP_REACHED = "cap-reached"  # there are such people, but they hold as many visits as they may


@dataclass(frozen=True, slots=True)
class Assignment:
    """`round` is the counting round; `assigned` maps object to (lead, second); what is left has a reason code each."""

    round: int
    assigned: dict[str, tuple[str, str]]
    unassignable: tuple[str, ...]
    reasons: dict[str, str]


def fits(inspector: Inspector, target: Target) -> bool:
    """District and recusal: what no load and no substitution ever relaxes."""
    return (
        target.district in inspector.districts
        and target.id not in inspector.recuse
        and target.org not in inspector.recuse
    )


def in_order(key: bytes, number: int, target: Target, people: Iterable[Inspector]) -> list[Inspector]:
    """Ticket order of inspectors for one object in one round."""
    rank = ranks(key, "inspector", str(number), target.id)
    return sorted(people, key=lambda one: rank(one.id.encode()))


def skilled(inspector: Inspector, target: Target) -> bool:
    return set(target.need).issubset(inspector.skills)


def assign(key: bytes, plan: Plan, chosen: Sequence[Target], inspectors: Sequence[Inspector]) -> Assignment:
    """A lead with the skills and a second for each object chosen; the first round with the fewest left over counts."""
    serving: dict[str, list[Inspector]] = defaultdict(list)
    for one in inspectors:
        for district in dict.fromkeys(one.districts):
            serving[district].append(one)
    able = {target.id: [one for one in serving[target.district] if fits(one, target)] for target in chosen}
    choice = {name: sum(one.load < plan.cap for one in people) for name, people in able.items()}
    best: tuple[int, dict[str, tuple[str, str]], list[str]] | None = None
    for number in range(plan.rounds):
        assigned, left = _play_round(
            key, number, plan.cap, chosen, able, choice, {one.id: one.load for one in inspectors}
        )
        if best is None or len(left) < len(best[2]):
            best = number, assigned, left
        if not left:
            break
    assert best is not None  # a plan has at least one round
    rows = {target.id: target for target in chosen}
    reasons = {name: _reason(rows[name], able[name]) for name in best[2]}
    return Assignment(best[0], best[1], tuple(best[2]), reasons)


def _play_round(
    key: bytes,
    number: int,
    cap: int,
    chosen: Sequence[Target],
    able: Mapping[str, list[Inspector]],
    choice: Mapping[str, int],
    load: dict[str, int],
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Those with the least choice go first. `load` is this round's own."""
    rank = ranks(key, "order", str(number))
    turn = sorted(chosen, key=lambda one: (choice[one.id], rank(one.id.encode())))
    assigned: dict[str, tuple[str, str]] = {}
    left: list[str] = []
    for target in turn:
        free = in_order(key, number, target, (one for one in able[target.id] if load[one.id] < cap))
        lead = next((one for one in free if skilled(one, target)), None)
        second = next((one for one in free if one is not lead), None)
        if lead is None or second is None:
            left.append(target.id)
            continue
        assigned[target.id] = lead.id, second.id
        load[lead.id] += 1
        load[second.id] += 1
    return assigned, left


def _reason(target: Target, able: Sequence[Inspector]) -> str:
    if len(able) < 2:
        return NOBODY_FITS
    return CAP_REACHED if any(skilled(one, target) for one in able) else NO_SKILL
