"""Putting a pack into force: its jurisdiction, its offices, and one PolicyVersion per day that changes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.db import transaction

from foreignwork.accounts.models import Jurisdiction, Office

from . import loader
from .loader import PackError
from .models import PolicyVersion
from .pack import Pack


def publish(pack: str, *, on: date, folder: Path = loader.FOLDER) -> list[PolicyVersion]:
    """Publish the pack with effect from ``on``, and again for every later day that changes it. Returns the
    new versions.

    All or nothing, and idempotent: what is already in force is not inserted again. Raises PackError; then
    nothing has changed and the version in force stays in force.
    """
    days = [on, *(day for day in loader.boundaries(pack, folder=folder) if day > on)]
    resolved = [(day, loader.resolve(pack, on=day, folder=folder)) for day in days]
    parsed = [loader.load(pack, on=day, folder=folder) for day in days]
    place = parsed[0].meta.jurisdiction
    if parsed[0].meta.base or place is None:
        raise PackError(f"{pack}.toml", "meta.base", "a base pack rules no place and cannot be published")
    created: list[PolicyVersion] = []
    with transaction.atomic():
        jurisdiction, _ = Jurisdiction.objects.update_or_create(
            code=place.code, defaults={"name_zh": place.name.zh, "name_en": place.name.en}
        )
        for version in reversed(parsed):  # what is true first is written last, so it wins
            _offices(version, jurisdiction)
        for (day, document), version in zip(resolved, parsed, strict=True):
            sha256 = loader.digest(document)
            current = _current(place.code, day)
            if current is not None and current.sha256 == sha256:
                continue
            if earlier := PolicyVersion.objects.filter(pack_code=pack, sha256=sha256).first():
                raise PackError(
                    f"{pack}.toml",
                    "meta.version",
                    f"this very text is already published with effect from {earlier.effective_from} "
                    f"and is not what is in force on {day}; give it a new version",
                )
            created.append(
                PolicyVersion.objects.create(
                    jurisdiction=jurisdiction,
                    pack_code=pack,
                    version=version.meta.version,
                    effective_from=day,
                    sha256=sha256,
                    document=document,
                )
            )
    return created


def _current(jurisdiction: str, day: date) -> PolicyVersion | None:
    try:
        return PolicyVersion.objects.in_force(jurisdiction, day)
    except PolicyVersion.DoesNotExist:
        return None


def _offices(pack: Pack, jurisdiction: Jurisdiction) -> None:
    for code, office in pack.offices.items():
        Office.objects.update_or_create(
            code=code,
            defaults={
                "name_zh": office.name.zh,
                "name_en": office.name.en,
                "department": office.department.zh,
                "jurisdiction": jurisdiction,
                "phone": pack.phone_for(code),
                "address_zh": office.address.zh if office.address else "",
                "address_en": office.address.en if office.address else "",
            },
        )
