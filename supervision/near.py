"""What a city's office may see of a province: the objects of its own cities, no others (the least data to each office).

Which cities are an office's own is said by the pack's routing: those whose filings it receives or decides. The provincial office, and
every office of a place that is not divided into cities, sees the whole place.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q

from foreignwork.accounts.models import Office
from foreignwork.policies.pack import Pack

from .models import Presence

BELOW = ("city", "district", "town")


def cities_of(office: Office, pack: Pack, *, draws: str | None) -> frozenset[str] | None:
    """Codes of the cities whose objects the office may see; None: all of the place. ``draws``: code of the office that draws."""
    entry = pack.offices.get(office.code)
    level = entry.level if entry else None
    if office.code == draws or level not in BELOW or not any(row.city for row in pack.routing):
        return None
    mine = [row for row in pack.routing if office.code in (row.office, row.received_by)]
    if any(row.city is None for row in mine):
        return None
    return frozenset(row.city for row in mine if row.city)


def subjects_in(cities: frozenset[str] | None, day: date, *, through: str = "") -> Q:
    """Subjects found in one of these cities on ``day``, or last found there where the register knows them no more.

    ``through``: the way from the rows that are filtered to the subject, e.g. ``"subject__"``.
    """
    if cities is None:
        return Q()
    mine = Presence.objects.filter(subject=OuterRef(f"{through}pk"))
    now = Exists(mine.on(day))
    there = Q(Exists(mine.on(day).filter(district__in=cities)))
    there_last = ~Q(now) & Q(Exists(mine.filter(district__in=cities)))
    person = Q(**{f"{through}organisation__isnull": True}) & (there | there_last)
    return Q(**{f"{through}organisation__city__in": cities}) | person
