"""The benchmarks' controls: an index dropped, rows taken one by one. Each must miss its bar, or the bar proves nothing.

Nothing here is told by a clock: blocks that the database looks at, and queries.
"""

from __future__ import annotations

import time

import pytest
from django.db.models import Model

from bench import machinery
from bench.measure import SCENARIOS, measure, timed
from bench.world import World
from foreignwork.accounts.models import Office, Organisation
from foreignwork.cases import clock
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.desk.worklist import PAGE
from foreignwork.dossiers.models import Dossier, DossierVersion, NameToken
from tests.stage import SINCE, as_owner

PAST = 9_000
"""Ended cases of the office: enough that to look at each of them is felt."""
OTHER = "sha256(n::text::bytea)"
"""A blind index of nothing."""
CONTROLS = {code: entry for code, entry in SCENARIOS.items() if entry.control}
READ = ("E3", "E3-deep", "E4", "E6-passport", "E6-name", "E6-number", "E6-company")
"""Scenarios that have a bar for what they read."""


@pytest.fixture
def world(real_db: None) -> World:
    """One case under way before a past of many, of other people and another firm: rows only, of no meaning, copied from the one."""
    world = World(f"{PAST:,}", stage.assemble(pack="gansu", at=clock.now(), hashed="!", since=SINCE))
    # What earlier tests wrote and undid still lies in the tables; blocks of it would be read.
    as_owner("VACUUM (FULL, ANALYZE)")
    case = world.accepted
    this, whose = f"id = {case.pk}", f"dossier_id = {case.dossier_id}"
    _copied(Dossier, {"code": "'D' || n", "passport_index": OTHER}, f"id = {case.dossier_id}")
    of_them = {"dossier_id": f"{Dossier.objects.latest('pk').pk - PAST} + n"}
    _copied(DossierVersion, of_them | {"passport_index": OTHER, "crypt_id": "gen_random_uuid()"}, whose)
    one = NameToken.objects.filter(dossier=case.dossier_id)[0]
    _copied(NameToken, of_them | {"token": OTHER}, f"id = {one.pk}")
    _copied(Organisation, {"uscc": "'P' || lpad(n::text, 17, '0')"}, f"id = {case.employer_id}")
    firm = f"{Organisation.objects.latest('pk').pk - PAST} + n"
    ended = {"phase": "'closed'", "outcome": "'granted'", "due_on": "NULL", "employer_id": firm}
    # Between the last page of the office and the one before lies another office's past.
    elsewhere = Office.objects.exclude(pk=case.office_id)[0]
    _copied(Case, of_them | ended | {"number": "'A' || n"}, this, count=PAGE)
    _copied(Case, of_them | ended | {"number": "'B' || n", "office_id": str(elsewhere.pk)}, this)
    _copied(Case, of_them | ended | {"number": "'C' || n"}, this)
    _tidied("cases_case")
    return world


def _tidied(table: str) -> None:
    """While the database itself looks through what was just written, no page counts as seen by everybody (or only those of what was
    written before), and the index alone as no shorter way than the rows."""
    until = time.monotonic() + 60
    unseen = "SELECT relallvisible < relpages FROM pg_class WHERE oid = %s::regclass"
    while as_owner(unseen, table) == [(True,)]:
        assert time.monotonic() < until
        time.sleep(0.2)
        as_owner(f"VACUUM ANALYZE {table}")


def _copied(model: type[Model], own: dict[str, str], which: str, count: int = PAST) -> None:
    """``count`` rows like the one, with these columns of their own (``n`` counts them)."""
    table = model._meta.db_table
    names = [str(entry.column) for entry in model._meta.local_concrete_fields if not entry.primary_key]
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    as_owner(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, generate_series(1, {count}) n WHERE {which}"
    )
    as_owner(f"VACUUM ANALYZE {table}")


def test_each_control_misses_its_bar(world: World) -> None:
    assert set(CONTROLS) == {*(f"{code}-control" for code in READ), "E7-control"}, (
        "a control that no test tries"
    )
    for code in READ:
        entry = CONTROLS[f"{code}-control"]
        found = measure(entry, world, rounds=1)
        assert found.tells == "blocks"
        assert found.passed, (
            f"{code}: {found.candidate:.0f} blocks instead of {found.floor:.0f} are within {found.bars}"
        )
        # The same statements with the index: it is the mutant that fails, not the page.
        limit = found.bars.get("blocks", found.bars.get("ratio", 0) * found.floor)
        assert found.floor <= limit, f"{code}: {found.floor:.0f} blocks with the index"
    _one_by_one(world)


def _one_by_one(world: World) -> None:
    entry = CONTROLS["E7-control"]
    bar = entry.bars.queries
    assert bar is not None
    found = measure(entry, world, rounds=1)
    assert found.queries is not None
    assert found.queries > bar
    # The same sweep as it is: it is the mutant that fails.
    pair = machinery.promises(world, found.units)
    swept = timed(pair, pair.candidate, counted=True)
    assert swept.queries is not None
    assert swept.queries <= bar


def test_what_was_decided_and_delivered_is_no_more_read_than_what_is_closed(world: World) -> None:
    """Decided cases stay for years, nearly all without a limit; the counters look for those that have one."""
    blocks = SCENARIOS["E4-blocks"].prepare(world).candidate
    closed = blocks()
    as_owner("UPDATE cases_case SET phase = 'decided' WHERE phase = 'closed'")
    as_owner("VACUUM ANALYZE cases_case")
    decided = blocks()
    assert isinstance(closed, int)
    assert isinstance(decided, int)
    assert decided < closed + PAST / 100, "of some three hundred blocks that hold them"
