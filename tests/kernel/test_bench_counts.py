"""The benchmarks' query counts, on one bundle: counts do not jitter, so they are asserted here and not only measured."""

from __future__ import annotations

import pytest

from bench import machinery, pages
from bench.measure import SCENARIOS, count_queries
from bench.world import World
from foreignwork.cases import clock
from foreignwork.demo import cast as stage
from tests.stage import SINCE

COUNTED = [entry for entry in SCENARIOS.values() if entry.bars.queries and not entry.control]


@pytest.fixture
def world(db: None) -> World:
    """The cast at the database's own time, because pages read that clock."""
    return World("one bundle", stage.assemble(pack="gansu", at=clock.now(), hashed="!", since=SINCE))


def test_both_rooms_of_scenarios_are_counted() -> None:
    assert {pages.__name__, machinery.__name__} == {entry.prepare.__module__ for entry in SCENARIOS.values()}
    assert len(COUNTED) >= 4


@pytest.mark.parametrize("code", [entry.code for entry in COUNTED])
def test_a_page_asks_no_more_than_its_bar(world: World, code: str) -> None:
    entry = SCENARIOS[code]
    pair = entry.prepare(world)
    pair.candidate()
    asked = count_queries(pair.candidate)
    assert entry.bars.queries is not None
    assert asked <= entry.bars.queries, f"{code}: {asked} queries"
