"""How each invariant is broken by direct SQL as the owner, clause by clause, and the row that must be named for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from foreignwork.cases.models import Case
from tests.stage import as_owner


@dataclass
class House:
    """``granted``: a case decided, one of its steps acknowledged; ``filed``: one of an acknowledged filing."""

    granted: Case
    filed: Case


@dataclass(frozen=True)
class Mutation:
    """``sql`` as the owner, with %(granted)s and %(filed)s the cases' ids; ``names`` the row that must be named."""

    sql: str
    names: Callable[[House], str]
    why: str = ""
    """what is said of the row: which clause of the invariant fired"""
    rechains: bool = False
    names_more: bool = False
    """the same damage shows in several rows of this invariant"""
    also: frozenset[str] = frozenset()
    """what else such damage cannot but break"""

    @property
    def tables(self) -> set[str]:
        return set(re.findall(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", self.sql))


def granted(house: House) -> str:
    return house.granted.number


def filed(house: House) -> str:
    return house.filed.number


def found(sql: str, name: str) -> Callable[[House], str]:
    """The row as the breach calls it, by a query on the undamaged or damaged house."""
    return lambda house: name.format(as_owner(sql, house.granted.pk)[0][0])


SECOND = """
INSERT INTO cases_caseevent (case_id, seq, at, effective_on, actor_id, role, office_id, action, source, target,
    dossier_version_id, data, prev_hash, hash, xid, crypt_id, data_key_id)
SELECT case_id, seq + 1, at, effective_on, actor_id, role, office_id, action, target, target,
    dossier_version_id, data, '', '', xid, gen_random_uuid(), data_key_id
FROM cases_caseevent WHERE case_id = %(granted)s AND action = 'grant';
UPDATE cases_case SET version = version + 1 WHERE id = %(granted)s;
INSERT INTO outbox_outboxmessage (key, topic, payload, created_at, available_at, attempts, sent_at, last_error)
SELECT 'event:' || id || ':' || version, 'case.moved', '{}', now(), now(), 1, now(), '' FROM cases_case WHERE id = %(granted)s
"""
"""The case is granted once more, in good order otherwise."""
MET = "SELECT min(id) FROM deadlines_deadline WHERE case_id = %(granted)s AND met_on IS NOT NULL"
HELD = "INSERT INTO deadlines_pause (case_id, kind, ground, from_on, until_on, told_on) VALUES"
LONGER = "INSERT INTO deadlines_extension (case_id, kind, amount, reason, approved_by_id, at) SELECT"
OF_GRANTED = "UPDATE cases_caseevent SET {} WHERE case_id = %(granted)s AND action = '{}'"


def answered(outcome: str, key: str = "step-1") -> str:
    return f"UPDATE cases_requestkey SET outcome = '{outcome}' WHERE key = '{key}'"


def request(key: str = "step-1") -> Callable[[House], str]:
    return found(f"SELECT id FROM cases_requestkey WHERE key = '{key}' AND %s > 0", "request {}")


MUTATIONS = {
    "I1": Mutation(
        "UPDATE cases_case SET outcome = 'granted', decided_at = now() WHERE id = %(filed)s", filed
    ),
    "I1 a second decision": Mutation(
        SECOND, granted, why="2 final decisions", rechains=True, also=frozenset({"I4"})
    ),
    "I2": Mutation(
        "UPDATE notices_notice SET seq = 77 WHERE case_id = %(granted)s AND kind = 'RECEIPT'",
        found(
            "SELECT series || '〔' || year || '〕' FROM notices_notice WHERE case_id = %s AND kind = 'RECEIPT'",
            "{}",
        ),
        why="highest 77",
        names_more=True,
    ),
    "I2 another number": Mutation(
        "UPDATE notices_notice SET number = '兰人社〔2026〕9号' WHERE case_id = %(granted)s AND kind = 'RECEIPT'",
        lambda _house: "paper 兰人社〔2026〕9号",
        why="should be ",
    ),
    "I2 a series has gone": Mutation(
        # its counter stayed: as if all papers of a year had been taken away
        "INSERT INTO cases_numberseries (series, year, last) VALUES ('notice:1:兰人社', 2024, 3)",
        lambda _house: "兰人社〔2024〕",
        why="0 numbers, highest None, counter 3",
    ),
    "I3": Mutation("UPDATE cases_case SET state = 'pre_reviewed' WHERE id = %(filed)s", filed),
    "I3 another transaction": Mutation("UPDATE cases_case SET xid = xid + 1 WHERE id = %(filed)s", filed),
    "I4": Mutation(
        "UPDATE cases_caseevent SET role = 'person' WHERE case_id = %(filed)s AND seq = 1",
        filed,
        rechains=True,
    ),
    "I4 another sub-matter": Mutation(
        "UPDATE cases_case SET sub_matter = 'cancel' WHERE id = %(granted)s", granted, why="grant"
    ),
    "I5": Mutation("UPDATE cases_case SET version = 9 WHERE id = %(filed)s", filed),
    "I6 early": Mutation(
        "UPDATE deadlines_deadline SET fired_at = started_on WHERE case_id = %(granted)s AND met_on IS NOT NULL",
        granted,
        why="before the end of",
        names_more=True,
    ),
    "I6 early, when a limit of another kind was moved": Mutation(
        f"UPDATE deadlines_deadline SET fired_at = started_on WHERE id = ({MET});"
        + OF_GRANTED.format(
            """data = data || '{"moved_limits": [{"kind": "another", "basis": "statutory"}]}'""", "accept"
        ),
        granted,
        why="before the end of",
        rechains=True,
    ),
    "I6 on a provisional day": Mutation(
        f"UPDATE deadlines_deadline SET fired_at = due_on + 2, provisional = true WHERE id = ({MET})",
        granted,
        why="while its day was provisional",
    ),
    "I6 a met limit on another day": Mutation(
        f"UPDATE deadlines_deadline SET due_on = due_on + 1 WHERE id = ({MET})", granted, why="derived"
    ),
    "I6 one that ran out and was dropped, on another day": Mutation(
        "UPDATE deadlines_deadline SET met_on = NULL, fired_at = due_on + 3, voided_at = due_on + 3, due_on = due_on + 1"
        f" WHERE id = ({MET})",
        granted,
        why="derived",
    ),
    "I6 a pause that a met limit never had": Mutation(
        "UPDATE deadlines_deadline SET met_on = due_on WHERE case_id = %(granted)s AND kind = 'decision';"
        f"{HELD} (%(granted)s, 'decision', 'expert_review', '2026-03-11', '2026-03-13', '2026-03-11')",
        granted,
        why="derived",
    ),
    "I6 an extension that a met limit never had": Mutation(
        "UPDATE deadlines_deadline SET met_on = due_on WHERE case_id = %(granted)s AND kind = 'decision';"
        f"{LONGER} %(granted)s, 'decision', 10, '', min(id), '2026-03-12' FROM accounts_user",
        granted,
        why="derived",
    ),
    "I6 left lying": Mutation(
        # everything of it a year earlier, so that its day is the right one and nothing happened on it
        "UPDATE deadlines_deadline SET basis = 'promised', met_on = NULL, voided_at = NULL, kind = 'bench',"
        " started_on = '2025-03-03', amount = 5, unit = 'days', due_on = '2025-03-08', provisional = false"
        " WHERE id = (SELECT max(id) FROM deadlines_deadline WHERE case_id = %(granted)s)",
        granted,
    ),
    "I6 another day": Mutation(
        "UPDATE deadlines_deadline SET due_on = due_on + 30 WHERE case_id = %(filed)s AND met_on IS NULL",
        filed,
    ),
    "I6 the case's own day": Mutation(
        "UPDATE cases_case SET due_on = '2026-02-02' WHERE id = %(filed)s", filed
    ),
    "I7 two hands": Mutation(
        "UPDATE cases_caseevent SET actor_id = (SELECT actor_id FROM cases_caseevent e WHERE e.case_id = "
        "cases_caseevent.case_id AND e.action = 'accept') WHERE case_id = %(granted)s AND action = 'grant'",
        granted,
        why="one person in two hands",
        rechains=True,
    ),
    "I7 recused": Mutation(
        "INSERT INTO cases_recusal (case_id, user_id, reason, at) SELECT case_id, actor_id, 'self', at - interval '1 hour'"
        " FROM cases_caseevent WHERE case_id = %(granted)s AND action = 'grant'",
        granted,
        why="was recused and took grant",
    ),
    "I7 no post": Mutation(
        "UPDATE accounts_post SET until_on = '2026-01-01' WHERE user_id = (SELECT actor_id FROM cases_caseevent"
        " WHERE case_id = %(granted)s AND action = 'grant')",
        granted,
        why="had no post as decider when taking grant",
    ),
    "I7 two people": Mutation(
        "UPDATE cases_caseevent SET actor_id = NULL WHERE case_id = %(granted)s AND action IN ('pre_review', 'accept');"
        "DELETE FROM cases_requestkey WHERE key = 'step-1'",
        granted,
        why="decided by 2 people",
        rechains=True,
    ),
    "I7 nobody": Mutation(
        OF_GRANTED.format("actor_id = NULL", "accept"),
        granted,
        why="nobody took accept as acceptance_officer",
        rechains=True,
    ),
    "I7 for the applicant": Mutation(
        """
        UPDATE cases_caseevent SET data = '{"assistance": 1}', actor_id = (SELECT actor_id FROM cases_caseevent e
        WHERE e.case_id = cases_caseevent.case_id AND e.action = 'accept') WHERE case_id = %(granted)s AND seq = 1
        """,
        granted,
        why="acted for the applicant and took",
        rechains=True,
    ),
    "I8 no answer": Mutation(
        "UPDATE cases_requestkey SET outcome = NULL WHERE key = 'step-1'", request(), why="no outcome"
    ),
    "I8 an empty answer": Mutation(answered("{}"), request(), why="no outcome"),
    "I8 an answer that nobody gives": Mutation(
        answered('{"case": 1, "version": 1, "paper": 1}'),
        request(),
        why="case:number paper:number version:number",
    ),
    "I8 a filing that is not there": Mutation(
        answered('{"bundle": "GANSU-2026-777777"}', "filing-1"), request("filing-1"), why="names a filing"
    ),
    "I8 a step that is not there": Mutation(
        "UPDATE cases_requestkey SET outcome = jsonb_set(outcome, '{version}', '77') WHERE key = 'step-1'",
        request(),
        why="names a step",
    ),
    "I8 a case that is not there": Mutation(
        answered('{"case": "GANSU-2026-E00077-W"}'), request(), why="not opened by it"
    ),
    "I8 a proposal that is not there": Mutation(
        answered('{"proposal": 77}'), request(), why="names a proposal"
    ),
    "I8 an address elsewhere": Mutation(
        answered('{"to": "//example.org/"}'), request(), why="leads out of the house"
    ),
    "I8 a dossier that is not there": Mutation(
        answered('{"to": "/dossiers/XXXXX/engagements/1/"}'), request(), why="leads to a dossier"
    ),
    "I8 a filing it does not lead to": Mutation(
        answered('{"to": "/bundles/GANSU-2026-777777/result/"}'), request(), why="leads to a filing"
    ),
    "I8 a draw that is not there": Mutation(
        answered('{"to": "/supervision/desk/draws/77/"}'), request(), why="leads to a draw"
    ),
    "I8 a plan that is not there": Mutation(
        answered('{"to": "/supervision/desk/plans/77/"}'), request(), why="leads to a plan"
    ),
    "I8 void for no reason": Mutation(answered('{"void": []}'), request(), why="was void for no reason"),
    "I8 a receipt of nothing": Mutation(
        answered('{"receipt": 77}'), request(), why="names a record from a phone"
    ),
    "I9": Mutation("DELETE FROM outbox_outboxmessage WHERE key = 'event:' || %(filed)s || ':1'", filed),
    "I9 unsent": Mutation(
        "UPDATE outbox_outboxmessage SET sent_at = NULL WHERE key = 'event:' || %(filed)s || ':1'",
        lambda house: f"event:{house.filed.pk}:1",
    ),
    "I9 retried for ever": Mutation(
        "UPDATE outbox_outboxmessage SET sent_at = NULL, attempts = 2, available_at = created_at + interval '2 hours'"
        " WHERE key = 'event:' || %(filed)s || ':1'",
        lambda house: f"event:{house.filed.pk}:1",
        why="after 2 attempts",
    ),
    "I9 a part opened twice": Mutation(
        "UPDATE cases_case SET replaces_id = %(granted)s, sub_matter = 'medical' WHERE matter = 'socialsec'",
        granted,
        why="its part medical was opened 2 times",
        names_more=True,
    ),
    "I10 another paper": Mutation(
        "UPDATE notices_noticefile SET sha256 = repeat('0', 64)",
        found("SELECT number FROM notices_notice WHERE case_id = %s AND kind = 'RECEIPT'", "paper {}"),
    ),
    "I11": Mutation(
        "UPDATE cases_caseevent SET effective_on = '2020-01-01' WHERE case_id = %(filed)s AND seq = 1",
        lambda house: f"case {house.filed.pk}",
    ),
    "I11 cut short": Mutation(
        "UPDATE cases_case SET head_hash = repeat('0', 64) WHERE id = %(filed)s",
        lambda house: f"case {house.filed.pk}",
    ),
    "I12 another dossier": Mutation(
        "UPDATE cases_case SET dossier_version_id = (SELECT dossier_version_id FROM cases_case WHERE id = %(granted)s)"
        " WHERE id = %(filed)s",
        filed,
        names_more=True,
    ),
    "I12 another paper": Mutation(
        "UPDATE cases_bundleitem SET document_id = (SELECT max(id) FROM dossiers_document) WHERE id ="
        " (SELECT min(i.id) FROM cases_bundleitem i JOIN cases_case c USING (bundle_id) WHERE c.id = %(granted)s)",
        lambda house: house.granted.bundle.number if house.granted.bundle else "",
    ),
    "I12 seen": Mutation(
        "UPDATE cases_caseevent SET dossier_version_id = NULL WHERE case_id = %(granted)s AND action = 'accept'",
        granted,
        rechains=True,
        names_more=True,
    ),
    "I13": Mutation(
        "UPDATE cases_bundle SET number = 'GANSU-2026-555555' WHERE id = (SELECT bundle_id FROM cases_case WHERE id = %(granted)s)",
        lambda _house: "GANSU-2026-555555",
        names_more=True,
    ),
    "I13 a gap": Mutation(
        "INSERT INTO cases_numberseries (series, year, last) VALUES ('case:gansu:E', 2026, 3)",
        lambda _house: "case:gansu:E 2026",
    ),
    "I15": Mutation("UPDATE cases_case SET phase = 'waiting' WHERE id = %(filed)s", filed),
    "I16 a seal": Mutation(
        "UPDATE dossiers_engagementversion SET facts = set_byte(facts, 20, 255 - get_byte(facts, 20)) WHERE id ="
        " (SELECT engagement_version_id FROM cases_case WHERE id = %(granted)s)",
        found(
            "SELECT engagement_version_id FROM cases_case WHERE id = %s",
            "dossiers.engagementversion.facts {}",
        ),
    ),
    "I16 another row's seal": Mutation(
        "UPDATE notices_noticebody SET context = (SELECT context FROM notices_noticebody b WHERE b.id <>"
        " notices_noticebody.id LIMIT 1) WHERE notice_id = (SELECT id FROM notices_notice WHERE case_id = %(granted)s"
        " AND kind = 'RECEIPT')",
        found(
            "SELECT b.id FROM notices_noticebody b JOIN notices_notice n ON n.id = b.notice_id"
            " WHERE n.case_id = %s AND n.kind = 'RECEIPT'",
            "notices.noticebody.context {}",
        ),
    ),
    "I16 a passport": Mutation(
        "UPDATE dossiers_dossier SET passport_index = set_byte(passport_index, 3, 255 - get_byte(passport_index, 3))"
        " WHERE id = (SELECT dossier_id FROM cases_case WHERE id = %(granted)s)",
        lambda house: f"dossier {house.granted.dossier}",
    ),
    "I16 a name": Mutation(
        "DELETE FROM dossiers_nametoken WHERE id = (SELECT min(t.id) FROM dossiers_nametoken t"
        " JOIN cases_case c USING (dossier_id) WHERE c.id = %(granted)s)",
        lambda house: f"dossier {house.granted.dossier}",
    ),
}
