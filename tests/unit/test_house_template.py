"""The tests' database is read back from the last run only while nothing it is made of has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests import machine


@pytest.mark.django_db(databases=["default", "owner"])
def test_what_was_read_back_is_what_the_migrations_make() -> None:
    call_command("migrate", "--check", database="owner", verbosity=0)


def test_any_changed_migration_is_another_template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = machine.template_key()
    assert machine.template_key() == before
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_initial.py").write_text("changed = True\n")
    monkeypatch.setattr(apps.get_app_config("tax"), "path", str(tmp_path))
    assert machine.template_key() != before
