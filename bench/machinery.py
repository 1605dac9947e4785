"""Without a request: events, sweeps, the outbox, papers, the draw, working days."""

from __future__ import annotations

import heapq
import hmac
from datetime import datetime, timedelta
from typing import Any, cast

import psycopg
from django.db import connection, transaction
from django.template.loader import render_to_string

from foreignwork.accounts import who
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import contexts
from foreignwork.cases.events import digest
from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.deadlines.models import Deadline
from foreignwork.notices import render as house
from foreignwork.notices.models import NoticeBody
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.put import Message, put
from foreignwork.outbox.registry import effect
from foreignwork.outbox.relay import relay
from foreignwork.policies import workdays
from foreignwork.rows import insert_many
from foreignwork.workflow import turns as carrying
from foreignwork.workflow.ask import act_for
from foreignwork.workflow.granting import Turn
from foreignwork.workflow.perform import lock
from foreignwork.workflow.reminders import remind
from foreignwork.workflow.sweeps import due, sweep
from supervision import draw as drawing
from supervision.rosters import FrozenObjects, Plan, Stratum, Target

from . import audit, blocks  # noqa: F401 - they enter their scenarios
from .crowd import Crowd
from .measure import Pair, scenario
from .replay import known_parameters, one_statement, spoken, undone
from .world import World

DUE, A_FEW = 200_000, 200
LAW = 900
"""Cases that the law moves: nearly a whole batch of the sweep."""
MESSAGES = 200
OBJECTS = 1_000_000
EVENTS = 400


@scenario(
    "E14", "Append an event with its chain to each of four hundred cases, beside a plain INSERT of the same rows", share=0.45,
    rounds=7, once=True, undoes=True,
)  # fmt: skip
def append(world: World) -> Pair:
    """As a step of law does it: events made and chained, then written, each case's head with them; in one transaction, which is
    undone. Floor: the finished rows by the driver alone, in one pipeline, no head moved."""
    chosen = list(Case.objects.order_by("-pk").values_list("pk", flat=True)[:EVENTS])
    turns: list[Turn] = []

    def read() -> None:
        today, system = day_of(world.at), who.system(day_of(world.at))
        turns.clear()
        for context in contexts(lock(chosen), today):
            step = context.case.matter_entry.steps["recount_limits"]
            act = act_for(system, step, context.case, at=world.at, data={})
            turns.append(Turn(step, context, act, source=context.case.state))

    def made() -> list[CaseEvent]:
        before = {id(turn.context.case): carrying._values(turn.context.case) for turn in turns}
        events = []
        for turn in turns:
            turn.context.case.version += 1
            event = carrying._event(turn, at=world.at)
            event.hash = turn.context.case.head_hash = digest(event, carrying._ciphertext(event))
            events.append(event)
        insert_many(events)
        carrying._save(turns, before)
        return events

    columns = [entry for entry in CaseEvent._meta.local_concrete_fields if entry.attname not in {"id", "xid"}]
    rows: list[Any] = []

    def kept() -> None:
        read()
        for event in made():
            values = (entry.get_db_prep_save(entry.pre_save(event, True), connection) for entry in columns)
            rows.append(spoken(tuple(values)))

    undone(kept)()
    assert len(rows) == len(chosen) > 0
    names = ", ".join(f'"{entry.column}"' for entry in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO cases_caseevent ({names}) VALUES ({marks})"  # noqa: S608 - our own names

    # A connection of its own: Django's plans each statement anew, where the driver by itself prepares it.
    driver = psycopg.connect(**known_parameters())

    def bare() -> None:
        with driver.cursor() as cursor:
            cursor.executemany(statement, rows)
        driver.rollback()

    return Pair(made, bare, units=len(rows), before=read)


def _alone(world: World) -> None:
    """Nothing else is due: what time has let run out in the volume would be fired with what is measured."""
    Deadline.objects.filter(due(day_of(world.at))).update(voided_at=world.at)


def promises(world: World, count: int, **how: Any) -> Pair:
    """Limits that ran out yesterday and are only told, nothing else (a promise); the floor enters by their ids."""
    yesterday = day_of(world.at) - timedelta(days=1)
    expected = min(count, Case.objects.count())
    ids: list[int] = []

    def before() -> None:
        _alone(world)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO deadlines_deadline (case_id, kind, basis, started_on, amount, unit, due_on, provisional, cites)"
                " SELECT id, 'bench', 'promised', %s, 1, 'wd', %s, false, '' FROM cases_case LIMIT %s RETURNING id",
                [yesterday - timedelta(days=7), yesterday, count],
            )
            ids[:] = [pk for (pk,) in cursor.fetchall()]
        assert len(ids) == expected > 0

    def swept() -> None:
        found = sweep(at=world.at, **how)
        assert (found.fired, found.moved) == (expected, 0), found

    def bare() -> None:
        rows = Deadline.objects.filter(pk__range=(min(ids), max(ids)))
        assert rows.update(fired_at=world.at) == expected

    return Pair(swept, bare, units=expected, before=before)


@scenario(
    "E7",
    "Fire every promised limit that has run out, beside one UPDATE of them by id",
    share=0.25,
    rounds=7,
    undoes=True,
)
def sweeppromises(world: World) -> Pair:
    return promises(world, DUE)


@scenario(
    "E7-control", "A sweep of two hundred, one row at a time", share=0.25, queries=25, rounds=7, control=True, once=True,
    undoes=True,
)  # fmt: skip
def sweep_one_by_one(world: World) -> Pair:
    """Mutant: what a task for each limit would cost; told by its queries where no clock may decide."""
    return promises(world, A_FEW, limit=1)


@scenario(
    "E7-law",
    "Take the law's own step in every case whose limit ran out, beside one statement that writes the same rows",
    share=0.1,
    rounds=7,
    once=True,
    undoes=True,
)
def sweep_steps_of_law(world: World) -> Pair:
    """Filed cases about which nobody has said anything in time: they count as accepted (行政许可法 32)."""
    crowd = Crowd.waiting(world, kind="acceptance", count=LAW)

    def before() -> None:
        _alone(world)
        crowd.gather()

    def swept() -> None:
        found = sweep(at=world.at)
        assert (found.fired, found.moved) == (LAW, LAW), found

    return Pair(swept, one_statement(swept, before=before), units=LAW, before=before)


@scenario(
    "E7-remind",
    "Remind employers and people of what runs out in a month, beside one statement that writes the same rows",
    share=0.25,
    rounds=7,
    once=True,
    undoes=True,
)
def reminders(world: World) -> Pair:
    """Of everything that is held in the volume at once."""
    today = day_of(world.at)

    def before() -> None:
        held = Entitlement.objects.filter(status=Entitlement.Status.ACTIVE, valid_from__lte=today)
        held.exclude(valid_until=None).update(valid_until=today + timedelta(days=30))

    def told() -> None:
        written.append(remind(at=world.at))
        assert written[-1] == written[0] > 0, written

    written: list[int] = []
    floor = one_statement(told, before=before)
    return Pair(told, floor, units=written[0], before=before)


@scenario(
    "E8",
    "Relay messages of the outbox, beside a bare loop of delete and commit",
    share=0.3,
    rounds=7,
    once=True,
    undoes=True,
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
        sent = relay(at=world.at, limit=MESSAGES).sent
        assert sent == MESSAGES, sent

    def bare() -> None:
        for _n in range(MESSAGES):
            owner.execute(
                "DELETE FROM outbox_outboxmessage WHERE id = (SELECT id FROM outbox_outboxmessage WHERE topic ="
                " 'bench.nothing' ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            )
            owner.commit()

    return Pair(relayed, bare, units=MESSAGES, fill=fill)


def _nothing(payload: dict[str, Any], at: datetime) -> None:
    """The handler of a message that asks for nothing."""


@scenario(
    "E11",
    "Print the paper that says a filing is accepted, beside bare WeasyPrint of the same HTML",
    ratio=1.3,
    once=True,
)
def paper(world: World) -> Pair:
    """As the worker prints it, but for the signature: its frozen words, its fonts, its seal and code."""
    from weasyprint import HTML

    body = NoticeBody.objects.select_related("notice").filter(notice__case=world.accepted).latest("pk")
    notice, context = body.notice, cast("dict[str, Any]", body.context)
    words = house.view_of(context, code=notice.code, base_url=notice.base_url, sample=True)
    html = render_to_string(body.template, words)
    fonts, css, assets = house._press()

    def bare() -> None:
        found = HTML(string=html, base_url=house.ASSETS, url_fetcher=assets)
        found.write_pdf(stylesheets=[css], font_config=fonts)

    return Pair(lambda: house.press(html, identifier="bench"), bare)


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
