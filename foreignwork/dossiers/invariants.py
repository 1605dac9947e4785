"""A dossier is found by what it holds: blind indexes equal the HMAC of the sealed words (quality I16); its versions run 1..n (I12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from foreignwork.invariants import BATCH, Breach, in_batches, invariant, rows
from foreignwork.vault.errors import VaultError
from foreignwork.vault.index import blind_index
from foreignwork.vault.models import Sealed

from .models import Dossier, DossierVersion, NameToken
from .records import name_words, passport_index


@invariant("I12")
def versions_run_from_one(at: datetime) -> Iterator[Breach]:
    """A version of a person's facts is never lost: an event that names it names what was seen."""
    for table, owner, kind in (
        ("dossiers_dossierversion", "dossier_id", "dossier"),
        ("dossiers_engagementversion", "engagement_id", "engagement"),
    ):
        for pk, count, highest in rows(
            f"SELECT {owner}, count(*), max(seq) FROM {table} GROUP BY 1 HAVING count(*) <> max(seq) OR min(seq) <> 1"  # noqa: S608 - our own tables
        ):
            yield Breach("I12", f"{kind} {pk}", f"{count} versions, the highest is {highest}")


@invariant("I16")
def found_by_what_it_holds(at: datetime) -> Iterator[Breach]:
    """Passports: of each version, and of the dossier as its newest version says. Names: every word of every version, no other."""
    versions = DossierVersion.objects.order_by("dossier_id", "seq").iterator(BATCH)
    for batch in _whole_dossiers(versions):
        Sealed.prime(row for mine in batch.values() for row in mine)
        dossiers = Dossier.objects.in_bulk(list(batch))
        tokens: dict[int, set[bytes]] = {}
        for pk, token in NameToken.objects.filter(dossier__in=batch).values_list("dossier_id", "token"):
            tokens.setdefault(pk, set()).add(bytes(token))
        for pk, mine in batch.items():
            yield from _indexes(dossiers[pk], mine, tokens.get(pk, set()))


def _whole_dossiers(versions: Iterator[DossierVersion]) -> Iterator[dict[int, list[DossierVersion]]]:
    """Versions by dossier, about a batch of dossiers at a time."""
    grouped = ((pk, list(mine)) for pk, mine in groupby(versions, key=attrgetter("dossier_id")))
    for batch in in_batches(grouped):
        yield dict(batch)


def _indexes(dossier: Dossier, versions: list[DossierVersion], tokens: set[bytes]) -> Iterator[Breach]:
    words: set[str] = set()
    newest: Any = None
    for version in versions:
        try:
            facts = version.facts
        except VaultError:
            return  # erased, or named already as a seal that does not open
        newest = passport_index(facts)
        words |= name_words(facts)
        if version.passport_index != newest:
            yield Breach(
                "I16", f"dossier version {version.pk}", "is indexed by another passport than it holds"
            )
    if dossier.passport_index != newest:
        yield Breach(
            "I16", f"dossier {dossier.code}", "is indexed by another passport than its newest version holds"
        )
    if tokens != {blind_index("name", word) for word in words}:
        yield Breach("I16", f"dossier {dossier.code}", "is indexed by other words than its names hold")
