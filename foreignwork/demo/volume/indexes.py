"""Indexes and foreign keys of tables that are filled: dropped before, built once over all rows afterwards, two at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

WORK_MEM = "512MB"


@contextmanager
def without_indexes(dsn: str, tables: Sequence[str], *, workers: int) -> Iterator[None]:
    """Foreign keys, unique constraints and plain indexes of ``tables`` are dropped, and built again afterwards: what does not
    hold is refused then."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        keys = owner.execute(
            "SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype IN ('f', 'u') AND conrelid::regclass::text = ANY(%s) ORDER BY contype DESC",
            [list(tables)],
        ).fetchall()
        indexes = owner.execute(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')"
            " WHERE i.indrelid::regclass::text = ANY(%s) AND c.oid IS NULL",
            [list(tables)],
        ).fetchall()
        # What is half filled need not be tidied; the worker that does would read all of it beside us.
        for table in tables:
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        for table, name, _kind, _what in reversed(keys):
            owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for _table, name, _what in indexes:
            owner.execute(f"DROP INDEX {name}")
        try:
            yield
        finally:
            todo: dict[str, list[str]] = defaultdict(list)
            for table, _name, what in indexes:
                todo[table].append(what)
            for table, name, kind, what in keys:
                if kind == "u":
                    todo[table].append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {what}')
            for table in tables:
                todo[table].append(f"ANALYZE {table}")
            _build(dsn, _largest_first(owner, todo), workers)
            # A key that is added as not valid locks for a moment only; two validations disturb each other only on one table.
            checks: dict[str, list[str]] = defaultdict(list)
            for table, name, kind, what in keys:
                if kind == "f":
                    owner.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {what} NOT VALID')
                    checks[table].append(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"')
            _build(dsn, _largest_first(owner, checks), workers)
            for table in tables:
                owner.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")


def _largest_first(
    owner: psycopg.Connection[tuple[object, ...]], todo: dict[str, list[str]]
) -> Iterable[list[str]]:
    """So that nobody begins with the longest work when the others are done."""
    rows = owner.execute("SELECT t, pg_relation_size(t::regclass) FROM unnest(%s::text[]) t", [list(todo)])
    size = {str(table): int(str(size)) for table, size in rows}
    return [todo[table] for table in sorted(todo, key=lambda table: -size[table])]


def _build(dsn: str, work: Iterable[list[str]], workers: int) -> None:
    """Each list by one connection; as many at a time as there are ``workers``. The first failure is raised."""

    def one(statements: list[str]) -> None:
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute(f"SET maintenance_work_mem = '{WORK_MEM}'")
            for statement in statements:
                owner.execute(statement)

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(one, statements) for statements in work]:
            done.result()
