"""What must be true of the rows, whatever happened (quality I1–I16): the list, and how it is run.

Every floor and every matter keeps its checks in a module ``invariants`` of its own and enters them here by ``@invariant``.
A check is a query or a replay over the real rows; it names the offending ids, and none is fine. Nothing is trusted because
the code that wrote it was right. Checks read in batches: their memory does not grow with the house.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

BATCH = 2000
"""Rows read at a time."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks invariant ``code``; ``row`` names it, ``why`` says how."""

    code: str
    row: str
    why: str

    def __str__(self) -> str:
        return f"{self.code} {self.row}: {self.why}"


Check = Callable[[datetime], Iterator[Breach]]
_checks: dict[str, list[Check]] = {}
_after_the_worker: set[Check] = set()


def invariant(code: str, *, after_the_worker: bool = False) -> Callable[[Check], Check]:
    """Enter a check of invariant ``code``; several floors may each look after a part of one.

    ``after_the_worker``: holds only once the worker has come round, so a story that moves the clock by hand is not asked.
    """

    def enter(check: Check) -> Check:
        _checks.setdefault(code, []).append(check)
        if after_the_worker:
            _after_the_worker.add(check)
        return check

    return enter


def checks() -> dict[str, list[Check]]:
    """All that are entered, in the order of their numbers."""
    autodiscover_modules("invariants")
    return dict(sorted(_checks.items(), key=lambda entry: int(entry[0][1:])))


def verify(
    *,
    at: datetime,
    only: Collection[str] = (),
    worked: bool = False,
    told: Callable[[str, float, int], None] | None = None,
) -> list[Breach]:
    """Run every check, or those of the codes ``only``, over one snapshot. ``at`` is the database's now.

    ``worked``: the worker has had its time until ``at``, as in a running house, so that nothing due may be left lying.
    ``told`` is called after each invariant with its code, the seconds it took and the number of its breaches.
    """
    found: list[Breach] = []
    with transaction.atomic():
        _one_snapshot()
        for code, entered in checks().items():
            if only and code not in only:
                continue
            began = time.monotonic()
            ready = [check for check in entered if worked or check not in _after_the_worker]
            mine = [breach for check in ready for breach in check(at)]
            if told:
                told(code, time.monotonic() - began, len(mine))
            found += mine
    return found


def _one_snapshot() -> None:
    """While people work, every check sees the same rows; and it may take longer than a request."""
    with connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0 and not connection.needs_rollback:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def rows(sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query from a cursor on the server, ``BATCH`` at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while batch := cursor.fetchmany(BATCH):
            yield from batch


def in_batches(found: Iterable[Any]) -> Iterator[list[Any]]:
    """``BATCH`` rows at a time, so that what belongs to them is fetched together."""
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        yield batch
