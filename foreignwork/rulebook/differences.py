"""What changes from one version to another, entry by entry and field by field, in the words of ``reading``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from foreignwork.policies.compare import Change, changes
from foreignwork.policies.pack import Pack

from . import reading

NAMED = re.compile(r"(?P<section>\w+)(?:\[(?P<label>[^\]]*)\])?\.?(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One field. ``before``/``after`` empty: there was, or is, none. ``key``: where it stands in the file."""

    what: str
    before: str
    after: str
    key: str


@dataclass(slots=True)
class Entry:
    key: str
    title: str
    kind: Literal["new", "gone", "changed"] = "changed"
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    code: str
    label: str
    entries: list[Entry] = field(default_factory=list)


def differences(before: Pack, after: Pack, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Section]:
    """``old`` and ``new`` are the documents of the packs. Sections without a difference are left out."""
    found: dict[str, dict[str, list[tuple[Change, str]]]] = {}
    for change in changes(old, new):
        section, entry, rest = split(change.key)
        found.setdefault(section, {}).setdefault(entry, []).append((change, rest))
    order = [*reading.SECTIONS, *sorted(set(found) - set(reading.SECTIONS))]
    result = []
    for section in order:
        if section not in found:
            continue
        entries = [
            _entry(before, after, section, code, lines, old, new) for code, lines in found[section].items()
        ]
        result.append(Section(section, reading.section_label(section), entries))
    return result


def split(key: str) -> tuple[str, str, str]:
    """``limits[permits/decision/statutory/A].amount`` → (limits, permits/decision/statutory/A, amount);
    ``matters.permits.conditions.age.zh`` → (matters, permits, conditions.age.zh).
    """
    match = NAMED.fullmatch(key)
    if match is None:
        return key, "", ""
    if match["label"] is not None:
        return match["section"], match["label"], match["rest"]
    entry, _dot, rest = match["rest"].partition(".")
    return match["section"], entry, rest


def _entry(
    before: Pack,
    after: Pack,
    section: str,
    code: str,
    lines: list[tuple[Change, str]],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> Entry:
    there, here = _has(old, section, code), _has(new, section, code)
    pack = after if here else before
    entry = Entry(
        key=f"{section}.{code}" if code else section,
        title=_title(pack, section, code),
        kind="changed" if there and here else "new" if here else "gone",
    )
    for change, rest in lines:
        name = rest or code or section
        entry.lines.append(
            Line(
                what=_what(name),
                before=_shown(before, name, change.before),
                after=_shown(after, name, change.after),
                key=change.key,
            )
        )
    return entry


def _has(document: Mapping[str, Any], section: str, code: str) -> bool:
    node = document.get(section)
    if isinstance(node, Mapping):
        return code in node
    return isinstance(node, list) and any(_label(entry, i) == code for i, entry in enumerate(node))


def _label(entry: Any, number: int) -> str:
    """The same name ``compare`` gives to an entry of a list."""
    probe = changes({}, {"x": [entry]})
    if not probe:
        return str(number)
    label = split(probe[0].key)[1]
    return str(number) if label == "0" else label


def _title(pack: Pack, section: str, code: str) -> str:
    node = getattr(pack, section, None)
    if isinstance(node, Mapping) and code in node:
        return reading.title_of(pack, section, code, node[code])
    if section in ("limits", "routing", "caps"):
        for number, entry in enumerate(node or ()):
            if _label(entry.model_dump(mode="json", by_alias=True, exclude_defaults=True), number) == code:
                return reading.title_of(pack, section, code, entry)
    return reading.field_label(code) if section in ("meta", "guide", "instant") else code


def _what(rest: str) -> str:
    names = [part for part in re.split(r"[.\[\]]+", rest) if part]
    return " · ".join(reading.field_label(name) for name in names)


def _shown(pack: Pack, name: str, value: str | None) -> str:
    if value is None:
        return ""
    last = re.split(r"[.\[\]]+", name.rstrip("]"))[-1]
    loaded = json.loads(value)
    return "" if loaded is None else reading.value_words(pack, last, loaded)
