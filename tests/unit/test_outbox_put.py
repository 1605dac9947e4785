"""Putting messages, and the hint to the worker (A7, A10)."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from foreignwork.outbox import put as put_module
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.put import Message, PayloadRefused, nudge, put
from foreignwork.outbox.relay import lag

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _hints_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(put_module, "_paused_until", 0.0)


def put_and_fail() -> None:
    put([Message("a:1", "a")], at=AT)
    raise ZeroDivisionError


def nudge_and_fail() -> None:
    nudge()
    raise ZeroDivisionError


def test_rows_are_part_of_the_transaction(real_db: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put_and_fail()
    assert not OutboxMessage.objects.exists()
    with transaction.atomic():
        put([Message("a:1", "a", {"id": 1})], at=AT)
    row = OutboxMessage.objects.get()
    assert (row.key, row.topic, row.payload, row.created_at, row.available_at) == (
        "a:1",
        "a",
        {"id": 1},
        AT,
        AT,
    )
    assert (row.attempts, row.sent_at, row.quarantined_at) == (0, None, None)


def test_outside_a_transaction_it_refuses(real_db: None) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        put([Message("a:1", "a")], at=AT)


def test_a_key_is_put_once(db: None) -> None:
    put([Message("a:1", "a", {"n": 1}), Message("a:1", "a", {"n": 2})], at=AT)
    put([Message("a:1", "a", {"n": 3}), Message("a:2", "a")], at=AT + timedelta(days=1))
    assert sorted(OutboxMessage.objects.values_list("key", flat=True)) == ["a:1", "a:2"]
    assert OutboxMessage.objects.get(key="a:1").payload == {"n": 1}


def test_many_rows_one_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        put([Message(f"a:{n}", "a") for n in range(200)], at=AT)


def test_later(db: None) -> None:
    put([Message("a:1", "a", available_at=AT + timedelta(hours=1))], at=AT)
    assert lag(at=AT) == timedelta(0)
    assert lag(at=AT + timedelta(hours=3)) == timedelta(hours=2)


GOOD = [
    {"id": 1},
    {"ids": [1, 2]},
    {"uuid": "0f4fe551-fd4f-4155-89a5"},
    {"a": None, "b": True},
    {"at": "2026-03-02T09:00+08:00"},
]
BAD = [
    {"name": "John Smith"},
    {"name": "张三"},
    {"x": {"y": 1}},
    {"x": 1.5},
    {"x": ["a b"]},
    {"x": "a" * 121},
    {"x": ""},
    {"x": b"a"},
]


@pytest.mark.parametrize("payload", GOOD, ids=repr)
def test_ids_are_taken(db: None, payload: dict[str, Any]) -> None:
    put([Message("a:1", "a", payload)], at=AT)
    assert OutboxMessage.objects.get().payload == payload


@pytest.mark.parametrize("payload", BAD, ids=repr)
def test_anything_else_is_refused_and_not_quoted(db: None, payload: dict[str, Any]) -> None:
    with pytest.raises(PayloadRefused) as caught:
        put([Message("a:1", "a", payload)], at=AT)
    assert "Smith" not in str(caught.value)
    assert "张三" not in str(caught.value)
    with pytest.raises(PayloadRefused):
        put([Message("张三", "a")], at=AT)


def test_two_transactions_with_the_same_keys_do_not_deadlock(together: Any) -> None:
    def some(order: int) -> int:
        for round in range(20):
            keys = [f"{round}:{n}" for n in range(30)][::order]
            with transaction.atomic():
                put([Message(key, "a") for key in keys], at=AT)
        return 1

    assert together(lambda: some(1), lambda: some(-1), lambda: some(1)) == [1, 1, 1]
    assert OutboxMessage.objects.count() == 600


def test_the_hint_comes_after_the_commit_and_once(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from foreignwork.outbox import tasks

    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.relay, "apply_async", lambda **options: sent.append(options))
    with transaction.atomic():
        nudge()
        nudge()
        with transaction.atomic():
            nudge()
        assert sent == []
    assert len(sent) == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        nudge_and_fail()
    assert len(sent) == 1


def test_the_hint_reaches_the_broker(real_db: None) -> None:
    from foreignwork.celery import app

    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        with transaction.atomic():
            nudge()
        message = queue.get(timeout=5)
        message.ack()
        assert message.headers["task"] == "foreignwork.outbox.tasks.relay"
        assert message.headers["expires"]
        queue.close()


def broker_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from kombu import Connection

    def connection(**options: Any) -> Connection:
        return Connection(f"redis://127.0.0.1:{port}/0", **options)

    monkeypatch.setattr(put_module.current_app, "connection_for_write", connection)


def seconds_of_a_commit() -> float:
    start = time.monotonic()
    with transaction.atomic():
        put([Message(f"a:{start}", "a")], at=AT)
        nudge()
    return time.monotonic() - start


def test_a_broker_that_is_gone(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        broker_at(free.getsockname()[1], monkeypatch)  # bound, not listening: refused
        assert seconds_of_a_commit() < 0.5
        assert put_module._paused_until > 0
    assert OutboxMessage.objects.count() == 1


def test_a_frozen_broker_costs_a_second_once(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as frozen:
        frozen.bind(("127.0.0.1", 0))
        frozen.listen()  # accepts (by the kernel) and never answers, as after SIGSTOP
        broker_at(frozen.getsockname()[1], monkeypatch)
        first = seconds_of_a_commit()
        assert 0.5 < first < 2.5  # it did try, and gave up
        assert max(seconds_of_a_commit() for _ in range(5)) < 0.2
    assert OutboxMessage.objects.count() == 6


def test_after_the_pause_it_tries_again(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from foreignwork.outbox import tasks

    sent: list[int] = []
    monkeypatch.setattr(tasks.relay, "apply_async", lambda **options: sent.append(1))
    monkeypatch.setattr(put_module, "_paused_until", time.monotonic() + 0.2)
    seconds_of_a_commit()
    assert sent == []
    time.sleep(0.25)
    seconds_of_a_commit()
    assert sent == [1]


def test_a_restarted_broker_gets_hints_again(real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pooled sockets are dead after a restart: at most one hint is lost, then a new socket is opened."""
    from foreignwork.celery import app

    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        seconds_of_a_commit()
        assert queue.get(timeout=5).ack() is None
        client = connection.default_channel.client
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for _ in range(2):
            monkeypatch.setattr(put_module, "_paused_until", 0.0)
            seconds_of_a_commit()
        assert queue.get(timeout=5).ack() is None
        queue.close()


def test_hints_are_cheap(real_db: None) -> None:
    """A request pays for one publication, not for a new connection (which took 11 ms where this took 1)."""
    seconds_of_a_commit()
    start = time.monotonic()
    for _ in range(50):
        put_module._hint()
    assert (time.monotonic() - start) / 50 < 0.008
    assert put_module._paused_until == 0.0


def test_a_hint_never_fails_the_request(real_db: None, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from foreignwork.outbox import tasks

    def fail(**options: Any) -> None:
        raise RuntimeError("secret broker password")

    monkeypatch.setattr(tasks.relay, "apply_async", fail)
    seconds_of_a_commit()
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_list_and_replay_commands(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    put([Message(f"a:{n}", "a") for n in range(3)] + [Message("b:1", "b")], at=AT)
    OutboxMessage.objects.exclude(key="a:0").update(quarantined_at=AT, attempts=3, last_error="ValueError")
    call_command("outbox", "list")
    out = capsys.readouterr().out
    assert "waiting 1" in out
    assert "quarantined 3" in out
    assert "ValueError" in out
    call_command("outbox", "replay", "--topic", "b")
    assert "1 messages" in capsys.readouterr().out
    row = OutboxMessage.objects.get(key="b:1")
    assert (row.quarantined_at, row.attempts) == (None, 0)
    call_command("outbox", "replay", str(OutboxMessage.objects.get(key="a:1").pk))
    call_command("outbox", "replay", "--all")
    assert not OutboxMessage.objects.filter(quarantined_at__isnull=False).exists()


def test_threads_do_not_share_a_transaction(real_db: None) -> None:
    """put() looks at the connection of its own thread."""
    caught: list[BaseException] = []

    def other() -> None:
        try:
            put([Message("a:1", "a")], at=AT)
        except transaction.TransactionManagementError as error:
            caught.append(error)

    with transaction.atomic():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(caught) == 1
