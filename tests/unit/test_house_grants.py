"""The restricted role is real: the database itself refuses to rewrite a record."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from foreignwork import grants


def test_tests_run_as_the_app_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("fw_app", False, False)


def test_some_tables_are_append_only() -> None:
    # The tests below run over this list; an empty one would prove nothing.
    assert "cases_caseevent" in grants.append_only_tables()
    assert "accounts_historicaloffice" in grants.append_only_tables()


@pytest.mark.parametrize("table", grants.append_only_tables())
def test_the_app_role_cannot_rewrite_a_record(db: None, table: str) -> None:
    model = next(m for m in grants.append_only_models() if m._meta.db_table == table)
    open_columns = {model._meta.get_field(n).column for n in getattr(model, "append_only_except", ())}
    attempts = [f'DELETE FROM "{table}"', f'TRUNCATE "{table}"', f'DROP TABLE "{table}"'] + [
        f'UPDATE "{table}" SET "{f.column}" = "{f.column}"'
        for f in model._meta.local_fields
        if f.column not in open_columns
    ]
    for attempt in attempts:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(attempt)


def test_the_app_role_cannot_make_tables(db: None) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE loophole (id int)")


def test_ordinary_tables_stay_writable(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_session")


def test_control_without_the_revoke_the_rewrite_goes_through(real_db: None) -> None:
    """The guard is the REVOKE: give the right back and the same UPDATE passes."""
    owner = settings.DATABASES["owner"] | {"NAME": connection.settings_dict["NAME"]}
    with psycopg.connect(
        host=owner["HOST"], user=owner["USER"], dbname=owner["NAME"], autocommit=True
    ) as line:
        line.execute("GRANT UPDATE ON cases_caseevent TO fw_app")
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_caseevent SET id = id")
    finally:
        with psycopg.connect(
            host=owner["HOST"], user=owner["USER"], dbname=owner["NAME"], autocommit=True
        ) as line:
            line.execute("REVOKE UPDATE ON cases_caseevent FROM fw_app")


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_granting_again_changes_nothing() -> None:
    def rights() -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
                "WHERE grantee = 'fw_app' ORDER BY 1, 2"
            )
            return cursor.fetchall()

    before = rights()
    call_command("setup_database", "--grants-only", verbosity=0)
    assert rights() == before
