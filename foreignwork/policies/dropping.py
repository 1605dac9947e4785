"""Taking an entry out of a pack: ``drop = true`` also removes what points to it.

A dropped matter takes with it the limits, routes, gates, questions and materials that are about it alone, also what the
place itself says about it; any dropped entry, the pointers of the register of conflicts. Works on raw TOML data, before
dates are resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .pack import PURPOSE

LISTS_OF_MATTERS = ("used_by", "matters", "needs")
LISTS_OF_MATERIALS = ("waives", "evidence")
GONE = object()


def forget(document: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` without what points to the entries that ``raw``, one file of the pack, drops."""
    kept = dict(document)
    for path in dropped(raw):
        if path.count(".") == 1 and path.startswith("matters."):
            kept = forget_matter(kept, path.removeprefix("matters."))
        kept["conflicts"] = {
            code: {**entry, "where": [to for to in entry.get("where", ()) if not _within(to, path)]}
            for code, entry in kept.get("conflicts", {}).items()
        }
    return kept


def dropped(node: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths of the tables that say ``drop = true``."""
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            if value.get("drop") is True:
                yield here
            else:
                yield from dropped(value, here)


def _within(pointer: str, path: str) -> bool:
    return pointer == path or pointer.startswith(f"{path}.")


def forget_matter(document: Mapping[str, Any], matter: str) -> dict[str, Any]:
    """The document without limits, routes, gates, questions and materials that are about ``matter`` alone."""
    kept = {key: _without(value, matter) for key, value in document.items()}
    lost = {*document.get("materials", {})} - {*kept.get("materials", {})}
    kept["waivers"] = {
        code: left
        for code, waiver in kept.get("waivers", {}).items()
        if (left := _shorter(waiver, LISTS_OF_MATERIALS, lost)) is not GONE
    }
    kept["gaps"] = {
        code: left
        for code, gap in kept.get("gaps", {}).items()
        if (left := _shorter(gap, ("materials",), lost)) is not GONE
    }
    _keep_possible_purposes(kept)
    return {key: value for key, value in kept.items() if value is not GONE}


def _keep_possible_purposes(document: dict[str, Any]) -> None:
    """A purpose that only sub-matters of the dropped matter had can no longer be chosen."""
    question = document.get("questions", {}).get(PURPOSE)
    if not isinstance(question, dict) or "options" not in question:
        return
    possible: set[Any] = set()
    for matter in document["matters"].values():
        for sub in matter.get("sub_matters", {}).values() if isinstance(matter, dict) else ():
            wanted = sub.get("when", {}).get(PURPOSE, [])
            possible |= set(wanted) if isinstance(wanted, list) else {wanted}
    left = [option for option in question["options"] if option.get("value") in possible]
    document["questions"] = {**document["questions"], PURPOSE: {**question, "options": left}}


def _without(node: Any, matter: str) -> Any:
    """The node without the matter; GONE when nothing of it is left to say."""
    if isinstance(node, list):
        return [left for entry in node if (left := _without(entry, matter)) is not GONE]
    if not isinstance(node, dict):
        return node
    if node.get("matter") == matter:
        return GONE
    when = node.get("when")
    if isinstance(when, dict) and "matters" in when:
        wanted = when["matters"] if isinstance(when["matters"], list) else [when["matters"]]
        left = [entry for entry in wanted if entry != matter]
        if not left:
            return GONE
        node = {**node, "when": {**when, "matters": left}}
    shorter = _shorter(node, LISTS_OF_MATTERS, {matter})
    if shorter is GONE:
        return GONE
    kept = {}
    for key, value in shorter.items():
        if key in ("called", "used_when") and isinstance(value, dict):
            value = {name: text for name, text in value.items() if name != matter}
        if key == "where":
            value = [path for path in value if f"[{matter}/" not in path and f"[{matter}]" not in path]
        if key == "when" or (left := _without(value, matter)) is not GONE:
            kept[key] = value if key == "when" else left
    return kept


def _shorter(node: dict[str, Any], names: tuple[str, ...], gone: set[str]) -> Any:
    """The node with the names taken out of its lists; GONE when that empties the first list it has."""
    found = dict(node)
    for name in names:
        if isinstance(node.get(name), list):
            found[name] = [entry for entry in node[name] if entry not in gone]
            if node[name] and not found[name] and name != "evidence":
                return GONE
    return found
