"""The key file, and the data keys it opens.

Three layers: a versioned *master key* in a file outside the data folder wraps one *data key* per dossier (a
row,
`vault.DataKey`), and the data key seals fields and blobs. Erasing a person is destroying one data key.
The key file also holds the key of the blind indexes and the key of the content HMAC of files; these two never
rotate,
because every stored index hangs on them.

File format (JSON, mode 0600): {"format": 1, "current": 2, "masters": {"1": b64, "2": b64}, "index": b64,
"file": b64}.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .errors import KeyDestroyed, KeyFileBroken, KeyFileMissing, KeyUnknown

KEY_BYTES = 32
NONCE_BYTES = 12
CACHE_SECONDS = 60.0  # another process may still read an erased dossier for this long, never longer
CACHE_ENTRIES = 10_000


@dataclass(frozen=True, repr=False)
class KeyRing:
    """The keys of the key file. No repr: a traceback must not print them."""

    current: int
    masters: dict[int, bytes]
    index: bytes
    file: bytes

    def master(self, version: int) -> bytes:
        """The master key of a version. Raises KeyFileBroken when the file lacks it."""
        try:
            return self.masters[version]
        except KeyError:
            raise KeyFileBroken(f"master key version {version} is not in the key file") from None


# --- the file -----------------------------------------------------------------------------------------------


def _write(path: Path, ring: KeyRing) -> None:
    """Write beside the target, 0600, fsync. The caller moves it into place."""
    document = {
        "format": 1,
        "current": ring.current,
        "masters": {str(version): _text(key) for version, key in sorted(ring.masters.items())},
        "index": _text(ring.index),
        "file": _text(ring.file),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        json.dump(document, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def make_key_file(path: str | os.PathLike[str]) -> bool:
    """Create the key file with fresh keys. False (and nothing changed) when it exists: keys are never
    overwritten."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = [secrets.token_bytes(KEY_BYTES) for _ in range(3)]
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    _write(beside, KeyRing(current=1, masters={1: fresh[0]}, index=fresh[1], file=fresh[2]))
    try:
        os.link(beside, target)  # fails if another process was first; a rename would overwrite its keys
        return True
    except FileExistsError:
        return False
    finally:
        beside.unlink()


def add_master(path: str | os.PathLike[str]) -> int:
    """Add a new current master key to the file and return its version. Old versions stay until rows are
    re-wrapped."""
    target = Path(path)
    ring = read_key_file(target)
    version = max(ring.masters) + 1
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    masters = {**ring.masters, version: secrets.token_bytes(KEY_BYTES)}
    _write(beside, KeyRing(current=version, masters=masters, index=ring.index, file=ring.file))
    beside.replace(target)
    return version


def read_key_file(path: str | os.PathLike[str]) -> KeyRing:
    """Read the key file. Raises KeyFileMissing or KeyFileBroken; never creates anything."""
    try:
        document = json.loads(Path(path).read_text("ascii"))
        if document["format"] != 1:
            raise KeyFileBroken(f"key file {path} has an unknown format")
        ring = KeyRing(
            current=int(document["current"]),
            masters={int(version): _key(text) for version, text in document["masters"].items()},
            index=_key(document["index"]),
            file=_key(document["file"]),
        )
    except FileNotFoundError:
        raise KeyFileMissing(
            f"no key file at {path}; run `manage.py make_keys` or restore it from escrow"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileBroken(f"key file {path} cannot be read ({type(error).__name__})") from None
    ring.master(ring.current)
    return ring


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("wrong key length")
    return key


_ring: tuple[tuple[str, int, int, int], KeyRing] | None = None


def keyring() -> KeyRing:
    """The keys of settings.KEY_FILE; read again when the file changed (one stat per call)."""
    global _ring
    path = os.fspath(settings.KEY_FILE)
    try:
        stat = os.stat(path)  # noqa: PTH116 - asked with every index and seal: a Path costs as much again
    except OSError:
        raise KeyFileMissing(
            f"no key file at {path}; run `manage.py make_keys` or restore it from escrow"
        ) from None
    mark = (path, stat.st_ino, stat.st_mtime_ns, stat.st_size)
    if _ring is None or _ring[0] != mark:
        _ring = (mark, read_key_file(path))
    return _ring[1]


# --- wrapping -----------------------------------------------------------------------------------------------


def _wrap_aad(key_id: UUID) -> bytes:
    return b"vault.datakey\x00" + key_id.bytes


def wrap(key_id: UUID, key: bytes) -> tuple[int, bytes]:
    """(master version, nonce + ciphertext) of a data key under the current master key."""
    ring = keyring()
    nonce = secrets.token_bytes(NONCE_BYTES)
    return ring.current, nonce + AESGCM(ring.master(ring.current)).encrypt(nonce, key, _wrap_aad(key_id))


def open_wrapped(key_id: UUID, master_version: int, wrapped: bytes | memoryview) -> bytes:
    """The data key. Raises KeyDestroyed for an emptied row, KeyFileBroken when the master key does not
    fit."""
    wrapped = bytes(wrapped)
    if not wrapped:
        raise KeyDestroyed(f"data key {key_id} was destroyed")
    master = keyring().master(master_version)
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrap_aad(key_id))
    except InvalidTag:
        raise KeyFileBroken(f"data key {key_id} does not open under master key {master_version}") from None


# --- the cache ----------------------------------------------------------------------------------------------

_cache: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()
_lock = threading.Lock()


def remember(key_id: UUID, key: bytes) -> None:
    """Keep an opened data key for at most CACHE_SECONDS; the oldest leave first."""
    with _lock:
        _cache.pop(key_id, None)
        _cache[key_id] = (time.monotonic() + CACHE_SECONDS, key)
        while len(_cache) > CACHE_ENTRIES:
            _cache.popitem(last=False)


def forget(key_id: UUID | None = None) -> None:
    """Drop one data key from the cache of this process, or all."""
    with _lock:
        if key_id is None:
            _cache.clear()
        else:
            _cache.pop(key_id, None)


def _cached(key_id: UUID) -> bytes | None:
    with _lock:
        entry = _cache.get(key_id)
        if entry is None:
            return None
        if entry[0] <= time.monotonic():
            del _cache[key_id]
            return None
        return entry[1]


def unwrap(key_id: UUID) -> bytes:
    """The opened data key, from the cache or by one query. Raises KeyUnknown, KeyDestroyed, KeyFile…"""
    key = _cached(key_id)
    if key is None:
        from .models import DataKey  # the model needs this module

        row = DataKey.objects.filter(pk=key_id).values_list("master_version", "wrapped").first()
        if row is None:
            raise KeyUnknown(f"no data key {key_id}")
        key = open_wrapped(key_id, *row)
        remember(key_id, key)
    return key


def prime(ids: Iterable[UUID | None]) -> None:
    """Open many data keys in one query before a list reads their rows. Destroyed, unknown and None are passed
    over:
    reading such a row then raises as usual."""
    wanted = {key_id for key_id in ids if key_id is not None and _cached(key_id) is None}
    if not wanted:
        return
    from .models import DataKey

    rows = DataKey.objects.filter(pk__in=wanted, destroyed_at__isnull=True).values_list(
        "pk", "master_version", "wrapped"
    )
    for key_id, version, wrapped in rows:
        remember(key_id, open_wrapped(key_id, version, wrapped))


def problem() -> str | None:
    """For the readiness probe: None, or a code (`key_file_missing`, `key_file_broken`, `key_file_open`)."""
    try:
        keyring()
        if Path(settings.KEY_FILE).stat().st_mode & 0o007:
            return "key_file_open"
    except KeyFileMissing:
        return "key_file_missing"
    except KeyFileBroken:
        return "key_file_broken"
    return None
