"""JSON that keeps the order of its keys: in a pack the first sub-matter that fits is taken, and lists are read from the top."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json


class InOrder(models.JSONField):
    """A ``json`` column. PostgreSQL's ``jsonb`` sorts the keys by length; nothing is ever looked for inside a pack."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return value if value is None or isinstance(value, Json) else Json(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """psycopg has read it already."""
        return value
