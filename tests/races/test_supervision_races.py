"""Two operators at once, and hands in the tables: one draw comes of it, and what was changed is named (quality C9, C10, C15)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from foreignwork.cases.problems import Blocked
from foreignwork.demo.cast import Cast
from foreignwork.workflow.invariants import verify
from supervision import ceremony, frozen, judging, running
from supervision.models import (
    Draw,
    DrawResult,
    EntropyEntry,
    Inspection,
    LeadJudgement,
    RiskLead,
    RiskLevel,
    Subject,
)
from tests.matters.cast_supervision import SOURCES, VALUES, approved_part, drain, drawn, muster
from tests.stage import AT, as_owner
from tests.stage import real_cast as real_cast

Together = Callable[..., list[Any]]


def test_two_hosts_press_at_once_and_one_draw_is_opened(real_cast: Cast, together: Together) -> None:
    """quality C15."""
    house = muster(real_cast)
    part = approved_part(house)

    def press() -> Draw:
        return ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)

    results = together(*[press] * 4)
    assert sum(isinstance(one, Draw) for one in results) == 1
    assert all(isinstance(one, Draw | Blocked) for one in results), results
    drain()
    draw = Draw.objects.get()
    assert draw.number == "GANSU-2026-01"

    def type_as(name: str) -> Callable[[], EntropyEntry]:
        return lambda: ceremony.type_numbers(draw, VALUES, AT.date(), actor=house.actor(name), at=AT)

    results = together(type_as("host"), type_as("planner"), type_as("leader"))
    assert sum(isinstance(one, EntropyEntry) for one in results) == 2
    results = together(*[lambda: running.run(draw.pk, at=AT)] * 3)
    assert {getattr(one, "pk", one) for one in results} == {DrawResult.objects.get().pk}
    together(*[lambda: running.open_visits(draw.pk, at=AT)] * 3)
    drain()
    assert Inspection.objects.count() == 2
    assert verify(at=AT) == []


def test_the_database_refuses_even_its_owner(real_cast: Cast) -> None:
    """quality C10 and draw.md 3: by trigger, whatever the role."""
    drawn(muster(real_cast), approved_part_of(real_cast))
    for table in ("commitment", "roster", "entropyentry", "drawresult"):
        with pytest.raises(psycopg.Error, match="public record"):
            as_owner(f"UPDATE supervision_{table} SET id = id")
        with pytest.raises(psycopg.Error, match="public record"):
            as_owner(f"DELETE FROM supervision_{table}")


def approved_part_of(cast: Cast) -> Any:
    from tests.matters.cast_supervision import Oversight, User

    office = User.objects.get(username="gansu-kjt-planner").posts.get().office
    people = {name: User.objects.get(username=f"gansu-kjt-{name}") for name in ("planner", "host", "leader")}
    return approved_part(Oversight(cast, office, people))


def _tamper(table: str, column: str, value: Any, where: str = "true") -> None:
    """What somebody with the keys of the database could do after switching the trigger off."""
    as_owner(f"ALTER TABLE supervision_{table} DISABLE TRIGGER stays_as_it_is")
    as_owner(f"UPDATE supervision_{table} SET {column} = %s WHERE {where}", value)
    as_owner(f"ALTER TABLE supervision_{table} ENABLE TRIGGER stays_as_it_is")


def _other_team(draw: Draw) -> bytes:
    record = frozen.record_of(draw)
    name = next(iter(record["assigned"]))
    record["assigned"][name] = list(reversed(record["assigned"][name]))
    return frozen.pack_record(record)


def _fewer_objects(draw: Draw) -> bytes:
    lines = zlib.decompress(bytes(draw.rosters.get(of="objects").packed)).splitlines()
    return frozen.pack(b"\n".join(lines[1:]) + b"\n")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("result", "assigned["),
        ("roster", "plan or rosters are not those committed to"),
        ("commitment", "plan or rosters are not those committed to"),
        ("number", "numbers [2] have a gap"),
        ("plan", "is not what was approved"),
        ("visit", "nothing that draw"),
    ],
)
def test_whatever_is_changed_is_named(real_cast: Cast, what: str, said: str) -> None:
    """I14 (and I9: a visit opened twice): each thing that could be changed is found by its row, a clean house is not accused."""
    house = muster(real_cast)
    draw = drawn(house, approved_part(house))
    drain()
    assert verify(at=AT) == []
    if what == "result":
        _tamper("drawresult", "packed", _other_team(draw))
    elif what == "roster":
        _tamper("roster", "packed", _fewer_objects(draw), "\"of\" = 'objects'")
    elif what == "commitment":
        _tamper("commitment", "hash", "0" * 64)
    elif what == "number":
        as_owner("UPDATE supervision_draw SET seq = 2")
    elif what == "plan":
        as_owner("UPDATE supervision_planpart SET cap = 99")
    else:
        as_owner("UPDATE supervision_drawnobject SET inspection_id = NULL")
    found = verify(at=AT)
    rows = {
        "number": {f"draws of place {draw.jurisdiction_id} in {draw.year}"},
        "plan": {str(draw), f"plan {draw.part.plan}"},
        "visit": set(Inspection.objects.values_list("number", flat=True)),
    }.get(what, {str(draw)})
    assert {breach.row for breach in found} == rows, [str(breach) for breach in found]
    assert {breach.code for breach in found} == {"I9" if what == "visit" else "I14"}
    assert any(said in breach.why for breach in found), [str(breach) for breach in found]


def test_two_judge_a_lead_at_once_and_one_judgement_stands(real_cast: Cast, together: Together) -> None:
    house = muster(real_cast, firms=1)
    subject = Subject.objects.get(organisation=house.firms[0])
    lead = RiskLead.objects.create(
        jurisdiction=real_cast.jurisdiction, subject=subject, rule="complaints", key="k", evidence={"n": 2},
        found_on=AT.date(), found_at=AT,
    )  # fmt: skip

    def press(name: str, kind: str) -> Callable[[], Any]:
        by = house.people[name]
        return lambda: judging.judge(lead, kind, level="high", remark=name, by=by, at=AT)

    pressed = [press("planner", "level"), press("leader", "dismissed")] * 2
    results = together(*pressed)
    assert sum(isinstance(one, LeadJudgement) for one in results) == 1, results
    assert sum(isinstance(one, Blocked) for one in results) == 3, results
    row = LeadJudgement.objects.get()
    assert RiskLevel.objects.count() == (row.kind == "level")
