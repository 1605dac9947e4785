"""Each invariant is broken by direct SQL as the owner, and it alone is named, with its row; a clean house is silent.

One house for all: every mutation is taken back before the next. I14 is supervision's: tests/races/test_supervision_races.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from foreignwork.cases import clock
from foreignwork.cases.events import digest
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.dossiers.models import Document
from foreignwork.invariants import Breach, checks, verify
from foreignwork.notices.effects import produce
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.vault import keys
from foreignwork.vault.blobs import path_of
from foreignwork.workflow.opening import file_bundle
from foreignwork.workflow.perform import perform
from tests.stage import AT, as_owner, bring, case_of

LATER = AT + timedelta(hours=1)


@dataclass
class House:
    """``granted``: a case decided, one of its steps acknowledged; ``filed``: one of an acknowledged filing."""

    granted: Case
    filed: Case


@pytest.fixture
def house(real_cast: Cast) -> House:
    granted = case_of(stage.file(real_cast, "university", ANNA, at=AT))
    clerk = stage.actor(real_cast.officer(granted, "reception"), AT)
    perform(case_id=granted.pk, action="pre_review", actor=clerk, at=AT, key="step-1")
    granted.refresh_from_db(fields=["version"])
    granted = bring(real_cast, case_of(granted.bundle), "granted")
    produce(Notice.objects.filter(case=granted, kind="RECEIPT").get().pk, AT)
    engagement = stage.engage(real_cast, "energy", BRUNO, at=AT)
    form = stage.filing(real_cast, engagement, BRUNO, at=AT)
    stage.hand_in(real_cast, form, BRUNO, at=AT)
    agent = stage.actor(real_cast.agents["energy"], AT)
    filed = case_of(file_bundle(form, actor=agent, at=AT, key="filing-1"))
    OutboxMessage.objects.update(sent_at=AT)
    return House(granted, filed)


def rechain(case: Case) -> None:
    """A forger who knows how the chain is made: hashes are made anew, so that I11 has nothing to say."""
    prev = ""
    for event in CaseEvent.objects.filter(case=case).order_by("seq"):
        event.prev_hash = prev
        prev = digest(event, event.__dict__["sealed"])
        as_owner(
            "UPDATE cases_caseevent SET prev_hash = %s, hash = %s WHERE id = %s",
            event.prev_hash,
            prev,
            event.pk,
        )
    as_owner("UPDATE cases_case SET head_hash = %s WHERE id = %s", prev, case.pk)


@contextmanager
def taken_back(*tables: str) -> Iterator[None]:
    """Whatever happens to these tables inside, afterwards they are as they were."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for table in tables:
            owner.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}")
        try:
            yield
        finally:
            keys.forget()
            with owner.transaction():
                owner.execute("SET CONSTRAINTS ALL DEFERRED")
                for table in tables:
                    owner.execute(f"DELETE FROM {table}")
                    owner.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


@dataclass(frozen=True)
class Mutation:
    """``sql`` as the owner, with %(granted)s and %(filed)s the cases' ids; ``names`` the row that must be named."""

    sql: str
    names: Callable[[House], str]
    rechains: bool = False
    names_more: bool = False
    """the same damage shows in several rows of this invariant"""

    @property
    def table(self) -> str:
        words = self.sql.replace("DELETE FROM", "UPDATE").replace("INSERT INTO", "UPDATE").split()
        return words[words.index("UPDATE") + 1]


def granted(house: House) -> str:
    return house.granted.number


def filed(house: House) -> str:
    return house.filed.number


def found(sql: str, name: str) -> Callable[[House], str]:
    """The row as the breach calls it, by a query on the undamaged or damaged house."""
    return lambda house: name.format(as_owner(sql, house.granted.pk)[0][0])


MUTATIONS = {
    "I1": Mutation(
        "UPDATE cases_case SET outcome = 'granted', decided_at = now() WHERE id = %(filed)s", filed
    ),
    "I2": Mutation(
        "UPDATE notices_notice SET seq = 77 WHERE case_id = %(granted)s AND kind = 'RECEIPT'",
        found(
            "SELECT series || '〔' || year || '〕' FROM notices_notice WHERE case_id = %s AND kind = 'RECEIPT'",
            "{}",
        ),
    ),
    "I3": Mutation("UPDATE cases_case SET state = 'pre_reviewed' WHERE id = %(filed)s", filed),
    "I3 another transaction": Mutation("UPDATE cases_case SET xid = xid + 1 WHERE id = %(filed)s", filed),
    "I4": Mutation(
        "UPDATE cases_caseevent SET role = 'person' WHERE case_id = %(filed)s AND seq = 1",
        filed,
        rechains=True,
    ),
    "I5": Mutation("UPDATE cases_case SET version = 9 WHERE id = %(filed)s", filed),
    "I6 early": Mutation(
        "UPDATE deadlines_deadline SET fired_at = started_on WHERE case_id = %(granted)s AND met_on IS NOT NULL",
        granted,
        names_more=True,
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
    "I7": Mutation(
        "UPDATE cases_caseevent SET actor_id = (SELECT actor_id FROM cases_caseevent e WHERE e.case_id = "
        "cases_caseevent.case_id AND e.action = 'accept') WHERE case_id = %(granted)s AND action = 'grant'",
        granted,
        rechains=True,
        names_more=True,
    ),
    "I8 no answer": Mutation(
        "UPDATE cases_requestkey SET outcome = NULL WHERE key = 'step-1'",
        found("SELECT id FROM cases_requestkey WHERE key = 'step-1' AND %s > 0", "request {}"),
    ),
    "I8 a filing that is not there": Mutation(
        "UPDATE cases_requestkey SET outcome = '{\"bundle\": \"GANSU-2026-777777\"}' WHERE key = 'filing-1'",
        found("SELECT id FROM cases_requestkey WHERE key = 'filing-1' AND %s > 0", "request {}"),
    ),
    "I8 a step that is not there": Mutation(
        "UPDATE cases_requestkey SET outcome = jsonb_set(outcome, '{version}', '77') WHERE key = 'step-1'",
        found("SELECT id FROM cases_requestkey WHERE key = 'step-1' AND %s > 0", "request {}"),
    ),
    "I9": Mutation("DELETE FROM outbox_outboxmessage WHERE key = 'event:' || %(filed)s || ':1'", filed),
    "I9 unsent": Mutation(
        "UPDATE outbox_outboxmessage SET sent_at = NULL WHERE key = 'event:' || %(filed)s || ':1'",
        lambda house: f"event:{house.filed.pk}:1",
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


def test_each_mutation_is_named_and_it_alone(house: House) -> None:
    assert verify(at=LATER, worked=True) == [], "a clean house is silent"
    assert list(checks()) == [f"I{n}" for n in range(1, 17)]
    covered = {name.split()[0] for name in MUTATIONS} | {"I14"}
    assert covered == set(checks()), "an invariant without a mutation"
    wrong = []
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        ids = {"granted": house.granted.pk, "filed": house.filed.pk}
        for name, mutation in MUTATIONS.items():
            with taken_back(*sorted({"cases_case", "cases_caseevent", mutation.table})):
                cursor = psycopg.ClientCursor(owner)
                cursor.execute(mutation.sql, ids)
                assert cursor.rowcount > 0, f"{name} changed nothing"
                if mutation.rechains:
                    rechain(house.granted)
                    rechain(house.filed)
                wrong += _judged(name, mutation, verify(at=LATER, worked=True), house)
    assert not wrong, "\n".join(wrong)
    assert verify(at=LATER, worked=True) == [], "all was taken back"


def _judged(name: str, mutation: Mutation, breaches: list[Breach], house: House) -> list[str]:
    expected = mutation.names(house)
    rows = {breach.row for breach in breaches}
    right = (
        {breach.code for breach in breaches} == {name.split()[0]}
        and (not expected or expected in rows)
        and (mutation.names_more or len(rows) == 1)
    )
    return [] if right else [f"{name}: expected {expected}, seen {[str(b) for b in breaches]}"]


def test_files_are_held_against_their_rows(house: House) -> None:
    """I10 by the disk itself: a file changed, one gone, one that no row knows."""
    blob = Document.objects.filter(dossier=house.granted.dossier).earliest("pk").blob
    path = path_of(blob.name)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert [str(b) for b in verify(at=LATER, worked=True)] == [
        f"I10 blob {blob.name}: is not the file that was stored"
    ]
    path.unlink()
    assert [str(b) for b in verify(at=LATER, worked=True)] == [f"I10 blob {blob.name}: its file is missing"]
    path.write_bytes(data)
    stray = path_of("0" * 64)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"left over")
    try:
        assert verify(at=LATER, worked=True) == [], "a fresh one may belong to a transaction still open"
        _age(stray)
        assert [b.row for b in verify(at=LATER, worked=True)] == [f"file {'0' * 64}"]
    finally:
        stray.unlink()


def _age(path: Path) -> None:
    old = (AT - timedelta(days=2)).timestamp()
    os.utime(path, (old, old))


def test_the_command_names_the_rows_and_fails(house: House) -> None:
    out = StringIO()
    call_command("verify_invariants", "--gaps", only=["I5", "I13"], verbosity=2, stdout=out)
    assert "2 invariants hold: I5, I13" in out.getvalue()
    assert "numbers were taken by filings that were not made" in out.getvalue()
    as_owner("UPDATE cases_case SET version = 9 WHERE id = %s", house.filed.pk)
    said = StringIO()
    with pytest.raises(CommandError, match="1 breaches"):
        call_command("verify_invariants", only=["I5"], stdout=StringIO(), stderr=said)
    assert house.filed.number in said.getvalue()
    with pytest.raises(CommandError, match="I99"):
        call_command("verify_invariants", only=["I99"])
    assert clock.now()
