"""The benchmarks' query counts: counts do not jitter, so they are asserted here and not only measured.

The lists are full: sixty cases under way and sixty ended ones, more than a page of each, of as many people and with keys of their own.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model, QuerySet

from bench import audit, blocks, machinery, pages
from bench.__main__ import HALVES
from bench.crowd import Crowd
from bench.measure import SCENARIOS, Pair, count_queries
from bench.replay import one_statement, rows_left_by, undone
from bench.world import World
from foreignwork.cases import clock
from foreignwork.cases.models import BundleItem, Case, StageHand
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.demo import cast as stage
from foreignwork.desk import worklist
from foreignwork.desk.worklist import PAGE
from foreignwork.invariants import checks
from foreignwork.rows import MANY
from foreignwork.vault import keys
from foreignwork.workflow.sweeps import sweep
from tests.stage import SINCE

COUNTED = [entry for entry in SCENARIOS.values() if entry.bars.queries and not entry.control]
ONE_KEY = ("E1", "E5")
FULL = 60


def test_a_volume_is_judged_by_every_invariant_once() -> None:
    assert sorted(code for half in HALVES for code in half) == sorted(checks())


@pytest.fixture
def world(db: None) -> World:
    """The cast at the database's own time, because pages read that clock."""
    return World("one bundle", stage.assemble(pack="gansu", at=clock.now(), hashed="!", since=SINCE))


@pytest.fixture
def full(world: World) -> World:
    """With full lists."""
    known = list(Case.objects.values_list("pk", flat=True))
    Crowd.waiting(world, kind="acceptance", count=2 * FULL, kept=True).gather()
    mine = Case.objects.exclude(pk__in=known).filter(office=world.accepted.office_id).order_by("pk")
    ids = list(mine.values_list("pk", flat=True))
    ended, waiting = ids[:FULL], ids[FULL:]
    mine.filter(pk__in=ended).update(phase=Phase.CLOSED, outcome=Outcome.GRANTED, due_on=None)
    mine.update(assignee=world.cast.officer(world.accepted, "review"))
    assert len(ended) > PAGE
    assert len(waiting) > PAGE
    return world


def asked(pair: Pair, *, code: str) -> int:
    """As the second request of a process asks; a list by one that has not seen these people's keys (one key is one query more)."""
    pair.candidate()
    if code not in ONE_KEY:
        keys.forget()
    return count_queries(pair.candidate)


def test_all_rooms_of_scenarios_are_counted() -> None:
    rooms = {room.__name__ for room in (audit, blocks, machinery, pages)}
    assert rooms == {entry.prepare.__module__ for entry in SCENARIOS.values()}
    assert len(COUNTED) >= 5


@pytest.mark.parametrize("code", [entry.code for entry in COUNTED])
def test_a_page_asks_no_more_than_its_bar(full: World, code: str) -> None:
    entry = SCENARIOS[code]
    found = asked(entry.prepare(full), code=code)
    assert entry.bars.queries is not None
    assert found <= entry.bars.queries, f"{code}: {found} queries"


def test_a_floor_writes_what_is_copied_too(world: World) -> None:
    """Rows that go by COPY are seen by no wrapper around statements; the sealed bodies of papers go so."""
    crowd = Crowd.waiting(world, kind="acceptance", count=MANY)
    written: dict[str, list[Any]] = {}

    def swept() -> None:
        assert sweep(at=world.at).moved >= MANY

    floor = one_statement(swept, before=crowd.gather)
    undone(lambda: written.update(rows_left_by(floor, crowd.gather)))()
    assert len(written["notices_noticebody"]) >= MANY
    assert StageHand.objects.filter(case=world.accepted).exists()
    with pytest.raises(AssertionError, match="rows are deleted"):
        one_statement(lambda: StageHand.objects.all().delete(), before=lambda: None)


@pytest.mark.parametrize(("code", "model"), [("E3", Case), ("E3-done", Case), ("E5", BundleItem)])
def test_a_page_that_asks_for_each_row_misses_its_bar(
    full: World, code: str, model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: the rows come without what hangs on them."""
    entry, whole = SCENARIOS[code], QuerySet.select_related
    pair = entry.prepare(full)
    monkeypatch.setattr(
        QuerySet, "select_related", lambda rows, *names: rows if rows.model is model else whole(rows, *names)
    )
    monkeypatch.setattr(worklist.SHOWN, "written", None)
    assert entry.bars.queries is not None
    assert asked(pair, code=code) > entry.bars.queries + 10
