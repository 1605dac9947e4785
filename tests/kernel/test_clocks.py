"""A limit is derived anew from its pauses and extensions, and a held one never fires (行政许可法 42, 45)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from foreignwork.cases.clock import today
from foreignwork.cases.models import Case
from foreignwork.deadlines.clocks import derive, rederive
from foreignwork.deadlines.models import Deadline, Extension, Pause
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.policies.workdays import period
from foreignwork.workflow.sweeps import _waiting, sweep
from tests.stage import AT, case_of

DAY = AT.date()  # Tuesday 10 March 2026; five working days later is Tuesday 17 March


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def due_on(case: Case) -> date:
    return Deadline.objects.get(case=case, kind="acceptance", basis="statutory").due_on


def pause(case: Case, until: date | None) -> Pause:
    start = date(2026, 3, 12)
    return Pause.objects.create(
        case=case, kind="acceptance", ground="expert", from_on=start, until_on=until, told_on=start
    )


def test_the_working_days_of_a_pause_do_not_count(case: Case) -> None:
    pause(case, date(2026, 3, 16))  # Thursday to Monday: the 12th, 13th and 16th
    assert rederive(case)
    assert due_on(case) == date(2026, 3, 20) == derive(DAY, period(8, "wd")).on
    assert rederive(case) == []  # derived, never counted: a second time changes nothing


def test_a_pause_across_the_last_day_moves_it_behind_the_pause() -> None:
    straddling = (
        date(2026, 3, 16),
        date(2026, 3, 27),
    )  # ten working days, begun one day before the limit's last
    assert derive(DAY, period(5, "wd"), [straddling]) == derive(DAY, period(15, "wd"))
    assert derive(DAY, period(5, "wd"), [(date(2026, 4, 20), date(2026, 4, 24))]) == derive(
        DAY, period(5, "wd")
    )


def test_an_extension_makes_it_longer(cast: Cast, case: Case) -> None:
    Extension.objects.create(
        case=case,
        kind="acceptance",
        amount=3,
        reason="案情复杂",
        approved_by=cast.officer(case, "decide"),
        at=AT,
    )
    rederive(case)
    assert due_on(case) == date(2026, 3, 20)


def test_a_held_limit_never_fires_and_fires_when_the_pause_has_ended(case: Case) -> None:
    held = pause(case, None)
    later = AT + timedelta(days=60)
    assert sweep(at=later).moved == 0
    Pause.objects.filter(pk=held.pk).update(until_on=date(2026, 3, 16))
    rederive(case)
    assert sweep(at=later).moved == 1


def test_a_batch_is_chosen_by_the_limits_alone(db: None) -> None:
    """After a night in which nobody swept the database knows of none that are over. Asked for those that nothing holds as well, it would
    join, and sort, all that are over for each batch anew (200 thousand: 175 µs each instead of 33)."""
    asked = str(_waiting(AT, (date.min, 0)).query)
    assert "deadlines_deadline" in asked
    assert "deadlines_pause" not in asked
    assert 'ORDER BY "deadlines_deadline"."due_on" ASC, "deadlines_deadline"."id" ASC' in asked


def test_a_promise_that_is_held_is_not_broken(case: Case) -> None:
    promised = Deadline.objects.create(
        case=case, kind="held", basis="promised", started_on=today(AT), amount=1, unit="wd", due_on=today(AT)
    )
    held = Pause.objects.create(case=case, kind="held", ground="expert", from_on=today(AT), told_on=today(AT))
    assert sweep(at=AT + timedelta(days=3)).fired == 0
    Pause.objects.filter(pk=held.pk).update(until_on=today(AT))
    assert sweep(at=AT + timedelta(days=3)).fired == 1
    promised.refresh_from_db()
    assert promised.fired_at == AT + timedelta(days=3)


def test_in_one_sweep_each_case_has_the_limits_of_its_own_kind_and_day(cast: Cast) -> None:
    """Class A is decided within ten working days, class B within fifteen, from the day each was filed (行政许可法 32)."""
    here = replace(BRUNO, in_china=True)  # of one kind but for the class and the day
    filed = [(ANNA, "A", AT), (here, "B", AT), (CLARA, "A", AT + timedelta(days=1))]
    cases = [
        case_of(stage.file(cast, "university", whom, at=at, category=category))
        for whom, category, at in filed
    ]
    assert len({case.sub_matter for case in cases}) == 1
    assert sweep(at=AT + timedelta(days=20)).moved == len(cases)
    limits = [Deadline.objects.get(case=case, kind="decision", basis="statutory") for case in cases]
    assert [(row.started_on, row.amount) for row in limits] == [
        (DAY, 10),
        (DAY, 15),
        (DAY + timedelta(days=1), 10),
    ]
    assert [row.due_on for row in limits] == [
        derive(row.started_on, period(row.amount, row.unit)).on for row in limits
    ]
