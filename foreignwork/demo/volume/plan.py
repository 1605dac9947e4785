"""How often each harvested bundle is copied, and into which week. Everything later depends on this list and the seed only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any

from foreignwork.deadlines.clocks import derive
from foreignwork.policies.workdays import Due, period

from .harvest import Harvest

WEEK = timedelta(days=7)
SPREAD = 60
"""Weeks that one pattern is copied into: to shift it costs as much as some ten copies."""
TOGETHER = 8
"""Copies of one pattern that go into the same week at a time, on average."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``count`` copies of template number ``template``, ``weeks`` earlier."""

    template: int
    weeks: int
    count: int


def dues(harvest: Harvest, weeks: int) -> dict[int, Due]:
    """Deadline id → its last day when everything happens ``weeks`` earlier: derived anew, because holidays differ."""
    pauses: dict[tuple[int, str], list[tuple[date, date | None]]] = {}
    back = WEEK * weeks
    for row in _rows(harvest, "pause"):
        until = row["until_on"] and row["until_on"] - back
        pauses.setdefault((row["case_id"], row["kind"]), []).append((row["from_on"] - back, until))
    longer: dict[tuple[int, str], int] = {}
    for row in _rows(harvest, "extension"):
        key = (row["case_id"], row["kind"])
        longer[key] = longer.get(key, 0) + row["amount"]
    found = {}
    for row in _rows(harvest, "deadline"):
        key = (row["case_id"], row["kind"])
        amount = row["amount"] + longer.get(key, 0)
        found[row["id"]] = derive(row["started_on"] - back, period(amount, row["unit"]), pauses.get(key, ()))
    return found


def _rows(harvest: Harvest, name: str) -> list[dict[str, Any]]:
    return next((rows for model, rows in harvest.rows.items() if model._meta.model_name == name), [])


def fits(harvest: Harvest, weeks: int, today: date) -> bool:
    """Whether these rows could stand ``weeks`` earlier: nothing fired early, nothing is left over that should have fired."""
    back = WEEK * weeks
    last_day = dues(harvest, weeks)
    for row in _rows(harvest, "deadline"):
        due = last_day[row["id"]]
        if row["fired_at"] and (due.provisional or row["fired_at"].date() - back <= due.on):
            return False
        running = not (row["fired_at"] or row["met_on"] or row["voided_at"])
        if running and due.on < today and not due.provisional:
            return False
    for row in _rows(harvest, "entitlement"):
        if row["status"] == "active" and row["valid_until"] and row["valid_until"] - back < today:
            return False
    return True


def earlier(harvest: Harvest, years: int, today: date, rng: Random, *, wanted: int = SPREAD) -> list[int]:
    """Up to ``wanted`` weeks, in order, by which these rows could stand earlier; empty when there is none in ``years``."""
    tried = rng.sample(range(1, years * 52), years * 52 - 1)
    return sorted(islice((week for week in tried if fits(harvest, week, today)), wanted))


def plan(
    harvests: Sequence[Harvest], *, cases: int, years: int, open_share: float, today: date, rng: Random
) -> list[Batch]:
    """Batches that hold ``cases`` cases in all, oldest week first; at most ``open_share`` of them still open."""
    sizes = [len(_rows(harvest, "case")) for harvest in harvests]
    still_open = [any(row["closed_at"] is None for row in _rows(harvest, "case")) for harvest in harvests]
    weeks = {number: earlier(harvest, years, today, rng) for number, harvest in enumerate(harvests)}
    now = [
        number for number, harvest in enumerate(harvests) if still_open[number] and fits(harvest, 0, today)
    ]
    past = [number for number in weeks if weeks[number] and not still_open[number]]
    # A granted case waits open for service or for a sibling: such bundles may lie in the past as well.
    past = past or [number for number in weeks if weeks[number]]
    if not past:
        raise ValueError("no harvested bundle is finished: nothing can be copied into the past")
    wanted: dict[tuple[int, int], int] = {}
    written = 0
    while written < cases:
        fresh = bool(now) and rng.random() < open_share
        number = rng.choice(now if fresh else past)
        week = 0 if fresh else rng.choice(weeks[number])
        count = min(rng.randrange(1, 2 * TOGETHER), -(-(cases - written) // sizes[number]))
        wanted[number, week] = wanted.get((number, week), 0) + count
        written += count * sizes[number]
    return [
        Batch(number, week, count)
        for (number, week), count in sorted(wanted.items(), key=lambda e: (-e[0][1], e[0][0]))
    ]
