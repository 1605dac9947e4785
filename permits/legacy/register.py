"""Rows of the file against what the house knows: the firm, the office, what is registered already. Four queries, however many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Office, Organisation
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Problem, say
from foreignwork.dossiers.models import Dossier
from foreignwork.dossiers.records import passport_index
from foreignwork.policies.pack import NoOffice, Pack

from .sheet import Fault, Row

MATTER = "permits"
NO_FIRM = say("legacy_no_firm", _("该单位没有在本系统登记。请先由单位注册，再转入许可。"))
OTHER_OFFICE = say("legacy_other_office", _("按照职责分工，该类人员的许可由另一机关办理，不能在本机关转入。"))
NUMBER_TAKEN = say("legacy_number_taken", _("该许可证号已经登记在另一人名下，请核对。"))
HOLDS_ONE = say("legacy_holds_one", _("此人已经持有一份有效的工作许可，不能再转入一份。"))


@dataclass(slots=True)
class Compared:
    """``fresh`` may be entered; ``known`` stands in the register already, with the same number for the same person."""

    fresh: list[Row]
    known: list[Row]
    faults: list[Fault]


def facts_of(row: Row) -> dict[str, str]:
    """The person as a dossier keeps him."""
    names = (
        "surname",
        "given_names",
        "name_zh",
        "nationality",
        "sex",
        "birth_date",
        "passport_country",
        "passport_number",
        "passport_expiry",
    )
    return {name: row.values.get(name, "") for name in names}


def firms_of(rows: Iterable[Row]) -> Mapping[str, Organisation]:
    codes = {row.values["uscc"] for row in rows}
    return {
        firm.uscc: firm
        for firm in Organisation.objects.filter(uscc__in=codes, kind=Organisation.Kind.EMPLOYER)
    }


def compare(rows: Sequence[Row], *, office: Office, pack: Pack) -> Compared:
    """Which rows may be entered by ``office``."""
    firms = firms_of(rows)
    numbers = _holders_by_number({row.values["number"] for row in rows})
    indexes = {row.line: bytes(passport_index(facts_of(row))) for row in rows}
    live = _live_by_passport(set(indexes.values()))
    found = Compared([], [], [])
    for row in rows:
        index, number = indexes[row.line], row.values["number"]
        holders = numbers.get(number, set())
        firm = firms.get(row.values["uscc"])
        if index in holders:
            found.known.append(row)
        elif holders:
            found.faults.append(Fault(row.line, "number", Problem(NUMBER_TAKEN)))
        elif firm is None:
            found.faults.append(Fault(row.line, "uscc", Problem(NO_FIRM)))
        elif not _ours(pack, office, row.values["category"], firm.city):
            found.faults.append(Fault(row.line, "category", Problem(OTHER_OFFICE)))
        elif index in live:
            found.faults.append(Fault(row.line, "passport_number", Problem(HOLDS_ONE)))
        else:
            found.fresh.append(row)
    return found


def _ours(pack: Pack, office: Office, category: str, city: str) -> bool:
    try:
        return pack.office_for(MATTER, category, city or None) == office.code
    except NoOffice:
        return False


def _holders_by_number(numbers: set[str]) -> dict[str, set[bytes]]:
    """Permit number → blind indexes of those who hold, or held, it."""
    found: dict[str, set[bytes]] = {}
    rows = Entitlement.objects.filter(matter=MATTER, number__in=numbers).select_related("dossier")
    for row in rows:
        found.setdefault(row.number, set()).add(bytes(row.dossier.passport_index))
    return found


def _live_by_passport(indexes: set[bytes]) -> set[bytes]:
    """Those of the passports whose holder has a permit in force, at whichever employer."""
    rows = Dossier.objects.filter(
        passport_index__in=indexes,
        entitlements__matter=MATTER,
        entitlements__status=Entitlement.Status.ACTIVE,
    )
    return {bytes(index) for index in rows.values_list("passport_index", flat=True)}
