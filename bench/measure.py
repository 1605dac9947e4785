"""Interleaved rounds, medians, ratios; what a scenario is."""

from __future__ import annotations

import gc
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection
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


@dataclass(frozen=True, slots=True)
class Bars:
    """``ratio``: candidate ÷ floor at most; ``share``: floor ÷ candidate at least; ``queries`` and ``seconds`` at most."""

    ratio: float | None = None
    share: float | None = None
    queries: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """``control``: a mutant that must fail the bar (an index dropped, rows one by one); it proves that the bar can fail."""

    code: str
    title: str
    bars: Bars
    prepare: Callable[[World], Pair]
    rounds: int = 9
    control: bool = False


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    code: str, title: str, *, rounds: int = 9, control: bool = False, **bars: Any
) -> Callable[[Callable[[World], Pair]], Callable[[World], Pair]]:
    """Enter a scenario; ``bars`` as in Bars."""

    def enter(prepare: Callable[[World], Pair]) -> Callable[[World], Pair]:
        SCENARIOS[code] = Scenario(code, title, Bars(**bars), prepare, rounds, control)
        return prepare

    return enter


@dataclass
class Result:
    """Seconds per unit. ``passed`` is about the bars; for a control, failing its bar is what is wanted."""

    code: str
    title: str
    volume: str
    candidate: float
    floor: float
    best: float
    ratio: float
    queries: int | None
    bars: dict[str, Any]
    passed: bool
    why: list[str] = field(default_factory=list)


def count_queries(run: Run) -> int:
    """Statements of one run; the marks of transactions are not counted, they are the measuring's own."""
    with CaptureQueriesContext(connection) as queries:
        run()
    return sum(not query["sql"].startswith(MARKS) for query in queries)


def measure(entry: Scenario, world: World, *, rounds: int | None = None) -> Result:
    """Warm both once, then take turns; medians of the rounds."""
    pair = entry.prepare(world)
    pair.candidate()
    pair.floor()
    queries = count_queries(pair.candidate) if entry.bars.queries else None
    times: dict[str, list[float]] = {"candidate": [], "floor": []}
    gc.collect()
    for _round in range(rounds or entry.rounds):
        for name, run in (("candidate", pair.candidate), ("floor", pair.floor)):
            began = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - began) / pair.units)
    mine, least = statistics.median(times["candidate"]), statistics.median(times["floor"])
    why = _misses(entry.bars, mine, least, queries)
    return Result(
        entry.code, entry.title, world.volume, mine, least, min(times["candidate"]), mine / least, queries,
        {name: value for name, value in asdict(entry.bars).items() if value is not None},
        bool(why) if entry.control else not why, why,
    )  # fmt: skip


def _misses(bars: Bars, mine: float, least: float, queries: int | None) -> list[str]:
    found = []
    if bars.ratio is not None and mine > bars.ratio * least:
        found.append(f"{mine / least:.2f} times the floor, at most {bars.ratio}")
    if bars.share is not None and least < bars.share * mine:
        found.append(f"{least / mine:.0%} of the floor's speed, at least {bars.share:.0%}")
    if bars.queries is not None and queries is not None and queries > bars.queries:
        found.append(f"{queries} queries, at most {bars.queries}")
    if bars.seconds is not None and mine > bars.seconds:
        found.append(f"{mine * 1000:.1f} ms, at most {bars.seconds * 1000:.0f} ms")
    return found


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
