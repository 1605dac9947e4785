"""Cases (quality I8, I12, I13, I15): what was acknowledged is there, on the facts that were seen, numbered, in one standing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from foreignwork.invariants import Breach, invariant, rows

from . import registry
from .bundle_state import state_of
from .models import Case
from .phases import Outcome

_answers: dict[frozenset[tuple[str, str]], dict[str, str]] = {}


def acknowledged_as(wrong: Mapping[str, str], **shape: str) -> None:
    """Enter a shape of the answers that request keys keep: its names, each with its JSON type. ``wrong``: what may be wrong with
    such an answer → the condition on its key ``k``. The floor that gives the answer enters it, from its own ``invariants``;
    several may give one of the same shape."""
    _answers.setdefault(frozenset(shape.items()), {}).update(wrong)


acknowledged_as(
    {
        "names a filing that is not there as it was acknowledged": """
            NOT EXISTS (
                SELECT 1 FROM cases_bundle b
                WHERE b.number = k.outcome->>'bundle' AND b.filed_by_id = k.user_id AND b.filed_at = k.at)"""
    },
    bundle="string",
)
acknowledged_as(
    {
        "names a step that is not in the case's history": """
            NOT EXISTS (
                SELECT 1 FROM cases_caseevent e
                WHERE e.case_id = (k.outcome->>'case')::bigint AND e.seq = (k.outcome->>'version')::int
                    AND e.actor_id = k.user_id AND e.at = k.at)"""
    },
    case="number",
    version="number",
)
acknowledged_as(
    {
        "names a case that was not opened by it": """
            NOT EXISTS (
                SELECT 1 FROM cases_case c JOIN cases_caseevent e ON e.case_id = c.id AND e.seq = 1
                WHERE c.number = k.outcome->>'case' AND e.actor_id = k.user_id AND e.at = k.at)"""
    },
    case="string",
)
acknowledged_as(
    {
        "names a proposal that is not there": """
            NOT EXISTS (
                SELECT 1 FROM policies_proposal p
                WHERE p.id = (k.outcome->>'proposal')::bigint AND p.proposed_by_id = k.user_id)"""
    },
    proposal="number",
)


@invariant("I8")
def what_was_acknowledged_is_there(at: datetime) -> Iterator[Breach]:
    """A key and what it protects were written by one transaction: the answer that was given names rows, and they are there,
    by the same person at the same moment. (What no key protects cannot be judged from rows; of an answer that is an address,
    only what the address names.)"""
    for shape, wrong in _answers.items():
        mine = " AND ".join(f"jsonb_typeof(k.outcome->'{name}') = '{kind}'" for name, kind in sorted(shape))
        for why, condition in wrong.items():
            for pk, user in rows(
                f"SELECT k.id, k.user_id FROM cases_requestkey k WHERE {mine} AND {condition}"  # noqa: S608 - constants above
            ):
                yield Breach("I8", f"request {pk}", f"of user {user} {why}")


@invariant("I8")
def every_answer_is_of_a_known_shape(at: datetime) -> Iterator[Breach]:
    """What cannot be compared with anything would be believed: an answer that no floor gives is named, and so is none."""
    known = [" ".join(f"{name}:{kind}" for name, kind in sorted(shape)) for shape in _answers]
    for pk, user, shape in rows(
        """
        SELECT k.id, k.user_id, s.shape FROM cases_requestkey k CROSS JOIN LATERAL (
            SELECT string_agg(e.key || ':' || jsonb_typeof(e.value), ' ' ORDER BY e.key COLLATE "C") AS shape
            FROM jsonb_each(CASE jsonb_typeof(k.outcome) WHEN 'object' THEN k.outcome END) e) s
        WHERE s.shape IS NULL OR NOT s.shape = ANY(%s)
        """,
        [known],
    ):
        why = (
            f"has an answer of no known shape: {shape}"
            if shape
            else "has no outcome, so nobody knows whether it was done"
        )
        yield Breach("I8", f"request {pk}", f"of user {user} {why}")


@invariant("I12")
def one_dossier_for_all(at: datetime) -> Iterator[Breach]:
    """The matters of a filing stand on one dossier, one engagement and its papers, and began on one version of the facts."""
    for number, why in rows(
        """
        SELECT c.number, 'is about another dossier or engagement than its filing' FROM cases_case c
        JOIN cases_bundle b ON b.id = c.bundle_id
        WHERE c.dossier_id <> b.dossier_id OR c.engagement_id <> b.engagement_id
        UNION ALL
        SELECT c.number, 'stands on facts of another dossier' FROM cases_case c
        JOIN dossiers_dossierversion v ON v.id = c.dossier_version_id WHERE v.dossier_id IS DISTINCT FROM c.dossier_id
        UNION ALL
        SELECT c.number, 'stands on facts of another engagement' FROM cases_case c
        JOIN dossiers_engagementversion v ON v.id = c.engagement_version_id
        WHERE v.engagement_id IS DISTINCT FROM c.engagement_id
        UNION ALL
        SELECT b.number, 'has a paper of another dossier as ' || i.code FROM cases_bundleitem i
        JOIN cases_bundle b ON b.id = i.bundle_id JOIN dossiers_document d ON d.id = i.document_id
        WHERE d.dossier_id <> b.dossier_id
        UNION ALL
        SELECT b.number, 'began on ' || count(DISTINCT e.dossier_version_id) || ' versions of the facts'
        FROM cases_bundle b JOIN cases_case c ON c.bundle_id = b.id
        JOIN cases_caseevent e ON e.case_id = c.id AND e.seq = 1 AND e.at = b.filed_at
        GROUP BY b.id HAVING count(DISTINCT e.dossier_version_id) > 1
        """
    ):
        yield Breach("I12", number, why)


@invariant("I12")
def what_was_seen_is_what_is_named(at: datetime) -> Iterator[Breach]:
    """An event names the version its case stood on: the facts change under a case only by a step that takes the newest.

    Not covered: an event names no version of the engagement, so of that only the case's own is known; and what a version says is
    protected by its seal (I16), not by the chain of events.
    """
    repins = [f"{m.code}.{s.name}" for m in registry.all_matters() for s in m.steps.values() if s.repins]
    for number, seq, version, before in rows(
        """
        SELECT c.number, e.seq, e.dossier_version_id, e.before FROM (
            SELECT case_id, seq, action, dossier_version_id,
                lag(dossier_version_id) OVER (PARTITION BY case_id ORDER BY seq) AS before
            FROM cases_caseevent) e
        JOIN cases_case c ON c.id = e.case_id
        WHERE e.seq > 1 AND e.dossier_version_id IS DISTINCT FROM e.before
            AND NOT c.matter || '.' || e.action = ANY(%s)
        """,
        [repins],
    ):
        yield Breach("I12", number, f"event {seq} names version {version}, the case stood on {before}")
    for number, version, named in rows(
        """
        SELECT c.number, c.dossier_version_id, e.dossier_version_id FROM cases_case c
        JOIN cases_caseevent e ON e.case_id = c.id AND e.seq = c.version
        WHERE e.dossier_version_id IS DISTINCT FROM c.dossier_version_id
        """
    ):
        yield Breach("I12", number, f"stands on version {version}, its newest event names {named}")
    for number, seq in rows(
        """
        SELECT c.number, e.seq FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        JOIN dossiers_dossierversion v ON v.id = e.dossier_version_id WHERE v.created_at > e.at
        """
    ):
        yield Breach("I12", number, f"event {seq} names a version that did not exist yet")


@invariant("I13")
def numbers_say_what_they_number(at: datetime) -> Iterator[Breach]:
    """A filing's number is its place, year and row; a case's is its filing's and the letter of its matter."""
    letters = {matter.code: matter.letter for matter in registry.all_matters()}
    for number, expected in rows(
        """
        SELECT b.number, e.expected FROM cases_bundle b JOIN accounts_jurisdiction j ON j.id = b.jurisdiction_id
        CROSS JOIN LATERAL (SELECT upper(j.code) || '-'
            || extract(year FROM b.filed_at AT TIME ZONE 'Asia/Shanghai') || '-'
            || CASE WHEN b.id < 1000000 THEN lpad(b.id::text, 6, '0') ELSE b.id::text END AS expected) e
        WHERE b.number <> e.expected
        UNION ALL
        SELECT c.number, b.number || '-' || l.letter FROM cases_case c JOIN cases_bundle b ON b.id = c.bundle_id
        JOIN unnest(%s::text[], %s::text[]) l(matter, letter) ON l.matter = c.matter
        WHERE c.number <> b.number || '-' || l.letter
        """,
        [list(letters), list(letters.values())],
    ):
        yield Breach("I13", number, f"should be {expected}")
    for last, highest in rows(
        """
        SELECT pg_sequence_last_value(pg_get_serial_sequence('cases_bundle', 'id')::regclass), max(id) FROM cases_bundle
        HAVING coalesce(pg_sequence_last_value(pg_get_serial_sequence('cases_bundle', 'id')::regclass), 0) < max(id)
        """
    ):
        yield Breach(
            "I13", f"filing {highest}", f"its number will be given again: the counter stands at {last}"
        )


@invariant("I13")
def series_without_gap(at: datetime) -> Iterator[Breach]:
    """Cases the offices begin are numbered 1..n by place, kind and year, and the counter stands at n."""
    for series, year, count, highest, last in rows(
        """
        SELECT coalesce(n.series, s.series), coalesce(n.year, s.year), n.count, n.highest, s.last FROM (
            SELECT 'case:' || j.code || ':' || p.part[1] AS series, p.year, count(DISTINCT p.part[2]) AS count,
                max(p.part[2]::int) AS highest
            FROM cases_case c
            JOIN accounts_office o ON o.id = c.office_id JOIN accounts_jurisdiction j ON j.id = o.jurisdiction_id
            CROSS JOIN LATERAL (
                SELECT regexp_match(c.number, '-([A-Z])([0-9]+)-[A-Z]$') AS part,
                    substring(c.number FROM '-([0-9]{4})-[A-Z][0-9]+-[A-Z]$')::int AS year) p
            WHERE c.bundle_id IS NULL GROUP BY 1, 2) n
        FULL JOIN (SELECT * FROM cases_numberseries WHERE series LIKE 'case:%%') s
            ON s.series = n.series AND s.year = n.year
        WHERE n.count IS DISTINCT FROM n.highest OR n.highest IS DISTINCT FROM s.last
        """
    ):
        yield Breach("I13", f"{series} {year}", f"{count} numbers, highest {highest}, counter {last}")


def unused_numbers() -> Iterator[tuple[int, int, str, str]]:
    """The gap list: first and last of the filing numbers that no filing has, and the filings before and after (numbers of all
    places and years come out of one counter, so a gap belongs to none of them; the neighbours tell about where and when).

    No row explains a gap. The counter is the database's sequence, which does not take back what a refused or failed filing had
    taken, nor what it had set aside when it crashed; only I8 proves that none of the missing ones was acknowledged under a key.
    """
    yield from rows(
        """
        SELECT before + 1, id - 1, coalesce(earlier, ''), number FROM (
            SELECT id, number, lag(id, 1, 0::bigint) OVER (ORDER BY id) AS before, lag(number) OVER (ORDER BY id) AS earlier
            FROM cases_bundle
            UNION ALL
            SELECT pg_sequence_last_value(pg_get_serial_sequence('cases_bundle', 'id')::regclass) + 1, '', max(id),
                (SELECT number FROM cases_bundle ORDER BY id DESC LIMIT 1) FROM cases_bundle) b
        WHERE id > before + 1
        """
    )


@invariant("I15")
def standing_follows_from_history(at: datetime) -> Iterator[Breach]:
    """Phase and outcome of a case are those of its history, and so the standing of a filing is a function of its cases.
    (Whether a case has an outcome at all is I1's.)"""
    matters = registry.all_matters()
    phases = {f"{m.code}.{state}": str(phase) for m in matters for state, phase in m.phases.items()}
    outcomes = {f"{m.code}.{state}": str(outcome) for m in matters for state, outcome in m.outcomes.items()}
    for pk, number, phase, outcome, true_phase, true_outcome in rows(
        """
        SELECT c.id, c.number, c.phase, c.outcome, t.phase, coalesce(t.outcome, '') FROM (
            SELECT c.*, (SELECT target FROM cases_caseevent e WHERE e.case_id = c.id ORDER BY seq DESC LIMIT 1) AS newest,
                (SELECT target FROM cases_caseevent e WHERE e.case_id = c.id AND c.matter || '.' || e.target = ANY(%s)
                 ORDER BY seq DESC LIMIT 1) AS decided
            FROM cases_case c OFFSET 0) c
        CROSS JOIN LATERAL (
            SELECT %s::jsonb->>(c.matter || '.' || c.newest) AS phase, %s::jsonb->>(c.matter || '.' || c.decided) AS outcome) t
        WHERE c.phase <> t.phase OR t.phase IS NOT NULL AND (c.outcome <> '' AND t.outcome <> c.outcome
            OR (c.outcome <> '') <> (c.decided_at IS NOT NULL) OR c.phase = 'closed' AND c.closed_at IS NULL)
        """,
        [list(outcomes), json.dumps(phases), json.dumps(outcomes)],
    ):
        why = f"stands as {phase} {outcome!r}, history says {true_phase} {true_outcome!r}"
        yield Breach("I15", number, why + _of_the_filing(pk, true_phase, true_outcome))
    for (number,) in rows(
        "SELECT number FROM cases_bundle b WHERE NOT EXISTS (SELECT 1 FROM cases_case c WHERE c.bundle_id = b.id)"
    ):
        yield Breach("I15", number, "a filing without a case stands nowhere")


def _of_the_filing(case_id: int, phase: str, outcome: str) -> str:
    """What the wrong case makes of its whole filing, in words; empty where it makes no difference."""
    case = Case.objects.select_related("bundle").get(pk=case_id)
    if case.bundle is None:
        return ""
    cases: list[Any] = list(case.bundle.cases.all())
    true = [SimpleNamespace(phase=phase, outcome=Outcome(outcome)) if c.pk == case_id else c for c in cases]
    told, should = state_of(cases), state_of(true)
    return f"; filing {case.bundle.number} is told as {told}, should be {should}" if told != should else ""
