"""Without a request: events, sweeps, the outbox, papers, the draw, working days, the invariants."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection, transaction

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.events import digest
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.deadlines.models import Deadline
from foreignwork.invariants import checks, verify
from foreignwork.notices.render import press
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.put import Message, put
from foreignwork.outbox.registry import effect
from foreignwork.outbox.relay import relay
from foreignwork.policies import workdays
from foreignwork.workflow.sweeps import sweep
from supervision import draw as drawing
from supervision.rosters import FrozenObjects, Plan, Stratum, Target

from .crowd import Crowd
from .measure import Pair, scenario
from .replay import known_parameters, one_statement, undone
from .world import World

DUE = 200_000
LAW = 900
"""Cases that the law moves: nearly a whole batch of the sweep."""
MESSAGES = 200
OBJECTS = 1_000_000


def _events(world: World, *, chained: bool, count: int = 400) -> None:
    case = world.accepted
    prev, rows = case.head_hash, []
    for seq in range(count):
        event = CaseEvent(
            case_id=case.pk, crypt_id=uuid.uuid4(), data_key_id=case.data_key_id, seq=1000 + seq, at=world.at,
            effective_on=day_of(world.at), actor=None, role="system", office_id=case.office_id, action="bench",
            source=case.state, target=case.state, dossier_version_id=case.dossier_version_id,
            data={"reasons": ["bench"]}, prev_hash=prev, hash="0" * 64,
        )  # fmt: skip
        if chained:
            prev = event.hash = digest(event, None)
        rows.append(event)
    CaseEvent.objects.bulk_create(rows)


@scenario("E14", "Append events with their chain, beside the same insert without it", share=0.45, once=True)
def append(world: World) -> Pair:
    assert world.accepted.pk, "made before the rounds, which are undone"
    return Pair(
        undone(lambda: _events(world, chained=True)), undone(lambda: _events(world, chained=False)), units=400
    )


def _due(world: World, count: int = DUE) -> None:
    """Limits that ran out yesterday and are only told, nothing else (a promise)."""
    yesterday = day_of(world.at) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO deadlines_deadline (case_id, kind, basis, started_on, amount, unit, due_on, provisional, cites)"
            " SELECT id, 'bench', 'promised', %s, 1, 'wd', %s, false, '' FROM cases_case LIMIT %s",
            [yesterday - timedelta(days=7), yesterday, count],
        )


def _reminders(world: World, count: int, **how: Any) -> Pair:
    def bare() -> None:
        Deadline.objects.filter(kind="bench").update(fired_at=world.at)

    found = min(count, Case.objects.count())
    return Pair(lambda: sweep(at=world.at, **how), bare, units=found, before=lambda: _due(world, count))


@scenario("E7", "Fire every promised limit that has run out, beside one UPDATE", share=0.25, rounds=7)
def sweep_reminders(world: World) -> Pair:
    return _reminders(world, DUE)


@scenario("E7-control", "The same sweep, one row at a time", share=0.25, rounds=7, control=True, once=True)
def sweep_one_by_one(world: World) -> Pair:
    """Mutant: what a task for each limit would cost."""
    return _reminders(world, 200, limit=1)


@scenario(
    "E7-law",
    "Take the law's own step in every case whose limit ran out, beside one statement that writes the same rows",
    share=0.1,
    rounds=7,
    once=True,
)
def sweep_steps_of_law(world: World) -> Pair:
    """Filed cases about which nobody has said anything in time: they count as accepted (行政许可法 32)."""
    crowd = Crowd.waiting(world, kind="acceptance", count=LAW)

    def swept() -> None:
        assert sweep(at=world.at).moved >= LAW

    return Pair(swept, one_statement(swept, before=crowd.gather), units=LAW, before=crowd.gather)


@scenario(
    "E8",
    "Relay messages of the outbox, beside a bare loop of delete and commit",
    share=0.3,
    rounds=7,
    once=True,
)
def relay_messages(world: World) -> Pair:
    """Both commit each message on its own. The relay does so twice: before the handler runs, so that a crash is counted."""
    effect("bench.nothing")(_nothing)
    owner = psycopg.connect(**known_parameters())
    while relay(at=world.at).total:
        pass  # what the other scenarios have left

    def fill() -> None:
        OutboxMessage.objects.filter(topic="bench.nothing").delete()
        with transaction.atomic():
            put([Message(key=f"bench:{n}", topic="bench.nothing") for n in range(MESSAGES)], at=world.at)

    def relayed() -> None:
        fill()
        sent = relay(at=world.at, limit=MESSAGES).sent
        assert sent == MESSAGES, sent
        OutboxMessage.objects.filter(topic="bench.nothing").delete()

    def bare() -> None:
        fill()
        for _n in range(MESSAGES):
            owner.execute(
                "DELETE FROM outbox_outboxmessage WHERE id = (SELECT id FROM outbox_outboxmessage WHERE topic ="
                " 'bench.nothing' ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            )
            owner.commit()

    return Pair(relayed, bare, units=MESSAGES)


def _nothing(payload: dict[str, Any], at: datetime) -> None:
    """The handler of a message that asks for nothing."""


@scenario("E11", "Print a paper, beside bare WeasyPrint of the same HTML", ratio=1.3, once=True)
def paper(world: World) -> Pair:
    from weasyprint import HTML

    from foreignwork.notices import render as house

    lines = "".join(
        f"<p>第{n}条　根据《中华人民共和国行政许可法》的规定，现将有关事项告知如下，请按期办理。</p>"
        for n in range(24)
    )
    html = f"<html lang='zh-Hans'><head><title>样例文书</title></head><body><h1>样例文书</h1>{lines}</body></html>"
    fonts, css, assets = house._press()

    def bare() -> None:
        HTML(string=html, url_fetcher=assets).write_pdf(stylesheets=[css], font_config=fonts)

    return Pair(lambda: press(html, identifier="bench"), bare)


@scenario(
    "E10",
    "Draw from a million objects, beside bare HMAC tickets and the smallest 5 %",
    ratio=8,
    memory=1024,
    rounds=7,
    once=True,
    slow=True,
)
def draw_a_million(world: World) -> Pair:
    ids = [f"X{n:09d}" for n in range(OBJECTS)]
    targets = FrozenObjects.of(Target(id=one, org=one, stratum="all", district="d") for one in ids)
    plan = Plan(id="BENCH-2026-01", strata={"all": Stratum(ppm=50_000, min=1)}, cap=10, rounds=1)
    key = b"\x07" * 32

    def bare() -> None:
        tickets = ((hmac.digest(key, one.encode(), "sha256"), one) for one in ids)
        heapq.nsmallest(OBJECTS // 20, tickets)

    return Pair(lambda: drawing.select(key, plan, targets), bare)


@scenario("E21", "Ten working days from a day, under five microseconds", seconds=0.000005, once=True)
def working_days(world: World) -> Pair:
    start, ten = day_of(world.at), workdays.WorkingDays(10)

    def many() -> None:
        for _n in range(10_000):
            workdays.add(start, ten)

    def bare() -> None:
        for _n in range(10_000):
            start + timedelta(days=14)

    return Pair(many, bare, units=10_000)


HASHED = ("I7", "I10", "I11", "I14", "I16")
"""Invariants that decrypt or hash every row again, in this process; the others are queries."""


@scenario(
    "E18", "Every invariant that is a query, beside one sequential scan of the tables it reads", ratio=3, rounds=7,
    once=True, slow=True,
)  # fmt: skip
def invariants_by_query(world: World) -> Pair:
    codes = [code for code in checks() if code not in HASHED]
    tables = [
        "cases_case", "cases_caseevent", "cases_bundle", "cases_bundleitem", "deadlines_deadline", "notices_notice",
        "outbox_outboxmessage", "dossiers_dossierversion", "dossiers_document",
    ]  # fmt: skip

    def scan() -> None:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT sum(hashtext(t::text)) FROM {table} t")  # noqa: S608 - the list above
                cursor.fetchall()

    return Pair(lambda: verify(at=world.at, only=codes), scan)


@scenario(
    "E18-chain", "The chain of every case, beside bare SHA-256 of the same bytes read", rounds=1, once=True, slow=True
)  # fmt: skip
def invariants_by_hash(world: World) -> Pair:
    def bare() -> None:
        for event in CaseEvent.objects.order_by("case_id", "seq").values_list().iterator(2000):
            hashlib.sha256(repr(event).encode()).digest()

    return Pair(lambda: verify(at=world.at, only=["I11"]), bare, units=CaseEvent.objects.count())
