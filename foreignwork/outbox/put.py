"""Put messages into the outbox, and hint to the worker that there are some."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from kombu import Connection
from kombu.pools import producers

from foreignwork.rows import filled, insert_many

from .models import OutboxMessage

log = logging.getLogger(__name__)

HINT_SECONDS = 1.0  # a commit waits no longer than this for a broker that does not answer
PAUSE_SECONDS = 5.0  # and after a failure the next hints are left out for this long
HINT_EXPIRES = 30  # hints pile up without a worker; old ones are worth nothing

_ID = re.compile(r"[A-Za-z0-9_.:/+@#-]{1,120}")


class PayloadRefused(ValueError):
    """A payload or key holds something that is not an id."""


@dataclass(frozen=True)
class Message:
    """One effect to run. `key` makes it happen once (e.g. "notice.render:17"); `available_at` None = as soon
    as possible.

    Payload values: whole numbers, booleans, None, ids as text (ASCII, no spaces), and lists of these.
    """

    key: str
    topic: str
    payload: dict[str, Any] = field(default_factory=dict)
    available_at: datetime | None = None


def put(messages: Iterable[Message], *, at: datetime) -> int:
    """Insert the messages in the caller's transaction, in one statement; keys that exist are passed over.
    Returns how many were offered.

    Raises TransactionManagementError outside a transaction, PayloadRefused for anything that is not an id.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "outbox.put() belongs into the transaction whose effect it announces"
        )
    rows = [
        filled(
            OutboxMessage,
            {
                "key": _id(message.key, "key"),
                "topic": message.topic,
                "payload": {name: _ids(value, name) for name, value in message.payload.items()},
                "created_at": at,
                "available_at": message.available_at or at,
            },
        )
        for message in messages
    ]
    rows.sort(
        key=lambda row: row.key
    )  # two transactions that put the same keys wait for each other, never in a circle
    insert_many(rows, passing_over=True)
    return len(rows)


def _id(value: str, name: str) -> str:
    if not _ID.fullmatch(value):
        raise PayloadRefused(
            f"outbox {name!r} must be an id: ASCII letters, digits and _.:/+@#-, at most 120"
        )
    return value


def _ids(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _id(value, name)
    if isinstance(value, list | tuple):
        return [_ids(item, name) for item in value]
    raise PayloadRefused(f"outbox {name!r} must be an id, not {type(value).__name__}")


_paused_until = 0.0


def nudge() -> None:
    """After the commit, tell the worker that there is something to do. Only a hint: without it the beat finds the
    rows.

    Never fails the request; a broker that is down or frozen costs at most about HINT_SECONDS, once per
    PAUSE_SECONDS and process.
    """
    waiting = transaction.get_connection().run_on_commit
    if not any(entry[1] is _hint for entry in waiting):
        transaction.on_commit(_hint, robust=True)


def _connection() -> Connection:
    """To the broker, with the short patience of a web request. Equal connections share one pool (kombu.pools)."""
    options = {
        **current_app.conf.broker_transport_options,
        "max_retries": 0,
        "socket_timeout": HINT_SECONDS,
        "socket_connect_timeout": HINT_SECONDS,
        "retry_on_timeout": False,
    }
    return current_app.connection_for_write(connect_timeout=HINT_SECONDS, transport_options=options)


def _hint() -> None:
    global _paused_until
    if time.monotonic() < _paused_until:
        return
    from .tasks import relay

    pool = None
    try:
        pool = producers[_connection()]
        with pool.acquire(block=True, timeout=HINT_SECONDS) as producer:
            relay.apply_async(producer=producer, retry=False, expires=HINT_EXPIRES, ignore_result=True)
    except Exception as error:  # whatever a broker client raises: the row is committed, the beat will find it
        _paused_until = time.monotonic() + PAUSE_SECONDS
        log.warning("outbox hint not sent (%s); the beat will find the rows", type(error).__name__)
        if pool is not None:  # the broker may come back elsewhere or with broken sockets on our side
            with contextlib.suppress(Exception):
                pool.force_close_all()
