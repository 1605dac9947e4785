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

from .measure import SCENARIOS, timed

if TYPE_CHECKING:
    from .world import World

BARS = {"E3": 1.3, "E3-done": 1.3, "E3-deep": 1.3, "E3-blocks": 1.3, "E4": 1.3, "E5": 1.3, "E6-passport": 1.3, "E6-number": 1.3,
        "E6-company": 1.3}  # fmt: skip
"""Largest ÷ smallest volume, at most."""
DEEP = 1.2
"""The thousandth page ÷ the first, at most."""
PAGES = ("E3-deep", "E3-done")
ROUNDS = 15


def serve(world: World) -> None:
    """Reads codes of scenarios, a line each; runs one round of each and tells its times. Warmed when first asked for."""
    pairs: dict[str, Any] = {}
    for line in sys.stdin:
        code = line.strip()
        if code not in pairs:
            pair = pairs[code] = SCENARIOS[code].prepare(world)
            timed(pair, pair.candidate)
            timed(pair, pair.floor)
        pair = pairs[code]
        wall, cpu = timed(pair, pair.candidate)
        floor, _cpu = timed(pair, pair.floor)
        print(
            json.dumps(
                {
                    "candidate": wall,
                    "cpu": cpu,
                    "floor": floor,
                    "tells": pair.tells,
                    "title": SCENARIOS[code].title,
                }
            ),
            flush=True,
        )


def compared(
    sizes: list[int], *, only: list[str], begin: Callable[[int], Popen[str]]
) -> list[dict[str, Any]]:
    """Rows as ``measure`` gives them, for each bar; ``only`` as typed. With one volume, the deep page beside the first."""
    wanted = [code for code in BARS if not only or code in only or f"{code}-growth" in only]
    ends = list(dict.fromkeys((sizes[0], sizes[-1])))
    codes = wanted if len(ends) > 1 else [code for code in PAGES if set(PAGES) <= set(wanted)]
    if not codes:
        return []
    running = {size: begin(size) for size in ends}
    try:
        told = _rounds(running, codes)
    finally:
        for process in running.values():
            process.communicate()
    small, large = ends[0], ends[-1]
    found = []
    if small != large:
        words = f"{large:,} beside {small:,} cases"
        found += [
            _row(f"{code}-growth", large, words, told[large, code], told[small, code], BARS[code])
            for code in codes
        ]
    if set(PAGES) <= set(codes):
        deep, first = PAGES
        found += [
            _row(
                f"E3-page-1000-{size:,}",
                size,
                "beside the first page",
                told[size, deep],
                told[size, first],
                DEEP,
            )
            for size in ends
        ]
    return found


def _rounds(running: dict[int, Popen[str]], codes: list[str]) -> dict[tuple[int, str], list[dict[str, Any]]]:
    told: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for _round in range(ROUNDS):
        for code in codes:
            for size, process in running.items():
                assert process.stdin is not None
                assert process.stdout is not None
                print(code, file=process.stdin, flush=True)
                told.setdefault((size, code), []).append(json.loads(process.stdout.readline()))
    return told


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
        "queries": None, "bars": {"ratio": bar}, "passed": not why, "control": False, "tells": high[0]["tells"], "units": 1, "why": why,
    }  # fmt: skip
