"""The floor of a request: the very statements it sent, sent again by bare psycopg.

Both sides run inside a transaction that is rolled back, so that every round meets the same rows; neither pays for a commit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, connections, transaction
from psycopg.types.json import Jsonb

from .measure import MARKS, Pair, Run, count_queries

Statements = list[tuple[str, Any]]


class Undo(Exception):
    """Ends a round: nothing of it stays."""


def undone(run: Run) -> Run:
    """``run`` in a transaction that is rolled back."""

    def once() -> None:
        with suppress(Undo), transaction.atomic():
            run()
            raise Undo

    return once


def recorded(run: Run) -> Statements:
    """The statements of one run with their parameters, as Django hands them to the driver."""
    found: Statements = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        sent = count_queries(undone(run))
    assert sent == sum(not sql.startswith(MARKS) for sql, _params in found), "a COPY cannot be sent again"
    return found


def known_parameters(alias: str = "default") -> dict[str, Any]:
    """How to reach the database, for a bare connection."""
    parameters = connections[alias].get_connection_params()
    return {k: v for k, v in parameters.items() if k in {"host", "port", "user", "password", "dbname"}}


def replay(statements: Statements) -> Run:
    """Send them by a bare cursor of the same role on a connection of its own; results are fetched."""
    bare = psycopg.connect(**known_parameters(), cursor_factory=psycopg.ClientCursor)
    plain = [
        (sql, spoken(params)) for sql, params in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))
    ]

    def once() -> None:
        with bare.cursor() as cursor:
            for sql, params in plain:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()
        bare.rollback()

    return once


def spoken(params: Any) -> Any:
    """Django's JSON wrappers know their own encoder; bare psycopg takes plain ones."""
    if params is None:
        return None
    return tuple(
        Jsonb(value.obj) if hasattr(value, "obj") and type(value).__name__ == "Jsonb" else value
        for value in params
    )


def beside_its_sql(run: Run) -> Pair:
    """A request beside its own statements."""
    floor = replay(recorded(run))
    return Pair(undone(run), floor)


WRITTEN = (
    "SELECT relname, n_tup_ins + n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname NOT LIKE 'pg_temp%'"
    " AND n_tup_ins + n_tup_upd + n_tup_del > 0"
)
"""As the database itself counts what a transaction writes: it knows of every way, COPY too, which no wrapper of Django's sees."""


def one_statement(run: Run, *, before: Run) -> Run:
    """The rows that ``run`` writes after ``before``, all written at once by one statement on the same connection: no program does
    with less.

    The rows are those that stand there after ``run`` (which is undone); a row that was there before is updated, another inserted.
    A round of both is compared: as many rows of the same tables, or the floor would be none.
    """
    found: dict[str, list[Any]] = {}
    there: dict[str, list[Any]] = {}

    def known() -> None:
        before()
        with connection.cursor() as cursor:
            for table, rows in found.items():
                key = _model(table)._meta.pk.column
                asked = f"SELECT {key} FROM {table} WHERE {key} = ANY(%s)"  # noqa: S608
                cursor.execute(asked, [[row[key] for row in rows]])
                there[table] = [key for (key,) in cursor.fetchall()]

    undone(lambda: found.update(rows_left_by(run, before)))()
    undone(known)()
    parts = []
    with connection.cursor() as cursor:
        for table, rows in found.items():
            parts += _kept(cursor, table, rows, there[table])
    statement = "WITH " + ", ".join(f"w{n} AS ({part})" for n, part in enumerate(parts)) + " SELECT 1"

    def once() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    again: dict[str, list[Any]] = {}
    undone(lambda: again.update(rows_left_by(once, before)))()
    sizes, mine = ({table: len(rows) for table, rows in each.items()} for each in (found, again))
    assert sizes == mine, f"the floor writes {mine}, the run {sizes}"
    return once


def rows_left_by(run: Run, before: Run) -> dict[str, list[Any]]:
    """The rows that ``run`` leaves behind, by table; in a transaction that is open, to be undone."""
    before()
    with connection.cursor() as cursor:
        # Savepoints have numbers of their own, each later than the one before: what is written from here on lies beyond.
        with transaction.atomic():
            cursor.execute("CREATE TEMP TABLE here ON COMMIT DROP AS SELECT 1")
            cursor.execute("SELECT xmin::text::bigint FROM here")
            (here,) = cursor.fetchone()
        cursor.execute(WRITTEN)
        earlier = {table: (written, gone) for table, written, gone in cursor.fetchall()}
        with transaction.atomic():
            run()
        cursor.execute(WRITTEN)
        found = {}
        for table, written, gone in cursor.fetchall():
            had, lost = earlier.get(table, (0, 0))
            assert gone == lost, f"{table}: rows are deleted, which no floor does"
            if written > had:
                cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE xmin::text::bigint > %s", [here])  # noqa: S608
                found[table] = [_parsed(row) for (row,) in cursor.fetchall()]
        return found


def _parsed(row: Any) -> Any:
    return json.loads(row) if isinstance(row, str) else row


def _model(table: str) -> Any:
    return next(m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table)


def _kept(cursor: Any, table: str, rows: list[dict[str, Any]], there: list[Any]) -> list[str]:
    """Lay the rows aside in a temporary table; the statements that write them into ``table`` from there: those whose keys were
    ``there`` before are updated."""
    model = _model(table)
    key = model._meta.pk.column
    columns = [str(entry.column) for entry in model._meta.local_concrete_fields]
    kept, names = f"kept_{table}", ", ".join(f'"{name}"' for name in columns)
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{kept}")
    cursor.execute(
        f"CREATE TEMP TABLE {kept} AS SELECT r.*, r.{key} = ANY(%s) AS there"  # noqa: S608
        f" FROM jsonb_populate_recordset(NULL::{table}, %s) r",
        [there, json.dumps(rows)],
    )
    known = set(map(str, there))
    found = []
    if any(str(row[key]) in known for row in rows):
        set_to = ", ".join(f'"{name}" = k."{name}"' for name in columns if name != key)
        found.append(f"UPDATE {table} t SET {set_to} FROM {kept} k WHERE t.{key} = k.{key} AND k.there")  # noqa: S608
    if any(str(row[key]) not in known for row in rows):
        found.append(f"INSERT INTO {table} ({names}) SELECT {names} FROM {kept} WHERE NOT there")  # noqa: S608
    return found
