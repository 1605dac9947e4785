"""Step 8 on random instances: recusal, district and cap are never broken, and as few as possible are left over."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import permutations
from random import Random

from supervision.draw import Result
from supervision.pairing import assign, fits, skilled
from supervision.rosters import Inspector, Plan, Stratum, Target
from tests.unit.draws import DISTRICTS, SKILLS, random_draw


def check_rules(result: Result) -> int:
    """How many pairs were looked at. Fits is written out again here: the test must not trust what it tests."""
    rows = {row.id: row for row in result.commitment.targets}
    people = {one.id: one for one in result.commitment.inspectors}
    held = {one.id: one.load for one in people.values()}
    assigned = result.assignment.assigned
    assert {*assigned, *result.assignment.unassignable} == set(result.selection.selected)
    assert not set(assigned) & set(result.assignment.unassignable)
    for name, pair in assigned.items():
        assert len({*pair}) == 2
        assert set(rows[name].need) <= set(people[pair[0]].skills)
        for one in pair:
            assert not {name, rows[name].org} & set(people[one].recuse)
            assert rows[name].district in people[one].districts
            held[one] += 1
    assert all(held[name] <= max(result.commitment.plan.cap, people[name].load) for name in held)
    return len(assigned)


def test_recusal_district_skill_cap_and_two_people_always() -> None:
    pairs = left = recused = 0
    for seed in range(400):
        result = random_draw(Random(seed), objects=40, people=10)
        pairs += check_rules(result)
        left += len(result.assignment.unassignable)
        # Not vacuous: chosen objects whose district has someone barred only by recusal.
        chosen = [row for row in result.commitment.targets if row.id in result.selection.selected]
        recused += sum(
            row.district in one.districts and not fits(one, row)
            for row in chosen
            for one in result.commitment.inspectors
        )
    assert pairs > 500 and left > 500 and recused > 200


# --- fewest left over -------------------------------------------------------------------------------------------------


def most_flow(edges: dict[str, dict[str, int]], source: str, sink: str) -> int:
    """Maximum flow by shortest augmenting paths (Edmonds–Karp); `edges[a][b]` is a capacity."""
    rest = {a: dict(out) for a, out in edges.items()}
    for a, out in edges.items():
        for b in out:
            rest.setdefault(b, {}).setdefault(a, 0)
    flow = 0
    while True:
        came: dict[str, str] = {source: source}
        queue = deque([source])
        while queue and sink not in came:
            at = queue.popleft()
            for to, room in rest.get(at, {}).items():
                if room > 0 and to not in came:
                    came[to] = at
                    queue.append(to)
        if sink not in came:
            return flow
        to = sink
        while to != source:  # every path carries at least one
            rest[came[to]][to] -= 1
            rest[to][came[to]] += 1
            to = came[to]
        flow += 1


def flow_bound(plan: Plan, chosen: Sequence[Target], people: Sequence[Inspector]) -> int:
    """No assignment can serve more objects than this.

    Two relaxations, each a maximum flow source → object → inspector → sink, where an inspector takes at most cap − load
    and an object at most one unit per person: (a) only leads, one unit from people with the skills; (b) two units from
    anybody who may go, halved, because half a visit is none. The smaller of the two bounds the visits from above.
    """

    def flow(units: int, leads_only: bool) -> int:
        edges: dict[str, dict[str, int]] = {"source": {}}
        for row in chosen:
            able = [one for one in people if fits(one, row) and (skilled(one, row) or not leads_only)]
            if len([one for one in people if fits(one, row)]) < 2 or not any(
                skilled(one, row) for one in able
            ):
                continue
            edges["source"][f"o{row.id}"] = units
            edges[f"o{row.id}"] = {f"p{one.id}": 1 for one in able}
        for one in people:
            edges[f"p{one.id}"] = {"sink": max(0, plan.cap - one.load)}
        return most_flow(edges, "source", "sink")

    return min(flow(1, True), flow(2, False) // 2)


def best_by_search(plan: Plan, chosen: Sequence[Target], people: Sequence[Inspector]) -> int:
    """The true most, by trying everything. For very small instances."""
    room = {one.id: plan.cap - one.load for one in people}

    def search(at: int) -> int:
        if at == len(chosen):
            return 0
        best = search(at + 1)
        for lead, second in permutations((one for one in people if fits(one, chosen[at])), 2):
            if best == len(chosen) - at:
                break
            if skilled(lead, chosen[at]) and room[lead.id] > 0 and room[second.id] > 0:
                room[lead.id] -= 1
                room[second.id] -= 1
                best = max(best, 1 + search(at + 1))
                room[lead.id] += 1
                room[second.id] += 1
        return best

    return search(0)


def scarce(chance: Random) -> tuple[Plan, list[Target], list[Inspector]]:
    plan = Plan("p-1", {"s": Stratum(1_000_000, 0)}, cap=2, rounds=64)
    chosen = [
        Target(
            f"o{at}",
            f"o{at}",
            "s",
            chance.choice(DISTRICTS[:2]),
            tuple(chance.sample(SKILLS, chance.choice([0, 0, 1]))),
        )
        for at in range(chance.randint(2, 5))
    ]
    people = [
        Inspector(
            f"i{at}",
            tuple(chance.sample(SKILLS, chance.randint(0, 2))),
            tuple(chance.sample(DISTRICTS[:2], chance.randint(1, 2))),
            tuple(chance.sample([row.id for row in chosen], chance.choice([0, 0, 1]))),
            chance.randint(0, 1),
        )
        for at in range(chance.randint(2, 5))
    ]
    return plan, chosen, people


def test_as_few_left_over_as_the_flow_bound_allows() -> None:
    instances, at_bound, at_best, tight = 300, 0, 0, 0
    for seed in range(instances):
        chance = Random(seed)
        plan, chosen, people = scarce(chance)
        served = len(assign(chance.randbytes(32), plan, chosen, people).assigned)
        bound = flow_bound(plan, chosen, people)
        best = best_by_search(plan, chosen, people)
        assert served <= best <= bound
        tight += 0 < bound < len(chosen)
        at_bound += served == bound
        at_best += served == best
    # Measured 297 and 291 of 300: the specified rule takes the first who may go, it does not look ahead.
    figures = f"bound reached in {at_bound}, the true best in {at_best} of {instances}; {tight} scarce"
    assert tight > instances // 5, figures
    assert at_best >= instances * 0.98, figures
    assert at_bound >= instances * 0.95, figures


def test_one_round_alone_leaves_more() -> None:
    """The rounds earn their place: with one round the same instances leave more objects over."""
    one = many = 0
    for seed in range(200):
        chance = Random(seed)
        plan, chosen, people = scarce(chance)
        key = chance.randbytes(32)
        many += len(assign(key, plan, chosen, people).unassignable)
        single = Plan(plan.id, plan.strata, plan.cap, rounds=1)
        one += len(assign(key, single, chosen, people).unassignable)
    assert many < one
