"""Requests: filing, a review step, the work list, a case's page, search."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.urls import reverse

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.demo import cast as stage
from foreignwork.desk import worklist
from foreignwork.desk.seat import Seat
from foreignwork.dossiers.models import DossierVersion
from tests.stage import all_met

from .measure import Pair, Run, scenario
from .replay import beside_its_sql, recorded, replay
from .world import World

OFFICE = "tab=office"


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


def list_(world: World, query: str) -> Run:
    """An officer opens the list."""
    client = world.client(world.cast.officer(world.accepted, "reception"))
    page = f"{reverse('desk:home')}?{query}"

    def look() -> None:
        answer = client.get(page)
        assert answer.status_code == 200, answer.status_code

    return look


def _beside_its_reads(look: Run) -> Pair:
    return Pair(look, replay(recorded(look)))


@scenario("E3", "The work list of an office, fifty rows and eight counters", queries=12)
def work_list(world: World) -> Pair:
    return _beside_its_reads(list_(world, OFFICE))


@scenario("E3-deep", "A page far back in what an office has finished", queries=12)
def deep_page(world: World) -> Pair:
    page, query = furthest(world)
    return replace(_beside_its_reads(list_(world, query)), page=page)


def furthest(world: World) -> tuple[int, str]:
    """The thousandth page of what has ended, or the last full one; and how it is asked for."""
    rows, actor = worklist.PAGE, _looking(world).actor
    ended = Case.objects.newest_visible_to(actor, worklist.ENDED, world.furthest * rows)
    ids = sorted((row["pk"] for row in ended), reverse=True)
    page = max(len(ids) // rows, 1)
    after = f"&after=none.{ids[(page - 1) * rows - 1]}" if page > 1 else ""
    return page, f"tab=done{after}"


@scenario("E3-done", "The first page of what an office has finished", queries=12)
def first_page(world: World) -> Pair:
    return _beside_its_reads(list_(world, "tab=done"))


@scenario("E4", "The counters of the work list, twenty conditions at once", seconds=0.005, rounds=9)
def counters(world: World) -> Pair:
    """Floor: one count of the office's open cases by its index."""
    seat = _looking(world)
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

    return _beside_its_reads(look)


def search(world: World, **asked: str) -> Run:
    """An officer looks for a case, and finds it."""
    case = world.accepted
    client = world.client(world.cast.officer(case, "reception"))

    def look() -> None:
        answer = client.post(reverse("desk:search"), asked)
        assert answer.status_code == 200
        assert case.number in answer.content.decode()

    return look


def asked_for(world: World) -> dict[str, dict[str, str]]:
    """What is typed into the search, by scenario."""
    case = world.accepted
    assert case.employer
    assert case.dossier_version_id
    facts = DossierVersion.objects.get(pk=case.dossier_version_id).facts
    return {
        "E6-passport": {"country": facts["passport_country"], "passport": facts["passport_number"]},
        "E6-name": {"name": f"{facts['given_names']} {facts['surname']}"},
        "E6-number": {"number": case.number},
        "E6-company": {"employer": case.employer.uscc},
    }


@scenario("E6-passport", "Search by passport", seconds=0.020)
def by_passport(world: World) -> Pair:
    return _beside_its_reads(search(world, **asked_for(world)["E6-passport"]))


@scenario("E6-name", "Search by every word of a name", seconds=0.020)
def by_name(world: World) -> Pair:
    return _beside_its_reads(search(world, **asked_for(world)["E6-name"]))


@scenario("E6-number", "Search by case number", seconds=0.020)
def by_number(world: World) -> Pair:
    return _beside_its_reads(search(world, **asked_for(world)["E6-number"]))


@scenario("E6-company", "Search by credit code", seconds=0.020)
def by_company(world: World) -> Pair:
    return _beside_its_reads(search(world, **asked_for(world)["E6-company"]))


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
    return worklist.shown([row["pk"] for row in chosen[: worklist.PAGE]])
