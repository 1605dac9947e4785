"""What pages read, told by the blocks of 8 kB that the database looks at: they do not jitter, so that no clock decides.

Each page that has a bar for what it reads has a control here: the same statements with the one index dropped that they rest on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import psycopg

from foreignwork.cases.models import Case
from foreignwork.cases.phases import OPEN_PHASES

from .measure import Pair, Run, scenario
from .pages import OFFICE, asked_for, furthest, list_, search
from .replay import Statements, known_parameters, recorded
from .world import World

BLOCKS = 300
"""That a page of fifty rows may look at, its counters apart (quality E3)."""
MORE = 1.3
"""Times as many at most, as between a small volume and a large one (quality E6)."""
COUNTS = "SELECT COUNT("
Read = Callable[[World], Statements]


def _reads(look: Run) -> Statements:
    """What is asked of the cases and what hangs on their rows."""
    tables = ('FROM "cases_case"', 'FROM "deadlines_deadline"')
    return [entry for entry in recorded(look) if any(table in entry[0] for table in tables)]


def _rows(look: Run) -> Statements:
    return [entry for entry in _reads(look) if not entry[0].startswith(COUNTS)]


def first_rows(world: World) -> Statements:
    return _rows(list_(world, OFFICE))


def deep_rows(world: World) -> Statements:
    return _rows(list_(world, furthest(world)[1]))


def counters(world: World) -> Statements:
    return [entry for entry in _reads(list_(world, OFFICE)) if entry[0].startswith(COUNTS)]


def found_by(code: str) -> Read:
    return lambda world: _reads(search(world, **asked_for(world)[code]))


def owner_of_tables() -> psycopg.Connection[Any]:
    return psycopg.connect(**known_parameters("owner"), cursor_factory=psycopg.ClientCursor)


def looked_at(owner: psycopg.Connection[Any], statements: Statements) -> int:
    """Shared blocks that the statements touch, in the cache or not; the transaction is undone."""
    found = 0
    for sql, params in statements:
        ((plan,),) = owner.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params).fetchall()
        found += plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    owner.rollback()
    return found


def _told(world: World, read: Read) -> Pair:
    """Floor: one count of the office's open cases."""
    owner, statements = owner_of_tables(), read(world)
    one = recorded(
        lambda: Case.objects.filter(office=world.accepted.office_id, phase__in=OPEN_PHASES).count()
    )
    return Pair(
        lambda: looked_at(owner, statements), lambda: looked_at(owner, one), tells="blocks", queries=len(statements)
    )  # fmt: skip


@scenario("E3-blocks", "The blocks of 8 kB that the rows of the work list rest on", blocks=BLOCKS, rounds=7)
def list_blocks(world: World) -> Pair:
    return _told(world, first_rows)


@scenario("E4-blocks", "The blocks that its counters rest on", rounds=7)
def counter_blocks(world: World) -> Pair:
    return _told(world, counters)


def control(code: str, read: Read, table: str, index: str, *, smallest: int = 10_000, **bars: Any) -> None:
    """Enter the mutant of scenario ``code``: by the owner, who drops the index in a transaction that is undone.

    At a few thousand cases a scan of the whole table is as good, so it says nothing there.
    """

    @scenario(
        f"{code}-control", f"The blocks that {code} rests on, without the index {table} ({index}), beside those with it",
        control=True, rounds=7, smallest=smallest, **bars,
    )  # fmt: skip
    def dropped(world: World) -> Pair:
        owner, statements = owner_of_tables(), read(world)

        def drop() -> None:
            owner.rollback()
            ((name,),) = owner.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND NOT indisunique"
                " AND pg_get_indexdef(indexrelid) LIKE %s",
                [table, f"% USING btree ({index})"],
            ).fetchall()
            owner.execute(f"DROP INDEX {name}")

        mine, least = (lambda: looked_at(owner, statements) for _side in range(2))
        return Pair(mine, least, before_candidate=drop, tells="blocks", queries=len(statements))


control("E3", first_rows, "cases_case", "office_id, phase, id", blocks=BLOCKS)
# In a volume the office has so many of all cases that fifty are soon found by id; in CI another office's past lies in between.
control("E3-deep", deep_rows, "cases_case", "office_id, phase, id", smallest=sys.maxsize, ratio=MORE)
control("E4", counters, "cases_case", "office_id, phase, id", ratio=MORE)
control("E6-passport", found_by("E6-passport"), "dossiers_dossierversion", "passport_index", ratio=MORE)
control("E6-name", found_by("E6-name"), "dossiers_nametoken", "token", ratio=MORE)
control("E6-number", found_by("E6-number"), "cases_case", "number varchar_pattern_ops", ratio=MORE)
control("E6-company", found_by("E6-company"), "cases_case", "employer_id, id DESC", ratio=MORE)
