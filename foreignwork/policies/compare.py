"""Difference of two resolved packs, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Change(NamedTuple):
    """``before`` None = new, ``after`` None = gone; else both as JSON text."""

    key: str
    before: str | None
    after: str | None


def changes(before: Any, after: Any) -> list[Change]:
    """Every leaf that differs, by key. Limits are compared by what they limit, not by place in the list."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return [
        Change(key, old.get(key), new.get(key))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _leaves(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list) and node and all(isinstance(entry, dict) for entry in node):
        for i, entry in enumerate(node):
            names = [
                entry.get(k) for k in ("matter", "kind", "basis", "sub_matter", "category", "city", "value")
            ]
            label = "/".join(str(name) for name in names if name is not None) or str(i)
            if entry.get("published_limit"):
                label += "/published"
            yield from _leaves(entry, f"{path}[{label}]")
    else:
        yield path, json.dumps(node, ensure_ascii=False)
