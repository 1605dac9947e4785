"""Rows of several tables in one statement, written or read: each round trip is felt by everyone who waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import sql
from django.db.models.expressions import DatabaseDefault, RawSQL
from django.db.models.functions import JSONObject
from psycopg import Binary
from psycopg.types.json import Jsonb

Row = TypeVar("Row", bound=models.Model)


def next_ids(wanted: dict[type[models.Model], int]) -> dict[type[models.Model], list[int]]:
    """Fresh primary keys from the tables' own sequences, ``wanted`` many each: one query."""
    part = "SELECT %s::int, nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    owners = list(wanted)
    params: list[Any] = []
    for number, model in enumerate(owners):
        params += [number, f'"{model._meta.db_table}"', wanted[model]]
    found: dict[type[models.Model], list[int]] = {model: [] for model in owners}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(owners)), params)
        for number, pk in cursor.fetchall():
            found[owners[number]].append(pk)
    return {model: sorted(ids) for model, ids in found.items()}


def insert_together(*groups: Sequence[models.Model]) -> None:
    """Insert the rows of each group (one model a group, each row with its primary key set or none of them) by one statement.

    The statements become parts of one ``WITH``; foreign keys between the groups hold because Django's are checked at commit.
    A row of a child table (one level of inheritance) brings only its own columns: its parent's row is a group of its own.
    """
    parts, params = [], []
    for rows in filter(None, groups):
        model = type(rows[0])
        fields: list[Any] = list(model._meta.local_concrete_fields)
        if rows[0].pk is None:
            fields = [entry for entry in fields if not entry.primary_key]
        query = sql.InsertQuery(model)
        query.insert_values(fields, list(rows), raw=False)
        ((statement, values),) = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
        parts.append(statement)
        params += list(values)
    if not parts:
        return
    named = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(parts))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} SELECT 1", params)
    for rows in groups:
        for row in rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


MANY = 20
"""Rows from which on ``insert_many`` goes its own way; a few are as quick by Django's."""


def insert_many(rows: Sequence[models.Model], *, keyless: bool = False, passing_over: bool = False) -> None:
    """``bulk_create`` of rows of one model, for hundreds of them: one list for each column, one statement.

    Django prepares, and the driver reads, a mark for every value: that was a third of a sweep of steps. A column that the
    database fills for all rows is left to it; keys come back in the order of the rows. ``keyless`` where nobody asks for the
    keys: then the rows are copied. ``passing_over`` as ``ignore_conflicts``: what is there stays, and no keys come back.
    """
    if not rows:
        return
    model = type(rows[0])
    if len(rows) < MANY:
        model._base_manager.bulk_create(rows, ignore_conflicts=passing_over)
        return
    assert model._meta.pk is not None
    key = model._meta.pk.column
    asked: list[Any] = [
        entry for entry in model._meta.local_concrete_fields if not _by_database(entry, rows[0])
    ]
    for row in rows:
        if row._state.fields_cache:
            row._prepare_related_fields_for_save(operation_name="bulk_create")  # type: ignore[attr-defined]
    db = connections[DEFAULT_DB_ALIAS]
    values = [_column(entry, rows, db) for entry in asked]
    names = ", ".join(f'"{entry.column}"' for entry in asked)
    with db.cursor() as cursor, db.wrap_database_errors:
        if keyless:
            with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
                for line in zip(*values, strict=True):
                    copy.write_row(line)
        else:
            # A value that all rows share is said once; the first column is a list, as it tells how many rows there are.
            listed = {n for n, column in enumerate(values) if n == 0 or not _shared(column)}
            typed = ", ".join(
                f"{f'c{n}' if n in listed else '%s'}::{_kind(entry, db)}" for n, entry in enumerate(asked)
            )
            lists = ", ".join(["json_array_elements_text(%s)"] * len(listed))
            marks = ", ".join(f"c{n}" for n in sorted(listed))
            last = "ON CONFLICT DO NOTHING" if passing_over else f'RETURNING "{key}"'
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {typed}'  # noqa: S608 - our own names
                f" FROM ROWS FROM ({lists}) v({marks}) {last}",
                [
                    *(column[0] for n, column in enumerate(values) if n not in listed),
                    *(json.dumps(values[n], default=_text, ensure_ascii=False) for n in sorted(listed)),
                ],
            )
            if not passing_over:
                for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
                    row.pk = pk
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _kind(entry: Any, db: Any) -> str:
    """The type that a value is read as, of texts without their length: read as ``varchar(8)``, what is longer would be cut in
    silence, where the column refuses it."""
    name, bracket, _length = str(entry.rel_db_type(db)).partition("(")
    return name if name == "varchar" else f"{name}{bracket}{_length}"


AS_IT_IS = (
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.ForeignKey,
    models.IntegerField,
    models.UUIDField,
)
"""Fields whose value, of the type that the model declares, goes to the database as it stands."""


def _column(entry: Any, rows: Sequence[models.Model], db: Any) -> list[Any]:
    """The values of a column as the database takes them; Django would ask ten functions for each to give it back unchanged."""
    clocked = getattr(entry, "auto_now", False) or getattr(entry, "auto_now_add", False)
    if isinstance(entry, AS_IT_IS) and not clocked:
        return [getattr(row, entry.attname) for row in rows]
    found = [entry.get_db_prep_save(entry.pre_save(row, add=True), db) for row in rows]
    return [_text(value) if isinstance(value, Jsonb) else value for value in found]


def _shared(column: Sequence[Any]) -> bool:
    return column.count(column[0]) == len(column)


def filled(model: type[Row], values: dict[str, Any]) -> Row:
    """A new row from its columns' values, in half the time: named, Django asks of each relation whether the row or its key is
    meant. A column that is not named has its default."""
    return model(*[values[name] if name in values else default() for name, default in _defaults(model)])


@cache
def _defaults(model: type[models.Model]) -> list[tuple[str, Callable[[], Any]]]:
    return [(entry.attname, entry.get_default) for entry in model._meta.concrete_fields]


def _by_database(entry: Any, row: models.Model) -> bool:
    """A key that the sequence gives, or a value that the database has a default for."""
    value = getattr(row, entry.attname)
    return isinstance(value, DatabaseDefault) or (entry.primary_key and value is None)


def _text(value: Any) -> str:
    """How the database reads what JSON has no word for; JSON itself as text."""
    if isinstance(value, Jsonb):
        text = (value.dumps or json.dumps)(value.obj)
        return text if isinstance(text, str) else text.decode()
    if isinstance(value, Binary):
        return f"\\x{bytes(value.obj).hex()}"
    if isinstance(value, UUID | date | Decimal):  # a moment is a day too
        return str(value)
    raise TypeError(f"no way to write {type(value).__name__} in many rows at once")


def update_together(
    rows: Sequence[models.Model], names: Sequence[str], *, model: type[models.Model] | None = None
) -> None:
    """Write the columns ``names`` of all rows of one model by one statement; ``model`` where the columns are a parent's.

    Django's ``bulk_update`` says for each column of each row under which condition it holds; to build and to read that costs more
    than everything else a step does. Here the new values stand as columns beside the rows. A value that is an expression
    (the transaction's id) must be the same in all rows. Not for sealed columns.
    """
    if not rows:
        return
    model = model or type(rows[0])
    assert model._meta.pk is not None
    key, fields = model._meta.pk, [model._meta.get_field(name) for name in names]
    made = [field for field in fields if hasattr(getattr(rows[0], field.attname), "resolve_expression")]  # type: ignore[union-attr]
    db = connections[DEFAULT_DB_ALIAS]
    columns = {field: _now_in(field, rows, db) for field in fields if field not in made}
    # What all rows share is said once; the rest goes as a list for each column, as in insert_many.
    same = {field: column[0] for field, column in columns.items() if _shared(column)}
    listed: dict[Any, list[Any]] = {key: _now_in(key, rows, db)}
    listed |= {field: column for field, column in columns.items() if field not in same}
    quoted = {field: f'"{field.column}"' for field in [key, *fields]}  # type: ignore[union-attr]
    sets = [f"{quoted[field]} = %s::{_kind(field, db)}" for field in same]
    sets += [f"{quoted[field]} = v.{quoted[field]}::{_kind(field, db)}" for field in listed if field != key]
    lists = ", ".join(["json_array_elements_text(%s)"] * len(listed))
    params = [*same.values(), *(json.dumps(column, default=_text) for column in listed.values())]
    for field in made:
        compiler = model._default_manager.all().query.get_compiler(connection=connection)
        what, own = compiler.compile(getattr(rows[0], field.attname))  # type: ignore[union-attr]
        assert not own
        sets.append(f"{quoted[field]} = {what}")
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" t SET {", ".join(sets)} FROM ROWS FROM ({lists})'  # noqa: S608 - our own names
            f" v({', '.join(quoted[field] for field in listed)})"
            f" WHERE t.{quoted[key]} = v.{quoted[key]}::{_kind(key, db)}",
            params,
        )


def _now_in(entry: Any, rows: Sequence[models.Model], db: Any) -> list[Any]:
    """The values that stand in the rows now, as the database takes them."""
    if isinstance(entry, AS_IT_IS):
        return [getattr(row, entry.attname) for row in rows]
    return [entry.get_db_prep_save(getattr(row, entry.attname), db) for row in rows]


def update_returning(
    rows: models.QuerySet[Any], names: Sequence[str], **values: Any
) -> list[tuple[Any, ...]]:
    """``rows.update(**values)`` that also brings the columns ``names`` of what was updated, by the same statement."""
    query: Any = rows.query.chain(sql.UpdateQuery)
    query.add_update_values(values)
    statement, params = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
    columns = ", ".join(f'"{rows.model._meta.get_field(name).column}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {columns}", params)
        return cursor.fetchall()


def among(ids: Iterable[int]) -> RawSQL:
    """For ``pk__in=``: the ids as one array, where Django would write, and the driver read, a mark for each of hundreds."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def packed(rows: models.QuerySet[Any]) -> ArraySubquery:
    """The rows of a subquery (it names its ``OuterRef``) as one column of the outer row; ``unpacked`` makes models of them."""
    names = [entry.attname for entry in rows.model._meta.concrete_fields]
    return ArraySubquery(rows.values(row=JSONObject(**{name: name for name in names})))


def unpacked(model: type[Row], values: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows that ``packed`` brought, as if they had been queried. Not for models with sealed or binary columns."""
    fields = model._meta.concrete_fields
    found = []
    for value in values:
        row = model(**{entry.attname: entry.to_python(value[entry.attname]) for entry in fields})
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        found.append(row)
    return found
