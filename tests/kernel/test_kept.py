"""Statements written once: the values of each call in their places, the rows as a queryset would give them."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from foreignwork.accounts.models import Membership, Organisation, User
from foreignwork.cases.models import NumberSeries
from foreignwork.kept import Kept

YEARS: Kept[tuple[str, int]] = Kept(
    lambda names, year: (
        NumberSeries.objects.filter(series__in=names, year__gte=year)
        .exclude(year=year)
        .order_by("series")
        .values_list("series", "year")
    ),
    names=["-"],
    year=9,
)


@pytest.fixture
def series(db: None) -> None:
    for number, name in enumerate("abc"):
        NumberSeries.objects.create(series=name, year=2024 + number)


@pytest.mark.usefixtures("series")
def test_each_call_has_values_of_its_own_in_every_place() -> None:
    """The year stands in two places; a list gives its place to as many as come."""
    assert YEARS(names=["a", "b", "c"], year=2024) == [("b", 2025), ("c", 2026)]
    assert YEARS(names=["c"], year=2000) == [("c", 2026)]
    assert YEARS(names=["b", "c"], year=2025) == [("c", 2026)]
    with CaptureQueriesContext(connection) as queries:
        assert YEARS(names=[], year=2000) == []
    assert not queries


@pytest.mark.usefixtures("series")
def test_it_is_written_once_and_read_as_the_queryset_itself() -> None:
    built: list[int] = []

    def build(name: str) -> QuerySet[NumberSeries]:
        built.append(1)
        return NumberSeries.objects.filter(series=name).annotate(whole=RawSQL("'100%%'", []))

    kept: Kept[NumberSeries] = Kept(build, name="-")
    (first,), (second,) = kept(name="a"), kept(name="b")
    assert (first.year, second.year, second.whole) == (2024, 2025, "100%")  # type: ignore[attr-defined]
    assert first == NumberSeries.objects.get(series="a")
    assert not first._state.adding
    assert len(built) == 1
    second.year = 1999
    second.save()
    assert [row.year for row in kept(name="b")] == [1999]  # no answer is kept, only the question


def test_what_hangs_on_a_row_comes_with_it(db: None) -> None:
    user = User.objects.create(username="kept", kind="applicant")
    firm = Organisation.objects.create(uscc="12620000MB0DEM017T", name_zh="样例", city="lanzhou")
    firm.memberships.create(user=user)
    kept: Kept[Membership] = Kept(
        lambda ids: Membership.objects.filter(user_id__in=ids).select_related("organisation"), ids=[-1]
    )
    (member,) = kept(ids=[user.pk])
    with CaptureQueriesContext(connection) as queries:
        assert member.organisation.name_zh == "样例"
    assert not queries


def test_a_value_without_a_place_is_refused(db: None) -> None:
    """Else it would be left out of what is asked, and nobody would notice."""
    with pytest.raises(AssertionError):
        Kept(lambda on: NumberSeries.objects.all(), on=date.min)(on=date(2026, 1, 1))
    with pytest.raises(AssertionError):
        YEARS(names=["a"])
