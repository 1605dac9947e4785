"""Requests: filing, a review step, the work list, a case's page, search."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import psycopg
from django.urls import reverse

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.demo import cast as stage
from foreignwork.desk import worklist
from foreignwork.desk.seat import Seat
from foreignwork.dossiers.models import DossierVersion
from tests.stage import all_met

from .measure import Pair, scenario
from .replay import Statements, beside_its_sql, known_parameters, recorded, replay
from .world import World


@scenario("E1", "File a bundle of four over HTTP, beside its own SQL by bare psycopg", ratio=12, queries=25)
def filing(world: World) -> Pair:
    return beside_its_sql(world.submit())


@scenario("E2", "A first review over HTTP, beside its own SQL by bare psycopg", ratio=10)
def review(world: World) -> Pair:
    case = world.accepted
    client = world.client(world.cast.officer(case, "review"))
    page = reverse("desk:step", args=[case.number, "first_review"])
    findings = all_met(case)

    def press() -> None:
        answer = client.post(page, {**findings, "key": uuid.uuid4().hex, "version": case.version})
        assert answer.status_code == 302, answer.content.decode()

    return beside_its_sql(press)


def _list(world: World, query: str) -> Pair:
    case = world.accepted
    client = world.client(world.cast.officer(case, "reception"))
    page = f"{reverse('desk:home')}?{query}"

    def look() -> None:
        answer = client.get(page)
        assert answer.status_code == 200, answer.status_code

    return Pair(look, replay(recorded(look)))


@scenario("E3", "The work list of an office, fifty rows and eight counters", queries=12)
def work_list(world: World) -> Pair:
    return _list(world, "tab=office")


@scenario("E3-deep", "A page far back in what an office has finished", queries=12)
def deep_page(world: World) -> Pair:
    """The thousandth, or the last full one: then the row says which."""
    rows, actor = worklist.PAGE, _looking(world).actor
    ended = Case.objects.newest_visible_to(actor, worklist.ENDED, world.furthest * rows)
    ids = sorted((row["pk"] for row in ended), reverse=True)
    page = max(len(ids) // rows, 1)
    after = f"&after=none.{ids[(page - 1) * rows - 1]}" if page > 1 else ""
    return replace(_list(world, f"tab=done{after}"), page=page)


@scenario("E3-done", "The first page of what an office has finished", queries=12)
def first_page(world: World) -> Pair:
    return _list(world, "tab=done")


@scenario("E3-blocks", "The blocks of 8 kB that the work list's queries look at", rounds=7)
def list_blocks(world: World) -> Pair:
    """Floor: one count of the office's open cases."""
    office = world.accepted.office_id
    owner, list_ = _owner(), _list_queries(world)
    one = recorded(lambda: Case.objects.filter(office=office, phase__in=OPEN_PHASES).count())
    return Pair(lambda: _blocks(owner, list_), lambda: _blocks(owner, one), tells="blocks")


@scenario(
    "E3-control",
    "The same blocks with the indexes of the cases dropped",
    ratio=1.3,
    control=True,
    rounds=7,
    smallest=10_000,
)
def list_without_index(world: World) -> Pair:
    """Mutant: by the owner, who drops the indexes in a transaction that is undone.

    At a few thousand cases a scan of the whole table is as good, so it says nothing there.
    """
    owner, list_ = _owner(), _list_queries(world)

    def drop() -> None:
        owner.rollback()
        named = owner.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'cases_case'::regclass AND NOT indisunique"
        ).fetchall()
        for (name,) in named:
            owner.execute(f"DROP INDEX {name}")

    return Pair(
        lambda: _blocks(owner, list_), lambda: _blocks(owner, list_), before_candidate=drop, tells="blocks"
    )


def _owner() -> psycopg.Connection[Any]:
    return psycopg.connect(**known_parameters("owner"), cursor_factory=psycopg.ClientCursor)


def _list_queries(world: World) -> Statements:
    """What the work list asks of the cases."""
    client = world.client(world.cast.officer(world.accepted, "reception"))
    page = f"{reverse('desk:home')}?tab=office"
    return [entry for entry in recorded(lambda: client.get(page)) if 'FROM "cases_case"' in entry[0]]


def _blocks(owner: psycopg.Connection[Any], statements: Statements) -> int:
    """Shared blocks that the statements touch, in the cache or not; the transaction is undone."""
    found = 0
    for sql, params in statements:
        ((plan,),) = owner.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params).fetchall()
        found += plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    owner.rollback()
    return found


@scenario("E4", "The counters of the work list, twenty conditions at once", seconds=0.005, rounds=9)
def counters(world: World) -> Pair:
    """Floor: one count of the office's open cases by its index."""
    user = world.cast.officer(world.accepted, "reception")
    seat = Seat(user, stage.actor(user, world.at), world.at, day_of(world.at))
    statements = recorded(lambda: worklist.counts(seat, worklist.Filters()))

    def one() -> None:
        Case.objects.filter(office=world.accepted.office_id, phase__in=OPEN_PHASES).count()

    return Pair(replay(statements), replay(recorded(one)), queries=len(statements))


@scenario("E5", "A case's page with 100 events and 40 materials, beside its own SQL", queries=12, ratio=15)
def case_page(world: World) -> Pair:
    case = world.long
    client = world.client(world.cast.officer(case, "review"))
    page = reverse("desk:case", args=[case.number])

    def look() -> None:
        answer = client.get(page)
        assert answer.status_code == 200, answer.status_code

    return Pair(look, replay(recorded(look)))


def _search(world: World, **asked: str) -> Pair:
    case = world.accepted
    client = world.client(world.cast.officer(case, "reception"))

    def look() -> None:
        answer = client.post(reverse("desk:search"), asked)
        assert answer.status_code == 200
        assert case.number in answer.content.decode()

    return Pair(look, replay(recorded(look)))


@scenario("E6-passport", "Search by passport", seconds=0.020)
def by_passport(world: World) -> Pair:
    version = DossierVersion.objects.get(dossier=world.accepted.dossier_id)
    return _search(
        world, country=version.facts["passport_country"], passport=version.facts["passport_number"]
    )


@scenario("E6-number", "Search by case number", seconds=0.020)
def by_number(world: World) -> Pair:
    return _search(world, number=world.accepted.number)


@scenario("E6-company", "Search by credit code", seconds=0.020)
def by_company(world: World) -> Pair:
    case = world.accepted
    assert case.employer is not None
    return _search(world, employer=case.employer.uscc)


@scenario("E17", "A list of what an officer may see, beside the same list of everything", ratio=1.2)
def scoped(world: World) -> Pair:
    """Who may see what is decided in SQL: fifty of what the office has ended, read as a page asks for them, beside fifty of all."""
    actor = _looking(world).actor

    def mine() -> list[Case]:
        return _newest(Case.objects.newest_visible_to(actor, worklist.ENDED, worklist.PAGE + 1))

    assert len(mine()) == worklist.PAGE
    return Pair(mine, lambda: _newest(_everybodys()))


@scenario("E17-page", "A page of what an officer may see, beside the same page of everybody's", ratio=1.2)
def scoped_page(world: World) -> Pair:
    """The same with the names and limits that the page shows of each."""
    seat, ended = _looking(world), next(tab for tab in worklist.TABS if tab.newest_first)
    return Pair(
        lambda: worklist.page(seat, ended, worklist.Filters()),
        lambda: worklist.rows_of(_newest(_everybodys()), seat.today),
    )


def _looking(world: World) -> Seat:
    user = world.cast.officer(world.accepted, "reception")
    return Seat(user, stage.actor(user, world.at), world.at, day_of(world.at))


def _everybodys() -> Any:
    return Case.objects.filter(phase__in=worklist.ENDED).order_by("-pk").values("pk")[: worklist.PAGE + 1]


def _newest(chosen: Any) -> list[Case]:
    return list(worklist.shown(chosen).order_by("-pk")[: worklist.PAGE])
