"""Every address × every kind of person, as tests/access/table.py says; and no address without a row."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from foreignwork.accounts.models import User
from foreignwork.cases import clock, registry
from foreignwork.cases.models import Case
from foreignwork.signin.adapters import home
from foreignwork.workflow import door

from .scene import NOW, Scene
from .table import PEOPLE, ROWS, Row

# One process: the scene is set once.
pytestmark = pytest.mark.xdist_group("access")


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast's day for every page, however it imported the clock."""
    original = clock.now
    for name, module in list(sys.modules.items()):
        if (
            name.split(".")[0] in {"foreignwork", *settings.MATTERS}
            and getattr(module, "now", None) is original
        ):
            monkeypatch.setattr(module, "now", lambda: NOW)


class Back(Exception):
    """Undo what this cell did."""


def said(answer: Any, user: User | None) -> str:
    """The answer in the table's words."""
    if answer.status_code not in {302, 303}:
        return str(answer.status_code)
    to = urlsplit(answer["Location"]).path
    if to == reverse("account_login"):
        return "in"
    return "home" if user is not None and to in {home(user), "/"} and to == home(user) else "done"


def ask(scene: Scene, row: Row, person: str) -> tuple[str, Any]:
    """What ``person`` gets; undone afterwards."""
    user, browser, answer = scene.who(row)[person], Client(raise_request_exception=True), None
    try:
        with transaction.atomic():
            if user is not None:
                browser.force_login(user)
            address = reverse(row.name, kwargs=scene.numbers(row))
            answer = browser.get(address) if row.method == "GET" else browser.post(address, scene.posted(row))
            raise Back
    except Back:
        pass
    return said(answer, user), answer


def names(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}"


def lacking(all_names: set[str]) -> set[str]:
    return all_names - {row.name for row in ROWS}


def test_every_address_has_a_row() -> None:
    assert not lacking(set(names())), "addresses without a row in tests/access/table.py"


def test_a_new_address_would_be_noticed() -> None:
    assert lacking({*names(), "desk:secret"}) >= {"desk:secret"}


def test_no_row_speaks_of_an_address_that_is_gone() -> None:
    assert not {row.name for row in ROWS} - set(names())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everyone_gets_what_the_table_says(scene: Scene, row: Row) -> None:
    scene.bring(row.case)
    found = {person: ask(scene, row, person) for person in PEOPLE}
    wrong = [
        f"{person}: expected {expected}, got {found[person][0]}"
        for person, expected in row.expected.items()
        if found[person][0] != expected
    ]
    assert not wrong, f"{row}\n" + "\n".join(wrong)


def test_the_table_is_asked_in_earnest(scene: Scene) -> None:
    """The control: a row that says the opposite is found wrong."""
    row = next(row for row in ROWS if row.name == "desk:case")
    assert ask(scene, row, "elsewhere")[0] == "404"
    assert ask(scene, row, "officer")[0] == "200"


def test_no_step_is_taken_by_anyone_without_its_role(scene: Scene) -> None:
    """Every case of the bundle × every step × people without the role in the case's office: refused, nothing written (409: not
    now, by anyone). Over HTTP two colleagues of the office try each step, in turn; the full product of states, steps and roles is
    asked of the hand itself in tests/matters/test_product.py."""
    outside = [scene.cast.agents["stranger"], scene.cast.agents["university"], scene.person]
    applicant = {scene.cast.agents["university"].pk: "applicant", scene.person.pk: "person"}
    tried = 0
    for case in Case.objects.filter(bundle=scene.bundle).select_related("office"):
        inside = [user for (office, _desk), user in scene.cast.officers.items() if office == case.office.code]
        other = next(
            user for (office, _desk), user in scene.cast.officers.items() if office not in scene.offices
        )
        sessions = [(user, Client()) for user in (*outside, other, *inside)]
        for user, browser in sessions:
            browser.force_login(user)
        before = list(case.events.values_list("seq", flat=True))
        held = {
            user.pk: set(user.posts.filter(office=case.office).values_list("role", flat=True))
            for user, _ in sessions
        }
        turns = deque(user.pk for user in inside)
        for step in registry.get(case.matter).steps.values():
            if door.step_or_none(case, step.name) is None:
                continue
            codes = {role.code for role in step.by}
            colleagues = [pk for pk in turns if not codes & held[pk]][:2]
            turns.rotate(-1)
            for user, browser in sessions:
                if codes & (held[user.pk] | {applicant.get(user.pk, "")}):
                    continue
                if user in inside and user.pk not in colleagues:
                    continue
                for space in ("portal",) if user in outside else ("desk",):
                    address = reverse(f"{space}:step", kwargs={"number": case.number, "step": step.name})
                    post = {"key": f"key-{tried}", "version": case.version, "remark": "x"}
                    answer = browser.post(address, post)
                    tried += 1
                    assert answer.status_code in {403, 404, 409}, (user.username, address, answer.status_code)
        assert list(case.events.values_list("seq", flat=True)) == before
    assert tried > 150


def test_a_search_from_another_office_finds_nothing(scene: Scene) -> None:
    row = next(row for row in ROWS if row.name == "desk:search" and row.method == "POST")
    shown = {person: ask(scene, row, person)[1].content.decode() for person in ("elsewhere", "officer")}
    link = reverse("desk:case", kwargs={"number": scene.case.number})
    assert link in shown["officer"]
    assert link not in shown["elsewhere"]
