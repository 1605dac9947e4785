"""Bilateral social security agreements as data: every cell said or marked unknown; what is wrong is refused with file and key."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from typing import Any

import pytest

from foreignwork.policies.agreements import FILE, agreements, parse
from foreignwork.policies.loader import PackError

DOCUMENT = tomllib.loads(FILE.read_text("utf-8"))


def test_every_agreement_says_something_of_every_insurance() -> None:
    found = agreements()
    assert len(found.insurances) == 5
    assert found.exemptible == ("pension", "unemployment")
    assert len(found.agreements) == 13
    for entry in found.agreements.values():
        assert set(entry.exempt) == set(found.insurances)
        assert all(entry.exempt[code] == "required" for code in found.never_exempt)


@pytest.mark.parametrize(
    ("country", "insurance", "on", "cell"),
    [
        ("KOR", "pension", date(2026, 3, 1), "exempt"),
        ("KOR", "pension", date(2013, 1, 15), "required"),  # the day before it came into force
        ("KOR", "pension", date(2013, 1, 16), "exempt"),
        ("DNK", "unemployment", date(2026, 3, 1), "required"),
        ("KGZ", "unemployment", date(2026, 3, 1), "unknown"),
        ("FRA", "pension", date(2026, 3, 1), "unknown"),  # entry into force not confirmed
        ("FRA", "medical", date(2026, 3, 1), "required"),
    ],
)
def test_cells(country: str, insurance: str, on: date, cell: str) -> None:
    assert agreements().agreements[country].says(insurance, on) == cell


def test_an_uncertain_period_is_no_period() -> None:
    found = agreements().agreements
    assert (found["KOR"].months, found["DEU"].months, found["ESP"].months) == (60, None, None)


def broken(change: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        (lambda d: d["agreements"]["KOR"]["exempt"].pop("medical"), "agreements.KOR.exempt", "medical"),
        (
            lambda d: d["agreements"]["KOR"]["exempt"].update(dental="exempt"),
            "agreements.KOR.exempt",
            "dental",
        ),
        (
            lambda d: d["agreements"]["KOR"]["exempt"].update(injury="exempt"),
            "agreements.KOR.exempt.injury",
            "no agr",
        ),
        (
            lambda d: d["agreements"]["KOR"]["exempt"].update(pension="maybe"),
            "agreements.KOR.exempt.pension",
            "",
        ),
        (lambda d: d["agreements"]["KOR"].update(to=date(2012, 1, 1)), "agreements.KOR", "ends before"),
        (lambda d: d["agreements"]["KOR"].pop("from"), "agreements.KOR.from", "uncertain"),
        (lambda d: d["agreements"]["KOR"].pop("cites"), "agreements.KOR.cites", ""),
        (lambda d: d["agreements"].update(XYZ=d["agreements"]["KOR"]), "agreements.XYZ", "no country"),
        (lambda d: d.update(extra=1), "extra", ""),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_key(change: Any, key: str, reason: str) -> None:
    with pytest.raises(PackError) as caught:
        parse(broken(change))
    assert caught.value.file == "social_security.toml"
    assert caught.value.key.startswith(key)
    assert reason in caught.value.reason
