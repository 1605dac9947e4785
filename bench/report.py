"""docs/performance.md from bench/results: figures, bars, what falls short. Words about causes stand in bench/notes.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTES = Path(__file__).with_name("notes.md")
HEADS = {
    "full": "Full run",
    "quick": "Quick run (`make bench QUICK=1`)",
}


def write(target: Path, results: Path) -> None:
    """The newest full run and the newest quick run, whichever there are."""
    lines = [
        "# How fast it is",
        "",
        "Written by `python -m bench` (again, without measuring: `python -m bench report`) from bench/results; do not edit. Words",
        "about causes: bench/notes.md. Every figure stands beside its floor, measured in the same process in turn; medians of at least",
        "seven rounds. A *control* is a mutant that must miss its bar, or the bar would prove nothing. *cpu* is the processor time of",
        "this process alone, which a busy machine does not lengthen as it does the others.",
        "",
    ]
    for name, head in HEADS.items():
        file = results / f"{name}.json"
        if file.exists():
            lines += _run(head, json.loads(file.read_text()))
    target.write_text("\n".join([*lines, NOTES.read_text().strip(), ""]))


def _run(head: str, found: dict[str, Any]) -> list[str]:
    machine = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    lines = [f"## {head}", "", f"{machine}.", ""]
    for size, entry in found["volumes"].items():
        verdict = "" if entry["passed"] else " **misses**"
        lines += [
            f"{size} cases{verdict}:",
            "",
            "```",
            *entry["generate"],
            *entry.get("invariants", []),
            "```",
            "",
        ]
    lines += [
        "| scenario | cases | this | cpu | floor | ratio | queries | bar | |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for row in found["results"]:
        bars = ", ".join(f"{name} {value}" for name, value in row["bars"].items())
        queries = row["queries"] if row["queries"] is not None else ""
        many = f" ({row['units']:,} a round)" if row["units"] > 1 else ""
        mine, cpu, floor = (_told(row[name], row["tells"]) for name in ("candidate", "cpu", "floor"))
        lines.append(
            f"| {row['code']} {row['title']}{many} | {row['volume']} | {mine} | {cpu} | {floor} |"
            f" {row['ratio']:.2f} | {queries} | {bars} | {_verdict(row)} |"
        )
    return [*lines, ""]


def _verdict(row: dict[str, Any]) -> str:
    if row["control"]:
        return "fails, as it must" if row["passed"] else "**a control that passes**"
    return "holds" if row["passed"] else f"**misses**: {'; '.join(row['why'])}"


def _told(value: float, tells: str) -> str:
    if tells:
        return f"{value:.0f} {tells}"
    if value < 1e-3:
        return f"{value * 1e6:.1f} µs"
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.2f} s"
