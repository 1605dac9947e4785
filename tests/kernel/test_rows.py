"""Rows of several tables by one statement: all of them or none, keys between them, sequences that go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from foreignwork.accounts.models import Membership, Organisation, User
from foreignwork.cases.models import Case, CaseEvent, NumberSeries, transaction_id
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.notices.models import NoticeBody
from foreignwork.rows import (
    MANY,
    among,
    filled,
    insert_many,
    insert_together,
    next_ids,
    update_returning,
    update_together,
)
from tests.stage import AT, case_of


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


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 3 * MANY])
def test_many_rows_are_written_as_bulk_create_would(cast: Cast, count: int) -> None:
    """Sealed text, JSON, moments, empty columns, a column that the database fills, keys in the order of the rows."""
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    last = CaseEvent.objects.filter(case=case).latest("seq")
    events = [
        CaseEvent(
            case=case, data_key_id=case.data_key_id, seq=last.seq + 1 + n, at=AT, effective_on=AT.date(), actor=None, role="system",
            office_id=case.office_id, action="note", source="filed", target="filed", data={"reasons": [f"it's {n}", None]},
            sealed={"remark": f"“{n}” \\ 'quoted'"} if n % 2 else None, prev_hash="0" * 64, hash="1" * 64,
        )
        for n in range(count)
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        insert_many(events)
        insert_many([])
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (now,) = cursor.fetchone()
    for n, event in enumerate(events):
        found = CaseEvent.objects.get(pk=event.pk)
        assert (found.seq, found.xid, found.data) == (event.seq, now, {"reasons": [f"it's {n}", None]})
        assert found.sealed == ({"remark": f"“{n}” \\ 'quoted'"} if n % 2 else None)
        assert (found.actor, found.at, found.crypt_id) == (None, AT, event.crypt_id)
        assert not event._state.adding


def test_a_text_that_is_too_long_is_refused_not_cut(db: None) -> None:
    longest = NumberSeries._meta.get_field("series").max_length
    rows = [NumberSeries(series=f"{number}", year=2026) for number in range(MANY)]
    rows[-1].series = "x" * (longest + 1)
    with pytest.raises(DataError), transaction.atomic():
        insert_many(rows)
    assert not NumberSeries.objects.exists()
    rows[-1].series = "x" * longest
    insert_many(rows)
    for row in rows:
        row.series += "y"
    with pytest.raises(DataError), transaction.atomic():
        update_together(rows, ["series"])
    assert NumberSeries.objects.filter(series="x" * longest).exists()


@pytest.mark.parametrize("keyless", [False, True])
def test_many_rows_all_or_none(db: None, keyless: bool) -> None:
    rows = [NumberSeries(series=f"s{n % (MANY * 2 - 1)}", year=2026) for n in range(MANY * 2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(rows, keyless=keyless)
    assert not NumberSeries.objects.filter(year=2026, series__startswith="s").exists()


@pytest.mark.parametrize("count", [1, MANY])
def test_rows_whose_keys_nobody_asks_for_are_copied(cast: Cast, count: int) -> None:
    key = case_of(stage.file(cast, "university", ANNA, at=AT)).data_key_id
    bodies = [
        NoticeBody(notice_id=-n, data_key_id=key, template="a\tb\\N", template_version=str(n), context={"name": f"“{n}”\n\\."})
        for n in range(1, count + 1)
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        insert_many(bodies, keyless=True)
        found = list(NoticeBody.objects.filter(notice_id__lt=0).order_by("-notice_id"))
        transaction.set_rollback(True)
    inserts = [one for one in queries if one["sql"].startswith("INSERT")]
    assert len(inserts) == (count < MANY), "a COPY is not among the queries Django counts"
    assert [(row.template, row.template_version) for row in found] == [
        ("a\tb\\N", str(n)) for n in range(1, count + 1)
    ]
    assert [row.context for row in found] == [row.context for row in bodies]


@pytest.mark.parametrize("count", [2, MANY])
def test_what_is_there_is_passed_over(db: None, count: int) -> None:
    NumberSeries.objects.create(series="s0", year=2026, last=7)
    rows = [NumberSeries(series=f"s{n}", year=2026) for n in range(count)]
    with CaptureQueriesContext(connection) as queries:
        insert_many(rows, passing_over=True)
    assert len(queries) == 1
    assert NumberSeries.objects.filter(year=2026, series__startswith="s").count() == count
    assert NumberSeries.objects.get(series="s0", year=2026).last == 7


def test_many_rows_are_changed_by_one_statement(db: None) -> None:
    rows = [Organisation(uscc=f"U{n}", name_zh=f"样例{n}", city="lanzhou") for n in range(3)]
    Organisation.objects.bulk_create(rows)
    for number, row in enumerate(rows[:2]):
        row.city, row.kind = f"city'{number}%s", "agency"
    with CaptureQueriesContext(connection) as queries:
        update_together(rows[:2], ["city", "kind"])
        update_together([], ["city"])
    assert len(queries) == 1
    found = Organisation.objects.filter(uscc__startswith="U").order_by("uscc").values_list("city", "kind")
    assert list(found) == [("city'0%s", "agency"), ("city'1%s", "agency"), ("lanzhou", rows[2].kind)]


def test_what_some_share_and_some_do_not_is_written_as_it_is(cast: Cast) -> None:
    """Moments, days, keys, truth, what is empty in some; the same in all rows or not. One that differs late is not taken for shared."""
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    own = {
        "case_id": case.pk,
        "basis": "promised",
        "amount": 1,
        "unit": "wd",
        "cites": "",
        "started_on": AT.date(),
    }
    rows = [
        Deadline(
            **own, kind=f"k{n}", due_on=AT.date() + timedelta(days=n), provisional=n == MANY - 1,
            fired_at=AT if n else None, voided_at=AT,
        )
        for n in range(MANY)
    ]  # fmt: skip
    insert_many(rows)
    names = [entry.attname for entry in Deadline._meta.concrete_fields]

    def stands() -> list[tuple]:
        return list(
            Deadline.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list(*names)
        )

    assert stands() == [tuple(getattr(row, name) for name in names) for row in rows]
    for n, row in enumerate(rows):
        row.due_on, row.provisional, row.cites = AT.date(), n == 3, f'"{n}" \\ %s'
        row.voided_at, row.fired_at, row.met_on = (
            None,
            AT + timedelta(seconds=n),
            AT.date() if n % 2 else None,
        )
    update_together(rows, ["due_on", "provisional", "cites", "voided_at", "fired_at", "met_on", "started_on"])
    assert stands() == [tuple(getattr(row, name) for name in names) for row in rows]


def test_a_row_filled_by_columns_is_the_row_of_its_names(db: None) -> None:
    values = {"case_id": 3, "seq": 1, "at": AT, "data": {"a": 1}, "actor_id": None}
    one, other = filled(CaseEvent, values), CaseEvent(**values)
    for entry in CaseEvent._meta.concrete_fields:
        if entry.attname not in {"crypt_id", "xid"}:
            assert one.__dict__[entry.attname] == other.__dict__[entry.attname], entry
    assert filled(CaseEvent, {}).data is not filled(CaseEvent, {}).data
    assert one._state.adding
    assert one.crypt_id


def test_an_expression_and_what_is_empty_are_written_too(cast: Cast) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    row = Case.objects.get(pk=case.pk)
    row.xid, row.due_on, row.assignee = transaction_id(), None, None
    update_together([row], ["xid", "due_on", "assignee"])
    row.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert (row.xid,) == cursor.fetchone()
    assert row.due_on is None


def test_an_update_tells_what_it_changed(db: None) -> None:
    rows = [NumberSeries.objects.create(series=f"s{n}", year=2026, last=n) for n in range(3)]
    some = NumberSeries.objects.filter(pk__in=among(row.pk for row in rows), last__gte=1)
    assert sorted(update_returning(some, ["series", "last"], last=9)) == [("s1", 9), ("s2", 9)]
    assert update_returning(some.filter(last=77), ["series"], last=1) == []
    assert not NumberSeries.objects.filter(pk__in=among([])).exists()
