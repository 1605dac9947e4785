"""The relay: once, at last, never twice at the same time (A10-A13, I9)."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, connections, transaction

from foreignwork.outbox import relay as relay_module
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.put import Message, put
from foreignwork.outbox.registry import _handlers, effect, handler_of, topics
from foreignwork.outbox.relay import BACKOFF, LEASE, Relayed, lag, purge, quarantined, relay, replay

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
Handle = Callable[[str, Callable[..., Any]], None]


@pytest.fixture
def handle() -> Iterator[Handle]:
    """Register handlers for one test."""
    before = dict(_handlers)
    yield lambda topic, function: effect(topic)(function) and None
    _handlers.clear()
    _handlers.update(before)


def putting(*messages: Message, at: datetime = AT) -> None:
    with transaction.atomic():
        put(messages, at=at)


def trace(payload: dict[str, Any], at: datetime) -> None:
    """An effect whose trace is a database row: another outbox row nobody is due to run."""
    key = f"trace:{payload['n']}:{time.monotonic_ns()}"
    put([Message(key, "trace", {"n": payload["n"]}, available_at=at + timedelta(days=999))], at=at)


def traces() -> Counter[int]:
    return Counter(
        row["n"] for row in OutboxMessage.objects.filter(topic="trace").values_list("payload", flat=True)
    )


def row(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


# --- one relay --------------------------------------------------------------------------------------------------------


def test_a_message_is_run_and_marked(real_db: None, handle: Handle) -> None:
    seen: list[Any] = []
    handle("t", lambda payload, at: seen.append((payload, at)))
    putting(Message("t:1", "t", {"n": 1}))
    assert relay(at=AT - timedelta(seconds=1)) == Relayed()  # not due yet
    assert relay(at=AT) == Relayed(sent=1)
    assert seen == [({"n": 1}, AT)]
    assert (row("t:1").sent_at, row("t:1").attempts) == (AT, 1)
    assert relay(at=AT + timedelta(days=1)) == Relayed()


def test_inside_a_transaction_it_refuses(real_db: None) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        relay(at=AT)


def test_the_attempt_is_committed_before_the_handler_runs(real_db: None, handle: Handle) -> None:
    seen: list[Any] = []

    def look(payload: dict[str, Any], at: datetime) -> None:
        def other() -> None:
            seen.append((row("t:1").attempts, row("t:1").sent_at))
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    handle("t", look)
    putting(Message("t:1", "t"))
    relay(at=AT)
    assert seen == [(1, None)]


def test_a_failure_rolls_back_the_handlers_rows_and_waits(real_db: None, handle: Handle) -> None:
    def fail(payload: dict[str, Any], at: datetime) -> None:
        trace(payload, at)
        raise ValueError("E12345678")

    handle("t", fail)
    handle("u", trace)
    putting(Message("t:1", "t", {"n": 1}), Message("u:2", "u", {"n": 2}))
    assert relay(at=AT) == Relayed(sent=1, failed=1)
    assert traces() == {2: 1}
    failed = row("t:1")
    assert (failed.attempts, failed.sent_at, failed.last_error) == (1, None, "ValueError")
    assert failed.available_at == AT + BACKOFF[0]
    assert relay(at=AT + BACKOFF[0] - timedelta(seconds=1)).total == 0
    later = AT + BACKOFF[0]
    assert relay(at=later) == Relayed(failed=1)
    assert row("t:1").available_at == later + BACKOFF[1]
    later += BACKOFF[1]
    assert relay(at=later) == Relayed(quarantined=1)
    gone = row("t:1")
    assert (gone.quarantined_at, gone.attempts, gone.sent_at, gone.last_error) == (
        later,
        3,
        None,
        "ValueError",
    )
    assert relay(at=later + timedelta(days=30)).total == 0
    assert quarantined() == 1

    handle("t", fail)
    _handlers["t"] = trace  # repaired
    assert replay([gone.pk], at=later) == 1
    assert row("t:1").created_at == later, "its age is reckoned anew (I9)"
    assert relay(at=later) == Relayed(sent=1)
    assert traces() == {1: 1, 2: 1}
    assert row("t:1").last_error == ""


def test_a_handler_that_breaks_the_transaction(real_db: None, handle: Handle) -> None:
    """A database error inside the handler must not take the mark with it, nor the next message."""

    def bad_sql(payload: dict[str, Any], at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    handle("t", bad_sql)
    handle("u", trace)
    putting(Message("t:1", "t"), Message("u:2", "u", {"n": 2}))
    assert relay(at=AT) == Relayed(sent=1, failed=1)
    assert row("t:1").last_error == "DataError"


def test_no_handler_is_a_failure_with_a_name(real_db: None) -> None:
    putting(Message("x:1", "nobody.knows"))
    assert relay(at=AT) == Relayed(failed=1)
    assert row("x:1").last_error == "UnknownTopic"


def test_a_soft_time_limit_is_counted_and_ends_the_task(real_db: None, handle: Handle) -> None:
    def hang(payload: dict[str, Any], at: datetime) -> None:
        raise SoftTimeLimitExceeded

    handle("t", hang)
    putting(Message("t:1", "t"), Message("t:2", "t"))
    with pytest.raises(SoftTimeLimitExceeded):
        relay(at=AT)
    assert (row("t:1").attempts, row("t:1").last_error) == (1, "SoftTimeLimitExceeded")
    assert row("t:2").attempts == 0


def test_limit(real_db: None, handle: Handle) -> None:
    handle("t", lambda payload, at: None)
    putting(*(Message(f"t:{n}", "t") for n in range(7)))
    assert [relay(at=AT, limit=3).sent for _ in range(4)] == [3, 3, 1, 0]


def test_neither_end_of_a_backlog_starves(real_db: None, handle: Handle) -> None:
    order: list[int] = []
    handle("t", lambda payload, at: order.append(payload["n"]))
    for n in range(100):
        putting(Message(f"t:{n}", "t", {"n": n}), at=AT + timedelta(seconds=n))
    relay(at=AT + timedelta(hours=1), limit=8)
    assert order == [0, 1, 2, 99, 3, 4, 5, 98]


def test_lag_and_purge(real_db: None, handle: Handle) -> None:
    handle("t", lambda payload, at: None)
    putting(Message("t:1", "t"), Message("later", "t", available_at=AT + timedelta(days=9)))
    assert lag(at=AT + timedelta(minutes=5)) == timedelta(minutes=5)
    relay(at=AT + timedelta(minutes=5))
    assert lag(at=AT + timedelta(minutes=6)) == timedelta(0)
    assert purge(before=AT) == 0
    assert purge(before=AT + timedelta(days=30)) == 1
    assert OutboxMessage.objects.get().key == "later"


def test_topics_have_one_handler(handle: Handle) -> None:
    def one(payload: dict[str, Any], at: datetime) -> None: ...

    def two(payload: dict[str, Any], at: datetime) -> None: ...

    handle("t", one)
    handle("t", one)  # a module imported twice
    with pytest.raises(ValueError, match="handler already"):
        handle("t", two)
    assert handler_of("t") is one
    assert "t" in topics()


def test_the_claim_uses_the_index(real_db: None) -> None:
    with transaction.atomic():
        put([Message(f"t:{n}", "t") for n in range(5000)], at=AT)
    OutboxMessage.objects.filter(pk__gt=OutboxMessage.objects.order_by("pk")[100].pk).update(sent_at=AT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_outboxmessage")
        for order in ("ASC", "DESC"):
            cursor.execute("EXPLAIN " + relay_module.CLAIM.format(order=order), {"at": AT, "until": AT})
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "outbox_waiting" in plan, plan


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def relay_in_a_process(at: datetime) -> int:
    """Exit status of a forked process that relays; negative = killed by that signal."""
    connections.close_all()  # a connection must not be shared with the child
    pid = os.fork()
    if pid == 0:
        try:
            relay(at=at)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_kill_9_is_counted_retried_and_quarantined(real_db: None, handle: Handle) -> None:
    def poison(payload: dict[str, Any], at: datetime) -> None:
        put([Message("half-done", "trace", {"n": 9})], at=at)
        os.kill(os.getpid(), signal.SIGKILL)

    handle("poison", poison)
    handle("good", lambda payload, at: None)
    putting(Message("poison:1", "poison"), *(Message(f"good:{n}", "good") for n in range(5)))
    at = AT
    for attempt in (1, 2, 3):
        assert relay_in_a_process(at) == -signal.SIGKILL
        poisoned = row("poison:1")
        assert (poisoned.attempts, poisoned.sent_at, poisoned.quarantined_at) == (attempt, None, None)
        assert not OutboxMessage.objects.filter(key="half-done").exists()
        at += LEASE
    assert relay_in_a_process(at) == 0
    poisoned = row("poison:1")
    assert (poisoned.attempts, poisoned.last_error) == (3, "Crashed")
    assert poisoned.quarantined_at == at
    innocent = OutboxMessage.objects.filter(topic="good")
    assert all(message.sent_at and message.attempts == 1 for message in innocent)  # nobody else was blamed


# --- two relays -------------------------------------------------------------------------------------------------------


def race(together: Any, relays: int, at: list[datetime]) -> tuple[Counter[int], int]:
    """Run relays side by side over 60 messages. Returns how often each ran, and how many ran twice at the same time."""
    running: Counter[int] = Counter()
    runs: Counter[int] = Counter()
    overlaps: list[int] = []
    guard = threading.Lock()

    def slow(payload: dict[str, Any], at: datetime) -> None:
        n = payload["n"]
        with guard:
            running[n] += 1
            runs[n] += 1
            if running[n] > 1:
                overlaps.append(n)
        time.sleep(0.005)
        trace(payload, at)
        with guard:
            running[n] -= 1

    before = dict(_handlers)
    effect("race")(slow)
    try:
        putting(*(Message(f"race:{n}", "race", {"n": n}) for n in range(60)))
        results = together(*(lambda moment=moment: relay(at=moment, limit=200) for moment in at[:relays]))
        assert not [result for result in results if isinstance(result, BaseException)], results
    finally:
        _handlers.clear()
        _handlers.update(before)
    return runs, len(overlaps)


ONE_TIME = [AT, AT, AT, AT]
LEASES_OVER = [
    AT,
    AT + 2 * LEASE,
    AT + 4 * LEASE,
    AT + 6 * LEASE,
]  # each takes the others' claims for crashed


@pytest.mark.parametrize("times", [ONE_TIME, LEASES_OVER], ids=["same time", "leases over"])
def test_relays_side_by_side_run_each_message_once(together: Any, times: list[datetime]) -> None:
    runs, overlaps = race(together, 4, times)
    assert overlaps == 0
    assert traces() == dict.fromkeys(range(60), 1)
    assert runs == dict.fromkeys(range(60), 1)
    assert not OutboxMessage.objects.filter(topic="race", sent_at=None).exists()


UNGUARDED_CLAIM = """
    SELECT id, topic, payload, attempts + 1 FROM outbox_outboxmessage
    WHERE sent_at IS NULL AND quarantined_at IS NULL AND available_at <= %(at)s AND %(until)s IS NOT NULL
    ORDER BY available_at {order}, id {order} LIMIT 1
"""
UNGUARDED_TAKE = "UPDATE outbox_outboxmessage SET sent_at = %(at)s WHERE id = %(id)s AND %(attempts)s > 0"


def test_control_without_the_guards_messages_run_twice(
    together: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race above can fail: no claim (lock, count, lease), no look at the attempt."""
    monkeypatch.setattr(relay_module, "CLAIM", UNGUARDED_CLAIM)
    monkeypatch.setattr(relay_module, "TAKE", UNGUARDED_TAKE)
    runs, _overlaps = race(together, 4, ONE_TIME)
    assert max(runs.values()) > 1
    assert max(traces().values()) > 1


def test_control_the_take_guards_alone_when_leases_are_over(
    together: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With expired leases the claim lets two relays have one message; only the guarded TAKE keeps them apart."""
    monkeypatch.setattr(relay_module, "CLAIM", relay_module.CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    monkeypatch.setattr(relay_module, "TAKE", UNGUARDED_TAKE)
    runs, _overlaps = race(together, 4, LEASES_OVER)
    assert max(runs.values()) > 1


def test_the_task_empties_the_outbox(real_db: None, handle: Handle) -> None:
    from foreignwork.outbox.tasks import relay as task

    handle("t", lambda payload, at: None)
    putting(*(Message(f"t:{n}", "t") for n in range(250)))
    assert task() == {"sent": 250, "failed": 0, "quarantined": 0}


def test_the_task_has_limits() -> None:
    from django.conf import settings

    from foreignwork.outbox.tasks import HARD_LIMIT, SECONDS, SOFT_LIMIT
    from foreignwork.outbox.tasks import relay as task

    assert task.name == "foreignwork.outbox.tasks.relay"
    assert SECONDS < SOFT_LIMIT < HARD_LIMIT < settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
