"""Each invariant is broken by direct SQL as the owner, and it alone is named, with its row; a clean house is silent.

One house for all: every mutation is taken back before the next. I14 is supervision's: tests/races/test_supervision_races.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
from foreignwork.workflow.sweeps import sweep
from tests.kernel.mutations import MUTATIONS, House, Mutation
from tests.stage import AT, as_owner, bring, case_of

LATER = AT + timedelta(hours=1)


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


def test_each_mutation_is_named_and_it_alone(house: House) -> None:
    assert verify(at=LATER, worked=True) == [], "a clean house is silent"
    assert list(checks()) == [f"I{n}" for n in range(1, 17)]
    covered = {name.split()[0] for name in MUTATIONS} | {"I14"}
    assert covered == set(checks()), "an invariant without a mutation"
    wrong = []
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        ids = {"granted": house.granted.pk, "filed": house.filed.pk}
        for name, mutation in MUTATIONS.items():
            with taken_back(*sorted({"cases_case", "cases_caseevent"} | mutation.tables)):
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
    code = name.split()[0]
    right = (
        {breach.code for breach in breaches} == {code} | mutation.also
        and any((b.code, b.row) == (code, expected) and mutation.why in b.why for b in breaches)
        and (mutation.names_more or len(rows) == 1)
    )
    return [] if right else [f"{name}: expected {expected}, seen {[str(b) for b in breaches]}"]


def test_the_chain_holds_every_word_of_an_event(house: House) -> None:
    """I11 reads an event by columns of its own: it misses none, and reads a moment and JSON as who wrote the hash had them."""
    other = {
        "seq": "seq + 7", "at": "at + interval '1 microsecond'", "effective_on": "effective_on + 1", "actor_id": "actor_id + 1",
        "role": "role || 'x'", "office_id": "office_id + 1", "action": "action || 'x'", "source": "source || 'x'",
        "target": "target || 'x'", "dossier_version_id": "dossier_version_id + 1", "data": """data || '{"x": 1}'""",
        "crypt_id": "gen_random_uuid()", "sealed": r"coalesce(sealed, '') || '\x00'", "prev_hash": "reverse(prev_hash)",
        "hash": "reverse(hash)", "case_id": f"{house.filed.pk}, seq = 99",
    }  # fmt: skip
    unhashed = {"id", "xid", "data_key_id"}
    assert {entry.attname for entry in CaseEvent._meta.local_concrete_fields} - unhashed == set(other)
    row = CaseEvent.objects.filter(case=house.granted, actor__isnull=False).latest("seq")
    for column, value in other.items():
        with taken_back("cases_case", "cases_caseevent"):
            as_owner(f"UPDATE cases_caseevent SET {column} = {value} WHERE id = {row.pk}")
            assert [b.code for b in verify(at=LATER, only=["I11"])], f"{column} may change unseen"
    for at in ("12:00:00", "12:00:00.5", "12:00:00.000001", "23:59:59.999999"):
        with taken_back("cases_case", "cases_caseevent"):
            as_owner(
                f"UPDATE cases_caseevent SET at = '2026-03-02 {at}+08', data = %s WHERE id = {row.pk}",
                '{"人": "1e5", "ﬁ": 1.50, "a": [true, null, "\\u2028"]}',
            )
            rechain(house.granted)
            assert verify(at=LATER, only=["I11"]) == [], at


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
    assert "0 numbers of filings are unexplained" in out.getvalue()
    as_owner("UPDATE cases_case SET version = 9 WHERE id = %s", house.filed.pk)
    said = StringIO()
    with pytest.raises(CommandError, match="1 breaches"):
        call_command("verify_invariants", only=["I5"], stdout=StringIO(), stderr=said)
    assert house.filed.number in said.getvalue()
    with pytest.raises(CommandError, match="I99"):
        call_command("verify_invariants", only=["I99"])
    assert clock.now()


def test_what_the_law_accepted_is_nobodys_hand(real_cast: Cast) -> None:
    """I7: where the declared timer took the acceptance, two people are enough for the rest; only there."""
    case = case_of(stage.file(real_cast, "university", ANNA, at=AT))
    later = AT + timedelta(days=8)
    assert sweep(at=later).moved == 1
    bring(real_cast, case_of(case.bundle), "granted", at=later)
    OutboxMessage.objects.update(sent_at=later)
    assert verify(at=later) == []
    as_owner("UPDATE cases_caseevent SET action = 'recount_limits' WHERE action = 'deem_accepted'")
    assert [(b.row, b.why) for b in verify(at=later, only=["I7"])] == [(case.number, "decided by 2 people")]


def test_how_a_case_began_says_what_may_happen_in_it(house: House, real_cast: Cast) -> None:
    """I4: only who applied withdraws."""
    stage.act(house.filed, real_cast.agents["energy"], "withdraw", at=AT, data={"remark": "不办了"})
    OutboxMessage.objects.update(sent_at=AT)
    assert verify(at=LATER, worked=True) == []
    as_owner("UPDATE cases_case SET origin = 'ex_officio' WHERE id = %s", house.filed.pk)
    (breach,) = verify(at=LATER, worked=True)
    assert (breach.code, breach.row) == ("I4", house.filed.number)
    assert breach.why.endswith("is declared nowhere for new_abroad, ex_officio"), breach.why


def test_gaps_are_listed_with_their_neighbours(real_cast: Cast) -> None:
    """I13: nothing on record explains a number that no filing has; it is called so, also after the last filing."""
    taken = "SELECT nextval(pg_get_serial_sequence('cases_bundle', 'id'))"
    first = stage.file(real_cast, "university", ANNA, at=AT)
    as_owner(f"{taken} FROM generate_series(1, 2)")
    second = stage.file(real_cast, "energy", BRUNO, at=AT)
    as_owner(taken)
    out = StringIO()
    call_command("verify_invariants", "--gaps", only=["I13"], stdout=out)
    told = out.getvalue().splitlines()
    assert told[-4].startswith("3 numbers of filings are unexplained")
    assert told[-3:-1] == [
        f"  {first.pk + 1}–{first.pk + 2} (after {first.number}, before {second.number})",
        f"  {second.pk + 1} (after {second.number}, before none yet)",
    ]
