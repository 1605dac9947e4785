"""Putting a pack into force: its jurisdiction, its offices, and one PolicyVersion per day that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from foreignwork.accounts.models import Jurisdiction, Office

from . import loader
from .loader import PackError
from .models import PolicyVersion, Proposal
from .pack import Pack
from .schema import Place

OFFICE_COLUMNS = ("name_zh", "name_en", "department", "phone", "address_zh", "address_en")


@dataclass(frozen=True, slots=True)
class Dated:
    """What a pack says from a day on."""

    day: date
    document: dict[str, Any]
    pack: Pack

    @property
    def sha256(self) -> str:
        return loader.digest(self.document)


def publish(pack: str, *, on: date, folder: Path = loader.FOLDER, by: str = "") -> list[PolicyVersion]:
    """Publish the pack with effect from ``on``, and again for every later day that changes it. Returns the
    new versions. This is the installer's act; ``by`` names him.

    All or nothing, and idempotent: what is already in force is not inserted again. Raises PackError; then
    nothing has changed and the version in force stays in force.
    """
    dated = resolved(pack, on=on, folder=folder)
    place = place_of(dated[0].pack, file=f"{pack}.toml")
    with transaction.atomic():
        jurisdiction, _ = Jurisdiction.objects.update_or_create(
            code=place.code, defaults={"name_zh": place.name.zh, "name_en": place.name.en}
        )
        for version in reversed(dated):  # what is true first is written last, so it wins
            write_offices(version.pack, jurisdiction)
        return put_in_force(dated, jurisdiction, file=f"{pack}.toml", by=by)


def resolved(pack: str, *, on: date, folder: Path = loader.FOLDER) -> list[Dated]:
    """What the file says from ``on``, and from every later day that changes it; checked. Raises PackError."""
    days = [on, *(day for day in loader.boundaries(pack, folder=folder) if day > on)]
    return [
        Dated(day, loader.resolve(pack, on=day, folder=folder), loader.load(pack, on=day, folder=folder))
        for day in days
    ]


def place_of(pack: Pack, *, file: str) -> Place:
    """The place a pack rules over. Raises PackError for a base pack."""
    if pack.meta.base or pack.meta.jurisdiction is None:
        raise PackError(file, "meta.base", "a base pack rules no place and cannot be published")
    return pack.meta.jurisdiction


def put_in_force(
    dated: Sequence[Dated],
    jurisdiction: Jurisdiction,
    *,
    file: str,
    by: str = "",
    proposal: Proposal | None = None,
) -> list[PolicyVersion]:
    """The rows of the versions; what is in force already is passed over. Raises PackError."""
    created: list[PolicyVersion] = []
    for version in dated:
        current = in_force(jurisdiction.code, version.day)
        if current is not None and current.sha256 == version.sha256:
            continue
        refuse_return(version, file=file)
        created.append(
            PolicyVersion.objects.create(
                jurisdiction=jurisdiction,
                pack_code=version.pack.meta.code,
                version=version.pack.meta.version,
                effective_from=version.day,
                sha256=version.sha256,
                document=version.document,
                proposal=proposal,
                published_by=by[:120],
            )
        )
    return created


def refuse_return(version: Dated, *, file: str) -> None:
    """A text that was published before and replaced since may not come back under its old name. Raises PackError."""
    earlier = PolicyVersion.objects.filter(pack_code=version.pack.meta.code, sha256=version.sha256).first()
    if earlier is not None:
        raise PackError(
            file,
            "meta.version",
            f"this very text is already published with effect from {earlier.effective_from} "
            f"and is not what is in force on {version.day}; give it a new version",
        )


def in_force(jurisdiction: str, day: date) -> PolicyVersion | None:
    try:
        return PolicyVersion.objects.in_force(jurisdiction, day)
    except PolicyVersion.DoesNotExist:
        return None


def write_offices(pack: Pack, jurisdiction: Jurisdiction, *, only_new: bool = False) -> None:
    """The offices' rows as the pack names them; ``only_new`` leaves those there are as they are."""
    known = set(Office.objects.filter(code__in=pack.offices).values_list("code", flat=True))
    for code in pack.offices:
        if not (only_new and code in known):
            values = {"jurisdiction": jurisdiction, **office_values(pack, code)}
            Office.objects.update_or_create(code=code, defaults=values)


def office_values(pack: Pack, code: str) -> dict[str, str]:
    """An office's row as the pack has it."""
    office = pack.offices[code]
    return {
        "name_zh": office.name.zh,
        "name_en": office.name.en,
        "department": office.department.zh,
        "phone": pack.phone_for(code),
        "address_zh": office.address.zh if office.address else "",
        "address_en": office.address.en if office.address else "",
    }
