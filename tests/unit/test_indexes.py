"""Each index is written with each row: none that another one does the work of."""

from __future__ import annotations

from django.apps import apps
from django.db import connection

MANY_ROWS = {
    "cases",
    "dossiers",
    "deadlines",
    "notices",
    "outbox",
    "permits",
    "residence",
    "socialsec",
    "titles",
    "tax",
}
"""Apps that write rows with each filing and each step."""

COLUMNS = """
    SELECT t.relname, i.relname, x.indisunique, x.indpred IS NOT NULL, am.amname,
           ARRAY(SELECT coalesce(a.attname, '') FROM unnest(x.indkey::int[]) WITH ORDINALITY k(attnum, nth)
                 LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0 ORDER BY nth),
           EXISTS (SELECT 1 FROM unnest(x.indclass::oid[]) k JOIN pg_opclass c ON c.oid = k WHERE c.opcname LIKE '%%pattern_ops')
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
    WHERE t.relname = ANY(%s) ORDER BY 1, 2
"""

BY_THEIR_BEGINNING = {"cases_case.number"}
"""Columns that somebody searches by how they begin."""

BY_NAME = {"notices_noticefile.blob_id"}
"""Columns that point to a text: Django knows no way to leave that index out."""


def _indexes() -> list[tuple]:
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in MANY_ROWS and not model.__name__.startswith("Historical")
    ]
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [tables])
        return cursor.fetchall()


def test_no_index_is_the_beginning_of_another(db: None) -> None:
    rows = _indexes()
    assert len(rows) > 100
    idle = [
        f"{table}.{name}"
        for table, name, unique, partial, how, columns, pattern in rows
        if not (unique or partial or pattern) and how == "btree"
        for table_, name_, _unique, partial_, how_, columns_, pattern_ in rows
        if table == table_ and name != name_ and not (partial_ or pattern_) and how_ == "btree"
        and columns_[: len(columns)] == columns and (len(columns_) > len(columns) or name > name_)
    ]  # fmt: skip
    assert idle == []


def test_an_index_by_how_a_text_begins_has_somebody_who_asks(db: None) -> None:
    found = {f"{table}.{columns[0]}" for table, _name, *_rest, columns, pattern in _indexes() if pattern}
    assert found == BY_THEIR_BEGINNING | BY_NAME
