"""Where one can file today: the policy version in force of each jurisdiction."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import get_language

from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack


def packs_in_force(today: date) -> list[PolicyVersion]:
    """The newest publication of each jurisdiction that governs ``today``: one query."""
    rows = PolicyVersion.objects.filter(effective_from__lte=today).select_related("jurisdiction")
    newest = rows.order_by("jurisdiction_id", "-published_at", "-effective_from", "-id").distinct(
        "jurisdiction_id"
    )
    return sorted(newest, key=lambda row: row.jurisdiction_id)


def cities(packs: list[Pack]) -> list[tuple[Any, str]]:
    """The cities the packs route by, for forms that ask for one."""
    english = (get_language() or "").startswith("en")
    found: dict[Any, str] = {}
    for pack in packs:
        if "city" in pack.questions:
            found |= {o.value: o.en if english else o.zh for o in pack.options("city")}
    return list(found.items())


def material_name(packs: list[Pack], kind: str) -> str:
    """What a material is called; its code when no pack knows it any more."""
    for pack in packs:
        if kind in pack.materials:
            return pack.materials[kind].name.pick(get_language())
    return kind
