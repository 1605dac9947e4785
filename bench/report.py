"""docs/performance.md from the results: figures, bars, what falls short. Words about causes stand in bench/notes.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOTES = Path(__file__).with_name("notes.md")


def write(target: Path, about: dict[str, Any], results: list[dict[str, Any]]) -> None:
    lines = [
        "# How fast it is",
        "",
        "Written by `make bench` from bench/results; do not edit (words about causes: bench/notes.md). Every figure stands beside its",
        "floor, measured in the same process in turn; medians. A *control* is a mutant that must miss its bar.",
        "",
        "| machine | |",
        "|---|---|",
        *[f"| {name} | {value} |" for name, value in about.items()],
        "",
        "*cpu* is the processor time of this process alone, which a busy machine does not lengthen as it does the others.",
        "",
        "| scenario | cases | this | cpu | floor | ratio | queries | bar | |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for row in results:
        bars = ", ".join(f"{name} {value}" for name, value in row["bars"].items())
        queries = row["queries"] if row["queries"] is not None else ""
        verdict = "holds" if row["passed"] else "**misses**"
        lines.append(
            f"| {row['code']} {row['title']} | {row['volume']} | {_time(row['candidate'])} | {_time(row['cpu'])} | {_time(row['floor'])} |"
            f" {row['ratio']:.2f} | {queries} | {bars} | {verdict} |"
        )
    target.write_text("\n".join([*lines, "", NOTES.read_text() if NOTES.exists() else ""]))


def _time(seconds: float) -> str:
    return (
        f"{seconds * 1e6:.1f} µs"
        if seconds < 1e-3
        else f"{seconds * 1e3:.2f} ms"
        if seconds < 1
        else f"{seconds:.2f} s"
    )
