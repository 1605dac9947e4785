"""What must be true of the rows, whatever happened (../quality A.1). Each check returns the offending ids; none is fine.

Queries or replays over the real rows; nothing is trusted because the code that wrote it was right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from foreignwork.accounts.models import Post
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import landing
from foreignwork.cases.events import digest
from foreignwork.cases.models import Case, CaseEvent, Recusal
from foreignwork.cases.registry import Matter
from foreignwork.cases.steps import Step
from foreignwork.outbox.relay import KEPT
from foreignwork.policies.models import PolicyVersion

UNSENT_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks invariant ``code``; ``row`` names it, ``why`` says how."""

    code: str
    row: str
    why: str

    def __str__(self) -> str:
        return f"{self.code} {self.row}: {self.why}"


Check = Callable[[datetime], Iterator[Breach]]
CHECKS: dict[str, Check] = {}


def invariant(code: str) -> Callable[[Check], Check]:
    def enter(check: Check) -> Check:
        CHECKS[code] = check
        return check

    return enter


def verify(*, at: datetime) -> list[Breach]:
    """Run every check. ``at`` is the database's now."""
    return [breach for check in CHECKS.values() for breach in check(at)]


def _rows(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return list(cursor.fetchall())


@invariant("I1")
def one_final_decision(at: datetime) -> Iterator[Breach]:
    """A case enters a final state once, and has an outcome exactly then."""
    for matter in registry.all_matters():
        final = [str(state) for state in matter.outcomes]
        for number, entered, outcome in _rows(
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
    for event, kind, n in _rows(
        "SELECT event_id, kind, count(*) FROM notices_notice GROUP BY 1, 2 HAVING count(*) > 1"
    ):
        yield Breach("I2", f"event {event}", f"{n} papers of kind {kind}")
    for office, series, year, count, highest, last in _rows(
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
    for number, seq in _rows(
        """
        SELECT c.number, e.seq FROM (
            SELECT case_id, seq, source, lag(target, 1, '') OVER (PARTITION BY case_id ORDER BY seq) AS before
            FROM cases_caseevent) e
        JOIN cases_case c ON c.id = e.case_id WHERE e.source <> e.before
        """
    ):
        yield Breach("I3", number, f"event {seq} does not start where event {seq - 1} ended")
    for number, state, target, same in _rows(
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
    for code, policy, action, source, target, role in _rows(
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
    for number, version, count, highest in _rows(
        """
        SELECT c.number, c.version, count(e.id), coalesce(max(e.seq), 0)
        FROM cases_case c LEFT JOIN cases_caseevent e ON e.case_id = c.id
        GROUP BY c.id HAVING count(e.id) <> c.version OR coalesce(max(e.seq), 0) <> c.version
        """
    ):
        yield Breach("I5", number, f"version {version}, {count} events, highest {highest}")


@invariant("I7")
def enough_different_people(at: datetime) -> Iterator[Breach]:
    """No person in two hands of a case, enough people once it is decided on the merits, nobody recused or without the post."""
    packs = {policy.pk: policy.pack for policy in PolicyVersion.objects.all()}
    posts = _posts()
    recused = {(row.case_id, row.user_id): row.at for row in Recusal.objects.all()}
    for matter in registry.all_matters():
        stages = {step.name: step.stage for step in matter.steps.values() if step.stage}
        staff = Q(actor__isnull=False) & ~Q(role__in=["applicant", "person", "system"])
        events = CaseEvent.objects.filter(staff, case__matter=matter.code)
        # What the law decides by silence (行政许可法 50) is nobody's decision.
        deemed = set(
            CaseEvent.objects.filter(
                case__matter=matter.code, role="system", target__in=[str(state) for state in matter.outcomes]
            ).values_list("case_id", flat=True)
        )
        hands: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        seen: dict[int, tuple[str, int, str]] = {}
        for case_id, number, policy, outcome, action, actor, role, office, when in events.values_list(
            "case_id",
            "case__number",
            "case__policy_version",
            "case__outcome",
            "action",
            "actor",
            "role",
            "office",
            "at",
        ):
            seen[case_id] = (number, policy, outcome)
            if not _held(posts, actor, office, role, day_of(when)):
                yield Breach("I7", number, f"user {actor} had no post as {role} when taking {action}")
            if (case_id, actor) in recused and recused[case_id, actor] < when:
                yield Breach("I7", number, f"user {actor} was recused and took {action}")
            if stage := stages.get(action):
                hand = next((g for g in packs[policy].matters[matter.code].hands if stage in g), None)
                if hand:
                    hands[case_id]["+".join(hand)].add(actor)
        for case_id, by_hand in hands.items():
            number, policy, outcome = seen[case_id]
            people = [user for users in by_hand.values() for user in users]
            if len(people) != len(set(people)):
                yield Breach("I7", number, "one person in two hands")
            least = packs[policy].matters[matter.code].distinct_people
            if (
                case_id not in deemed
                and outcome in ("granted", "refused")
                and len(set(people)) < _least(by_hand, least)
            ):
                yield Breach("I7", number, f"decided by {len(set(people))} people")


def _least(by_hand: dict[str, set[int]], least: int) -> int:
    """A deemed acceptance is nobody's hand (decisions 7): the hands that people took must still be different people."""
    return min(least, max(len(by_hand), least - 1))


def _posts() -> dict[tuple[int, int, str], list[tuple[Any, Any]]]:
    found: dict[tuple[int, int, str], list[tuple[Any, Any]]] = defaultdict(list)
    for post in Post.objects.all():
        found[post.user_id, post.office_id, post.role].append((post.from_on, post.until_on))
    return found


def _held(
    posts: dict[tuple[int, int, str], list[tuple[Any, Any]]], user: int, office: int, role: str, day: Any
) -> bool:
    return any(
        start <= day and (end is None or day <= end) for start, end in posts.get((user, office, role), [])
    )


@invariant("I9")
def every_event_in_the_outbox(at: datetime) -> Iterator[Breach]:
    """Each event has its message as long as messages are kept; none waits longer than a minute unless it is quarantined."""
    for number, seq in _rows(
        """
        SELECT c.number, e.seq FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        WHERE e.at > %s
            AND NOT EXISTS (SELECT 1 FROM outbox_outboxmessage m WHERE m.key = 'event:' || e.case_id || ':' || e.seq)
        """,
        [at - KEPT + timedelta(days=1)],  # a day's margin: the tidying runs by its own clock
    ):
        yield Breach("I9", number, f"event {seq} has no outbox message")
    for key, created in _rows(
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
    before: tuple[int, str] = (0, "")
    heads = dict(Case.objects.values_list("pk", "head_hash"))
    for event in CaseEvent.objects.order_by("case_id", "seq").iterator(2000):
        expected = before[1] if before[0] == event.case_id else ""
        sealed = event.__dict__["sealed"]
        if event.prev_hash != expected or digest(event, sealed) != event.hash:
            yield Breach("I11", f"case {event.case_id}", f"event {event.seq}: the chain is broken")
        before = (event.case_id, event.hash)
        if heads.get(event.case_id) == event.hash:
            heads[event.case_id] = ""
    for case_id, head in heads.items():
        if head:
            yield Breach("I11", f"case {case_id}", "head_hash is not the newest event's")
