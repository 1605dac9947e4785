"""Key file, data keys, rotation, erasure (B20-B22)."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from foreignwork.vault import keys
from foreignwork.vault.errors import KeyDestroyed, KeyFileBroken, KeyFileMissing, KeyUnknown
from foreignwork.vault.models import DataKey

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def own_file(settings: Any, tmp_path: Path) -> Path:
    settings.KEY_FILE = tmp_path / "keys" / "keys.json"
    keys.make_key_file(settings.KEY_FILE)
    keys.forget()
    return settings.KEY_FILE


def test_the_file_is_made_once_and_closed_to_others(own_file: Path) -> None:
    before = own_file.read_bytes()
    assert own_file.stat().st_mode & 0o777 == 0o600
    assert keys.make_key_file(own_file) is False
    assert own_file.read_bytes() == before
    assert [p.name for p in own_file.parent.iterdir()] == ["keys.json"]


def test_twenty_at_once_make_one_file(tmp_path: Path) -> None:
    made: list[bool] = []
    threads = [
        threading.Thread(target=lambda: made.append(keys.make_key_file(tmp_path / "k"))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 19 + [True]


def test_the_ring_does_not_print_its_keys(own_file: Path) -> None:
    ring = keys.keyring()
    assert ring.index.hex() not in repr(ring)
    assert repr(ring.index) not in repr(ring)


def test_a_missing_file_is_never_replaced_silently(settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = tmp_path / "lost.json"
    with pytest.raises(KeyFileMissing, match="make_keys"):
        keys.keyring()
    assert keys.problem() == "key_file_missing"
    assert not (tmp_path / "lost.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "current": 1, "masters": {"1": "AAAA"}}']
)
def test_a_broken_file_says_so(settings: Any, tmp_path: Path, text: str) -> None:
    settings.KEY_FILE = tmp_path / "broken.json"
    settings.KEY_FILE.write_text(text)
    with pytest.raises(KeyFileBroken):
        keys.keyring()
    assert keys.problem() == "key_file_broken"


def test_a_file_open_to_all_is_a_problem(own_file: Path) -> None:
    assert keys.problem() is None
    own_file.chmod(0o644)
    assert keys.problem() == "key_file_open"


def test_current_must_be_in_the_file(own_file: Path) -> None:
    document = json.loads(own_file.read_text())
    own_file.write_text(json.dumps(document | {"current": 7}))
    with pytest.raises(KeyFileBroken, match="version 7"):
        keys.keyring()


def test_a_key_opens_again_from_the_database(db: None) -> None:
    row = DataKey.objects.make(AT)
    first = keys.unwrap(row.pk)
    assert len(first) == 32
    assert first not in bytes(row.wrapped)
    keys.forget()
    assert keys.unwrap(row.pk) == first
    assert DataKey.objects.get(pk=row.pk).created_at == AT


def test_a_wrapped_key_does_not_open_in_another_row(db: None) -> None:
    one, two = DataKey.objects.make_many(2, AT)
    DataKey.objects.filter(pk=one.pk).update(wrapped=two.wrapped)
    keys.forget()
    with pytest.raises(KeyFileBroken):
        keys.unwrap(one.pk)


def test_another_key_file_opens_nothing(db: None, own_file: Path, settings: Any, tmp_path: Path) -> None:
    row = DataKey.objects.make(AT)
    settings.KEY_FILE = tmp_path / "other.json"
    keys.make_key_file(settings.KEY_FILE)
    keys.forget()
    with pytest.raises(KeyFileBroken):
        keys.unwrap(row.pk)


def test_unknown_key(db: None) -> None:
    with pytest.raises(KeyUnknown):
        keys.unwrap(uuid4())


def test_prime_takes_one_query_for_many(db: None) -> None:
    rows = DataKey.objects.make_many(50, AT)
    keys.forget()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        keys.prime([row.pk for row in rows] + [None])
        for row in rows:
            keys.unwrap(row.pk)
        keys.prime(row.pk for row in rows)
    assert len(queries) == 1


def test_the_cache_forgets_by_time_and_number(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys.CACHE_SECONDS <= 60
    monkeypatch.setattr(keys, "CACHE_ENTRIES", 3)
    rows = DataKey.objects.make_many(5, AT)
    assert len(keys._cache) == 3
    clock = keys.time.monotonic() + keys.CACHE_SECONDS + 1
    monkeypatch.setattr(keys.time, "monotonic", lambda: clock)
    with CaptureQueriesContext(connection) as queries:
        keys.unwrap(rows[-1].pk)
    assert len(queries) == 1


def test_destroying_is_final(db: None) -> None:
    row = DataKey.objects.make(AT)
    assert DataKey.objects.destroy(row, AT + timedelta(days=1)) is True
    for _again in range(2):
        with pytest.raises(KeyDestroyed):
            keys.unwrap(row.pk)
        keys.prime([row.pk])
    assert bytes(DataKey.objects.get(pk=row.pk).wrapped) == b""
    assert DataKey.objects.destroy(row.pk, AT + timedelta(days=2)) is False
    assert DataKey.objects.get(pk=row.pk).destroyed_at == AT + timedelta(days=1)


@pytest.mark.parametrize("change", [{"destroyed_at": AT}, {"wrapped": b""}])
def test_the_database_refuses_half_a_destruction(db: None, change: dict[str, Any]) -> None:
    row = DataKey.objects.make(AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.filter(pk=row.pk).update(**change)


def test_a_read_during_the_destruction_does_not_bring_the_key_back(real_db: None) -> None:
    row = DataKey.objects.make(AT)
    opened = keys.unwrap(row.pk)
    with transaction.atomic():
        DataKey.objects.destroy(row, AT)
        keys.remember(row.pk, opened)  # what a thread does that read the row just before the commit
    with pytest.raises(KeyDestroyed):
        keys.unwrap(row.pk)


def test_rotation_rewraps_and_the_old_master_can_go(db: None, own_file: Path) -> None:
    rows = DataKey.objects.make_many(7, AT)
    plain = {row.pk: keys.unwrap(row.pk) for row in rows}
    DataKey.objects.destroy(rows[0], AT)
    assert keys.add_master(own_file) == 2
    keys.forget()
    assert keys.unwrap(rows[1].pk) == plain[rows[1].pk]  # both versions readable meanwhile
    assert DataKey.objects.make(AT).master_version == 2
    assert DataKey.objects.rewrap(limit=4) == 4  # a run interrupted here …
    out = StringIO()
    call_command("rotate_keys", "--resume", stdout=out)  # … is finished by the next
    assert "2 data keys re-wrapped" in out.getvalue()
    assert not DataKey.objects.filter(destroyed_at=None, master_version=1).exists()

    document = json.loads(own_file.read_text())
    del document["masters"]["1"]
    own_file.write_text(json.dumps(document))
    keys.forget()
    for row in rows[1:]:
        assert keys.unwrap(row.pk) == plain[row.pk]
    with pytest.raises(KeyDestroyed):
        keys.unwrap(rows[0].pk)


def test_the_old_master_is_needed_until_then(db: None, own_file: Path) -> None:
    row = DataKey.objects.make(AT)
    keys.add_master(own_file)
    document = json.loads(own_file.read_text())
    del document["masters"]["1"]
    own_file.write_text(json.dumps(document))
    keys.forget()
    with pytest.raises(KeyFileBroken, match="version 1"):
        keys.unwrap(row.pk)


def test_make_keys_command(settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = tmp_path / "new.json"
    for word in ("created", "exists"):
        out = StringIO()
        call_command("make_keys", stdout=out)
        assert word in out.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["new.json"]
