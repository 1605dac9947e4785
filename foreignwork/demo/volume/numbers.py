"""The texts by which a copy differs from its pattern: numbers out of counters, codes, names, passports and their MRZ lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from foreignwork.cases.clock import today
from foreignwork.cases.models import Bundle
from foreignwork.dossiers.models import DossierVersion
from foreignwork.notices.models import NUMBER
from foreignwork.vault.seal import decode, unseal_bytes

from .harvest import Harvest
from .people import NAMES

OF_AN_OFFICE = re.compile(r"(?P<place>[A-Z]+)-\d{4}-(?P<letter>[A-Z])\d+-(?P<matter>[A-Z]+)")
"""GANSU-2026-E00001-W: what ``workflow.office_cases`` numbers."""


@dataclass(frozen=True, slots=True)
class Series:
    """A counter (``cases.counters``) and how a number of it reads."""

    name: str
    year: int
    format: str

    def word(self, number: int) -> str:
        return self.format.format(year=self.year, n=number)


def notice_series(harvest: Harvest, back: timedelta) -> Iterator[tuple[Series, str]]:
    """For each paper its series and the number it has in the pattern."""
    for row in harvest.named("notices.notice"):
        series = row["series"]
        name = f"notice:{row['office_id']}:{series}"
        yield Series(name, (row["dated_on"] - back).year, NUMBER % (series, "{year}", "{n}")), row["number"]


def case_series(harvest: Harvest, back: timedelta) -> Iterator[tuple[Series, str]]:
    """The same for each case that an office opened itself."""
    first = {row["case_id"]: row["at"] for row in harvest.named("cases.caseevent") if row["seq"] == 1}
    for row in harvest.named("cases.case"):
        found = OF_AN_OFFICE.fullmatch(row["number"]) if row["bundle_id"] is None else None
        if found:
            place, letter, matter = found["place"], found["letter"], found["matter"]
            year = today(first[row["id"]] - back).year
            written = f"{place}-{{year}}-{letter}{{n:05d}}-{matter}"
            yield Series(f"case:{place.lower()}:{letter}", year, written), row["number"]


def bundle_words(harvest: Harvest, back: timedelta, first: int) -> dict[str, str]:
    """The numbers of the filings: place, year and row; ``first`` is the id of the copy's first."""
    rows = harvest.rows.get(Bundle, [])
    return {
        row[
            "number"
        ]: f"{row['number'].split('-')[0]}-{today(row['filed_at'] - back).year}-{first + place:06d}"
        for place, row in enumerate(rows)
    }


def words_of(harvest: Harvest) -> list[str]:
    """All of them as they stand in the pattern, the longest first."""
    facts = [unseal_facts(row) for row in harvest.rows.get(DossierVersion, [])]
    names = {fact.get(name) for fact in facts for name in NAMES}
    lines = {entry for fact in facts for entry in str(fact.get("mrz", "")).split("\n")}
    numbers = {
        word for _key, word in [*notice_series(harvest, timedelta()), *case_series(harvest, timedelta())]
    }
    bundles = {row["number"] for row in harvest.rows.get(Bundle, [])}
    code = {harvest.dossier.code} if harvest.dossier else set()
    return sorted(filter(None, {*names, *lines, *numbers, *bundles, *code}), key=len, reverse=True)


def unseal_facts(row: dict[str, Any]) -> dict[str, Any]:
    """A dossier version's facts."""
    label = DossierVersion._meta.get_field("facts").label
    found = decode(unseal_bytes(label, row["crypt_id"], row["data_key_id"], row["facts"]))
    assert isinstance(found, dict)
    return found
