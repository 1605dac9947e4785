"""Every check item there is to choose or to name: the pack's, and those accepted in the house, in one shape (``policy.Item``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.apps import apps

from foreignwork.cases.context import Context
from foreignwork.policies.schema import Text

from . import policy

LOCAL = ("S004-28",)
"""What lets a place add items."""


def of_case(context: Context) -> dict[str, policy.Item]:
    """The items of the pack, and those of this visit that only the register knows, as they stood last."""
    return of_cases([context])[0]


def of_cases(found: Sequence[Context]) -> list[dict[str, policy.Item]]:
    """The same for several; one query for each place in which a local item is checked."""
    rows: list[Any] = [context.case for context in found]
    places = [row.office.jurisdiction_id for row in rows]
    known = [dict(policy.of(context.pack).items) for context in found]
    missing: dict[int, set[str]] = defaultdict(set)
    for row, place, items in zip(rows, places, known, strict=True):
        missing[place] |= set(row.items) - items.keys()
    more = {place: accepted(place, codes) for place, codes in missing.items() if codes}
    return [more.get(place, {}) | items for place, items in zip(places, known, strict=True)]


def of_place(own: policy.Own, place: int, day: date | None = None) -> dict[str, policy.Item]:
    """The items of the pack and the place's own: those in force on ``day``, or all there ever were, to name what is past."""
    return accepted(place, None, day) | dict(own.items)


def accepted(place: int, codes: Collection[str] | None, day: date | None = None) -> dict[str, policy.Item]:
    """Items accepted in the house, by code; of several rows the last. ``codes`` None: all. One query."""
    rows = apps.get_model("supervision", "CheckItem")._default_manager.filter(
        jurisdiction=place, accepted_by__isnull=False
    )
    if codes is not None:
        rows = rows.filter(code__in=codes)
    if day is not None:
        rows = rows.on(day)
    return {row.code: _item(row) for row in rows.order_by("from_on")}


def skills(items: Mapping[str, policy.Item], codes: Collection[str]) -> tuple[str, ...]:
    """What who leads a visit with these items must know."""
    return tuple(sorted({items[code].skill or "" for code in codes if code in items} - {""}))


def _item(row: Any) -> policy.Item:
    def text(name: str) -> Text:
        zh = getattr(row, f"{name}_zh")
        return Text(zh=zh, en=getattr(row, f"{name}_en") or zh)

    said = {
        "name": text("name"),
        "of": row.of,
        "basis": text("basis"),
        "method": text("method"),
        "points": text("points") if row.points_zh else None,
        "frequency": text("frequency"),
        "skill": row.skill or None,
        "departments": row.departments,
        "local": True,
        "uncertain": row.uncertain,
        "cites": row.cites or LOCAL,
    }
    return policy.Item.model_validate(said)
