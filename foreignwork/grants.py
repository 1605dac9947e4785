"""What the app role may do in the database. Read from the models, so that no list can go stale.

A model says `append_only = True` when its rows are a record: the app role may add and read them, never change or
remove them. `append_only_except = ("delivered_at",)` leaves single columns open to UPDATE. History tables of
django-simple-history are records too.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model
from psycopg import sql
from simple_history.models import HistoricalChanges


def is_append_only(model: type[Model]) -> bool:
    return getattr(model, "append_only", False) is True or issubclass(model, HistoricalChanges)


def append_only_models() -> list[type[Model]]:
    models = [m for m in apps.get_models(include_auto_created=True) if is_append_only(m) and m._meta.managed]
    return sorted(models, key=lambda m: m._meta.db_table)


def append_only_tables() -> list[str]:
    return [model._meta.db_table for model in append_only_models()]


def statements(role: str) -> Iterator[sql.Composed]:
    """SQL, run by the owner in one transaction, that gives `role` exactly its rights whatever it had before."""
    who = sql.Identifier(role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(who)
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(who)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(who)
    yield sql.SQL("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {}").format(who)
    yield sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(who)
    for model in append_only_models():
        table = sql.Identifier(model._meta.db_table)
        yield sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, who)
        open_fields: tuple[str, ...] = getattr(model, "append_only_except", ())
        if open_fields:
            columns = [
                sql.Identifier(str(f.column)) for f in model._meta.local_fields if f.name in open_fields
            ]
            yield sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(sql.SQL(", ").join(columns), table, who)
