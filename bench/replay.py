"""The floor of a request: the very statements it sent, sent again by bare psycopg.

Both sides run inside a transaction that is rolled back, so that every round meets the same rows; neither pays for a commit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection, connections, transaction
from psycopg.types.json import Jsonb

from .measure import Pair, Run


class Undo(Exception):
    """Ends a round: nothing of it stays."""


def undone(run: Run) -> Run:
    """``run`` in a transaction that is rolled back."""

    def once() -> None:
        with suppress(Undo), transaction.atomic():
            run()
            raise Undo

    return once


def recorded(run: Run) -> list[tuple[str, Any]]:
    """The statements of one run with their parameters, as Django hands them to the driver."""
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        undone(run)()
    return found


def known_parameters(alias: str = "default") -> dict[str, Any]:
    """How to reach the database, for a bare connection."""
    parameters = connections[alias].get_connection_params()
    return {k: v for k, v in parameters.items() if k in {"host", "port", "user", "password", "dbname"}}


def replay(statements: list[tuple[str, Any]]) -> Run:
    """Send them by a bare cursor of the same role on a connection of its own; results are fetched."""
    bare = psycopg.connect(**known_parameters(), cursor_factory=psycopg.ClientCursor)
    plain = [
        (sql, _plain(params)) for sql, params in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))
    ]

    def once() -> None:
        with bare.cursor() as cursor:
            for sql, params in plain:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()
        bare.rollback()

    return once


def _plain(params: Any) -> Any:
    """Django's JSON wrappers know their own encoder; bare psycopg takes plain ones."""
    if params is None:
        return None
    return tuple(
        Jsonb(value.obj) if hasattr(value, "obj") and type(value).__name__ == "Jsonb" else value
        for value in params
    )


def beside_its_sql(run: Run) -> Pair:
    """A request beside its own statements."""
    return Pair(undone(run), replay(recorded(run)))
