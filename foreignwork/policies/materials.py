"""The personal list of materials (S003-76…92, -101…104): each item once, however many matters ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .pack import Pack
from .schema import Text, matches
from .schema_filing import Material


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. ``required`` is False when it is waived; then ``waived_by`` names the waiver.

    ``for_matters`` are the chosen matters that use it, in the pack's order. ``reason`` says why it is on the
    list, or why it need not be handed in. ``source``: ``system`` (we make it), ``shared`` (other registers)
    or ``applicant``.
    """

    code: str
    name: Text
    for_matters: tuple[str, ...]
    source: str
    form: str
    required: bool
    reason: Text
    waived_by: str | None
    material: Material


def personal_list(pack: Pack, matters: Sequence[str], answers: Mapping[str, Any]) -> list[Item]:
    """What this filing needs, in the pack's order. Raises KeyError for a matter the pack does not have."""
    chosen = [code for code in pack.matter_codes() if code in {*matters}]
    unknown = {*matters} - {*chosen}
    if unknown:
        raise KeyError(f"pack {pack.meta.code} has no matter {', '.join(sorted(unknown))}")
    facts = pack.with_defaults({**answers, "matters": list(chosen)})
    found = []
    for code, material in sorted(pack.materials.items(), key=lambda entry: (entry[1].order, entry[0])):
        users = tuple(matter for matter in chosen if matter in material.used_by)
        if users and matches(material.when, facts):
            found.append(_item(pack, code, material, users, facts))
    return found


def asked_alone(pack: Pack, matters: Sequence[str], answers: Mapping[str, Any]) -> int:
    """How many papers the same matters would ask for one by one: Gansu's 20 for a public body (S003-57)."""
    return sum(len(item.for_matters) for item in personal_list(pack, matters, answers))


def _item(
    pack: Pack, code: str, material: Material, users: tuple[str, ...], facts: Mapping[str, Any]
) -> Item:
    waived_by = _waiver(pack, code, users, facts)
    names = [pack.matters[matter].name for matter in users]
    joined = Text(zh="、".join(name.zh for name in names), en=", ".join(name.en for name in names))
    if waived_by:
        reason = pack.waivers[waived_by].reason
    elif material.source == "system":
        reason = pack.texts["material_system"].filled({"matters": joined})
    elif len(users) > 1:
        reason = pack.texts["material_shared"].filled({"matters": joined})
    else:
        reason = pack.texts["material_needed"].filled({"matters": joined})
    return Item(
        code=code,
        name=material.name,
        for_matters=users,
        source=material.source,
        form=material.form,
        required=waived_by is None,
        reason=reason,
        waived_by=waived_by,
        material=material,
    )


def _waiver(pack: Pack, code: str, users: tuple[str, ...], facts: Mapping[str, Any]) -> str | None:
    """The waiver that covers the item for every matter using it; one uncovered matter keeps it required."""
    for name, waiver in pack.waivers.items():
        covered = not waiver.matters or set(users) <= set(waiver.matters)
        if covered and code in waiver.waives and matches(waiver.when, facts):
            return name
    return None
