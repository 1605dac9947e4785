"""The five insurances of one registration: from which month each, or under which agreement it need not be taken out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.policies.agreements import Agreement, Cell, agreements

NAMES: dict[str, str | Promise] = {
    "pension": _("基本养老保险"),
    "medical": _("基本医疗保险"),
    "injury": _("工伤保险"),
    "unemployment": _("失业保险"),
    "maternity": _("生育保险"),
}


@dataclass(frozen=True, slots=True)
class Cover:
    """One insurance: ``start`` is the first month of cover (its first day), or None when ``agreement`` (a country code)
    exempts it until ``until``."""

    insurance: str
    start: date | None = None
    agreement: str = ""
    until: date | None = None

    @property
    def exempt(self) -> bool:
        return bool(self.agreement)


def packed(covers: Iterable[Cover]) -> list[dict[str, Any]]:
    """Plain values for a JSON column and for an event."""
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(one).items()
            if value
        }
        for one in covers
    ]


def unpacked(rows: Iterable[Mapping[str, Any]]) -> list[Cover]:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return [
        Cover(row["insurance"], day(row.get("start")), row.get("agreement", ""), day(row.get("until")))
        for row in rows
    ]


def first_month(covers: Iterable[Cover]) -> date | None:
    """The earliest month any insurance begins."""
    return min((one.start for one in covers if one.start), default=None)


def agreement_of(country: str) -> Agreement | None:
    return agreements().agreements.get(country)


def agreement_name(country: str) -> str:
    found = agreement_of(country)
    return found.name.pick(get_language()) if found else country


def choices(on: date) -> list[tuple[str, str]]:
    """The agreements that apply on ``on``, and those of which it is not known."""
    language = get_language()
    return [
        (country, entry.name.pick(language))
        for country, entry in agreements().agreements.items()
        if entry.in_force(on) is not False
    ]


def verdict(country: str, insurance: str, on: date) -> Cell:
    """exempt, required or unknown; an unknown country exempts nothing."""
    found = agreement_of(country)
    return found.says(insurance, on) if found else "required"


def longest_until(country: str, start: date) -> date | None:
    """The last day an exemption that begins on ``start`` may have; None = not known, an officer must look."""
    found = agreement_of(country)
    months = found.months if found else None
    return start + relativedelta(months=months, days=-1) if months else None


def to_confirm(covers: Iterable[Cover], since: date) -> list[str]:
    """The insurances whose exemption the sources do not settle: cell, entry into force or longest period unknown."""
    found = []
    for one in covers:
        if not one.exempt:
            continue
        sure = verdict(one.agreement, one.insurance, since) == "exempt"
        if not sure or longest_until(one.agreement, since) is None:
            found.append(one.insurance)
    return found


def in_words(one: Cover) -> str:
    """2026-03 起 / 依照中韩社会保险协定免缴，至 2027-05-31."""
    if one.exempt:
        until = one.until.isoformat() if one.until else ""
        return str(_("依照%(agreement)s免缴，至 %(until)s")) % {
            "agreement": agreement_name(one.agreement),
            "until": until,
        }
    return str(_("自 %(month)s 起")) % {"month": f"{one.start:%Y-%m}"} if one.start else ""
