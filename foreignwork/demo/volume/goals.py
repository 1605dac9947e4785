"""Where a walk is heading: a state in which no case has stood yet, and which steps lead there."""

from __future__ import annotations

from collections import deque
from functools import cache
from random import Random

from foreignwork.cases import registry
from foreignwork.cases.models import Case
from foreignwork.cases.steps import NEW, Step

State = tuple[str, str]
"""(matter, state)"""
TOWARDS, AWAY = 40.0, 0.02
"""How much a step is preferred that leads nearer, and avoided that leads where there is no way on."""


@cache
def distances(matter: str, sub_matter: str, origin: str, goal: str) -> dict[str, int]:
    """State → how many declared steps the goal is away; states without a way are left out."""
    edges: dict[str, set[str]] = {}
    for step in registry.get(matter).steps.values():
        if step.target is not None and step.belongs_to(sub_matter, origin):
            edges.setdefault(str(step.target), set()).update(map(str, step.sources))
    found, todo = {goal: 0}, deque([goal])
    while todo:
        state = todo.popleft()
        for source in edges.get(state, set()) - found.keys():
            found[source] = found[state] + 1
            todo.append(source)
    return found


def unseen(seen: set[State]) -> list[State]:
    every = [(matter.code, state) for matter in registry.all_matters() for state in matter.states.values]
    return [one for one in every if one not in seen]


def reachable(goal: State, case: Case, state: str) -> bool:
    return case.matter == goal[0] and state in distances(case.matter, case.sub_matter, case.origin, goal[1])


def away(goal: State, case: Case, state: str) -> int | None:
    """How many declared steps the goal is away; None when no way leads there."""
    return (
        distances(case.matter, case.sub_matter, case.origin, goal[1]).get(state)
        if case.matter == goal[0]
        else None
    )


def opens(goal: State, matter: str, sub_matter: str, origin: str) -> bool:
    """Whether a case of an office that is opened so can come to the goal; without a sub-matter: of whichever it turns out to be."""
    if matter != goal[0]:
        return False
    steps = registry.get(matter).steps.values()
    codes = {sub_matter} if sub_matter else {"", *(code for step in steps for code in step.within)}
    return any(NEW in distances(matter, code, origin, goal[1]) for code in codes)


def choose(cases: list[tuple[Case, str]], seen: set[State], rng: Random) -> State | None:
    """A state nobody has come to and one of these cases could; None when there is none."""
    found = [one for one in unseen(seen) if any(reachable(one, case, state) for case, state in cases)]
    return rng.choice(found) if found else None


def leaning(goal: State, case: Case, state: str, step: Step) -> float:
    """The factor by which a step is preferred for the goal's sake."""
    if step.target is None or not reachable(goal, case, state):
        return 1.0
    away = distances(case.matter, case.sub_matter, case.origin, goal[1])
    next_ = away.get(str(step.target))
    if next_ is None:
        return AWAY
    return TOWARDS if next_ < away[state] else 1.0
