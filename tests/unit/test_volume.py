"""How a volume is planned: what may stand earlier or later, where walks head, how numbers read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import uuid4

from foreignwork.cases.models import Case, CaseEvent
from foreignwork.deadlines.models import Deadline
from foreignwork.demo.volume import goals
from foreignwork.demo.volume.harvest import Harvest
from foreignwork.demo.volume.numbers import Series
from foreignwork.demo.volume.plan import Pattern, fits, plan, weeks_of
from permits.models import PermitCase

MONDAY, TODAY = date(2026, 3, 9), date(2026, 6, 1)


def rows(**changes: Any) -> Harvest:
    """One case with one limit of five working days from a Monday: its last day is the Monday after."""
    limit = {
        "id": 1, "case_id": 1, "kind": "acceptance", "basis": "statutory", "started_on": MONDAY, "amount": 5, "unit": "wd",
        "due_on": date(2026, 3, 16), "met_on": None, "fired_at": None, "voided_at": None, **changes,
    }  # fmt: skip
    found = Harvest(1, 1, frozenset({uuid4()}), datetime(2026, 3, 9, 2, tzinfo=UTC))
    found.rows = {
        Deadline: [limit],
        Case: [{"id": 1, "closed_at": None, "phase": "in_review", "due_on": None}],
    }
    return found


def test_what_fired_is_judged_by_the_day_in_shanghai(db: None) -> None:
    """Half past two at night there is the evening before in UTC: that would be the last day itself, and nothing fires on it."""
    night = datetime(2026, 3, 16, 18, 30, tzinfo=UTC)
    assert fits(rows(fired_at=night), 0, TODAY)
    assert not fits(rows(fired_at=datetime(2026, 3, 16, 1, tzinfo=UTC)), 0, TODAY), "on its last day"


def test_what_still_runs_is_moved_to_where_it_has_not_run_out(db: None) -> None:
    pattern = Pattern(rows(), datetime(2026, 3, 11, 2, tzinfo=UTC), rare=True)
    assert not fits(pattern.rows, 0, TODAY), "it ran out in March and nothing happened"
    weeks = weeks_of(pattern, date(2025, 1, 1), TODAY, Random(1))
    assert weeks == [-11], "a day of the last week, with the limit still running"


def test_nothing_is_moved_to_before_its_people_were_in_their_posts(db: None) -> None:
    done = rows(met_on=date(2026, 3, 12))
    done.rows[Case][0]["closed_at"] = datetime(2026, 3, 12, tzinfo=UTC)
    pattern = Pattern(done, datetime(2026, 3, 12, tzinfo=UTC))
    weeks = weeks_of(pattern, date(2026, 1, 26), TODAY, Random(1))
    assert weeks
    assert max(weeks) < 6, "six weeks before 9 March is 26 January"


def test_most_copies_are_of_plain_lives(db: None) -> None:
    done = {"met_on": date(2026, 3, 12)}
    light, heavy = rows(**done), rows(**done)
    for one in (light, heavy):
        one.rows[Case][0] |= {"closed_at": datetime(2026, 3, 12, tzinfo=UTC), "phase": "closed"}
    heavy.rows[CaseEvent] = [{"id": n} for n in range(4)]
    moment = datetime(2026, 3, 12, tzinfo=UTC)
    batches = plan(
        [Pattern(light, moment), Pattern(heavy, moment)],
        cases=1000, since=date(2024, 1, 1), open_share=0.0, today=TODAY, rng=Random(1),
    )  # fmt: skip
    copies = [sum(batch.count for batch in batches if batch.template == number) for number in (0, 1)]
    assert sum(copies) == 1000
    assert copies[0] > 5 * copies[1] > 0, "three times the rows: a ninth as often"


def test_a_walk_leans_towards_a_state_nobody_has_come_to() -> None:
    case = PermitCase(matter="permits", sub_matter="new_in_china", origin="applied", state="second_reviewed")
    steps = case.matter_entry.steps
    goal = ("permits", "granted")
    assert goals.leaning(goal, case, "second_reviewed", steps["grant"]) == goals.TOWARDS
    assert goals.leaning(goal, case, "second_reviewed", steps["refuse"]) == goals.AWAY
    assert goals.leaning(("tax", "granted"), case, "second_reviewed", steps["refuse"]) == 1.0
    assert goals.choose([(case, "refused")], set(goals.unseen(set())), Random(1)) is None


def test_numbers_read_as_the_offices_write_them() -> None:
    assert Series("case:gansu:E", 2024, "GANSU-{year}-E{n:05d}-W").word(7) == "GANSU-2024-E00007-W"
