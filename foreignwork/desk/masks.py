"""Facts as an officer sees them: only those the matter needs, the sensitive ones masked until asked for (PIPL 6, 28; B24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from foreignwork.dossiers.facts import HIDDEN, LABELS, SENSITIVE, mask, worded


@dataclass(frozen=True, slots=True)
class Fact:
    """``masked``: the value shown is not the whole one. ``revealed``: it is, because somebody asked and it was logged."""

    name: str
    label: str | Promise
    value: str
    masked: bool = False
    revealed: bool = False


def person_name(facts: Mapping[str, Any]) -> str:
    """ANNA E***: enough to recognise a case in a list, not enough to look a person up."""
    given = str(facts.get("given_names") or "").split(" ")[0]
    surname = str(facts.get("surname") or "")
    return f"{given} {surname[:1]}{HIDDEN}".strip() if given or surname else ""


def facts_of(
    needed: Collection[str], facts: Mapping[str, Any], *, revealed: Collection[str] = frozenset()
) -> list[Fact]:
    """The facts of ``facts`` the matter needs, in the matter's order."""
    found = []
    for name in needed:
        value = facts.get(name)
        if value in (None, ""):
            continue
        text = str(worded(name, value))
        hidden = name in SENSITIVE and name not in revealed
        found.append(
            Fact(
                name,
                LABELS.get(name, name),
                mask(name, value) if hidden else text,
                masked=hidden,
                revealed=name in SENSITIVE and not hidden,
            )
        )
    return found


def yes_or_no(value: bool) -> str:
    return gettext("是") if value else gettext("否")
