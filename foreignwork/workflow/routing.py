"""Who is competent: the office that decides, and the one entrusted with receiving, as the pack's routing says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from foreignwork.accounts.models import Office
from foreignwork.cases.problems import OFFICE_MISSING, Blocked, Problem
from foreignwork.policies.pack import NoOffice, Pack
from foreignwork.policies.schema import Route


@dataclass(frozen=True, slots=True)
class Competent:
    """``receiver`` is None where the deciding office receives the papers itself."""

    office: Office
    receiver: Office | None


def route_of(
    pack: Pack, matter: str, answers: Mapping[str, Any], *, city: str = "", category: str | None = None
) -> Route:
    """The rule for a filing with these answers. ``city`` is used where the pack asks for none; ``category``
    overrides what was applied for (a class changed in review). Raises policies.pack.NoOffice."""
    sub_matter = pack.sub_matter_for(matter, answers)
    return pack.route_for(
        matter, category or answers.get("category"), answers.get("city") or city or None, sub_matter
    )


def competent(
    pack: Pack, wanted: Iterable[str], answers: Mapping[str, Any], **how: Any
) -> dict[str, Competent]:
    """By matter. One query for all offices; Blocked where the pack, or the register of offices, has none."""
    try:
        routes = {matter: route_of(pack, matter, answers, **how) for matter in wanted}
    except NoOffice:
        raise Blocked(Problem(OFFICE_MISSING)) from None
    codes = {code for route in routes.values() for code in (route.office, route.received_by) if code}
    offices = Office.objects.in_bulk(codes, field_name="code")
    if codes - offices.keys():
        raise Blocked(Problem(OFFICE_MISSING))
    return {
        matter: Competent(offices[route.office], offices[route.received_by] if route.received_by else None)
        for matter, route in routes.items()
    }
