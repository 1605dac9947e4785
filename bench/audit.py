"""The invariants: those that are queries beside reading their tables, the chain beside hashing its bytes."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from unittest import mock

from django.db import connection, transaction

from foreignwork.cases import events
from foreignwork.invariants import checks, verify

from .measure import Pair, scenario
from .replay import recorded
from .world import World

HASHED = ("I7", "I10", "I11", "I14", "I16")
"""Invariants that decrypt, hash or replay every row again, in this process; the others are queries."""
NAMED = re.compile(r'\b(?:FROM|JOIN)\s+"?([a-z_]+)"?')
BLIND = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
AT_ONCE = 2000


@scenario(
    "E18", f"Every invariant that is a query (all but {', '.join(HASHED)}), beside one sequential scan of each table they read",
    ratio=3, rounds=7, once=True, slow=True,
)  # fmt: skip
def invariants_by_query(world: World) -> Pair:
    codes = [code for code in checks() if code not in HASHED]

    def judged() -> None:
        verify(at=world.at, only=codes)

    named = {table for sql, _params in recorded(judged) for table in NAMED.findall(sql)}
    tables = sorted(named.intersection(connection.introspection.table_names()))
    assert {"cases_case", "cases_caseevent", "deadlines_deadline", "outbox_outboxmessage"} <= set(tables)

    def scan() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for way in BLIND:  # rows are visited, not counted in an index
                cursor.execute(f"SET LOCAL {way} = off")
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
                cursor.fetchall()

    return Pair(judged, scan)


@scenario(
    "E18-chain", "The chain of every case (I11), beside the very bytes it hashes: read and hashed", ratio=4, rounds=7,
    once=True, slow=True,
)  # fmt: skip
def invariants_by_hash(world: World) -> Pair:
    def judged() -> None:
        verify(at=world.at, only=["I11"])

    bodies: list[bytes] = []
    spelled = events.spelled

    def noted(*said: Any) -> bytes:
        bodies.append(spelled(*said))
        return bodies[-1]

    with mock.patch.object(events, "spelled", noted):
        judged()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bodies (body bytea)")
        with cursor.copy("COPY bodies FROM STDIN") as copy:
            for body in bodies:
                copy.write_row([body])
    count = len(bodies)
    bodies.clear()

    def bare() -> None:
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute("SELECT body FROM bodies")
            while rows := cursor.fetchmany(AT_ONCE):
                for (body,) in rows:
                    hashlib.sha256(body).hexdigest()

    return Pair(judged, bare, units=count)
