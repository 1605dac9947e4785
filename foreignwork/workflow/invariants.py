"""Histories (quality I1, I3–I5, I7, I9, I11): decided once, replayed, by declared edges and enough people, announced, chained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from foreignwork.accounts.models import Post
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import landing
from foreignwork.cases.events import ASSISTED, SAID, hashed, respelled
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.registry import Matter
from foreignwork.cases.steps import Step
from foreignwork.invariants import BATCH, Breach, invariant, rows, verify
from foreignwork.outbox.relay import KEPT, RETRIED_FOR
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack

__all__ = ["Breach", "invariant", "verify"]

Edge = tuple[str, str, str, str]
"""action, from, to, role"""
Hand = tuple[str, ...]
"""stages that are one person's (the pack's ``hands``)"""
Posts = dict[tuple[int, int, str], list[tuple[date, date | None]]]
NOT_STAFF = ("applicant", "person", "system")
UNSENT_FOR = timedelta(seconds=60)


@invariant("I1")
def one_final_decision(at: datetime) -> Iterator[Breach]:
    """A case is decided once, and has an outcome exactly then. Entering a final state decides it, from wherever it came: only
    what the flow declares from one final state to another goes on from the decision (a card made, a permit that lapsed)."""
    matters = registry.all_matters()
    final = [(matter.code, str(state)) for matter in matters for state in matter.outcomes]
    going_on = [(matter.code, *edge) for matter in matters for edge in _going_on(matter)]
    for number, entered, outcome in rows(
        """
        SELECT c.number, coalesce(d.entered, 0), c.outcome FROM cases_case c LEFT JOIN (
            SELECT e.case_id, count(*) AS entered FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
            JOIN unnest(%s::text[], %s::text[]) f(matter, state) ON f.matter = c.matter AND f.state = e.target
            WHERE NOT EXISTS (
                SELECT 1 FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) g(matter, action, source, target)
                WHERE g.matter = c.matter AND g.action = e.action AND g.source = e.source AND g.target = e.target)
            GROUP BY 1) d ON d.case_id = c.id
        WHERE c.matter = ANY(%s) AND coalesce(d.entered, 0) <> (CASE WHEN c.outcome = '' THEN 0 ELSE 1 END)
        """,
        [*_listed(final, 2), *_listed(going_on, 4), [matter.code for matter in matters]],
    ):
        yield Breach("I1", number, f"{entered} final decisions, outcome {outcome!r}")


def _listed(found: Iterable[tuple[str, ...]], width: int) -> list[list[str]]:
    """A list for each of the ``width`` columns, for ``unnest``."""
    return [list(column) for column in zip(*found, strict=True)] or [[] for _n in range(width)]


def _going_on(matter: Matter) -> list[tuple[str, str, str]]:
    """Steps that a decided case may take and stay decided (action, source, target): those that start from a final state."""
    return [
        (step.name, str(source), str(source if step.target is None else step.target))
        for step in matter.steps.values()
        for source in step.sources
        if source in matter.outcomes
    ]


@invariant("I3")
def history_replays_to_the_present(at: datetime) -> Iterator[Breach]:
    """Each event starts where the one before ended; the newest is the case's state, written by the same transaction."""
    for number, seq in rows(
        """
        SELECT c.number, e.seq FROM (
            SELECT case_id, seq, source, lag(target, 1, '') OVER (PARTITION BY case_id ORDER BY seq) AS before
            FROM cases_caseevent) e
        JOIN cases_case c ON c.id = e.case_id WHERE e.source <> e.before
        """
    ):
        yield Breach("I3", number, f"event {seq} does not start where event {seq - 1} ended")
    for number, state, target, same in rows(
        """
        SELECT c.number, c.state, e.target, e.xid = c.xid FROM cases_case c
        LEFT JOIN LATERAL (SELECT target, xid FROM cases_caseevent WHERE case_id = c.id ORDER BY seq DESC LIMIT 1) e ON true
        WHERE e.target IS DISTINCT FROM c.state OR e.xid IS DISTINCT FROM c.xid
        """
    ):
        how = (
            "not the transaction that wrote the event"
            if same is False and state == target
            else "not what history says"
        )
        yield Breach("I3", number, f"state {state!r}, newest event {target!r}: {how}")


@invariant("I4")
def only_declared_edges(at: datetime) -> Iterator[Breach]:
    """Every (action, from, to, role) in history is declared by the matter's flow for cases of this sub-matter and origin, over
    the stages of the case's pack. Neither of the two changes in the life of a case."""
    packs = {policy.pk: policy.pack for policy in PolicyVersion.objects.all()}
    legal: dict[tuple[str, int, str, str], set[Edge]] = {}
    for code, policy, sub_matter, origin, *edge in rows(
        """
        SELECT DISTINCT c.matter, c.policy_version_id, c.sub_matter, c.origin, e.action, e.source, e.target, e.role
        FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        """
    ):
        known = (code, policy, sub_matter, origin)
        if known not in legal:
            own = packs[policy].matters.get(code)
            legal[known] = _edges(registry.get(code), own.stages, sub_matter, origin) if own else set()
        if tuple(edge) in legal[known]:
            continue
        found = CaseEvent.objects.filter(
            **dict(zip(("action", "source", "target", "role"), edge, strict=True)),
            case__matter=code,
            case__policy_version=policy,
            case__sub_matter=sub_matter,
            case__origin=origin,
        )
        action, source, target, role = edge
        for number, seq in found.values_list("case__number", "seq"):
            why = f"event {seq}: {role} {action} {source!r} → {target!r} is declared nowhere"
            yield Breach("I4", number, f"{why} for {sub_matter or code}, {origin}")


def _edges(matter: Matter, stages: Collection[str], sub_matter: str, origin: str) -> set[Edge]:
    """What may stand in such a history where the chain has these stages; the others are passed over."""

    def staged(step: Step) -> bool:
        return not step.stage or step.stage in stages

    steps = [step for step in matter.steps.values() if step.belongs_to(sub_matter, origin)]
    return {
        (step.name, source, source if step.target is None else landing(steps, step.target, staged), role.code)
        for step in filter(staged, steps)
        for source in step.sources
        for role in step.by
    }


@invariant("I5")
def versions_without_gap(at: datetime) -> Iterator[Breach]:
    """Events of a case are numbered 1..n, and n is the case's version."""
    for number, version, count, highest in rows(
        """
        SELECT c.number, c.version, count(e.id), coalesce(max(e.seq), 0)
        FROM cases_case c LEFT JOIN cases_caseevent e ON e.case_id = c.id
        GROUP BY c.id HAVING count(e.id) <> c.version OR coalesce(max(e.seq), 0) <> c.version
        """
    ):
        yield Breach("I5", number, f"version {version}, {count} events, highest {highest}")


@invariant("I7")
def enough_different_people(at: datetime) -> Iterator[Breach]:
    """No person in two hands of a case, enough people once it is decided on the merits, nobody recused or without the post;
    and what is an officer's step was taken by somebody.

    Nor did a clerk who acted for the applicant at the window take a stage of the same case (ADR 0015).
    """
    packs = {policy.pk: policy.pack for policy in PolicyVersion.objects.all()}
    posts = _posts()
    for matter in registry.all_matters():
        events = CaseEvent.objects.filter(case__matter=matter.code).order_by("case_id", "seq")
        columns = ("case_id", "case__number", "case__policy_version", "case__outcome")
        found = events.values_list(
            *columns, "action", "actor", "role", "office", "at", "source", "target", "data"
        )
        for (_case, number, policy, outcome), taken in groupby(
            found.iterator(BATCH), key=itemgetter(0, 1, 2, 3)
        ):
            yield from _people(matter, packs[policy], number, outcome, (entry[4:] for entry in taken), posts)
    for number, actor, action in rows(
        """
        SELECT c.number, e.actor_id, e.action FROM cases_recusal r
        JOIN cases_caseevent e ON e.case_id = r.case_id AND e.actor_id = r.user_id AND e.at > r.at
        JOIN cases_case c ON c.id = r.case_id WHERE e.role <> ALL(%s)
        """,
        [list(NOT_STAFF)],
    ):
        yield Breach("I7", number, f"user {actor} was recused and took {action}")


def _people(
    matter: Matter, pack: Pack, number: str, outcome: str, taken: Iterable[tuple[Any, ...]], posts: Posts
) -> Iterator[Breach]:
    """One case: ``taken`` are (action, actor, role, office, at, source, target, data) of its events."""
    known, steps = pack.matters[matter.code], matter.steps
    hands, by_law = dict[Hand, set[int]](), set[Hand]()
    assisting, deciding, on_merits = set[int](), dict[int, str](), False
    for action, actor, role, office, when, source, target, data in taken:
        step = steps.get(action)
        if role == "applicant" and ASSISTED in data:
            assisting.add(actor)
        if role == "system" and step:
            by_law |= _taken_by_law(matter, step, known.hands)
        if role in NOT_STAFF:
            continue
        stage = step.stage if step else ""
        hand = next((group for group in known.hands if stage in group), None) if stage else None
        on_merits |= bool(hand) and target in matter.outcomes and source not in matter.outcomes
        if actor is None:
            yield Breach("I7", number, f"nobody took {action} as {role}")
            continue
        if not _held(posts, actor, office, role, day_of(when)):
            yield Breach("I7", number, f"user {actor} had no post as {role} when taking {action}")
        if stage:
            deciding.setdefault(actor, action)
        if hand:
            hands.setdefault(hand, set()).add(actor)
    for actor in sorted(assisting & deciding.keys()):
        yield Breach("I7", number, f"user {actor} acted for the applicant and took {deciding[actor]}")
    people = [user for users in hands.values() for user in users]
    if len(people) != len(set(people)):
        yield Breach("I7", number, "one person in two hands")
    # What the law decides by silence (行政许可法 50) is nobody's decision: no hand took it.
    decided = on_merits and outcome in ("granted", "refused")
    if decided and len(set(people)) < known.distinct_people - len(by_law - hands.keys()):
        yield Breach("I7", number, f"decided by {len(set(people))} people")


def _taken_by_law(matter: Matter, step: Step, hands: Iterable[Hand]) -> set[Hand]:
    """The hands in whose place this step of the system stands: it is taken when a limit runs out, from and to where theirs
    lead (a deemed acceptance is nobody's hand, decisions 7). The others must still be different people."""
    if not step.when_due:
        return set()
    instead = {
        other.stage
        for other in matter.steps.values()
        if other.stage and other.target == step.target and set(other.sources) & set(step.sources)
    }
    return {group for group in hands if instead.intersection(group)}


def _posts() -> Posts:
    found: Posts = defaultdict(list)
    for post in Post.objects.all():
        found[post.user_id, post.office_id, post.role].append((post.from_on, post.until_on))
    return found


def _held(posts: Posts, user: int, office: int, role: str, day: date) -> bool:
    return any(
        start <= day and (end is None or day <= end) for start, end in posts.get((user, office, role), [])
    )


@invariant("I9")
def every_event_in_the_outbox(at: datetime) -> Iterator[Breach]:
    """Each event has its message as long as messages are kept; none waits for longer than a minute, nor is any retried for longer
    than all retries take, unless it is quarantined (retries move ``available_at``, so they are reckoned from ``created_at``)."""
    for number, seq in rows(
        """
        SELECT c.number, e.seq FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        WHERE e.at > %s
            AND NOT EXISTS (SELECT 1 FROM outbox_outboxmessage m WHERE m.key = 'event:' || e.case_id || ':' || e.seq)
        """,
        [at - KEPT + timedelta(days=1)],  # a day's margin: the tidying runs by its own clock
    ):
        yield Breach("I9", number, f"event {seq} has no outbox message")
    for key, created, attempts in rows(
        """
        SELECT key, created_at, attempts FROM outbox_outboxmessage
        WHERE sent_at IS NULL AND quarantined_at IS NULL
            AND (available_at < %s OR attempts > 0 AND created_at < %s)
        """,
        [at - UNSENT_FOR, at - UNSENT_FOR - RETRIED_FOR],
    ):
        yield Breach("I9", key, f"unsent since {created:%Y-%m-%d %H:%M:%S}, after {attempts} attempts")


@invariant("I9")
def each_effect_once(at: datetime) -> Iterator[Breach]:
    """A part that is another office's was opened once for its case. The other effects need no look here: what they write has a
    unique constraint (a printed paper, a sheet of the guide, a case of a trial), is a step that its state allows once (I4), or
    is one commit with the mark "sent" (a material's sheet). Those of a matter are its own to look after.
    """
    parts = [
        f"{matter.code} {step.opens}"
        for matter in registry.all_matters()
        for step in matter.steps.values()
        if step.opens
    ]
    for number, sub_matter, count in rows(
        """
        SELECT c.number, p.sub_matter, count(*) FROM cases_case p JOIN cases_case c ON c.id = p.replaces_id
        WHERE concat_ws(' ', p.matter, p.sub_matter) = ANY(%s) GROUP BY 1, 2 HAVING count(*) > 1
        """,
        [parts],
    ):
        yield Breach("I9", number, f"its part {sub_matter} was opened {count} times")


@invariant("I11")
def the_chain_holds(at: datetime) -> Iterator[Breach]:
    """Every event's hash is that of its content and of the event before; the case points to the newest.

    Not covered: heads are kept nowhere outside the database, so who may write there and makes every hash anew is not found here.
    Nor are the facts that an event names by their version: those are held by their seal (I16) and their numbering (I12).
    """
    head, case_id, prev = "", 0, ""
    for newest, kept, case, seq, *said, data, crypt_id, sealed, before in rows(
        f"""
        SELECT c.head_hash, e.hash, {SAID}
        FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id ORDER BY e.case_id, e.seq
        """  # noqa: S608 - our own columns
    ):
        if case != case_id:
            yield from _head(case_id, head, prev)
            case_id, head, prev = case, newest, ""
        if before != prev or hashed(case, seq, *said, respelled(data), crypt_id, sealed, before) != kept:
            yield Breach("I11", f"case {case_id}", f"event {seq}: the chain is broken")
        prev = kept
    yield from _head(case_id, head, prev)


def _head(case_id: int, head: str, newest: str) -> Iterator[Breach]:
    if head != newest:
        yield Breach("I11", f"case {case_id}", "head_hash is not the newest event's")
