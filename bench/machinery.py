"""Without a request: events, sweep, papers, the draw, working days."""

from __future__ import annotations

import heapq
import hmac
import uuid
from datetime import timedelta

from django.db import connection

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.events import digest
from foreignwork.cases.models import CaseEvent
from foreignwork.deadlines.models import Deadline
from foreignwork.notices.render import press
from foreignwork.policies import workdays
from foreignwork.workflow.sweeps import sweep
from supervision import draw as drawing
from supervision.rosters import Plan, Stratum, Target

from .measure import Pair, scenario
from .replay import undone
from .world import World

DUE = 200_000
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


@scenario("E14", "Append events with their chain, beside the same insert without it", share=0.45)
def append(world: World) -> Pair:
    assert world.accepted.pk, "made before the rounds, which are undone"
    return Pair(
        undone(lambda: _events(world, chained=True)), undone(lambda: _events(world, chained=False)), units=400
    )


def _due(world: World) -> int:
    """Limits of finished cases that run out yesterday and are only told, nothing else (a promise): in the transaction."""
    yesterday = day_of(world.at) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO deadlines_deadline (case_id, kind, basis, started_on, amount, unit, due_on, provisional, cites)"
            " SELECT id, 'bench', 'promised', %s, 1, 'wd', %s, false, '' FROM cases_case LIMIT %s",
            [yesterday - timedelta(days=7), yesterday, DUE],
        )
        return int(cursor.rowcount)


@scenario("E7", "Fire every promised limit that has run out, beside one UPDATE", share=0.25, rounds=7)
def sweep_reminders(world: World) -> Pair:
    def swept() -> None:
        _due(world)
        sweep(at=world.at)

    def bare() -> None:
        _due(world)
        Deadline.objects.filter(kind="bench").update(fired_at=world.at)

    return Pair(undone(swept), undone(bare))


@scenario("E11", "Print a paper, beside bare WeasyPrint of the same HTML", ratio=1.3)
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
    "E10", "Draw from a million objects, beside bare HMAC tickets and the smallest 5 %", ratio=8, rounds=3
)
def draw_a_million(world: World) -> Pair:
    targets = [Target(id=f"X{n:09d}", org=f"X{n:09d}", stratum="all", district="d") for n in range(OBJECTS)]
    plan = Plan(id="BENCH-2026-01", strata={"all": Stratum(ppm=50_000, min=1)}, cap=10, rounds=1)
    key = b"\x07" * 32

    def bare() -> None:
        tickets = ((hmac.digest(key, target.id.encode(), "sha256"), target.id) for target in targets)
        heapq.nsmallest(OBJECTS // 20, tickets)

    return Pair(lambda: drawing.select(key, plan, targets), bare)


@scenario("E21", "Ten working days from a day, under five microseconds", seconds=0.000005)
def working_days(world: World) -> Pair:
    start, ten = day_of(world.at), workdays.WorkingDays(10)

    def many() -> None:
        for _n in range(10_000):
            workdays.add(start, ten)

    def bare() -> None:
        for _n in range(10_000):
            start + timedelta(days=14)

    return Pair(many, bare, units=10_000)
