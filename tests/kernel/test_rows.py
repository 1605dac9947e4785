"""Rows of several tables by one statement: all of them or none, keys between them, sequences that go on."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from foreignwork.accounts.models import Membership, Organisation, User
from foreignwork.cases.models import NumberSeries
from foreignwork.cases.rows import insert_together, next_ids


def test_ids_come_from_the_tables_own_sequences(db: None) -> None:
    first = next_ids({NumberSeries: 3, User: 1})
    second = next_ids({NumberSeries: 2})
    assert len(first[NumberSeries]) == 3
    assert len(first[User]) == 1
    assert min(second[NumberSeries]) > max(first[NumberSeries])
    row = NumberSeries.objects.create(series="after", year=2026)
    assert row.pk > max(second[NumberSeries])


def test_rows_that_point_at_each_other_are_written_by_one_statement(db: None) -> None:
    user_id, firm_id = next_ids({User: 1})[User][0], next_ids({Organisation: 1})[Organisation][0]
    user = User(pk=user_id, username="together", kind="applicant")
    firm = Organisation(pk=firm_id, uscc="12620000MB0DEM017T", name_zh="样例", city="lanzhou")
    member = Membership(pk=next_ids({Membership: 1})[Membership][0], user=user, organisation=firm)
    with CaptureQueriesContext(connection) as queries:
        insert_together([member], [firm], [user])
    assert len(queries) == 1
    assert Membership.objects.get(user__username="together").organisation == firm
    firm.city = "tianshui"
    firm.save()  # an update: the row counts as saved
    assert Organisation.objects.filter(pk=firm_id).count() == 1


def test_all_or_none(db: None) -> None:
    NumberSeries.objects.create(series="taken", year=2026)
    fresh, repeated = NumberSeries(series="fresh", year=2026), NumberSeries(series="taken", year=2026)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([fresh, repeated])
    assert not NumberSeries.objects.filter(series="fresh").exists()


def test_nothing_to_write_asks_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        insert_together([], [])
    assert len(queries) == 0
