"""The demo cast on the test database, at a pinned time inside published calendar years."""

from __future__ import annotations

import functools
import os
from datetime import date, datetime
from unittest import mock
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.contrib.auth.hashers import make_password

from foreignwork.cases.models import Bundle, Case, concrete
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD
from foreignwork.policies import publishing

AT = datetime(2026, 3, 10, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SINCE = date(2025, 1, 1)


READ = publishing.resolved


@functools.cache
def _read_once(pack: str, on: date) -> list[publishing.Dated]:
    return READ(pack, on=on)


def assemble(pack: str = "gansu") -> Cast:
    """The files of the place are read and checked once a run: no test writes them, and reading them is two thirds of the work."""
    once = mock.patch.object(publishing, "resolved", lambda pack, *, on, folder: _read_once(pack, on))
    with once:
        return stage.assemble(pack=pack, at=AT, hashed=make_password(PASSWORD), since=SINCE)


@pytest.fixture
def cast(db: None) -> Cast:
    """In a transaction that is rolled back."""
    return assemble()


@pytest.fixture
def real_cast(real_db: None) -> Cast:
    """Really committed, for races, stories and browsers."""
    return assemble()


def case_of(bundle: Bundle, letter: str = "W") -> Case:
    """The matter's own row of the bundle's case with this letter."""
    case = Case.objects.select_related("office", "receiver").get(bundle=bundle, number__endswith=f"-{letter}")
    row = concrete(case)
    row.office, row.receiver = case.office, case.receiver
    return row


def all_met(case: Case) -> dict[str, str]:
    """Data for a condition-by-condition review in which every condition is met."""
    entries = case.policy_version.pack.matters[case.matter].conditions
    codes = [code for code, entry in entries.items() if entry.belongs_to(case.sub_matter)]
    return {f"condition_{code}": "met" for code in codes} | {"remark": "符合条件"}


def bring(cast: Cast, case: Case, until: str, *, at: datetime = AT) -> Case:
    """Take a work permit forward until its state is ``until``, by the officers whose posts allow it."""
    path = [
        ("pre_reviewed", "reception", "pre_review", {}),
        ("accepted", "reception", "accept", {}),
        ("first_reviewed", "review", "first_review", all_met(case)),
        ("second_reviewed", "review", "second_review", all_met(case)),
        (
            ("cancelled", "decide", "cancel", {"remark": "同意"})
            if until == "cancelled"
            else ("granted", "decide", "grant", {"remark": "同意"})
        ),
    ]
    stages = case.policy_version.pack.matters[case.matter].stages
    if "second_review" not in stages:  # the first review leads to the decision
        path[2:4] = [("second_reviewed", *path[2][1:])]
    order = ["filed", *(state for state, *_rest in path)]
    for state, desk, action, data in path:
        if order.index(case.state) < order.index(state) <= order.index(until):
            case = stage.act(case, cast.officer(case, desk), action, at=at, data=data)
    assert case.state == until
    return case


def as_owner(sql: str, *params: object) -> list[tuple[object, ...]]:
    """One statement as the owner of the tables: what no request can do, and what tests do to break things."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        found = owner.execute(sql, params or None)
        return list(found.fetchall()) if found.description else []
