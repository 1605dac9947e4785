"""DRAW1: a random draw (双随机) that anyone can repeat. Plan and rosters are in rosters.py (steps 1, 2), the public numbers in
entropy.py (4), hashes in tickets.py (3, 5, 6), the choice of inspectors in pairing.py (8); here is the draw from end to end.

Commit first, public randomness second, reveal third: the office fixes plan, rosters and the hash of a secret; only then do
dice and a lottery give numbers; only then is the secret shown. Neither the office nor the lottery can steer the result, and
a firm drawn can check it at home with verifier.py, which shares no line with these files. draw_vector.json beside it is the
worked example both must meet to the byte. Models: RFC 3797 and draft-thomson-elegy-vrs (order of the three acts), Rivest's
consistent sampler (a ticket per id, smallest first). Law: S004-21/22/38/39/40 (both draws random, at least 5 %).

Everything here is a pure function: no clock, no generator, no database. Secrets are arguments and are never kept, shown or
put in a message. Order of work:

    commitment = commit(plan, targets, inspectors, otc_commit(secret), sources)   # publish, then wait
    values = agree(typed_by_one, typed_by_another)                                # after the public event
    result = draw(commitment, values, reveal_of(secret))
    change = substitute(result, earlier, target_id, inspector_id, reason=…, approver=…)
    publish(result, excluded, substitutions)                                      # the JSON file for the public
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from heapq import heapify, heappop, heapreplace
from typing import Any

from supervision.entropy import Source, Values, check_sources, check_values, entropy_text
from supervision.pairing import Assignment, assign, fits, in_order, skilled
from supervision.rosters import (
    MILLION,
    BadCommitment,
    BadRoster,
    BadSubstitution,
    Excluded,
    FrozenObjects,
    Inspector,
    Plan,
    Target,
    WrongReveal,
    check_text,
    jcs,
    promise,
    roster,
)
from supervision.tickets import LINKS, draw_key, in_ticket_order

ALGORITHM = "DRAW1-SHA256"
# --- 3: commitment ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Commitment:
    """Published before any randomness exists; from then on nothing in it may change."""

    plan: Plan
    targets: FrozenObjects
    inspectors: tuple[Inspector, ...]
    sources: tuple[Source, ...]
    doc: Mapping[str, Any]
    hash: bytes


def commit(
    plan: Plan,
    targets: Iterable[Target] | FrozenObjects,
    inspectors: Iterable[Inspector],
    otc: str,
    sources: Iterable[Source],
) -> Commitment:
    """Freezes everything but chance. Raises BadRoster, BadCommitment or BadEntropy (too little chance promised)."""
    objects = targets if isinstance(targets, FrozenObjects) else FrozenObjects.of(targets)
    frozen = (objects, tuple(inspectors), tuple(sources))
    if len(otc) != 64 or not set(otc) <= set("0123456789abcdef"):
        raise BadCommitment("the code's commitment must be 64 hexadecimal digits")
    if stray := objects.strangers(plan.strata):
        raise BadRoster(f"objects: stratum {stray[0]} is not in the plan")
    check_sources(frozen[2])
    doc = {
        "alg": ALGORITHM,
        "plan": plan.as_json(),
        "objects": promise(objects.text, "objects"),
        "inspectors": roster(frozen[1], "inspectors"),
        "otc": {"n": LINKS, "commit": otc},
        "entropy": [source.as_json() for source in frozen[2]],
    }
    digest = hashlib.sha256(b"DRAW1/commit\n" + jcs(doc, BadCommitment)).digest()
    return Commitment(plan, *frozen, doc, digest)


# --- 7: samples -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    sizes: dict[str, int]
    selected: tuple[str, ...]
    reserve: dict[str, tuple[str, ...]]


def sample_sizes(plan: Plan, counts: Mapping[str, int]) -> dict[str, int]:
    """How many to draw per stratum of the plan, given how many there are (a missing one counts 0).

    Each stratum's own share first; then, while the whole falls short of `min_ppm`, one more where the drawn share is
    smallest (ties by the name's bytes).
    """
    names = sorted(plan.strata, key=str.encode)
    sizes = {
        name: min(
            counts.get(name, 0),
            max(plan.strata[name].min, ceil_ppm(counts.get(name, 0), plan.strata[name].ppm)),
        )
        for name in names
    }
    total = sum(counts.get(name, 0) for name in names)
    need = ceil_ppm(total, plan.min_ppm)
    short = need - sum(sizes.values())
    if short <= 0:
        return sizes
    # Raising one size changes that stratum's rank only: a heap, so that a register of a million is no matter.
    ranks = [
        (sizes[name] * total - need * counts[name], rank, name)
        for rank, name in enumerate(names)
        if sizes[name] < counts.get(name, 0)
    ]
    heapify(ranks)
    for _ in range(short):
        value, rank, name = ranks[0]
        sizes[name] += 1
        if sizes[name] < counts[name]:
            heapreplace(ranks, (value + total, rank, name))
        else:
            heappop(ranks)
    return sizes


def ceil_ppm(count: int, ppm: int) -> int:
    return -(-count * ppm // MILLION)


def select(key: bytes, plan: Plan, targets: Iterable[Target] | FrozenObjects) -> Selection:
    """The objects drawn, in order, and the reserve of each stratum in order. `targets` as committed to."""
    if not isinstance(targets, FrozenObjects):
        targets = FrozenObjects.of(targets)
    pools: dict[str, list[bytes]] = {name: [] for name in plan.strata}
    by_bytes = {name.encode(): pool for name, pool in pools.items()}
    for stratum, name_bytes in targets.places():
        by_bytes[stratum].append(name_bytes)
    sizes = sample_sizes(plan, {name: len(pool) for name, pool in pools.items()})
    selected: list[str] = []
    reserve: dict[str, tuple[str, ...]] = {}
    for name, size in sizes.items():
        ordered = in_ticket_order(key, name, pools.pop(name))
        selected += ordered[:size]
        reserve[name] = tuple(ordered[size:])
    return Selection(sizes, tuple(selected), reserve)


# --- the whole draw ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    commitment: Commitment
    values: Values
    entropy: str
    reveal: bytes
    key: bytes
    selection: Selection
    assignment: Assignment
    chosen: Mapping[str, Target] = field(default_factory=dict)
    """the objects selected, by id"""


def draw(commitment: Commitment, values: Values, reveal: bytes) -> Result:
    """Steps 4 to 8. `values`: one list of numbers per source, in the order declared (see `entropy.agree`).

    Raises BadEntropy where the numbers cannot come from their source, WrongReveal where the code is not the promised one.
    """
    check_values(commitment.sources, values)
    text = entropy_text(commitment.sources, values)
    promised = str(commitment.doc["otc"]["commit"])
    if not hmac.compare_digest(hashlib.sha256(reveal).hexdigest(), promised):
        raise WrongReveal("the code revealed is not the one committed to")
    key = draw_key(commitment.hash, reveal, text)
    selection = select(key, commitment.plan, commitment.targets)
    rows = commitment.targets.rows(selection.selected)
    chosen = [rows[name] for name in selection.selected]
    assignment = assign(key, commitment.plan, chosen, commitment.inspectors)
    return Result(commitment, values, text, reveal, key, selection, assignment, rows)


# --- 9–10: substitution, publication ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Substitution:
    """One slot handed on. `incoming` is None where nobody is left: then the visit cannot take place as drawn."""

    target: str
    outgoing: str
    incoming: str | None
    reason: str
    approver: str

    def as_json(self) -> dict[str, Any]:
        return {
            "object": self.target,
            "out": self.outgoing,
            "in": self.incoming,
            "reason": self.reason,
            "approver": self.approver,
        }


def substitute(
    result: Result, earlier: Sequence[Substitution], target: str, outgoing: str, *, reason: str, approver: str
) -> Substitution:
    """The next after `outgoing` in the counting round's ticket order who may go, has room and, as lead, the skills.

    `earlier` are this draw's substitutions in the order they were made; who was taken off a visit does not return to it.
    `reason` and `approver` are published: codes or pseudonyms, no personal data. Raises BadSubstitution.
    """
    check_text(reason, "reason", BadSubstitution)
    check_text(approver, "approver", BadSubstitution)
    commitment = result.commitment
    teams: dict[str, list[str | None]] = {
        name: list(team) for name, team in result.assignment.assigned.items()
    }
    for change in earlier:
        team = teams[change.target]
        team[team.index(change.outgoing)] = change.incoming
    if outgoing not in teams.get(target, ()):
        raise BadSubstitution(f"{outgoing} is not on the visit to {target}")
    held = {one.id: one.load for one in commitment.inspectors}
    for team in teams.values():
        for name in team:
            if name is not None:
                held[name] += 1
    row = commitment.targets.rows([target])[target]
    order = in_order(
        result.key, result.assignment.round, row, (one for one in commitment.inspectors if fits(one, row))
    )
    place = [one.id for one in order].index(outgoing)
    leads = teams[target].index(outgoing) == 0
    taken = {*teams[target], *(change.outgoing for change in earlier if change.target == target)}
    for one in order[place + 1 :]:
        if one.id not in taken and held[one.id] < commitment.plan.cap and (not leads or skilled(one, row)):
            return Substitution(target, outgoing, one.id, reason, approver)
    return Substitution(target, outgoing, None, reason, approver)


def publish(
    result: Result, excluded: Sequence[Excluded] = (), substitutions: Sequence[Substitution] = ()
) -> dict[str, Any]:
    """The record for the public: everything verifier.py needs, and nothing else."""
    commitment = result.commitment
    return {
        **_promised(commitment, result.reveal),
        **rosters_of(commitment, excluded),
        **outcome(result),
        "substitutions": [change.as_json() for change in substitutions],
    }


def outcome(result: Result) -> dict[str, Any]:
    """What the draw gave; with the rosters and the substitutions it is the record."""
    selection, assignment = result.selection, result.assignment
    return {
        **_promised(result.commitment, result.reveal),
        "entropy_values": [list(numbers) for numbers in result.values],
        "entropy": result.entropy,
        "prk": result.key.hex(),
        "sizes": selection.sizes,
        "selected": list(selection.selected),
        "reserve": {name: list(rest) for name, rest in selection.reserve.items()},
        "round": assignment.round,
        "assigned": {name: list(team) for name, team in assignment.assigned.items()},
        "unassignable": list(assignment.unassignable),
        "reasons": assignment.reasons,
    }


def publish_cancelled(
    commitment: Commitment, reveal: bytes, reason: str, excluded: Sequence[Excluded] = ()
) -> dict[str, Any]:
    """The record of a draw given up: its number stays taken, its reason and its code are shown (step 9)."""
    return {**cancelled(commitment, reveal, reason), **rosters_of(commitment, excluded)}


def cancelled(commitment: Commitment, reveal: bytes, reason: str) -> dict[str, Any]:
    """The record of a draw given up, without its rosters."""
    check_text(reason, "reason", BadSubstitution)
    return {**_promised(commitment, reveal), "cancelled": {"reason": reason}}


def _promised(commitment: Commitment, reveal: bytes) -> dict[str, Any]:
    return {
        "commit_doc": dict(commitment.doc),
        "commit_hash": commitment.hash.hex(),
        "reveal": reveal.hex(),
    }


def check_excluded(commitment: Commitment, excluded: Sequence[Excluded]) -> None:
    """Raises BadRoster where somebody is left out and listed at once."""
    names = {row.id for row in excluded}
    listed = names & {one.id for one in commitment.inspectors} or names & set(commitment.targets.rows(names))
    if listed:
        raise BadRoster(f"excluded: {min(listed)} is in a roster as well")


def rosters_of(commitment: Commitment, excluded: Sequence[Excluded]) -> dict[str, Any]:
    check_excluded(commitment, excluded)
    return {
        "objects": [target.as_json() for target in commitment.targets],
        "inspectors": [one.as_json() for one in commitment.inspectors],
        "excluded": [asdict(row) for row in excluded],
    }
