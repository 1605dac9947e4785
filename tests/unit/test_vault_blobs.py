"""Encrypted files (I10, A16)."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from foreignwork.vault import blobs
from foreignwork.vault.errors import BlobMissing, BlobNotStored, BlobTampered, KeyDestroyed
from foreignwork.vault.models import Blob, DataKey

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MIB = 1 << 20


@pytest.fixture
def key(db: None, settings: Any, tmp_path: Path) -> DataKey:
    settings.BLOB_DIR = tmp_path / "blobs"
    return DataKey.objects.make(AT)


def keep(data: bytes, key: DataKey) -> Blob:
    return blobs.store(data, data_key=key, media_type="application/pdf", at=AT)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_files_come_back(key: DataKey, size: int) -> None:
    data = os.urandom(size)
    blob = Blob.objects.get(pk=keep(data, key).pk)
    assert blobs.read(blob) == data
    assert blob.size == size
    raw = blobs.path_of(blob.name).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == blob.name
    assert size < 16 or data[:16] not in raw


def test_files_lie_closed_in_two_levels(key: DataKey, settings: Any) -> None:
    blob = keep(b"x", key)
    path = blobs.path_of(blob.name)
    assert path.relative_to(settings.BLOB_DIR).parts == (blob.name[:2], blob.name[2:4], blob.name)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert list((settings.BLOB_DIR / "tmp").iterdir()) == []


def test_the_same_file_for_two_people_is_found(key: DataKey) -> None:
    other = DataKey.objects.make(AT)
    one, two = keep(b"diploma", key), keep(b"diploma", other)
    keep(b"another", key)
    assert one.name != two.name
    assert {blob.pk for blob in blobs.same_content(b"diploma")} == {one.pk, two.pk}
    assert bytes(one.content_hmac) != hashlib.sha256(b"diploma").digest()


def test_missing(key: DataKey) -> None:
    blob = keep(b"x", key)
    blobs.path_of(blob.name).unlink()
    with pytest.raises(BlobMissing, match=blob.name):
        blobs.read(blob)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63 + "/"])
def test_names_are_hashes(key: DataKey, name: str) -> None:
    with pytest.raises(BlobMissing):
        blobs.path_of(name)


def forge(blob: Blob, raw: bytes) -> Blob:
    """The strongest forger: renames the file to its new hash and changes the row."""
    name = hashlib.sha256(raw).hexdigest()
    path = blobs.path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return Blob(name=name, data_key_id=blob.data_key_id, size=blob.size, media_type=blob.media_type)


def test_tampering_is_noticed(key: DataKey) -> None:
    blob = keep(os.urandom(3 * MIB), key)
    path = blobs.path_of(blob.name)
    raw = path.read_bytes()
    path.write_bytes(raw[:-1])
    with pytest.raises(BlobTampered):
        blobs.read(blob)
    path.write_bytes(raw)
    step, start = MIB + 16, 36
    chunks = [raw[start + i * step : start + (i + 1) * step] for i in range(3)]
    forgeries = {
        "one bit": raw[:100] + bytes([raw[100] ^ 1]) + raw[101:],
        "cut": raw[: start + 2 * step],
        "swapped": raw[:start] + chunks[1] + chunks[0] + chunks[2],
        "repeated": raw + chunks[2],
        "no header": raw[4:],
        "header only": raw[:start],
        "empty": b"",
    }
    for forgery in forgeries.values():
        with pytest.raises(BlobTampered):
            blobs.read(forge(blob, forgery))
    shorter = forge(blob, forgeries["cut"])
    shorter.size = 2 * MIB
    with pytest.raises(BlobTampered):
        blobs.read(shorter)
    assert len(blobs.read(forge(blob, raw))) == 3 * MIB  # control


def test_another_media_type_or_key_does_not_open(key: DataKey) -> None:
    blob = keep(b"<script>", key)
    blob.media_type = "text/html"
    with pytest.raises(BlobTampered):
        blobs.read(blob)
    blob.media_type, blob.data_key = "application/pdf", DataKey.objects.make(AT)
    with pytest.raises(BlobTampered):
        blobs.read(blob)


def test_erasure(key: DataKey) -> None:
    blob = keep(b"x", key)
    DataKey.objects.destroy(key, AT)
    with pytest.raises(KeyDestroyed):
        blobs.read(blob)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_nothing(
    key: DataKey, settings: Any, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(blobs.os, "fsync", full)
    elif call == "replace":
        monkeypatch.setattr(blobs.Path, "replace", full)
    else:
        monkeypatch.setattr(blobs.os, "open", full)
    with pytest.raises(BlobNotStored):
        keep(b"x" * 1000, key)
    monkeypatch.undo()
    assert [p for p in Path(settings.BLOB_DIR).rglob("*") if p.is_file()] == []
    assert not Blob.objects.exists()


def test_a_really_full_disk(key: DataKey, settings: Any, tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands in for a small disk: the kernel itself refuses the write."""
    import resource
    import signal

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, old[1]))
        with pytest.raises(BlobNotStored):
            keep(os.urandom(3 * MIB), key)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert [p for p in Path(settings.BLOB_DIR).rglob("*") if p.is_file()] == []
    assert blobs.read(keep(b"later", key)) == b"later"


def test_orphans_go_after_a_day(key: DataKey, settings: Any) -> None:
    kept, orphan, young = keep(b"kept", key), keep(b"orphan", key), keep(b"young", key)
    Blob.objects.filter(pk__in=[orphan.pk, young.pk]).delete()
    torn = Path(settings.BLOB_DIR) / "tmp" / "torn"
    torn.write_bytes(b"half")
    old = (AT - timedelta(hours=25)).timestamp()
    for path in (blobs.path_of(kept.name), blobs.path_of(orphan.name), torn):
        os.utime(path, (old, old))
    os.utime(blobs.path_of(young.name), (AT.timestamp(), AT.timestamp()))
    assert blobs.remove_orphans(at=AT) == 2
    assert blobs.read(kept) == b"kept"
    assert blobs.path_of(young.name).exists()
    assert not blobs.path_of(orphan.name).exists()
    call_command("sweep_blobs", verbosity=0)
