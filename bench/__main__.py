"""``python -m bench [--quick] [--only E1 …] [--sizes 10000 1000000]``: see the package."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parent
QUICK_SIZES, SIZES = (10_000, 40_000), (10_000, 1_000_000)
OPEN = 300
"""Bundles under way at every volume: what an office has on its table does not grow with the years; the past does."""
WALKS = {True: 8, False: 24}
"""Bundles played through the kernel as patterns: fewer for a quick run."""
GROWTH = {"E3": 1.3, "E4": 1.3, "E3-deep": 1.3, "E6-passport": 1.3, "E6-number": 1.3, "E6-company": 1.3}
"""Scenarios that may not grow with the volume: largest ÷ smallest volume, at most."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--sizes", type=int, nargs="*")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.only, first=options.first, quick=options.quick)
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    results: list[dict[str, Any]] = []
    about: dict[str, Any] = {}
    for size in sizes:
        made = volume(size, quick=options.quick)
        out = run(
            size,
            *(["--first"] if size == min(sizes) else []),
            *(["--quick"] if options.quick else []),
            *(["--only", *options.only] if options.only else []),
        )
        about = {**about, **out["machine"], f"generate {size}": made}
        results += out["results"]
    results += grown(results, sizes)
    about["measured"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    name = "some" if options.only else "quick" if options.quick else "full"
    found = json.dumps({"machine": about, "results": results}, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(found + "\n")
    if not options.only:
        from .report import write

        write(HOUSE / "docs" / "performance.md", about, results)
    bad = [row for row in results if not row["passed"]]
    for row in results:
        print(
            f"{'ok  ' if row['passed'] else 'MISS'} {row['code']:12s} {row['volume']:>9s} {row['ratio']:8.2f}×  {row['candidate'] * 1e3:10.3f} ms  {'; '.join(row['why'])}"
        )
    return 1 if bad else 0


def home(size: int) -> dict[str, str]:
    return {**os.environ, "FOREIGNWORK_VAR": str(HOUSE / "var" / f"bench-{size}"), "DEBUG": "1"}


def volume(size: int, *, quick: bool) -> str:
    """Fill the home of this size, once; returns what ``generate`` said last."""
    done = Path(home(size)["FOREIGNWORK_VAR"]) / "generated.txt"
    manage = [sys.executable, "manage.py"]
    if done.exists():
        subprocess.run(
            [*manage, "setup_database"], cwd=HOUSE, env=home(size), check=True, capture_output=True
        )
        return done.read_text().strip()
    said = ""
    generate = ["generate", "--cases", str(size), "--seed", "1", "--walks", str(WALKS[quick])]
    generate += ["--open", f"{OPEN * 3 / size:.6f}"]
    for command in (["make_keys"], ["setup_database"], generate):
        said = subprocess.run(
            [*manage, *command], cwd=HOUSE, env=home(size), check=True, capture_output=True, text=True
        ).stdout
    done.write_text(said.strip().splitlines()[-1].strip() + "\n")
    return done.read_text().strip()


def run(size: int, *options: str) -> dict[str, Any]:
    """One process per volume: Django knows one database at a time."""
    command = [sys.executable, "-m", "bench", "--child", str(size), *options]
    out = subprocess.run(
        command, cwd=HOUSE, env=home(size), check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def child(size: int, only: list[str], *, first: bool, quick: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foreignwork.settings")
    from foreignwork.local.pair import ensure

    with ensure():
        import django

        django.setup()
        from django.conf import settings

        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        from . import machinery, pages  # noqa: F401 - they enter their scenarios
        from .measure import SCENARIOS, machine, measure
        from .world import World

        about = machine()
        world = World.on_this_database(f"{size:,}")
        results = []
        for entry in SCENARIOS.values():
            if only and entry.code not in only:
                continue
            if not entry.fits(size, first=first, quick=quick and not only):
                continue
            print(entry.code, entry.title, file=sys.stderr)
            results.append(asdict(measure(entry, world, rounds=5 if quick else None)))
        print(json.dumps({"machine": about, "results": results}, ensure_ascii=False))
    return 0


def grown(results: list[dict[str, Any]], sizes: tuple[int, ...] | list[int]) -> list[dict[str, Any]]:
    """How a page's time grows from the smallest volume to the largest, told against the bar."""
    small, large = f"{min(sizes):,}", f"{max(sizes):,}"
    if small == large:
        return []
    by = {(row["code"], row["volume"]): row for row in results}
    found = []
    for code, bar in GROWTH.items():
        low, high = by.get((code, small)), by.get((code, large))
        if not low or not high:
            continue
        ratio = high["candidate"] / low["candidate"]
        why = [] if ratio <= bar else [f"{ratio:.2f} times as long as at {small}, at most {bar}"]
        found.append(
            {**high, "code": f"{code}-growth", "title": f"{high['title']}: {large} beside {small} cases", "floor": low["candidate"],
             "ratio": ratio, "bars": {"ratio": bar}, "passed": not why, "why": why, "queries": None}
        )  # fmt: skip
    return found


if __name__ == "__main__":
    sys.exit(main())
