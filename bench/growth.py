"""What may not grow with the volume: the same page on two volumes, asked for in turn.

Both volumes stand at once, each with a process of its own, and every round asks both. Measured one after the other, minutes
apart, a shared machine that slows down in between looks like growth.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from subprocess import Popen
from typing import TYPE_CHECKING, Any

from .measure import FURTHEST, SCENARIOS, queries_of, timed, titled

if TYPE_CHECKING:
    from .world import World

BARS = {"E3": 1.3, "E3-done": 1.3, "E3-deep": 1.3, "E3-blocks": 1.3, "E4": 1.3, "E4-blocks": 1.3, "E5": 1.3, "E6-passport": 1.3,
        "E6-name": 1.3, "E6-number": 1.3, "E6-company": 1.3}  # fmt: skip
"""Largest ÷ smallest volume, at most."""
DEEP = 1.2
"""The thousandth page (or the last that a volume has) ÷ the first, at most."""
DONE, FURTHER = "E3-done", "E3-deep"
ROUNDS = 15


def serve(world: World) -> None:
    """Reads codes of scenarios, a line each ("E3-deep 41": not beyond that page); runs one round of each and tells what it took.
    Warmed when first asked for."""
    pairs: dict[str, Any] = {}
    first: dict[str, int | None] = {}
    for line in sys.stdin:
        asked = line.strip()
        code, _space, page = asked.partition(" ")
        entry = SCENARIOS[code]
        if asked not in pairs:
            world.furthest = int(page or FURTHEST)
            pairs[asked] = entry.prepare(world)
            first[asked] = queries_of(pairs[asked], timed(pairs[asked], pairs[asked].candidate, counted=True))
            timed(pairs[asked], pairs[asked].floor)
        pair = pairs[asked]
        taken, floor = timed(pair, pair.candidate), timed(pair, pair.floor)
        told = {"candidate": taken.wall, "cpu": taken.cpu, "floor": floor.wall, "tells": pair.tells, "page": pair.page,
                "title": titled(entry, pair), "queries": first[asked]}  # fmt: skip
        print(json.dumps(told), flush=True)


def compared(
    sizes: list[int], *, only: list[str], begin: Callable[[int], Popen[str]]
) -> list[dict[str, Any]]:
    """Rows as ``measure`` gives them, for each bar; ``only`` as typed. With one volume, its furthest page beside the first."""
    wanted = [code for code in BARS if not only or code in only or f"{code}-growth" in only]
    ends = list(dict.fromkeys((sizes[0], sizes[-1])))
    codes = wanted if len(ends) > 1 else [code for code in (FURTHER, DONE) if {FURTHER, DONE} <= set(wanted)]
    if not codes:
        return []
    small, large = ends[0], ends[-1]
    running = {size: begin(size) for size in ends}
    try:
        # A page as far back as the smaller volume reaches is asked of both; the thousandth beside the first, of whoever has it.
        deep = f"{FURTHER} {_ask(running[small], FURTHER)['page']}" if FURTHER in codes else ""
        asked = [deep if code == FURTHER else code for code in codes]
        if len(ends) > 1 and {FURTHER, DONE} <= set(codes):
            asked.append(FURTHER)
        told = _rounds(running, asked)
    finally:
        for process in running.values():
            process.communicate()
    found = []
    if small != large:
        words = f"{large:,} beside {small:,} cases"
        for code in codes:
            key = deep if code == FURTHER else code
            found.append(_row(f"{code}-growth", large, words, told[large, key], told[small, key], BARS[code]))
    if {FURTHER, DONE} <= set(codes):
        for size in ends:
            far, first = told[size, deep if size == small else FURTHER], told[size, DONE]
            name = f"E3-page-{far[0]['page']}-{size:,}"
            found.append(_row(name, size, "beside the first page", far, first, DEEP))
    return found


def _rounds(running: dict[int, Popen[str]], codes: list[str]) -> dict[tuple[int, str], list[dict[str, Any]]]:
    told: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for _round in range(ROUNDS):
        for code in codes:
            for size, process in running.items():
                told.setdefault((size, code), []).append(_ask(process, code))
    return told


def _ask(process: Popen[str], code: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    print(code, file=process.stdin, flush=True)
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def _row(
    name: str,
    size: int,
    words: str,
    high: list[dict[str, Any]],
    low: list[dict[str, Any]],
    bar: float,
) -> dict[str, Any]:
    mine, least = (statistics.median(one["candidate"] for one in rows) for rows in (high, low))
    why = [] if mine <= bar * least else [f"{mine / least:.2f} times, at most {bar}"]
    return {
        "code": name, "title": f"{high[0]['title']}: {words}", "volume": f"{size:,}", "candidate": mine, "floor": least,
        "best": min(one["candidate"] for one in high), "cpu": statistics.median(one["cpu"] for one in high), "ratio": mine / least,
        "queries": high[0]["queries"], "bars": {"ratio": bar}, "passed": not why, "control": False, "tells": high[0]["tells"], "units": 1, "why": why,
    }  # fmt: skip
