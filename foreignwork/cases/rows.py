"""Rows of several tables in one statement, written or read: each round trip is felt by everyone who waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import sql
from django.db.models.functions import JSONObject

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
