"""From TOML files to a :class:`Pack`: inheritance, dates, validation; faults name file, key and reason."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .dropping import forget
from .pack import Pack
from .rules import faults
from .source import LISTS, shaped
from .source import PackError as PackError
from .source import read as read_text

FOLDER = Path(__file__).parent / "packs"

MOST_DAYS = 60
"""Days on which a pack may change: each is a document of its own. The packs we know change on a handful."""


def available(folder: Path = FOLDER) -> list[str]:
    """Names of all packs in the folder."""
    return sorted(file.stem for file in folder.glob("*.toml"))


def load(pack: str, *, on: date, folder: Path = FOLDER) -> Pack:
    """The pack as it stands on a day. Raises PackError with the first fault.

    What it inherits is checked first, so a fault is told of the file that brought it in.
    """
    chain = _chain(pack, folder)
    for length in range(1, len(chain)):
        _checked(chain[:length], on, folder)
    return _checked(chain, on, folder)


def _checked(chain: list[tuple[str, dict[str, Any]]], on: date, folder: Path) -> Pack:
    """The pack at the end of the chain; a fault in a section with a file of its own is told of that file."""
    try:
        return parse(_resolve(chain, on), file=chain[-1][0])
    except PackError as error:
        section = Path(re.split(r"[.\[]", error.key)[0]) / error.file
        if error.key and (folder / section).is_file():
            raise PackError(str(section), error.key, error.reason) from error
        raise


def resolve(pack: str, *, on: date, folder: Path = FOLDER) -> dict[str, Any]:
    """The resolved document as plain JSON data: inherited, entries of other days removed, dates as ISO text.

    This is what a PolicyVersion stores; ``Pack.model_validate`` reads it back.
    """
    return _resolve(_chain(pack, folder), on)


def parse(document: Mapping[str, Any], *, file: str = "document") -> Pack:
    """A Pack from a resolved document, shape and cross-references checked. PackErrors name ``file``."""
    try:
        found = Pack.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        path = [p for p in first["loc"] if not (isinstance(p, str) and p.startswith("function-"))]
        raise PackError(file, _spell(path, document), first["msg"]) from error
    for key, reason in faults(found):
        raise PackError(file, key, reason)
    return found


def boundaries(pack: str, *, folder: Path = FOLDER) -> list[date]:
    """Every day on which some entry of the pack or its parents starts or has just ended, in order."""
    return sorted({day for _, raw in _chain(pack, folder) for day in _changes(raw)})


def check(pack: str, *, on: date, folder: Path = FOLDER) -> list[PackError]:
    """The faults of a pack on ``on`` and on every later day that changes it; empty = good."""
    found: dict[str, PackError] = {}
    try:
        days = [on, *(day for day in boundaries(pack, folder=folder) if day > on)]
    except PackError as error:
        return [error]
    if len(days) > MOST_DAYS:
        return [PackError(f"{pack}.toml", "", f"changes on {len(days)} days, more than {MOST_DAYS}")]
    for day in days:
        try:
            load(pack, on=day, folder=folder)
        except PackError as error:
            found.setdefault(str(error), error)
    return list(found.values())


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the document's canonical JSON, hex."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _chain(pack: str, folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """(file name, raw data) from the root pack down to this one."""
    found: list[tuple[str, dict[str, Any]]] = []
    name: str | None = pack
    while name is not None:
        file = folder / f"{name}.toml"
        if any(seen == file.name for seen, _ in found):
            raise PackError(file.name, "inherits", "a pack cannot inherit from itself")
        if not file.is_file() or file.parent != folder:
            where = found[-1][0] if found else f"{name}.toml"
            raise PackError(where, "inherits" if found else "", f"there is no pack named {name!r}")
        raw = read_text(file.read_text("utf-8"), file=file.name)
        _sections(folder, name, raw)
        shaped(raw, file=file.name)
        found.append((file.name, raw))
        name = raw.get("inherits")
    return found[::-1]


def _sections(folder: Path, name: str, raw: dict[str, Any]) -> None:
    """Large sections lie in files of their own: ``<section>/<pack>.toml`` is the section of that name."""
    for file in sorted(folder.glob(f"*/{name}.toml")):
        section = file.parent.name
        if section in raw:
            raise PackError(f"{name}.toml", section, f"this section lies in {section}/{file.name}")
        raw[section] = read_text(file.read_text("utf-8"), file=f"{section}/{file.name}")


def _resolve(chain: list[tuple[str, dict[str, Any]]], on: date) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    if not chain[0][1].get("meta", {}).get("base"):
        raise PackError(
            chain[0][0], "inherits", "a pack that is no base must inherit from one, which sets the caps"
        )
    for file, raw in chain:
        for cap in raw.get("caps", []) if file != chain[0][0] else []:
            raise PackError(
                file, f"caps[{cap.get('matter')}]", "only a base pack may set what the law allows at most"
            )
        merged = _merge(merged, {k: v for k, v in raw.items() if k != "inherits"}, file)
        merged = forget(merged, raw)
    # A pack says itself who it is; nothing of its parent's [meta] is inherited.
    file, raw = chain[-1]
    merged["meta"] = dict(raw.get("meta", {}))
    document: dict[str, Any] = json.loads(json.dumps(_on_day(merged, on, file, ""), default=_iso))
    return document


def _merge(base: dict[str, Any], over: dict[str, Any], file: str, path: str = "") -> dict[str, Any]:
    """Tables merge key by key; ``limits`` merge by what they limit; any other list or value is replaced.

    ``drop = true`` in a table removes the inherited entry.
    """
    merged = dict(base)
    for key, value in over.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value.get("drop") is True:
            if key not in merged:
                raise PackError(file, here, "drop: nothing of this name is inherited")
            del merged[key]
        elif not path and key == "limits":
            _no_overlap(value, file)
            mine = {_limit_key(entry) for entry in value}
            merged[key] = [e for e in merged.get(key, []) if _limit_key(e) not in mine] + value
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value, file, here)
        else:
            merged[key] = value
    return merged


def _limit_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("matter", "kind", "basis", "sub_matter", "category", "published_limit")
    return tuple(entry.get(name) or None for name in names)


def _no_overlap(limits: list[dict[str, Any]], file: str) -> None:
    seen: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for entry in limits:
        key = _limit_key(entry)
        for other in seen.setdefault(key, []):
            if _span(entry)[0] <= _span(other)[1] and _span(other)[0] <= _span(entry)[1]:
                label = "/".join(str(part) for part in key if part)
                raise PackError(
                    file, f"limits[{label}]", "two entries for the same thing are in force on the same day"
                )
        seen[key].append(entry)


def _span(entry: Mapping[str, Any]) -> tuple[date, date]:
    return _day(entry.get("from")) or date.min, _day(entry.get("to")) or date.max


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None


def _dated(node: Any) -> bool:
    return isinstance(node, dict) and ("from" in node or "to" in node)


def _on_day(node: Any, on: date, file: str, path: str) -> Any:
    """The node with entries of other days removed and versions of one entry reduced to the one in force."""
    if isinstance(node, dict):
        kept: dict[str, Any] = {}
        for key, value in node.items():
            here = f"{path}.{key}" if path else key
            if _dated(value) and not _in_force(value, on, file, here):
                continue
            if isinstance(value, list) and here not in LISTS and any(_dated(entry) for entry in value):
                live = [entry for entry in value if not _dated(entry) or _in_force(entry, on, file, here)]
                if len(live) > 1:
                    raise PackError(file, here, f"two versions are in force on {on}")
                if live:
                    kept[key] = _on_day(live[0], on, file, here)
                continue
            kept[key] = _on_day(value, on, file, here)
        return kept
    if isinstance(node, list):
        return [_on_day(e, on, file, path) for e in node if not _dated(e) or _in_force(e, on, file, path)]
    return node


def _in_force(entry: Mapping[str, Any], on: date, file: str, path: str) -> bool:
    for name in ("from", "to"):
        if name in entry and not isinstance(entry[name], date):
            raise PackError(file, f"{path}.{name}", "must be a date such as 2026-01-01")
    first, last = _span(entry)
    if last < first:
        raise PackError(file, path, "ends before it starts")
    return first <= on <= last


def _changes(node: Any) -> Iterator[date]:
    if isinstance(node, dict):
        if isinstance(node.get("from"), date):
            yield node["from"]
        if isinstance(node.get("to"), date) and node["to"] < date.max:
            yield node["to"] + timedelta(days=1)
        node = list(node.values())
    if isinstance(node, list):
        for entry in node:
            yield from _changes(entry)


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in a pack")


def _spell(path: list[Any], document: Mapping[str, Any]) -> str:
    """``limits[permits/decision/statutory].amount`` instead of ``limits.3.amount``."""
    if len(path) > 1 and path[0] == "limits" and isinstance(path[1], int):
        entry = document["limits"][path[1]]
        names = (entry.get(n) for n in ("matter", "kind", "basis", "sub_matter", "category"))
        return ".".join([f"limits[{'/'.join(str(n) for n in names if n)}]", *map(str, path[2:])])
    return ".".join(str(part) for part in path)
