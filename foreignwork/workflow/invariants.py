"""Histories (quality I1–I5, I7, I9, I11): decided once, replayed, by declared edges and enough people, announced, chained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F

from foreignwork.accounts.models import Post
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import landing
from foreignwork.cases.events import ASSISTED, digest
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.registry import Matter
from foreignwork.cases.steps import Step
from foreignwork.invariants import BATCH, Breach, invariant, rows, verify
from foreignwork.outbox.relay import KEPT
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack

__all__ = ["Breach", "invariant", "verify"]

Posts = dict[tuple[int, int, str], list[tuple[date, date | None]]]
NOT_STAFF = ("applicant", "person", "system")
UNSENT_FOR = timedelta(seconds=60)


@invariant("I1")
def one_final_decision(at: datetime) -> Iterator[Breach]:
    """A case enters a final state once, and has an outcome exactly then."""
    for matter in registry.all_matters():
        final = [str(state) for state in matter.outcomes]
        for number, entered, outcome in rows(
            """
            SELECT c.number, count(e.id) FILTER (WHERE e.target = ANY(%s) AND NOT e.source = ANY(%s)), c.outcome
            FROM cases_case c LEFT JOIN cases_caseevent e ON e.case_id = c.id
            WHERE c.matter = %s GROUP BY c.id
            HAVING count(e.id) FILTER (WHERE e.target = ANY(%s) AND NOT e.source = ANY(%s))
                <> (CASE WHEN c.outcome = '' THEN 0 ELSE 1 END)
            """,
            [final, final, matter.code, final, final],
        ):
            yield Breach("I1", number, f"{entered} final decisions, outcome {outcome!r}")


@invariant("I2")
def one_notice_per_event_and_number(at: datetime) -> Iterator[Breach]:
    """One paper per event and kind; numbers of a series run 1..n without a gap, and the counter stands at n."""
    for event, kind, n in rows(
        "SELECT event_id, kind, count(*) FROM notices_notice GROUP BY 1, 2 HAVING count(*) > 1"
    ):
        yield Breach("I2", f"event {event}", f"{n} papers of kind {kind}")
    for office, series, year, count, highest, last in rows(
        """
        SELECT n.office_id, n.series, n.year, count(DISTINCT n.seq), max(n.seq), s.last
        FROM notices_notice n
        LEFT JOIN cases_numberseries s ON s.series = 'notice:' || n.office_id || ':' || n.series AND s.year = n.year
        GROUP BY 1, 2, 3, 6
        HAVING count(DISTINCT n.seq) <> max(n.seq) OR s.last IS DISTINCT FROM max(n.seq) OR count(*) <> max(n.seq)
        """
    ):
        yield Breach(
            "I2",
            f"{series}〔{year}〕",
            f"office {office}: {count} numbers, highest {highest}, counter {last}",
        )


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
    """Every (action, from, to, role) in history is declared by the matter's flow, over the stages of the case's pack."""
    packs = {policy.pk: policy.pack for policy in PolicyVersion.objects.all()}
    legal = {
        (matter.code, pk): _edges(matter, pack.matters[matter.code].stages)
        for matter in registry.all_matters()
        for pk, pack in packs.items()
        if matter.code in pack.matters
    }
    for code, policy, action, source, target, role in rows(
        """
        SELECT DISTINCT c.matter, c.policy_version_id, e.action, e.source, e.target, e.role
        FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        """
    ):
        if (action, source, target, role) in legal.get((code, policy), set()):
            continue
        found = CaseEvent.objects.filter(
            case__matter=code,
            case__policy_version=policy,
            action=action,
            source=source,
            target=target,
            role=role,
        )
        for number, seq in found.values_list("case__number", "seq"):
            yield Breach(
                "I4", number, f"event {seq}: {role} {action} {source!r} → {target!r} is declared nowhere"
            )


def _edges(matter: Matter, stages: Collection[str]) -> set[tuple[str, str, str, str]]:
    """What may stand in a history where the chain has these stages; the others are passed over."""

    def staged(step: Step) -> bool:
        return not step.stage or step.stage in stages

    steps = list(matter.steps.values())
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
    """No person in two hands of a case, enough people once it is decided on the merits, nobody recused or without the post.

    Nor did a clerk who acted for the applicant at the window take a stage of the same case (ADR 0015).
    """
    packs = {policy.pk: policy.pack for policy in PolicyVersion.objects.all()}
    posts = _posts()
    for matter in registry.all_matters():
        events = CaseEvent.objects.filter(case__matter=matter.code).order_by("case_id", "seq")
        columns = ("case_id", "case__number", "case__policy_version", "case__outcome")
        found = events.values_list(*columns, "action", "actor", "role", "office", "at", "target", "data")
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
    """One case: ``taken`` are (action, actor, role, office, at, target, data) of its events."""
    stages = {step.name: step.stage for step in matter.steps.values() if step.stage}
    final = {str(state) for state in matter.outcomes}
    known, hands, deemed = pack.matters[matter.code], dict[str, set[int]](), False
    assisting, deciding = set[int](), dict[int, str]()
    for action, actor, role, office, when, target, data in taken:
        # What the law decides by silence (行政许可法 50) is nobody's decision.
        deemed |= role == "system" and target in final
        if role == "applicant" and ASSISTED in data:
            assisting.add(actor)
        if actor is None or role in NOT_STAFF:
            continue
        if not _held(posts, actor, office, role, day_of(when)):
            yield Breach("I7", number, f"user {actor} had no post as {role} when taking {action}")
        stage = stages.get(action)
        if stage:
            deciding.setdefault(actor, action)
        hand = next((group for group in known.hands if stage in group), None) if stage else None
        if hand:
            hands.setdefault("+".join(hand), set()).add(actor)
    for actor in sorted(assisting & deciding.keys()):
        yield Breach("I7", number, f"user {actor} acted for the applicant and took {deciding[actor]}")
    people = [user for users in hands.values() for user in users]
    if len(people) != len(set(people)):
        yield Breach("I7", number, "one person in two hands")
    decided = hands and not deemed and outcome in ("granted", "refused")
    if decided and len(set(people)) < _least(hands, known.distinct_people):
        yield Breach("I7", number, f"decided by {len(set(people))} people")


def _least(by_hand: dict[str, set[int]], least: int) -> int:
    """A deemed acceptance is nobody's hand (decisions 7): the hands that people took must still be different people."""
    return min(least, max(len(by_hand), least - 1))


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
    """Each event has its message as long as messages are kept; none waits longer than a minute unless it is quarantined."""
    for number, seq in rows(
        """
        SELECT c.number, e.seq FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        WHERE e.at > %s
            AND NOT EXISTS (SELECT 1 FROM outbox_outboxmessage m WHERE m.key = 'event:' || e.case_id || ':' || e.seq)
        """,
        [at - KEPT + timedelta(days=1)],  # a day's margin: the tidying runs by its own clock
    ):
        yield Breach("I9", number, f"event {seq} has no outbox message")
    for key, created in rows(
        """
        SELECT key, created_at FROM outbox_outboxmessage
        WHERE sent_at IS NULL AND quarantined_at IS NULL AND available_at < %s
        """,
        [at - UNSENT_FOR],
    ):
        yield Breach("I9", key, f"unsent since {created:%Y-%m-%d %H:%M:%S}")


@invariant("I11")
def the_chain_holds(at: datetime) -> Iterator[Breach]:
    """Every event's hash is that of its content and of the event before; the case points to the newest."""
    head, case_id, prev = "", 0, ""
    events = CaseEvent.objects.order_by("case_id", "seq").annotate(head=F("case__head_hash"))
    for event in events.iterator(BATCH):
        if event.case_id != case_id:
            yield from _head(case_id, head, prev)
            case_id, head, prev = event.case_id, event.head, ""
        if event.prev_hash != prev or digest(event, event.__dict__["sealed"]) != event.hash:
            yield Breach("I11", f"case {case_id}", f"event {event.seq}: the chain is broken")
        prev = event.hash
    yield from _head(case_id, head, prev)


def _head(case_id: int, head: str, newest: str) -> Iterator[Breach]:
    if head != newest:
        yield Breach("I11", f"case {case_id}", "head_hash is not the newest event's")
