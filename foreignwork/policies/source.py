"""The text of a pack as plain data. Nothing is known of rules here, only what a file may hold at all.

A text may come from a stranger to the format, or to the house: what cannot be stored or compared is refused by its key,
and what would keep the reader busy for hours is refused before it is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

LISTS = frozenset({"limits", "routing", "caps", "delegations"})
"""Sections that are lists of tables; every other one is a table."""
DEEPEST = 32  # tables within tables; a pack has a handful
LARGEST_NUMBER = 2**53  # what JSON keeps exactly

# tomllib walks a dotted key once for each of its parts: 60 KB of "a.a.a" keep it busy for half a minute.
_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOTTED = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{DEEPEST}}}", re.ASCII)


class PackError(ValueError):
    """A pack is refused. ``file`` and ``key`` say where, ``reason`` what is wrong."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file, self.key, self.reason = file, key, reason


def read(text: str, *, file: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises PackError, which names ``file``."""
    if _DOTTED.search(text):
        raise PackError(file, "", "nested too deeply")
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise PackError(file, "", "nested too deeply") from None
    except ValueError as error:
        raise PackError(file, "", str(error)) from error
    _plain(found, file, "", 0)
    return found


def shaped(raw: Mapping[str, Any], *, file: str) -> None:
    """Sections are tables or lists of tables, as their names say. Raises PackError."""
    for key, value in raw.items():
        if key == "inherits":
            if not isinstance(value, str) or not value.isidentifier() or len(value) > 40:
                raise PackError(file, key, "names a pack: lower-case letters, digits and _")
        elif key in LISTS:
            if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
                raise PackError(file, key, "must be a list of tables")
        elif key == "meta" and not isinstance(value, dict):
            raise PackError(file, key, "must be a table")


def _plain(node: Any, file: str, path: str, depth: int) -> None:
    """Tables, lists, text, numbers, truth and days: what a database keeps and a reader can compare."""
    if depth > DEEPEST:
        raise PackError(file, path[:80], "nested too deeply")
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{path}.{key}" if path else key
            if "\x00" in key:
                raise PackError(file, path, "holds a character that cannot be stored")
            _plain(value, file, here, depth + 1)
    elif isinstance(node, list):
        for entry in node:
            _plain(entry, file, path, depth + 1)
    elif isinstance(node, str):
        if "\x00" in node:
            raise PackError(file, path, "holds a character that cannot be stored")
    elif isinstance(node, int | float):
        if not abs(node) <= LARGEST_NUMBER:  # neither is nan
            raise PackError(file, path, "is no number a pack can hold")
    elif isinstance(node, datetime) or not isinstance(node, date):
        raise PackError(file, path, "must be a date such as 2026-01-01")
