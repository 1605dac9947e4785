"""What a filing tells about personal information and asks consent for, and the rows that keep it (个人信息保护法 13–17, 23, 29, 35)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language

from foreignwork.accounts.models import User
from foreignwork.cases.models import Bundle, Case
from foreignwork.dossiers.models import Consent, Dossier
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema_filing import Processing


@dataclass(frozen=True, slots=True)
class Told:
    """One purpose of a filing: ``matters`` are those of the filing it concerns."""

    code: str
    entry: Processing
    matters: tuple[str, ...]

    @property
    def asks(self) -> bool:
        return self.entry.basis == Consent.Basis.CONSENT


def told(pack: Pack, matters: Collection[str]) -> list[Told]:
    """What is to be told for a filing of ``matters``, duties first, in the pack's order."""
    found = [
        Told(code, entry, tuple(matter for matter in entry.matters if matter in matters))
        for code, entry in pack.processing.items()
    ]
    return sorted((one for one in found if one.matters), key=lambda one: one.asks)


def rows_of(
    bundle: Bundle,
    pack: Pack,
    cases: Sequence[Case],
    given: Collection[str],
    *,
    by: User | None,
    at: datetime,
) -> list[Consent]:
    """A row for each purpose and each office that receives the data, unsaved. ``given``: the purposes consented to."""
    by_matter = {case.matter: case for case in cases}
    language = get_language() or "zh-hans"
    found = []
    for one in told(pack, list(by_matter)):
        shown = one.entry.text.pick(language)
        mine = [by_matter[matter] for matter in one.matters]
        offices = {row.name_zh for case in mine for row in (case.office, case.receiver) if row}
        found += [
            Consent(
                dossier=bundle.dossier,
                purpose=one.code,
                recipient=recipient[:120],
                basis=one.entry.basis,
                text_version=one.entry.version,
                text_hash=hashlib.sha256(shown.encode()).hexdigest(),
                language=language[:8],
                filing=bundle.number,
                given=one.code in given or not one.asks,
                recorded_by=by,
                recorded_at=at,
            )
            for recipient in sorted(offices)
        ]
    return found


def newest(dossier: Dossier) -> list[Consent]:
    """The row that counts for each purpose and recipient: one query."""
    rows = Consent.objects.filter(dossier=dossier).order_by("purpose", "recipient", "-id")
    return list(rows.distinct("purpose", "recipient").select_related("recorded_by"))


def withdraw(dossier: Dossier, purpose: str, *, by: User, at: datetime) -> int:
    """The person takes back a consent, for every recipient it was given to (15). Returns how many; 0 = there was none."""
    with transaction.atomic():
        Dossier.objects.select_for_update().get(pk=dossier.pk)
        rows = [
            row
            for row in newest(dossier)
            if row.purpose == purpose and row.given and row.basis == Consent.Basis.CONSENT
        ]
        for row in rows:
            row.pk, row.given, row.recorded_by, row.recorded_at = None, False, by, at
        Consent.objects.bulk_create(rows)
    return len(rows)
