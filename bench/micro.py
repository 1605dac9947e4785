"""Small costs, measured and never tested by the clock: ``python bench/micro.py`` prints microseconds as JSON.

Aims: one advice under 5,000 µs, one step of working-day arithmetic under 5 µs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import process_time
from timeit import repeat

import django

sys.path.insert(0, str(Path(__file__).parent.parent))

DAY = date(2026, 3, 2)
PERSON = {
    "age": 38,
    "education": "doctor",
    "work_years": 8,
    "annual_salary_cny": 480_000,
    "months_per_year": 12,
    "hsk": "5",
    "catalogue_fit": True,
    "b_roles": ["hired"],
    "achievements": ["papers"],
}


def best(work: Callable[[], object], number: int) -> float:
    """Microseconds of processor time for one call: the best of five rounds, whatever else the machine does."""
    return round(min(repeat(work, number=number, repeat=5, timer=process_time)) / number * 1e6, 2)


def measured() -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foreignwork.settings")
    django.setup()  # before anything that reads settings or the matters' sections
    from foreignwork.policies import loader, workdays
    from foreignwork.policies.classification.advice import advise
    from foreignwork.policies.classification.facts import read

    pack = loader.load("gansu", on=DAY)
    facts = read(PERSON, pack)
    start, end = date(2026, 2, 13), date(2026, 10, 13)
    return {
        "advice": best(lambda: advise(pack, facts), 300),
        "workdays_add": best(lambda: workdays.add(start, workdays.WorkingDays(20)), 20_000),
        "workdays_between": best(lambda: workdays.between(start, end), 20_000),
        "workdays_calendar_days": best(lambda: workdays.add_days(start, workdays.CalendarDays(30)), 20_000),
    }


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
