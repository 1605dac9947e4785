"""Requests: filing, a review step, the work list, a case's page, search."""

from __future__ import annotations

import uuid

from django.db import connection
from django.urls import reverse

from foreignwork.cases.models import Case
from foreignwork.dossiers.models import DossierVersion
from tests.stage import all_met

from .measure import Pair, scenario
from .replay import beside_its_sql, recorded, replay, undone
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


@scenario("E3-deep", "The thousandth page of what an office has finished", queries=12)
def deep_page(world: World) -> Pair:
    office = world.accepted.office_id
    done = Case.objects.filter(office=office, phase__in=["decided", "closed"]).order_by("-pk")
    at = min(done.count() - 1, 50_000)
    after = f"&after=none.{done[at].pk}" if at > 0 else ""
    return _list(world, f"tab=done{after}")


@scenario("E3-control", "The same list with its index dropped", ratio=1.3, control=True, rounds=7)
def list_without_index(world: World) -> Pair:
    """Mutant: the list's own SQL without ``work_list`` indexes, beside the same SQL with them."""
    case = world.accepted
    client = world.client(world.cast.officer(case, "reception"))
    statements = recorded(lambda: client.get(f"{reverse('desk:home')}?tab=done"))
    good = replay(statements)

    def blind() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_indexscan = off")
            cursor.execute("SET enable_bitmapscan = off")
            cursor.execute("SET enable_indexonlyscan = off")
            for sql, params in statements:
                if sql.lstrip().startswith("SELECT"):
                    cursor.execute(sql, params)
            for name in ("indexscan", "bitmapscan", "indexonlyscan"):
                cursor.execute(f"SET enable_{name} = on")

    return Pair(undone(blind), good)


@scenario("E5", "A case's page, beside its own SQL", queries=12)
def case_page(world: World) -> Pair:
    case = world.accepted
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
    return _search(world, employer=case.employer.uscc, number=case.number)
