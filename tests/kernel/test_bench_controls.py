"""The benchmarks' controls: an index dropped, rows taken one by one. Each must miss its bar, or the bar proves nothing."""

from __future__ import annotations

import pytest

from bench import machinery, pages  # noqa: F401 - they enter their scenarios
from bench.measure import SCENARIOS, measure
from bench.world import World
from foreignwork.cases import clock
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from tests.stage import SINCE, as_owner

PAST = 6_000
"""Ended cases of the office: enough that to look at each of them is felt."""
CONTROLS = {code: entry for code, entry in SCENARIOS.items() if entry.control}


@pytest.fixture
def world(real_db: None) -> World:
    """One case under way before a past of many: rows only, of no meaning, copied from the one."""
    world = World(f"{PAST:,}", stage.assemble(pack="gansu", at=clock.now(), hashed="!", since=SINCE))
    own = {"number": "'X' || n", "phase": "'closed'", "outcome": "'granted'", "due_on": "NULL"}
    names = [str(entry.column) for entry in Case._meta.local_concrete_fields if not entry.primary_key]
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    as_owner(
        f"INSERT INTO cases_case ({columns}) SELECT {values} FROM cases_case, generate_series(1, {PAST}) n"
        f" WHERE id = {world.accepted.pk}"
    )
    as_owner("ANALYZE cases_case")
    return world


def test_each_control_misses_its_bar(world: World) -> None:
    assert set(CONTROLS) == {"E3-control", "E7-control"}, "a control that no test tries"
    for code, entry in CONTROLS.items():
        found = measure(entry, world, rounds=1)
        assert found.passed, f"{code}: {found.ratio:.2f} times its floor is within {found.bars}"
        assert found.why
    # The same sweep as it is, beside the same floor: it is the mutant that fails, not the sweep (twice the bar, for a busy machine).
    swept = measure(SCENARIOS["E7"], world, rounds=1)
    assert swept.ratio < 2 / (swept.bars["share"])


def test_what_was_decided_and_delivered_is_no_more_read_than_what_is_closed(world: World) -> None:
    """Decided cases stay for years, nearly all without a limit; the counters look for those that have one."""
    blocks = SCENARIOS["E3-blocks"].prepare(world).candidate
    as_owner("VACUUM ANALYZE cases_case")
    closed = blocks()
    as_owner("UPDATE cases_case SET phase = 'decided' WHERE phase = 'closed'")
    as_owner("VACUUM ANALYZE cases_case")
    decided = blocks()
    assert isinstance(closed, int)
    assert isinstance(decided, int)
    assert decided < closed + PAST / 100, "of some three hundred blocks that hold them"
