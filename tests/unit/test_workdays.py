"""The working-day calendar: against the published data, against a day-by-day walker, at its edges."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import chinese_calendar
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from foreignwork.policies import workdays
from foreignwork.policies.workdays import Calendar, CalendarError, Due

DAY = timedelta(days=1)


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_agrees_with_the_independent_calendar(year: int) -> None:
    days = [date(year, 1, 1) + i * DAY for i in range(366 if year % 4 == 0 else 365)]
    assert [d for d in days if workdays.is_workday(d) != chinese_calendar.is_workday(d)] == []
    assert sum(map(workdays.is_workday, days)) == 248  # domain 8
    assert workdays.is_published(year)


def test_the_notices_are_named() -> None:
    years = workdays.read()
    assert {y: years[y].notice for y in years} == {
        2025: "国办发明电〔2024〕12号",
        2026: "国办发明电〔2025〕7号",
    }


@pytest.mark.parametrize(
    ("start", "n", "on"),
    [
        ("2025-09-28", 5, "2025-10-11"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2025-01-27", 10, "2025-02-17"),
    ],
)
def test_hand_counted_dates(start: str, n: int, on: str) -> None:
    assert workdays.add(date.fromisoformat(start), n) == Due(date.fromisoformat(on), False)


def test_a_year_without_data_is_provisional_and_never_silent() -> None:
    assert workdays.add(date(2026, 12, 30), 1) == Due(date(2026, 12, 31), False)
    assert workdays.add(date(2026, 12, 30), 2).provisional
    assert workdays.add_days(date(2026, 12, 1), 45).provisional
    assert not workdays.add_days(date(2026, 12, 1), 30).provisional
    assert workdays.add(date(2024, 12, 30), 1).provisional
    assert not workdays.add(date(2024, 12, 31), 1).provisional  # every day counted lies in 2025


def test_calendar_days_move_to_the_next_working_day() -> None:
    assert workdays.add_days(date(2026, 9, 1), 30).on == date(
        2026, 10, 8
    )  # 1 October and the week after rest
    assert workdays.add_days(date(2026, 9, 10), 10).on == date(2026, 9, 20)  # a Sunday, but a make-up day
    assert workdays.due(date(2026, 9, 1), workdays.period(30, "days")).on == date(2026, 10, 8)
    assert workdays.due(date(2025, 9, 28), workdays.period(5, "wd")).on == date(2025, 10, 11)


def test_months_end_on_the_same_or_the_last_day() -> None:
    assert workdays.add_months(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert workdays.add_months(date(2025, 12, 15), 1) == date(2026, 1, 15)
    assert workdays.due(date(2026, 4, 1), workdays.period(6, "months")) == Due(date(2026, 10, 1), False)


def test_dates_outside_the_table_and_negative_periods_are_refused_in_words() -> None:
    for attempt in (
        lambda: workdays.add(date(1900, 1, 1), 1),
        lambda: workdays.add(date(2026, 1, 1), 10**6),
        lambda: workdays.add(date(2026, 1, 1), -1),
        lambda: workdays.add_days(date(2026, 1, 1), -1),
        lambda: workdays.between(date(2026, 1, 1), date(9999, 1, 1)),
    ):
        with pytest.raises(CalendarError):
            attempt()


def build(published: set[int], off: set[date], work: set[date]) -> Calendar:
    return Calendar(published, off=off, work=work - off)


def walks(d: date, off: set[date], work: set[date]) -> bool:
    return d in work - off or (d.weekday() < 5 and d not in off)


DATES = st.dates(date(2023, 11, 1), date(2028, 2, 28))
SETS = st.sets(DATES, max_size=120)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.sets(st.integers(2024, 2027)),
    SETS,
    SETS,
    st.lists(st.tuples(DATES, st.integers(0, 60)), min_size=40, max_size=100),
)
def test_against_a_brute_force_walker(
    published: set[int], off: set[date], work: set[date], periods: list[tuple[date, int]]
) -> None:
    calendar = build(published, off, work)
    for start, n in periods:
        d, left, seen = start, n, []
        while left:
            d += DAY
            seen.append(d)
            left -= walks(d, off, work)
        assert calendar.add(start, n) == Due(d, any(day.year not in published for day in seen))
        assert calendar.between(start, d) == n
        d = start + n * DAY
        seen = [d]
        while not walks(d, off, work):
            d += DAY
            seen.append(d)
        assert calendar.add_days(start, n) == Due(d, any(day.year not in published for day in seen))


def test_the_walker_would_notice_a_missing_holiday() -> None:
    """The control of the test above: a calendar that forgets one day off must differ from the walker."""
    off = {date(2026, 3, 4)}
    assert build({2026}, set(), set()).add(date(2026, 3, 3), 1).on != date(2026, 3, 5)
    assert build({2026}, off, set()).add(date(2026, 3, 3), 1).on == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("year = 2031", "does not belong to 2031"),
        ('work = ["x"]', "work"),
        ("work = [2030-01-03]", "no Saturday or Sunday"),
        ("work = [2031-01-05]", "does not belong to 2030"),
        ("work = [2030-01-05, 2030-01-05]", "named twice"),
        ("surprise = 1", "surprise"),
        ('notice = "no number"', "notice"),
        ("notice_date = 2027-11-01", "cannot be that of the holidays of 2030"),
        ("notice_date = 2030-01-02", "different years"),
        ("work = [", "2030.toml"),
    ],
)
def test_a_wrong_calendar_file_is_refused(tmp_path, change: str, says: str) -> None:  # type: ignore[no-untyped-def]
    good = (
        'year = 2030\nnotice = "测〔2029〕1号"\nnotice_date = 2029-11-01\ntitle = "t"\n[[holidays]]\n'
        'name = { zh = "元", en = "New Year" }\noff = { first = 2030-01-01, last = 2030-01-01 }\nwork = []\n'
    )
    key = change.split(" = ")[0]
    text = "\n".join(change if line.startswith(f"{key} =") else line for line in good.split("\n"))
    file = tmp_path / "2030.toml"
    file.write_text(good, "utf-8")
    assert 2030 in workdays.read(tmp_path)
    file.write_text(text if text != good else f"{change}\n{good}", "utf-8")
    with pytest.raises(CalendarError, match=says) as error:
        workdays.read(tmp_path)
    assert "2030.toml" in str(error.value)


def command(*args: str) -> str:
    out = StringIO()
    call_command("workdays", *args, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_the_command_prints_the_date_and_refuses_to_guess() -> None:
    assert command("add", "2025-09-28", "5") == "2025-10-11"
    assert command("between", "2025-09-28", "2025-10-11") == "5"
    assert command("days", "2026-09-01", "30") == "2026-10-08"
    assert "国办发明电〔2025〕7号" in command("years")
    with pytest.raises(CommandError, match="holidays of 2027 are not published"):
        command("add", "2026-12-30", "5")
    assert command("add", "2026-12-30", "5", "--provisional") == "2027-01-06"
    with pytest.raises(CommandError, match="is no date"):
        command("add", "2026-13-01", "5")
    with pytest.raises(CommandError, match="cannot be negative"):
        command("add", "2026-03-01", "-5")
