"""``python -m bench [run|report] [--quick] [--only E1 …] [--sizes 10000 1000000]``: see the package."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from . import growth

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parent
RESULTS = HERE / "results"
DOCUMENT = HOUSE / "docs" / "performance.md"
QUICK_SIZES, SIZES = (10_000,), (10_000, 1_000_000)
OPEN = 300
"""Bundles under way at every volume: what an office has on its table does not grow with the years; the past does."""
PLAY = {True: ("--walks", "4", "--no-detours"), False: ("--walks", "16")}
"""Bundles played through the kernel as patterns: fewer for a quick run, which has a volume of its own."""
FEWEST = 7
"""Rounds of each scenario in a quick run."""
HALVES = (("I7", "I10", "I11"), tuple(f"I{n}" for n in range(1, 17) if n not in (7, 10, 11)))
"""Invariants that are asked side by side: nobody else is at work in a volume, so one snapshot is as good as two."""
MILLION_WITHIN = 600
"""Seconds in which a million cases are generated on two cores."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("what", nargs="?", choices=["run", "report"], default="run")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--sizes", type=int, nargs="*")
    parser.add_argument(
        "--no-verify", action="store_true", help="leave out verify_invariants over each volume"
    )
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options)
    return report() if options.what == "report" else measured(options)


def measured(options: argparse.Namespace) -> int:
    began = time.monotonic()
    sizes = sorted(options.sizes or (QUICK_SIZES if options.quick else SIZES))
    found: dict[str, Any] = {"machine": {}, "volumes": {}, "results": []}
    for size in sizes:
        found["volumes"][f"{size:,}"] = volume(
            size, quick=options.quick, verify=not (options.no_verify or options.quick or options.only)
        )
        out = run(
            size,
            options.quick,
            *(["--first"] if size == sizes[0] else []),
            *(["--only", *options.only] if options.only else []),
        )
        found["machine"] |= out["machine"]
        found["results"] += out["results"]
    found["results"] += growth.compared(
        sizes, only=options.only, begin=lambda size: begin(size, options.quick)
    )
    found["machine"]["in all"] = f"{time.monotonic() - began:.0f} s"
    found["machine"]["measured"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    name = "some" if options.only else "quick" if options.quick else "full"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    if not options.only:
        report()
    for row in found["results"]:
        print(
            f"{'ok  ' if row['passed'] else 'MISS'} {row['code']:14s} {row['volume']:>9s} {row['ratio']:8.2f}×  {row['candidate'] * 1e3:10.3f} ms  {'; '.join(row['why'])}"
        )
    for size_, entry in found["volumes"].items():
        print(f"{'ok  ' if entry['passed'] else 'MISS'} {size_} cases: {entry['generate'][-1]}")
    every = [*found["results"], *found["volumes"].values()]
    return 0 if all(row["passed"] for row in every) else 1


def report() -> int:
    """docs/performance.md anew, from what lies in bench/results."""
    from .report import write

    write(DOCUMENT, RESULTS)
    return 0


BUFFERS = "4GB"
"""Memory of the database for pages, as a server for a million cases would have; with the 64 MB of a desk they would be read from
the disk."""


def home(size: int, quick: bool) -> dict[str, str]:
    place = str(HOUSE / "var" / (f"bench-quick-{size}" if quick else f"bench-{size}"))
    return {**os.environ, "FOREIGNWORK_VAR": place, "FOREIGNWORK_BUFFERS": BUFFERS, "DEBUG": "1"}


def volume(size: int, *, quick: bool, verify: bool) -> dict[str, Any]:
    """Fill the home of this size, once, and let the invariants judge it; what ``generate`` and ``verify_invariants`` said."""
    place = home(size, quick)
    done = Path(place["FOREIGNWORK_VAR"]) / "made.json"
    if done.exists():
        found: dict[str, Any] = json.loads(done.read_text())
        if found["by"] != generator():
            raise SystemExit(f"{done.parent} was filled by another generator: remove it, it is filled anew")
        _manage(place, "setup_database")
    else:
        generate = ["generate", "--cases", str(size), "--seed", "1", *PLAY[quick]]
        generate += ["--open", f"{OPEN * 3 / size:.6f}"]
        _manage(place, "make_keys")
        _manage(place, "setup_database")
        began = time.monotonic()
        # Nobody was told that any of it is kept, until all is: it is written to the disk once, at the end.
        said = _manage(place, *generate, FOREIGNWORK_DURABLE="no").stdout.strip().splitlines()
        os.sync()
        found = {"by": generator(), "generate": [line.strip() for line in said]}
        found["seconds"] = time.monotonic() - began
        found["passed"] = size < 1_000_000 or found["seconds"] <= MILLION_WITHIN
        _tidied(place)
        done.write_text(json.dumps(found))
    if verify and "invariants" not in found:
        if (done.parent / "world.json").exists():
            # The case that was given a hundred events for E5 has rows of no meaning: I3 and I4 would name it.
            raise SystemExit(
                f"{done.parent} was measured before it was judged: remove it, or say --no-verify"
            )
        with ThreadPoolExecutor(2) as pool:
            outs = list(pool.map(lambda half: _judged(place, half), HALVES))
        found["invariants"] = [line for out in outs for line in out.stdout.strip().splitlines()]
        found["invariants"] += [line for out in outs for line in out.stderr.strip().splitlines()[:20]]
        found["passed"] &= not any(out.returncode for out in outs)
        done.write_text(json.dumps(found))
    return found


def _judged(place: dict[str, str], codes: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return _manage(place, "verify_invariants", "--verbosity", "2", "--only", *codes, check=False)


def generator() -> str:
    """What fills a volume, and the tables it fills, as a few letters: what was filled by another is not comparable."""
    found = sha256()
    for pattern in ("foreignwork/demo/**/*.py", "*/migrations/*.py", "foreignwork/*/migrations/*.py"):
        for file in sorted(HOUSE.glob(pattern)):
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


def _tidied(place: dict[str, str]) -> None:
    """What the database does by itself within a day: else it would do it while we measure."""
    _manage(place, "shell", "-v", "0", "-c", "from bench.__main__ import tidy; tidy()")


def tidy() -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _manage(
    place: dict[str, str], *command: str, check: bool = True, **more: str
) -> subprocess.CompletedProcess[str]:
    every = [sys.executable, "manage.py", *command]
    env = place | more
    return subprocess.run(every, cwd=HOUSE, env=env, check=check, capture_output=True, text=True)


def run(size: int, quick: bool, *options: str) -> dict[str, Any]:
    """One process per volume: Django knows one database at a time."""
    more = ["--quick"] if quick else []
    out = subprocess.run(
        command(size, *more, *options),
        cwd=HOUSE,
        env=home(size, quick),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(out.stdout.splitlines()[-1])
    return found


def command(size: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "bench", "--child", str(size), *options]


def begin(size: int, quick: bool) -> subprocess.Popen[str]:
    """A process on this volume that runs a round of a scenario whenever it is asked for one."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    return subprocess.Popen(command(size, "--serve"), cwd=HOUSE, env=home(size, quick), **pipes)  # type: ignore[call-overload]


def child(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foreignwork.settings")
    from foreignwork.local.pair import ensure

    with ensure():
        import django

        django.setup()
        from django.conf import settings

        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        from foreignwork.standing import settled

        from . import draws, machinery, pages  # noqa: F401 - they enter their scenarios
        from .measure import SCENARIOS, machine, measure
        from .world import World

        settled()  # as every process that serves
        about = machine()
        world = World.on_this_database(f"{options.child:,}")
        if options.serve:
            growth.serve(world)
            return 0
        results = []
        for entry in SCENARIOS.values():
            if options.only and entry.code not in options.only:
                continue
            if not entry.fits(options.child, first=options.first, quick=options.quick and not options.only):
                continue
            began = time.monotonic()
            results.append(asdict(measure(entry, world, rounds=FEWEST if options.quick else None)))
            if entry.undoes:
                tidy()  # the database would by itself, while the next is measured
            print(f"{time.monotonic() - began:6.1f} s  {entry.code} {entry.title}", file=sys.stderr)
        print(json.dumps({"machine": about, "results": results}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
