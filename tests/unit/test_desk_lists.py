"""The work list: one definition for lists and counts, keyset pages, and a number of queries that does not grow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.accounts.models import Office, Post, User
from foreignwork.cases import registry
from foreignwork.cases.models import Case, Recusal
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.desk import seat as desk_seat
from foreignwork.desk import worklist
from foreignwork.desk.seat import Seat
from foreignwork.desk.worklist import PAGE, TABS, Filters
from foreignwork.vault import keys
from foreignwork.workflow import ask
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

TODAY = AT.date()
HOME = "/desk/"


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)


@pytest.fixture
def first(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def sit(user: User) -> Seat:
    return Seat(user, stage.actor(user, AT), AT, TODAY)


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def multiply(case: Case, count: int, **columns: Any) -> list[Case]:
    """Rows for lists only: ``Case`` columns, no history. Lists select nothing else."""
    names = [field.attname for field in Case._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(case, name) for name in names}
    start = Case.objects.count()
    rows = [
        Case(**{**values, **columns, "number": f"TEST-2026-{start + n:06d}", "due_on": _day(n)})
        for n in range(count)
    ]
    return Case.objects.bulk_create(rows)


def _day(n: int) -> Any:
    """Overdue, today, soon, later and none, over and over: many rows share a day."""
    return [TODAY - timedelta(days=3), TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=20), None][
        n % 5
    ]


def spend(client: Client, url: str) -> tuple[int, Any]:
    client.get(reverse("desk:search"))  # the session is written once after signing in
    keys.forget()  # as a fresh worker: the data keys are read too
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    return len(queries), response


def test_a_page_costs_the_same_for_five_and_for_eighty_cases(client: Client, cast: Cast, first: Case) -> None:
    for person in (BRUNO, CLARA):
        stage.file(cast, "university", person, at=AT)
    enter(client, cast.officer(first, "reception"))
    multiply(first, 4)
    few, response = spend(client, f"{HOME}?tab=office")
    assert response.context["page"].counts["office"] >= 5
    multiply(first, 75)
    many, response = spend(client, f"{HOME}?tab=office")
    assert len(response.context["page"].rows) == PAGE
    assert few == many <= 12, (few, many)


def test_every_count_is_the_length_of_its_list(cast: Cast, first: Case) -> None:
    multiply(first, 60)
    multiply(first, 7, phase="waiting", state="supplement")
    multiply(first, 6, phase="closed", state="declined", outcome="declined")
    seat = sit(cast.officer(first, "reception"))
    counts = worklist.counts(seat, Filters())
    for tab in TABS:
        assert counts[tab.code] == len(walk(seat, tab)), tab.code
    assert counts["today"] >= 12
    assert counts["overdue"] >= 12
    assert counts["waiting"] == 7
    assert counts["done"] == 6


def walk(seat: Seat, tab: worklist.Tab) -> list[int]:
    found: list[int] = []
    after = ""
    for _page in range(20):
        page = worklist.page(seat, tab, Filters(), after)
        found += [row.case.pk for row in page.rows]
        after = page.after
        if not after:
            return found
    raise AssertionError("the pages do not end")


def test_what_has_ended_is_found_piece_by_piece_and_each_case_once(cast: Cast, first: Case) -> None:
    """An officer of two offices, cases one of them received for the other, for a stranger, or not at all."""
    user = cast.officer(first, "reception")
    away, other = Office.objects.exclude(pk__in=Post.objects.filter(user=user).values("office")).order_by(
        "pk"
    )[:2]
    ended = {"phase": "closed", "state": "declined", "outcome": "declined"}
    multiply(first, 60, **ended)
    multiply(first, 30, **ended, receiver_id=other.pk)
    multiply(first, 30, **ended, office_id=other.pk, receiver_id=first.office_id)
    multiply(first, 30, **ended, office_id=away.pk, receiver_id=other.pk)
    multiply(first, 30, **ended, office_id=away.pk)
    multiply(first, 30, phase="decided", state="granted", outcome="granted")
    Post.objects.create(user=user, office=other, role=Post.objects.filter(user=user)[0].role, from_on=TODAY)
    seat = sit(user)
    found = walk(seat, worklist.BY_CODE["done"])
    seen = Case.objects.visible_to(seat.actor).filter(phase__in=worklist.ENDED).order_by("-pk")
    assert found == list(seen.values_list("pk", flat=True))
    assert len(found) == 180
    assert worklist.counts(seat, Filters())["done"] == 180
    assert (
        list(Case.objects.newest_visible_to(seat.actor, worklist.ENDED, 7).values_list("pk", flat=True))
        == found[:7]
    )


def test_what_waits_is_found_way_by_way_and_each_case_once(cast: Cast, first: Case) -> None:
    """Decided here or received here for another, or both; under way, or decided with a limit or without one."""
    user = cast.officer(first, "reception")
    other = Office.objects.exclude(pk__in=Post.objects.filter(user=user).values("office")).order_by("pk")[0]
    granted = {"phase": "decided", "state": "granted", "outcome": "granted"}
    for columns in ({}, {"receiver_id": first.office_id}, {"office_id": other.pk}, {"receiver_id": other.pk}):
        multiply(first, 10, **columns)
        multiply(first, 10, **columns, **granted)
    multiply(first, 10, office_id=other.pk, receiver_id=first.office_id)
    multiply(first, 10, **granted, office_id=other.pk, receiver_id=first.office_id)
    multiply(first, 10, phase="closed", state="declined", outcome="declined")
    seat = sit(user)
    waits = Q(phase__in=OPEN_PHASES) | Q(phase="decided", due_on__isnull=False)
    seen = set(Case.objects.visible_to(seat.actor).filter(waits).values_list("pk", flat=True))
    found = list(Case.objects.on_table_of(seat.actor).values_list("pk", flat=True))
    assert sorted(found) == sorted(seen)
    assert len(found) == 1 + 4 * 10 + 4 * 8  # every fifth has no limit
    agent = stage.actor(cast.agents["university"], AT)
    of_firm = set(Case.objects.visible_to(agent).filter(waits).values_list("pk", flat=True))
    assert set(Case.objects.on_table_of(agent).values_list("pk", flat=True)) == of_firm > seen


def test_pages_show_each_case_once_in_the_order_of_due_days(cast: Cast, first: Case) -> None:
    multiply(first, 130)
    seat = sit(cast.officer(first, "reception"))
    found = walk(seat, worklist.BY_CODE["office"])
    assert len(found) == len(set(found)) == 131
    days = dict(Case.objects.values_list("pk", "due_on"))
    keys_ = [(days[pk] is None, days[pk] or TODAY, pk) for pk in found]
    assert keys_ == sorted(keys_)


@pytest.mark.parametrize(
    "after", ["x", ".", "2026-13-01.5", "none.", "none.-1", "2026-03-01." + "9" * 40, "a.1"]
)
def test_a_broken_cursor_is_the_first_page(client: Client, cast: Cast, first: Case, after: str) -> None:
    enter(client, cast.officer(first, "reception"))
    assert (
        client.get(HOME, {"tab": "office", "after": after, "matter": "x", "office": "'"}).status_code == 200
    )


def test_my_next_step_agrees_with_what_the_kernel_offers(cast: Cast, first: Case) -> None:
    """For each officer and each stage: a case is on the list exactly when role and hands let the officer lead it on."""
    people = [cast.officer(first, desk) for desk in ("reception", "review", "decide", "handle")]
    seen = set()
    for state in ("filed", "pre_reviewed", "accepted", "first_reviewed", "second_reviewed", "granted"):
        if state != "filed":
            bring(cast, case_of(first.bundle), state)
        row = case_of(first.bundle)
        for user in people:
            listed = Case.objects.filter(worklist.my_turn(stage.actor(user, AT)), pk=row.pk).exists()
            offered = any(
                worklist.moving(offer.step)
                and not {p.code for p in offer.problems} & {"hand_taken", "hand_repeated"}
                for offer in ask.offers(row, stage.actor(user, AT), at=AT)
            )
            assert listed == (offered and row.phase in OPEN_PHASES), (state, user)
            seen.add((listed, user.pk))
    assert {listed for listed, _user in seen} == {True, False}


def test_a_hand_taken_by_a_colleague_leaves_my_list(cast: Cast, first: Case) -> None:
    bring(cast, first, "pre_reviewed")
    colleague = User.objects.create(username="second-reception", kind="staff", display_name="同事")
    colleague.posts.create(office=first.office, role="acceptance_officer", from_on=TODAY)
    assert not Case.objects.filter(worklist.my_turn(stage.actor(colleague, AT)), pk=first.pk).exists()
    mine = stage.actor(cast.officer(first, "reception"), AT)
    assert Case.objects.filter(worklist.my_turn(mine), pk=first.pk).exists()


def test_a_recused_officer_does_not_have_the_case_next(cast: Cast, first: Case) -> None:
    user = cast.officer(first, "reception")
    assert Case.objects.filter(worklist.my_turn(stage.actor(user, AT)), pk=first.pk).exists()
    Recusal.objects.create(case_id=first.pk, user=user, reason="亲属", at=AT)
    assert not Case.objects.filter(worklist.my_turn(stage.actor(user, AT)), pk=first.pk).exists()


def test_names_are_masked_in_lists(client: Client, cast: Cast, first: Case) -> None:
    enter(client, cast.officer(first, "reception"))
    page = client.get(f"{HOME}?tab=office").content.decode()
    assert "ANNA E***" in page
    assert "ERIKSSON" not in page
    assert ANNA.number not in page


def test_another_office_sees_nothing_of_it(client: Client, cast: Cast, first: Case) -> None:
    other = next(
        user for (code, desk), user in cast.officers.items() if code != first.office.code and desk == "review"
    )
    enter(client, other)
    for tab in TABS:
        assert first.number not in client.get(HOME, {"tab": tab.code}).content.decode()


def test_only_staff_come_in(client: Client, cast: Cast, first: Case) -> None:
    addresses = [
        reverse("desk:home"),
        reverse("desk:search"),
        reverse("desk:window"),
        reverse("desk:overview"),
        reverse("desk:case", args=[first.number]),
    ]
    for address in addresses:
        assert client.get(address).status_code == 302
    enter(client, cast.agents["university"])
    for address in addresses:
        assert client.get(address).status_code == 404


def test_a_leader_sees_the_figures_and_others_the_reason(client: Client, cast: Cast, first: Case) -> None:
    multiply(first, 10)
    enter(client, cast.officer(first, "reception"))
    refused = client.get(reverse("desk:overview"))
    assert refused.status_code == 403
    assert "负责人" in refused.content.decode()
    leader = cast.officer(first, "decide")
    enter(client, leader)
    spent, response = spend(client, reverse("desk:overview"))
    assert spent <= 12
    for figure in response.context["board"].totals:
        listed = client.get(figure.url).context["page"]
        assert listed.counts[figure.tab.code] == figure.count, figure.tab.code
    assert client.get(reverse("desk:failed_papers")).status_code == 200
    assert client.get(reverse("desk:quarantine")).status_code == 200


def test_every_matter_can_stand_on_the_list(client: Client, cast: Cast, first: Case) -> None:
    for matter in registry.all_matters():
        assert client.get(HOME, {"matter": matter.code}).status_code in (200, 302)
