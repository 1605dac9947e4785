"""Interleaved rounds, medians, ratios; what a scenario is."""

from __future__ import annotations

import gc
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

if TYPE_CHECKING:
    from .world import World

Run = Callable[[], object]
MARKS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
FURTHEST = 1000
"""The page of a long list that is looked at, where there are as many."""


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
    fill: Run | None = None
    """the same where the run itself commits: what it leaves is its own to clear away"""
    queries: int | None = None
    """statements of a run, where it sends them by a connection of its own"""
    page: int = 0
    """which page of a list was asked for: not every volume has as many"""


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
    undoes: bool = False
    """leaves thousands of rows that were undone: they lie in tables and indexes until the database tidies up"""

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
    undoes: bool = False,
    **bars: Any,
) -> Callable[[Callable[[World], Pair]], Callable[[World], Pair]]:
    """Enter a scenario; ``bars`` as in Bars."""

    def enter(prepare: Callable[[World], Pair]) -> Callable[[World], Pair]:
        SCENARIOS[code] = Scenario(
            code, title, Bars(**bars), prepare, rounds, control, once, smallest, slow, undoes
        )
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


@contextmanager
def _asked() -> Iterator[list[int]]:
    """Counts the statements sent within, COPY too; the marks of transactions are not counted, they are the measuring's own.

    Nothing is kept of them, as Django's own capture does: a draw of a million is judged by its memory as well.
    """
    count = [0]

    class Counting(CursorWrapper):
        def execute(self, sql: Any, params: Any = None) -> Any:
            count[0] += not str(sql).startswith(MARKS)
            return super().execute(sql, params)

        def executemany(self, sql: Any, param_list: Any) -> Any:
            count[0] += 1
            return super().executemany(sql, param_list)

        def copy(self, statement: Any, *args: Any) -> Any:
            count[0] += 1
            return self.cursor.copy(statement, *args)

    connection.make_cursor = lambda cursor: Counting(cursor, connection)  # type: ignore[method-assign]
    try:
        yield count
    finally:
        del connection.make_cursor


def count_queries(run: Run) -> int:
    """Statements of one run."""
    with _asked() as count:
        run()
    return count[0]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took: seconds by the clock (or what it tells instead), seconds of this process's processor, statements."""

    wall: float
    cpu: float = 0.0
    queries: int | None = None


def measure(entry: Scenario, world: World, *, rounds: int | None = None) -> Result:
    """Warm both once, then take turns; medians of the rounds. Statements are counted outside them, where there is a warm run."""
    pair = entry.prepare(world)
    queries = None
    if entry.rounds > 1:
        queries = queries_of(pair, timed(pair, pair.candidate, counted=True))
        timed(pair, pair.floor)
    taken: dict[str, list[Taken]] = {"candidate": [], "floor": []}
    gc.collect()
    for _round in range(min(rounds or entry.rounds, entry.rounds)):
        for name, run in (("candidate", pair.candidate), ("floor", pair.floor)):
            one = timed(pair, run, counted=entry.rounds == 1 and name == "candidate")
            taken[name].append(one)
            queries = queries if one.queries is None else queries_of(pair, one)
    walls = {name: [one.wall / pair.units for one in every] for name, every in taken.items()}
    cpu = statistics.median(one.cpu / pair.units for one in taken["candidate"])
    mine, least = statistics.median(walls["candidate"]), statistics.median(walls["floor"])
    why = _misses(entry.bars, mine, least, queries)
    return Result(
        entry.code, titled(entry, pair), world.volume, mine, least, min(walls["candidate"]), cpu, mine / least, queries,
        {name: value for name, value in asdict(entry.bars).items() if value is not None},
        bool(why) if entry.control else not why, entry.control, pair.tells, pair.units, why,
    )  # fmt: skip


def queries_of(pair: Pair, taken: Taken) -> int | None:
    return taken.queries if pair.queries is None else pair.queries


def titled(entry: Scenario, pair: Pair) -> str:
    """With what was really measured, where a volume decides it."""
    found = entry.title
    if pair.page:
        found += f" (page {pair.page:,})"
    if entry.rounds == 1:
        found += " (one round)"
    return found


class _Undo(Exception):
    """Ends a round whose rows were made before it."""


def timed(pair: Pair, run: Run, *, counted: bool = False) -> Taken:
    """One run, with what has to stand there before it."""
    if pair.before_candidate and run is pair.candidate:
        pair.before_candidate()
    if pair.fill:
        pair.fill()
    if pair.tells:
        return Taken(float(str(run())), queries=pair.queries)
    if pair.before is None:
        return _clocked(run, counted=counted)
    found = Taken(0.0)
    with suppress(_Undo), transaction.atomic():
        pair.before()
        found = _clocked(run, counted=counted)
        raise _Undo
    return found


def _clocked(run: Run, *, counted: bool) -> Taken:
    if counted:
        with _asked() as count:
            found = _clocked(run, counted=False)
        return replace(found, queries=count[0])
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


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
