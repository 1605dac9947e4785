"""How often each pattern is copied, and into which week. Everything later depends on this list and the seed only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from foreignwork.cases.clock import today as local
from foreignwork.cases.expiry import EXPIRED
from foreignwork.deadlines.clocks import derive
from foreignwork.policies.workdays import Due, period

from .harvest import Harvest

WEEK = timedelta(days=7)
SPREAD = 60
"""Weeks that one pattern is copied into: to shift it costs as much as some ten copies."""
TOGETHER = 8
"""Copies of one pattern that go into the same week at a time, on average."""


RARE = 8
"""Weeks that a moment on the way is copied into."""
RARELY = 4
"""Copies of each moment on the way, however large the volume: what offices have on their tables does not grow with the years."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows as they stood at ``moment``. ``rare``: a moment on the way, kept because a case stood somewhere new."""

    rows: Harvest
    moment: datetime
    rare: bool = False

    @property
    def open(self) -> bool:
        return any(row["closed_at"] is None for row in _rows(self.rows, "case"))

    @property
    def at_rest(self) -> bool:
        return self.rows.at_rest


@dataclass(frozen=True, slots=True)
class Batch:
    """``count`` copies of template number ``template``, ``weeks`` earlier (later, when below nothing)."""

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
        if row["fired_at"] and (due.provisional or local(row["fired_at"]) - back <= due.on):
            return False
        running = not (row["fired_at"] or row["met_on"] or row["voided_at"])
        if running and due.on < today and not due.provisional:
            return False
    told = {row["entitlement_id"] for row in _rows(harvest, "reminder") if row["kind"] == EXPIRED}
    for row in _rows(harvest, "entitlement"):
        if row["status"] == "active" and row["valid_until"]:
            over = row["valid_until"] - back < today
            if over != (row["id"] in told):
                return False
    return True


def weeks_of(pattern: Pattern, since: date, today: date, rng: Random, *, wanted: int = SPREAD) -> list[int]:
    """Up to ``wanted`` weeks, in order, by which these rows could stand earlier (later, when below nothing); none from before
    ``since``, none beyond ``today``.

    What is under way is moved towards today first: there it waits on an officer's table, not in a forgotten year.
    """
    most = (local(pattern.rows.begun) - since) // WEEK
    later = (today - local(pattern.moment)) // WEEK
    near = list(range(-later, 1)) if pattern.open else []
    tried = list(range(1, most))
    if pattern.at_rest:
        near, tried = [], near + tried
    rng.shuffle(tried)
    return sorted(islice((week for week in [*near, *tried] if fits(pattern.rows, week, today)), wanted))


def _by_place(patterns: Sequence[Pattern], numbers: Sequence[int]) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for number in numbers:
        found.setdefault(patterns[number].rows.jurisdiction, []).append(number)
    return list(found.values())


def plan(
    patterns: Sequence[Pattern], *, cases: int, since: date, open_share: float, today: date, rng: Random
) -> list[Batch]:
    """Batches that hold ``cases`` cases in all, oldest week first; at most ``open_share`` of the filings still open.

    Each moment on the way is copied a few times, so that a case stands in every state that any pattern came to.
    """
    sizes = [len(_rows(one.rows, "case")) for one in patterns]
    weeks = [weeks_of(one, since, today, rng, wanted=RARE if one.rare else SPREAD) for one in patterns]
    whole = [number for number, one in enumerate(patterns) if not one.rare]
    usable = [number for number in whole if weeks[number]]
    now = [n for n in usable if patterns[n].open and not patterns[n].at_rest and weeks[n][0] <= 0]
    # What was granted long ago and waits for nobody lies in the past as well; what is still on a table does not.
    past = [n for n in usable if patterns[n].at_rest] or [n for n in usable if weeks[n][-1] > 0]
    if not past:
        raise ValueError("no pattern is finished: nothing can be copied into the past")
    then = {True: {n: [w for w in weeks[n] if w <= 0] for n in now}}
    then[False] = {n: weeks[n] if patterns[n].at_rest else [w for w in weeks[n] if w > 0] for n in past}
    # Most people have a plain life; one with many filings and files is the exception (and takes longest to write).
    heavy = [sum(map(len, one.rows.rows.values())) / size for one, size in zip(patterns, sizes, strict=True)]
    plain = [(min(heavy) / each) ** 2 for each in heavy]
    places = {fresh: _by_place(patterns, list(found)) for fresh, found in then.items()}
    room = {
        fresh: [min(SPREAD, sum(len(then[fresh][n]) for n in mine)) for mine in found]
        for fresh, found in places.items()
    }
    wanted: dict[tuple[int, int], int] = {}
    written = 0

    def add(number: int, week: int, count: int) -> None:
        nonlocal written
        wanted[number, week] = wanted.get((number, week), 0) + count
        written += count * sizes[number]

    for number, one in enumerate(patterns):
        if one.rare and weeks[number]:
            for _copy in range(min(RARELY, max(1, cases // (8 * len(patterns))))):
                add(number, rng.choice(weeks[number]), 1)
    while written < cases:
        fresh = bool(now) and rng.random() < open_share
        # The place first: else whose people happened to have the plainest lives would have nearly all of them.
        # What fits into a few weeks only is not copied into them by the thousand.
        [pool] = rng.choices(places[fresh], weights=room[fresh])
        [number] = rng.choices(pool, weights=[plain[n] * len(then[fresh][n]) for n in pool])
        week = rng.choice(then[fresh][number])
        add(number, week, min(rng.randrange(1, 2 * TOGETHER), -(-(cases - written) // sizes[number])))
    return [
        Batch(number, week, count)
        for (number, week), count in sorted(wanted.items(), key=lambda e: (-e[0][1], e[0][0]))
    ]
