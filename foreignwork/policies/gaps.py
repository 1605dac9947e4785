"""容缺受理 as the pack has it: which materials of a filing may follow later, and which the applicant said will.

What no source states is not offered by any pack; what is offered states its term (``rules_places``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .schema import matches
from .schema_filing import Gap, Option

if TYPE_CHECKING:
    from .pack import Pack

LATER = "later"
"""The question whose answer names the materials that will follow."""


def open_to(pack: Pack, facts: Mapping[str, Any]) -> dict[str, Gap]:
    """Material → the gap that lets it follow, under these answers; not what a waiver makes needless anyway."""
    freed = {name for w in pack.waivers.values() if matches(w.when, facts) for name in w.waives}
    return {
        name: gap
        for gap in pack.gaps.values()
        if gap.offered and matches(gap.when, facts)
        for name in gap.materials
        if name not in freed and name in pack.materials
    }


def chosen(pack: Pack, facts: Mapping[str, Any]) -> dict[str, Gap]:
    """Those of them the applicant said will follow."""
    named = facts.get(LATER) or ()
    return {name: gap for name, gap in open_to(pack, facts).items() if name in named} if named else {}


def options(pack: Pack, facts: Mapping[str, Any], *, every: bool = False) -> tuple[Option, ...]:
    """The choices of the question, in the order of the list of materials. ``every``: whatever the answers."""
    found = open_to(pack, facts)
    names = (
        {name for gap in pack.gaps.values() if gap.offered for name in gap.materials} if every else {*found}
    )
    known = sorted((pack.materials[name].order, name) for name in names if name in pack.materials)
    rows = [(name, pack.materials[name].name) for _order, name in known]
    return tuple(Option(value=name, zh=text.zh, en=text.en) for name, text in rows)
