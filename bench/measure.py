"""Interleaved rounds, medians, ratios; what a scenario is."""

from __future__ import annotations

import gc
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

if TYPE_CHECKING:
    from .world import World

Run = Callable[[], object]
MARKS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@dataclass(frozen=True, slots=True)
class Pair:
    """What is measured, and the least that any program would have to do for the same result."""

    candidate: Run
    floor: Run
    units: int = 1
    """how many things one run handles; times are told per thing"""
    before_candidate: Run | None = None
    """what makes a control a mutant, outside its time"""
    tells: str = ""
    """what a run returns and is judged by instead of seconds ("blocks" read by the database: they do not jitter)"""
    before: Run | None = None
    """makes the rows that a run needs, outside its time; run and rows are then undone together"""


@dataclass(frozen=True, slots=True)
class Bars:
    """``ratio``: candidate ÷ floor at most; ``share``: floor ÷ candidate at least; ``queries``, ``seconds`` and ``memory`` (megabytes of this
    process at its highest) at most."""

    ratio: float | None = None
    share: float | None = None
    queries: int | None = None
    seconds: float | None = None
    memory: int | None = None
    blocks: int | None = None
    """of 8 kB that the database looks at, at most"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """``control``: a mutant that must fail the bar (an index dropped, rows one by one); it proves that the bar can fail."""

    code: str
    title: str
    bars: Bars
    prepare: Callable[[World], Pair]
    rounds: int = 9
    control: bool = False
    once: bool = False
    """does not depend on how many cases there are: measured at the smallest volume only"""
    smallest: int = 0
    """cases below which it says nothing"""
    slow: bool = False
    """left out of a quick run"""

    def fits(self, cases: int, *, first: bool, quick: bool) -> bool:
        return cases >= self.smallest and (first or not self.once) and not (quick and self.slow)


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    code: str,
    title: str,
    *,
    rounds: int = 9,
    control: bool = False,
    once: bool = False,
    smallest: int = 0,
    slow: bool = False,
    **bars: Any,
) -> Callable[[Callable[[World], Pair]], Callable[[World], Pair]]:
    """Enter a scenario; ``bars`` as in Bars."""

    def enter(prepare: Callable[[World], Pair]) -> Callable[[World], Pair]:
        SCENARIOS[code] = Scenario(code, title, Bars(**bars), prepare, rounds, control, once, smallest, slow)
        return prepare

    return enter


@dataclass
class Result:
    """Seconds per unit; ``cpu`` those of this process alone, without the database's. ``passed`` is about the bars; for a control, failing its bar is what is wanted."""

    code: str
    title: str
    volume: str
    candidate: float
    floor: float
    best: float
    cpu: float
    ratio: float
    queries: int | None
    bars: dict[str, Any]
    passed: bool
    control: bool
    tells: str
    units: int
    why: list[str] = field(default_factory=list)


def count_queries(run: Run) -> int:
    """Statements of one run; the marks of transactions are not counted, they are the measuring's own."""
    with CaptureQueriesContext(connection) as queries:
        run()
    return sum(not query["sql"].startswith(MARKS) for query in queries)


def measure(entry: Scenario, world: World, *, rounds: int | None = None) -> Result:
    """Warm both once, then take turns; medians of the rounds."""
    pair = entry.prepare(world)
    if entry.rounds > 1:
        timed(pair, pair.candidate)
        timed(pair, pair.floor)
    queries = count_queries(pair.candidate) if entry.bars.queries else None
    times: dict[str, list[float]] = {"candidate": [], "floor": [], "cpu": []}
    gc.collect()
    for _round in range(min(rounds or entry.rounds, entry.rounds)):
        for name, run in (("candidate", pair.candidate), ("floor", pair.floor)):
            wall, cpu = timed(pair, run)
            times[name].append(wall / pair.units)
            if name == "candidate":
                times["cpu"].append(cpu / pair.units)
    mine, least = statistics.median(times["candidate"]), statistics.median(times["floor"])
    why = _misses(entry.bars, mine, least, queries)
    return Result(
        entry.code, entry.title, world.volume, mine, least, min(times["candidate"]),
        statistics.median(times["cpu"]), mine / least, queries,
        {name: value for name, value in asdict(entry.bars).items() if value is not None},
        bool(why) if entry.control else not why, entry.control, pair.tells, pair.units, why,
    )  # fmt: skip


class _Undo(Exception):
    """Ends a round whose rows were made before it."""


def timed(pair: Pair, run: Run) -> tuple[float, float]:
    """Seconds by the clock and of this process's processor."""
    if pair.before_candidate and run is pair.candidate:
        pair.before_candidate()
    if pair.before is None:
        return (float(str(run())), 0.0) if pair.tells else _clocked(run)
    found = (0.0, 0.0)
    with suppress(_Undo), transaction.atomic():
        pair.before()
        found = _clocked(run)
        raise _Undo
    return found


def _clocked(run: Run) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def _misses(bars: Bars, mine: float, least: float, queries: int | None) -> list[str]:
    found = []
    if bars.ratio is not None and mine > bars.ratio * least:
        found.append(f"{mine / least:.2f} times the floor, at most {bars.ratio}")
    if bars.share is not None and least < bars.share * mine:
        found.append(f"{least / mine:.0%} of the floor's speed, at least {bars.share:.0%}")
    if bars.queries is not None and queries is not None and queries > bars.queries:
        found.append(f"{queries} queries, at most {bars.queries}")
    if bars.seconds is not None and mine > bars.seconds:
        found.append(f"{mine * 1e6:.1f} µs, at most {bars.seconds * 1e6:.0f} µs")
    if bars.blocks is not None and mine > bars.blocks:
        found.append(f"{mine:.0f} blocks, at most {bars.blocks}")
    if bars.memory is not None and highest_memory() > bars.memory:
        found.append(f"{highest_memory():.0f} MB, at most {bars.memory} MB")
    return found


def highest_memory() -> float:
    """Megabytes this process has held at its highest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> dict[str, str]:
    """What the figures were measured on; no name of a host."""
    import os

    import django
    import psycopg

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "python": platform.python_version(),
        "django": django.get_version(),
        "psycopg": psycopg.__version__,
        "postgresql": server,
        "load before": f"{os.getloadavg()[0]:.2f}",
        "implementation": sys.implementation.name,
    }
