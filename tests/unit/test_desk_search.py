"""Finding cases within what one may see; the window; the day of entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.desk import seat as desk_seat
from foreignwork.desk.worklist import shown
from foreignwork.dossiers.models import DatedFact
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.vault import keys
from tests.stage import AT, case_of
from tests.stage import cast as cast


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)


@pytest.fixture
def case(cast: Cast) -> Case:
    stage.file(cast, "energy", BRUNO, at=AT)
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def found(client: Client, **asked: str) -> set[str]:
    answer = client.post(reverse("desk:search"), asked)
    assert answer.status_code == 200, answer.context["form"].errors
    return {row.case.number for row in answer.context["rows"]}


def test_by_number_passport_name_and_employer(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "review"))
    mine = {case.number}
    assert case.bundle is not None
    assert found(client, number=case.number) == mine
    assert mine <= found(client, number=case.bundle.number.lower())
    assert found(client, country="swe", passport=" dx-0000017 ") == mine
    assert found(client, country="NOR", passport="DX0000017") == set()
    assert found(client, country="SWE", passport="DX000001") == set()
    for name in ("Eriksson", "anna maria", "安娜", "MARIA ERIKSSON", "anna"):
        assert found(client, name=name) == mine, name
    assert found(client, name="Erik") == set()
    assert found(client, name="anna bruno") == set(), "every word, not one of them"
    assert found(client, name="、、") == set()
    assert mine <= found(client, employer="示例大学")
    assert mine <= found(client, employer="12620000mb0dem017t")
    assert found(client, employer="示例大学", name="Bruno") == set()


def test_the_firm_of_a_case_about_it_comes_with_the_rows(
    case: Case, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Search asked for it row by row."""
    firm, ids = case.employer, list(Case.objects.values_list("pk", flat=True))
    assert firm and len(ids) > 1
    Case.objects.update(origin=Case.Origin.INSPECTION, bundle=None, employer=None, subject_org=firm)
    with django_assert_num_queries(1):
        assert {row.subject_org and row.subject_org.name_zh for row in shown(ids)} == {firm.name_zh}


@pytest.mark.parametrize(
    "asked", [{}, {"country": "SWE"}, {"passport": "X1"}, {"number": "9" * 60}, {"name": " "}]
)
def test_too_little_is_said(client: Client, cast: Cast, case: Case, asked: dict[str, str]) -> None:
    enter(client, cast.officer(case, "review"))
    assert client.post(reverse("desk:search"), asked).status_code == 400


def test_what_one_may_not_see_is_found_by_nobody_and_costs_the_same(
    client: Client, cast: Cast, case: Case
) -> None:
    """An officer of another office cannot tell a passport that exists from one that does not."""
    empty = User.objects.create(username="no-cases", kind="staff", display_name="新人")
    other = next(o for o in {code for code, _desk in cast.officers} if o != case.office.code)
    office = next(user for (code, _d), user in cast.officers.items() if code == other).posts.all()[0].office
    empty.posts.create(office=office, role="window_clerk", from_on=AT.date())
    Case.objects.filter(office=office).update(office=case.office)
    enter(client, empty)
    client.get(reverse("desk:search"))  # the session is written once after signing in
    spent = []
    for passport in ("DX0000017", "ZZ9999999"):
        keys.forget()
        with CaptureQueriesContext(connection) as queries:
            assert found(client, country="SWE", passport=passport) == set()
        spent.append([query["sql"].split(" ")[0] for query in queries])
    assert spent[0] == spent[1]


def test_searching_leaves_nothing_in_addresses(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "review"))
    page = client.get(reverse("desk:search"), {"passport": "DX0000017", "country": "SWE"})
    assert page.status_code == 200
    assert 'value="DX0000017"' not in page.content.decode()
    assert not page.context["asked"]
    assert 'method="post"' in page.content.decode()


def test_queries_do_not_grow_with_what_is_found(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "review"))
    client.get(reverse("desk:search"))  # the session is written once after signing in
    spent = []
    for asked in ({"number": case.number}, {"number": case.number[:5]}):
        keys.forget()
        with CaptureQueriesContext(connection) as queries:
            assert found(client, **asked)
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 10


def test_the_window_lists_papers_and_leads_to_serving(client: Client, cast: Cast, case: Case) -> None:
    Notice.objects.filter(case_id=case.pk).update(status="issued", issued_at=AT)
    enter(client, cast.officer(case, "reception"))
    page = client.get(reverse("desk:window"))
    assert [visit.row.case.number for visit in page.context["waiting"]] == [case.number]
    assert reverse("desk:step", args=[case.number, "serve"]) in page.content.decode()
    answer = client.post(reverse("desk:window"), {"country": "SWE", "passport": "DX0000017"})
    assert [visit.row.case.number for visit in answer.context["visits"]] == [case.number]
    served = client.post(
        reverse("desk:step", args=[case.number, "serve"]),
        {"key": "k", "version": case.version, "how": "counter", "receiver": "王某"},
    )
    assert served.status_code == 302
    assert Notice.objects.filter(case_id=case.pk, status="served").exists()
    page = client.get(reverse("desk:case", args=[case.number])).content.decode()
    assert "王某" in page
    assert "窗口领取" in page


def test_the_window_is_for_those_who_sit_there(client: Client, cast: Cast, case: Case) -> None:
    enter(client, cast.officer(case, "decide"))
    assert client.get(reverse("desk:window")).status_code == 403
    assert client.get(reverse("desk:entry", args=[case.number])).status_code == 403


def test_the_day_of_entry_is_recorded_once_and_told_to_the_house(
    client: Client, cast: Cast, case: Case
) -> None:
    enter(client, cast.officer(case, "reception"))
    where = reverse("desk:entry", args=[case.number])
    assert client.get(where).status_code == 200
    day = (AT.date() - timedelta(days=2)).isoformat()
    for _click in range(2):
        assert client.post(where, {"on": day, "seen": "on"}).status_code == 302
    fact = DatedFact.objects.get(dossier=case.dossier, kind="entered")
    assert fact.on.isoformat() == day
    assert OutboxMessage.objects.filter(key=f"dated:{fact.pk}").count() == 1
    assert day in client.get(where).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"on": "2026-02-30", "seen": "on"},
        {"on": "2026-03-11", "seen": "on"},
        {"on": "2026-03-01"},
        {"on": "1999-01-01", "seen": "on"},
        {"on": "x", "seen": "on"},
    ],
)
def test_a_wrong_day_is_refused(client: Client, cast: Cast, case: Case, data: dict[str, Any]) -> None:
    enter(client, cast.officer(case, "reception"))
    assert client.post(reverse("desk:entry", args=[case.number]), data).status_code == 400
    assert not DatedFact.objects.filter(kind="entered").exists()
