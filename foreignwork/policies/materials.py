"""The personal list of materials (S002-33; S003-76…92, -101…104): each item once, however many matters ask for it.

From the pack, the answers and what lies in the dossier follows for every item what is to be done: upload it, bring it,
nothing because it is on file, made by the system, or waived, and why. Screens, filing and ``manage.py materials`` read this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from . import gaps
from .pack import Pack
from .schema import Text, matches
from .schema_filing import Gap, Material


class Need(StrEnum):
    """What is to be done about an item."""

    UPLOAD = "upload"  # nothing of it lies in the dossier
    EXPIRED = "expired"  # what lies there is no longer valid
    ON_FILE = "on_file"  # what lies there is valid: nothing to do
    PAPER = "paper"  # brought to the counter
    SYSTEM = "system"  # made or fetched by the system
    WAIVED = "waived"  # not needed, by a waiver of the pack
    LATER = "later"  # follows after the acceptance, as the applicant undertook (容缺受理)


TO_HAND_IN = (Need.UPLOAD, Need.EXPIRED, Need.PAPER)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list.

    ``for_matters`` are the chosen matters that need it, in the pack's order; ``waived_for`` those for which
    ``waived_by`` frees it. ``reason`` says why it is on the list, or, waived for all, why it need not be handed
    in; ``waiver`` is the reason of a waiver, also of one for some matters only. ``valid_until`` is that of the
    copy on file, None = without end or no copy. ``gap``: what lets it follow later, where that was chosen.
    """

    code: str
    name: Text
    for_matters: tuple[str, ...]
    waived_for: tuple[str, ...]
    source: str
    form: str
    need: Need
    reason: Text
    waiver: Text | None
    waived_by: str | None
    valid_until: date | None
    material: Material
    gap: Gap | None = None

    @property
    def required(self) -> bool:
        return self.need is not Need.WAIVED

    @property
    def users(self) -> tuple[str, ...]:
        """Every chosen matter whose own list has it."""
        return self.for_matters + self.waived_for

    @property
    def uploaded(self) -> bool:
        """Whether it is a file of the applicant's: to upload, to renew, or on file."""
        return self.need in (Need.UPLOAD, Need.EXPIRED, Need.ON_FILE)


def personal_list(
    pack: Pack,
    matters: Sequence[str],
    answers: Mapping[str, Any],
    *,
    on_file: Mapping[str, date | None] | None = None,
    today: date | None = None,
) -> list[Item]:
    """What this filing needs, in the pack's order. Raises KeyError for a matter the pack does not have.

    ``on_file``: material → the day until which the copy in the dossier is valid (None = without end). ``today``
    decides whether it still is; without it every copy counts as valid.
    """
    chosen = [code for code in pack.matter_codes() if code in {*matters}]
    unknown = {*matters} - {*chosen}
    if unknown:
        raise KeyError(f"pack {pack.meta.code} has no matter {', '.join(sorted(unknown))}")
    facts = pack.with_defaults({**answers, "matters": list(chosen)})
    found = []
    for code, material in sorted(pack.materials.items(), key=lambda entry: (entry[1].order, entry[0])):
        users = [matter for matter in chosen if matches(material.asked_when(matter), facts)]
        users = [matter for matter in users if matter in material.used_by]
        if users:
            found.append(_item(pack, code, material, users, facts, on_file or {}, today))
    return found


def asked_alone(pack: Pack, matters: Sequence[str], answers: Mapping[str, Any]) -> int:
    """How many papers the same matters would ask for one by one: Gansu's 20 for a public body (S003-57)."""
    return sum(len(item.users) for item in personal_list(pack, matters, answers))


def _item(
    pack: Pack,
    code: str,
    material: Material,
    users: Sequence[str],
    facts: Mapping[str, Any],
    on_file: Mapping[str, date | None],
    today: date | None,
) -> Item:
    freed = {matter: name for matter in users if (name := _waiver(pack, code, matter, facts))}
    left = tuple(matter for matter in users if matter not in freed)
    waived_by = next(iter(freed.values()), None)
    waiver = pack.waivers[waived_by].reason if waived_by else None
    need = _need(code, material, on_file, today) if left else Need.WAIVED
    gap = gaps.chosen(pack, facts).get(code) if need in (Need.UPLOAD, Need.EXPIRED) else None
    if gap and {*left} <= {*gap.matters}:
        need = Need.LATER
    return Item(
        code=code,
        name=material.name,
        for_matters=left,
        waived_for=tuple(freed),
        source=material.source,
        form=material.form,
        need=need,
        reason=_why(pack, material, left) if left or waiver is None else waiver,
        waiver=waiver,
        waived_by=waived_by,
        valid_until=on_file.get(code) if left and material.source == "applicant" else None,
        material=material,
        gap=gap if need is Need.LATER else None,
    )


def _need(code: str, material: Material, on_file: Mapping[str, date | None], today: date | None) -> Need:
    if material.source != "applicant":
        return Need.SYSTEM
    if material.form == "paper":
        return Need.PAPER
    if code not in on_file:
        return Need.UPLOAD
    until = on_file[code]
    return Need.EXPIRED if until and today and until < today else Need.ON_FILE


def _why(pack: Pack, material: Material, users: Sequence[str]) -> Text:
    names = [pack.matters[matter].name for matter in users]
    joined = Text(zh="、".join(name.zh for name in names), en=", ".join(name.en for name in names))
    if material.source == "system":
        return pack.texts["material_system"].filled({"matters": joined})
    return pack.texts["material_shared" if len(users) > 1 else "material_needed"].filled({"matters": joined})


def _waiver(pack: Pack, code: str, matter: str, facts: Mapping[str, Any]) -> str | None:
    """The waiver that frees ``matter`` of the item."""
    for name, waiver in pack.waivers.items():
        covers = not waiver.matters or matter in waiver.matters
        if covers and code in waiver.waives and matches(waiver.when, facts):
            return name
    return None
