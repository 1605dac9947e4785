"""The one place where the clock is read (decisions 15): the database's, in Asia/Shanghai for dates.

Views, tasks and commands call these; everything else takes ``at`` or ``today`` as an argument.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.http import HttpRequest

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The database's clock, aware."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def of(request: HttpRequest) -> datetime:
    """The clock as this request read it first: guard and view see the same moment, and ask once."""
    at: datetime | None = getattr(request, "_read_at", None)
    if at is None:
        at = now()
        request._read_at = at  # type: ignore[attr-defined]
    return at


def today(at: datetime) -> date:
    """The Shanghai calendar day of ``at``."""
    return at.astimezone(SHANGHAI).date()
