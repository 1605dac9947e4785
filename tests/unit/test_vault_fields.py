"""SealedField: what is in the column, what the attribute says, and what must fail (B20, I16)."""

from __future__ import annotations

import copy
import pickle
import sys
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, connections, models, transaction
from django.db.models import F
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from simple_history.models import HistoricalRecords
from simple_history.utils import bulk_create_with_history

from foreignwork.vault import keys
from foreignwork.vault.errors import KeyDestroyed, SealBroken
from foreignwork.vault.models import DataKey, Sealed, SealedField, SealedQuerySet
from foreignwork.vault.seal import Ciphertext, decode, encode, seal, unseal

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CANARY = "E12345678"

# simple_history looks for the module "<app label>.models"
sys.modules["vault_tests.models"] = types.ModuleType("vault_tests.models")


class Person(Sealed):
    passport = SealedField(null=True)
    facts = SealedField(null=True)
    note = models.CharField(max_length=50, default="")

    history = HistoricalRecords(app="vault_tests", user_db_constraint=False)
    objects = SealedQuerySet.as_manager()

    __module__ = "vault_tests.models"

    class Meta:
        app_label = "vault_tests"


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Made by the owner, as the app role may not; outside of the tests' transactions."""
    owner, app = connections["owner"], connections["default"].settings_dict["USER"]
    both = [Person, Person.history.model]
    with django_db_blocker.unblock():
        with owner.schema_editor() as editor:
            for model in both:
                editor.create_model(model)
        with owner.cursor() as cursor:
            for model in both:
                cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {model._meta.db_table} TO "{app}"')
                cursor.execute(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{app}"')
        owner.close()
    yield
    with django_db_blocker.unblock():
        with owner.schema_editor() as editor:
            for model in reversed(both):
                editor.delete_model(model)
        owner.close()


@pytest.fixture
def key(db: None) -> DataKey:
    return DataKey.objects.make(AT)


def column(row: models.Model, name: str = "passport") -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", [row.pk])
        found = cursor.fetchone()[0]
    return None if found is None else bytes(found)


VALUES = [
    CANARY,
    "",
    "张三 ‘💡’",
    0,
    -5,
    1.5,
    True,
    date(1990, 2, 28),
    AT,
    Decimal("12345.60"),
    {"a": [1, None, {"b": "c"}]},
    [],
    ["x"],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(key: DataKey, value: Any) -> None:
    row = Person.objects.create(data_key=key, passport=value)
    stored = column(row)
    assert stored is not None
    assert encode(value)[1:] not in stored or value in (0, "")
    again = Person.objects.get(pk=row.pk).passport
    assert (again, type(again)) == (value, type(value))


def test_none_is_null_and_empty_text_is_not(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport=None, facts="")
    assert column(row) is None
    assert Person.objects.filter(passport__isnull=True, facts__isnull=False).get() == row


@pytest.mark.parametrize(
    "value",
    [b"x", (1,), {1: 2}, pytest.param(object(), id="object"), {"d": date(2026, 1, 1)}, "\ud800"],
    ids=repr,
)
def test_what_would_come_back_changed_is_refused(key: DataKey, value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Person.objects.create(data_key=key, passport=value)
    assert "ud800" not in str(caught.value)


def test_same_value_twice_gives_different_bytes(key: DataKey) -> None:
    one, two = (Person.objects.create(data_key=key, passport=CANARY) for _ in range(2))
    assert column(one) != column(two)


def test_every_swap_fails(key: DataKey) -> None:
    """Rows, fields, keys: every ciphertext in every other place."""
    other_key = DataKey.objects.make(AT)
    rows = [
        Person.objects.create(data_key=k, passport=f"p{i}", facts=f"f{i}")
        for i, k in enumerate((key, key, other_key))
    ]
    cells = [(row.pk, name, column(row, name)) for row in rows for name in ("passport", "facts")]
    for pk, name, _own in cells:
        for other_pk, other_name, bytes_there in cells:
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE vault_tests_person SET {name} = %s WHERE id = %s", [bytes_there, pk])
            row = Person.objects.get(pk=pk)
            if (pk, name) == (other_pk, other_name):
                assert getattr(row, name) is not None  # control: in its own place it opens
            else:
                with pytest.raises(SealBroken):
                    getattr(row, name)
                with pytest.raises(SealBroken), transaction.atomic():
                    row.save()


@pytest.mark.parametrize("position", [0, 1, 2, 13, 14, -1])
def test_every_changed_byte_is_noticed(key: DataKey, position: int) -> None:
    row = Person.objects.create(data_key=key, passport=CANARY)
    changed = bytearray(column(row) or b"")
    changed[position] ^= 1
    Person.objects.filter(pk=row.pk).update(passport=Ciphertext(changed))
    with pytest.raises(SealBroken):
        _ = Person.objects.get(pk=row.pk).passport
    Person.objects.filter(pk=row.pk).update(passport=Ciphertext(changed[:5]))
    with pytest.raises(SealBroken):
        _ = Person.objects.get(pk=row.pk).passport


def test_loading_opens_nothing(key: DataKey, monkeypatch: pytest.MonkeyPatch) -> None:
    Person.objects.create(data_key=key, passport=CANARY)
    monkeypatch.setattr("foreignwork.vault.fields.unseal_bytes", lambda *a: pytest.fail("opened"))
    row = Person.objects.get()
    assert CANARY not in repr(row.__dict__)


def test_an_untouched_value_keeps_its_bytes(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport=CANARY, facts={"a": 1})
    before = column(row), column(row, "facts")
    for read_first in (False, True):
        row = Person.objects.get(pk=row.pk)
        if read_first:
            assert row.passport == CANARY
            assert row.facts == {"a": 1}
        row.note = "changed"
        row.save()
        assert (column(row), column(row, "facts")) == before


def test_a_dict_changed_in_place_is_saved(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, facts={"a": 1})
    row = Person.objects.get(pk=row.pk)
    row.facts["b"] = 2
    row.save(update_fields=["facts"])
    assert Person.objects.get(pk=row.pk).facts == {"a": 1, "b": 2}


def test_queries(key: DataKey) -> None:
    for number in range(5):
        Person.objects.create(data_key=key, passport=str(number))
    keys.forget()
    with CaptureQueriesContext(connection) as queries:
        assert [row.passport for row in Person.objects.order_by("pk")] == list("01234")
    assert len(queries) == 2  # rows, key


def test_lists_prime_their_keys(db: None) -> None:
    for data_key in DataKey.objects.make_many(20, AT):
        Person.objects.create(data_key=data_key, passport=CANARY)
    keys.forget()
    with CaptureQueriesContext(connection) as queries:
        rows = list(Person.objects.all())
        Person.prime(rows)
        assert {row.passport for row in rows} == {CANARY}
    assert len(queries) == 2


def test_only_and_defer(key: DataKey) -> None:
    pk = Person.objects.create(data_key=key, passport=CANARY).pk
    assert Person.objects.only("note").get(pk=pk).passport == CANARY
    assert Person.objects.only("passport").get(pk=pk).passport == CANARY
    assert Person.objects.defer("passport", "data_key").get(pk=pk).passport == CANARY
    row = Person.objects.only("note").get(pk=pk)
    keys.unwrap(key.pk)
    with CaptureQueriesContext(connection) as queries:
        _ = row.passport
    assert len(queries) == 1
    row.note = "x"
    row.save()
    assert Person.objects.get(pk=pk).passport == CANARY


def test_refresh_from_db(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport="old")
    other = Person.objects.get(pk=row.pk)
    other.passport = "new"
    other.save()
    row.refresh_from_db()
    assert row.passport == "new"
    row.refresh_from_db(fields=["passport"])
    assert row.passport == "new"


def test_bulk_create_and_bulk_update(key: DataKey) -> None:
    rows = Person.objects.bulk_create([Person(data_key=key, passport=f"p{i}") for i in range(3)])
    for row in rows:
        row.passport, row.note = f"q{row.passport}", "n"
    Person.objects.bulk_update(rows, ["passport", "note"])
    assert sorted((r.passport, r.note) for r in Person.objects.all()) == [(f"qp{i}", "n") for i in range(3)]
    assert [row.passport for row in rows] == ["qp0", "qp1", "qp2"]
    rows[0].passport = None
    Person.objects.bulk_update(rows, ["passport"])
    assert column(rows[0]) is None


def test_plaintext_never_reaches_a_query(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport=CANARY)
    with pytest.raises(TypeError) as caught, transaction.atomic():
        Person.objects.update(passport="E99999999")
    assert "E99999999" not in str(caught.value)
    with pytest.raises(TypeError), transaction.atomic():
        models.QuerySet(Person).bulk_update([row], ["passport"])
    row.passport = F("facts")
    with pytest.raises(TypeError), transaction.atomic():
        row.save()
    sealed = seal("vault_tests.person.passport", row.crypt_id, key.pk, "new")
    Person.objects.filter(pk=row.pk).update(passport=sealed)
    assert Person.objects.get().passport == "new"
    Person.objects.update(passport=None)
    assert Person.objects.get().passport is None


@pytest.mark.parametrize(
    "lookup", ["passport", "passport__in", "passport__contains", "passport__gt", "passport__foo"]
)
def test_lookups_are_refused(db: None, lookup: str) -> None:
    with pytest.raises(FieldError):
        Person.objects.filter(**{lookup: ["x"]})


def test_nothing_around_the_attribute_shows_plaintext(key: DataKey) -> None:
    number = 4711_0815
    row = Person.objects.create(data_key=key, passport=CANARY, facts=number)
    row = Person.objects.get(pk=row.pk)
    assert (row.passport, row.facts) == (CANARY, number)
    seen = [
        repr(row),
        repr(row.__dict__),
        repr(list(Person.objects.values())),
        repr(list(Person.objects.values_list("passport", "facts"))),
        serializers.serialize("json", [row]),
        repr(model_to_dict(row)),
        repr([field.value_from_object(row) for field in row._meta.fields]),
    ]
    for text in seen:
        assert CANARY not in text
        assert str(number) not in text
    assert CANARY.encode() not in pickle.dumps(row)
    again = Person()
    again.__dict__.update(pickle.loads(pickle.dumps(row.__getstate__())))
    assert (again.passport, again.facts) == (CANARY, number)
    row.facts = {"a": []}
    row.save()
    again.__dict__.update(copy.deepcopy(row.__dict__))
    again.facts["a"].append(1)
    assert row.facts == {"a": []}


def test_a_sealed_field_cannot_be_indexed() -> None:
    with pytest.raises(ValueError, match="BlindIndexField"):
        SealedField(unique=True)


def test_a_copy_keeps_its_label() -> None:
    field = Person._meta.get_field("passport")
    assert field.label == "vault_tests.person.passport"
    assert Person.history.model._meta.get_field("passport").label == field.label
    assert field.clone().label == field.label
    assert field.deconstruct()[3]["label"] == field.label


def test_history_rows_are_sealed_and_readable(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport="first")
    row.passport = "second"
    row.save()
    old, new = row.history.order_by("history_id")
    assert (old.passport, new.passport) == ("first", "second")
    assert old.crypt_id == row.crypt_id
    for record in (old, new):
        stored = column(record)
        assert stored is not None
        assert b"first" not in stored
        assert unseal("vault_tests.person.passport", row.crypt_id, key.pk, stored) in ("first", "second")
    assert old.instance.passport == "first"
    assert new.diff_against(old).changes == []  # a diff shows editable fields only; sealed ones never
    bulk = bulk_create_with_history([Person(data_key=key, passport="bulk")], Person)
    assert bulk[0].history.get().passport == "bulk"


def test_a_row_with_another_id_or_key(key: DataKey) -> None:
    """A copy is sealed anew if it was read; if not, saving refuses rather than store what nobody can open."""
    row = Person.objects.create(data_key=key, passport=CANARY)
    twin = Person.objects.get(pk=row.pk)
    assert twin.passport == CANARY
    twin.pk, twin.crypt_id, twin.data_key, twin._state.adding = None, uuid4(), DataKey.objects.make(AT), True
    twin.save()
    assert Person.objects.get(pk=twin.pk).passport == CANARY
    blind = Person.objects.get(pk=row.pk)
    blind.crypt_id = uuid4()
    with pytest.raises(SealBroken):
        blind.save()


def test_without_a_data_key_nothing_is_saved(db: None) -> None:
    with pytest.raises(SealBroken, match="data key"):
        Person(passport=CANARY).save()


def test_erasure(key: DataKey) -> None:
    row = Person.objects.create(data_key=key, passport=CANARY)
    stored = column(row)
    DataKey.objects.destroy(key, AT + timedelta(days=1))
    row = Person.objects.get(pk=row.pk)
    with pytest.raises(KeyDestroyed):
        _ = row.passport
    row.skip_history_when_saving = True  # a history row would need the plaintext
    row.save()  # other columns may still be kept; the bytes stay
    assert column(row) == stored
    fresh = Person.objects.get(pk=row.pk)
    fresh.passport = "new"
    with pytest.raises(KeyDestroyed):
        fresh.save()


def test_seal_and_unseal(key: DataKey) -> None:
    crypt_id = uuid4()
    sealed = seal("cases.event.changes", crypt_id, key.pk, {"passport": [None, CANARY]})
    assert repr(sealed) == str(sealed) == f"<sealed {len(sealed)} bytes>"
    assert unseal("cases.event.changes", crypt_id, key.pk, memoryview(sealed)) == {"passport": [None, CANARY]}
    for label, row, key_id in (
        ("cases.event.remark", crypt_id, key.pk),
        ("cases.event.changes", uuid4(), key.pk),
        ("cases.event.changes", crypt_id, DataKey.objects.make(AT).pk),
    ):
        with pytest.raises(SealBroken):
            unseal(label, row, key_id, sealed)


def test_a_label_does_not_run_into_the_row_id() -> None:
    assert decode(encode("x")) == "x"
    from foreignwork.vault.seal import _aad

    row = uuid4()
    assert _aad("a.b.c") + row.bytes != _aad("a.b.cd") + row.bytes
