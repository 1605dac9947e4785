"""Due dates against a walker that goes day by day: random holidays, make-up days, pauses and extensions; 10⁴ cases and more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mypy import api as mypy_api

from foreignwork.deadlines.dues import derive, last_day
from foreignwork.deadlines.models import Deadline
from foreignwork.deadlines.recount import due_of
from foreignwork.policies.workdays import (
    Calendar,
    CalendarDays,
    Due,
    Months,
    WorkingDays,
    add_months,
    calendar,
)

DAY = timedelta(days=1)
DATES = st.dates(date(2024, 6, 1), date(2027, 9, 30))
SETS = st.sets(DATES, max_size=150)
PUBLISHED = st.sets(st.integers(2023, 2029))
LENGTHS = st.integers(0, 45)
EXTENSIONS = st.lists(st.integers(0, 15), max_size=2)
Pauses = list[tuple[date, date | None]]


@st.composite
def pauses(draw: st.DrawFn) -> Pauses:
    """Up to three, apart or overlapping, the last perhaps still open."""
    found: Pauses = []
    for _n in range(draw(st.integers(0, 3))):
        start = draw(DATES)
        found.append((start, start + draw(st.integers(0, 40)) * DAY))
    if found and draw(st.booleans()):
        found[-1] = (found[-1][0], None)
    return found


CASES = st.lists(st.tuples(DATES, LENGTHS, EXTENSIONS, pauses()), min_size=50, max_size=70)


def works(day: date, off: set[date], work: set[date]) -> bool:
    return day in work - off or (day.weekday() < 5 and day not in off)


def walk(
    start: date, n: int, held: Sequence[tuple[date, date | None]], off: set[date], work: set[date]
) -> tuple[date, list[date]]:
    """One day after the other; a working day inside a pause is passed over, an open pause holds its first day."""
    day, left, seen = start, n, []
    while left:
        day += DAY
        seen.append(day)
        paused = any(first <= day <= (last or first) for first, last in held)
        left -= works(day, off, work) and not paused
    return day, seen


@hypothesis_settings(max_examples=200, deadline=None)
@given(PUBLISHED, SETS, SETS, CASES)
def test_working_days_with_pauses_and_extensions(
    published: set[int], off: set[date], work: set[date], cases: list[tuple[date, int, list[int], Pauses]]
) -> None:
    known = Calendar(published, off=off, work=work - off)
    for start, amount, longer, held in cases:
        row = Deadline(started_on=start, amount=amount, unit="wd", basis="statutory", due_on=start)
        day, seen = walk(start, amount + sum(longer), held, off, work)
        assert due_of(row, sum(longer), held, known) == Due(day, any(d.year not in published for d in seen))


@hypothesis_settings(max_examples=60, deadline=None)
@given(PUBLISHED, SETS, SETS, st.lists(st.tuples(DATES, LENGTHS), min_size=50, max_size=70))
def test_calendar_days_and_months(
    published: set[int], off: set[date], work: set[date], cases: list[tuple[date, int]]
) -> None:
    known = Calendar(published, off=off, work=work - off)
    for start, amount in cases:
        last = start + amount * DAY
        seen = [last]
        while not works(last, off, work):
            last += DAY
            seen.append(last)
        assert derive(start, CalendarDays(amount), calendar=known) == Due(
            last, any(d.year not in published for d in seen)
        )
        assert derive(start, Months(amount), calendar=known) == Due(add_months(start, amount), False)


def test_the_walker_would_notice_a_pause_forgotten() -> None:
    """The control: without the pause, or with a day of it forgotten, the dates differ."""
    start, held = date(2026, 3, 10), [(date(2026, 3, 12), date(2026, 3, 16))]
    day, _seen = walk(start, 5, held, set(), set())
    assert day == date(2026, 3, 20) == derive(start, WorkingDays(5), held).on
    assert derive(start, WorkingDays(5)).on != day
    assert derive(start, WorkingDays(5), [(date(2026, 3, 12), date(2026, 3, 13))]).on != day


def test_a_day_held_twice_is_lost_once() -> None:
    start = date(2026, 3, 10)
    once = derive(start, WorkingDays(5), [(date(2026, 3, 12), date(2026, 3, 16))])
    assert (
        derive(
            start,
            WorkingDays(5),
            [(date(2026, 3, 12), date(2026, 3, 16)), (date(2026, 3, 13), date(2026, 3, 16))],
        )
        == once
    )


def test_a_last_day_in_an_unpublished_year_says_so() -> None:
    assert last_day(date(2026, 12, 31)) == date(2026, 12, 31)
    assert last_day(date(2029, 1, 4)) == "2029-01-04（暂定）"
    assert last_day(None) == ""


MIXED = """
from datetime import date
from foreignwork.policies.workdays import Calendar, CalendarDays, WorkingDays
def all_of(known: Calendar, day: date) -> None:
    known.add(day, WorkingDays(5))
    known.add_days(day, CalendarDays(5))
    known.due(day, WorkingDays(5))
    known.add(day, {wrong_working})
    known.add_days(day, {wrong_calendar})
    known.due(day, 5)
"""


def test_mypy_tells_calendar_days_from_working_days(tmp_path: Path) -> None:
    """Each of the three mixed calls is an error, none of the others."""
    file = tmp_path / "mixed.py"
    file.write_text(MIXED.format(wrong_working="CalendarDays(5)", wrong_calendar="WorkingDays(5)"), "utf-8")
    options = [
        "--config-file=",
        "--follow-imports=silent",
        "--ignore-missing-imports",
        f"--cache-dir={tmp_path}",
    ]
    said, _errors, _status = mypy_api.run([*options, str(file)])
    lines = {
        int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line and "mixed.py" in line
    }
    assert lines == {8, 9, 10}, said


@pytest.mark.parametrize("wrong", [5, CalendarDays(5), Months(5)])
def test_the_kinds_of_days_cannot_be_mixed(wrong: int) -> None:
    """mypy refuses it in the house's own code; what comes past mypy is refused here."""
    if type(wrong) is not int:
        with pytest.raises(TypeError):
            calendar().add(date(2026, 3, 10), wrong)  # type: ignore[arg-type]
    else:
        with pytest.raises(TypeError):
            derive(date(2026, 3, 10), wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        calendar().add_days(date(2026, 3, 10), WorkingDays(5))  # type: ignore[arg-type]
