"""The one place where the clock is read (decisions 15): the database's, in Asia/Shanghai for dates.

Views, tasks and commands call these; everything else takes ``at`` or ``today`` as an argument.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The database's clock, aware."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def today(at: datetime) -> date:
    """The Shanghai calendar day of ``at``."""
    return at.astimezone(SHANGHAI).date()
