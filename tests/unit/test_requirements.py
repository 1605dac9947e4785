"""docs/requirements.csv: every requirement of the five source documents has its word, and what is called done has a test."""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
REGISTER = HOUSE / "docs" / "requirements.csv"
COUNTS = {"S000": 79, "S001": 58, "S002": 65, "S003": 110, "S004": 109}
"""How many rows each document gave (421 in all)."""
WORDS = ("done", "open", "partly: ", "out: ")


def rows() -> list[dict[str, str]]:
    with REGISTER.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((HOUSE / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_of_the_sources_stands_once() -> None:
    wanted = [f"{document}-{n:02d}" for document, count in COUNTS.items() for n in range(1, count + 1)]
    assert [row["id"] for row in rows()] == wanted


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_a_row_says_what_is_true(row: dict[str, str]) -> None:
    status, tests = row["status"], [entry for entry in row["test"].split(";") if entry]
    assert status in WORDS[:2] or status.startswith(WORDS[2:]), f"{row['id']}: {status!r}"
    assert status.partition(": ")[2] or status in WORDS[:2], (
        f"{row['id']}: say what is missing, or why it is out"
    )
    if status == "done":
        assert tests, f"{row['id']} is called done, and no test would notice if it were not"
    for entry in tests:
        path, _mark, name = entry.partition("::")
        assert (HOUSE / path).is_file(), f"{row['id']}: {path} does not exist"
        assert name in names_in(path), f"{row['id']}: {path} has no test {name}"
    for place in filter(None, row["where"].split(";")):
        path = re.split(r"[ #:]", place.strip())[0]  # what follows names a key or a function in it
        assert (HOUSE / path).exists(), f"{row['id']}: {place} does not exist"
