"""Files, encrypted, in settings.BLOB_DIR (which lies outside everything the web server publishes).

File: "FWB1" · salt (32) · chunks of 1 MiB, each AES-256-GCM with its tag. The chunk key is HKDF(data key,
salt); the nonce counts the
chunks and marks the last one (STREAM, Hoang et al. 2015), so cutting, swapping and appending chunks is
noticed. AAD =
magic, salt, media type. Path: ab/cd/<sha256 of the whole file>.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import QuerySet

from .errors import BlobMissing, BlobNotStored, BlobTampered
from .keys import keyring, unwrap
from .models import Blob, DataKey

MAGIC = b"FWB1"
SALT_BYTES = 32
CHUNK = 1 << 20
TAG = 16


def content_hmac(data: bytes) -> bytes:
    """32 bytes; equal for equal files whoever uploads them, and useless to one without the key file."""
    return hmac.new(keyring().file, data, hashlib.sha256).digest()


def same_content(data: bytes) -> QuerySet[Blob]:
    """All blobs with this very content, whoever they belong to."""
    return Blob.objects.filter(content_hmac=content_hmac(data))


def store(data: bytes, *, data_key: DataKey, media_type: str, at: datetime) -> Blob:
    """Encrypt and write a file, then its row. Raises BlobNotStored when the disk refuses; then nothing is
    left behind.

    The file is on disk before the row is, so a rolled back transaction leaves a file without a row, never a
    row without a file;
    remove_orphans() takes such files away.
    """
    hmac_value = content_hmac(data)
    name = _write(_encrypted(data, unwrap(data_key.pk), media_type))
    return Blob.objects.create(
        name=name,
        data_key=data_key,
        size=len(data),
        content_hmac=hmac_value,
        media_type=media_type,
        created_at=at,
    )


def read(blob: Blob) -> bytes:
    """The plaintext. Raises BlobMissing, BlobTampered, KeyDestroyed."""
    try:
        raw = path_of(blob.name).read_bytes()
    except FileNotFoundError:
        raise BlobMissing(f"the file of blob {blob.name} is missing; restore it from the backup") from None
    if hashlib.sha256(raw).hexdigest() != blob.name:
        raise BlobTampered(f"blob {blob.name} is not the file that was stored")
    data = _decrypted(raw, unwrap(blob.data_key_id), blob)
    if len(data) != blob.size:
        raise BlobTampered(f"blob {blob.name} has another size than recorded")
    return data


def path_of(name: str) -> Path:
    """Where a blob lies. `name` is 64 hexadecimal digits; anything else is refused, so no path can be
    smuggled in."""
    if len(name) != 64 or set(name) - set("0123456789abcdef"):
        raise BlobMissing("not a blob name")
    return Path(settings.BLOB_DIR) / name[:2] / name[2:4] / name


def remove_orphans(*, at: datetime, older_than: timedelta = timedelta(hours=24)) -> int:
    """Delete files without a row, and unfinished ones, last written before `at - older_than`. Returns their
    number."""
    before = (at - older_than).timestamp()
    root = Path(settings.BLOB_DIR)
    removed = 0
    for folder in root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]"):
        old = {file.name: file for file in folder.iterdir() if file.stat().st_mtime < before}
        known = set(Blob.objects.filter(pk__in=old).values_list("pk", flat=True))
        for name in old.keys() - known:
            old[name].unlink(missing_ok=True)
            removed += 1
    for file in root.glob("tmp/*"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
            removed += 1
    return removed


def _subkey(key: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"foreignwork blob").derive(key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _encrypted(data: bytes, key: bytes, media_type: str) -> Iterator[bytes]:
    salt = secrets.token_bytes(SALT_BYTES)
    cipher, aad = AESGCM(_subkey(key, salt)), MAGIC + salt + media_type.encode()
    yield MAGIC + salt
    view, count = memoryview(data), max(1, -(-len(data) // CHUNK))
    for number in range(count):
        yield cipher.encrypt(
            _nonce(number, number == count - 1), view[number * CHUNK : (number + 1) * CHUNK], aad
        )


def _decrypted(raw: bytes, key: bytes, blob: Blob) -> bytes:
    start = len(MAGIC) + SALT_BYTES
    salt, view, step = raw[len(MAGIC) : start], memoryview(raw)[start:], CHUNK + TAG
    if raw[: len(MAGIC)] != MAGIC:
        raise BlobTampered(f"blob {blob.name} has an unknown format")
    cipher, aad = AESGCM(_subkey(key, salt)), MAGIC + salt + blob.media_type.encode()
    count = max(1, -(-len(view) // step))
    plain = bytearray()
    try:
        for number in range(count):
            plain += cipher.decrypt(
                _nonce(number, number == count - 1), view[number * step : (number + 1) * step], aad
            )
    except (InvalidTag, ValueError):
        raise BlobTampered(f"blob {blob.name} does not open under its data key") from None
    return bytes(plain)


def _write(pieces: Iterator[bytes]) -> str:
    """Temp file, fsync, rename, fsync of the folder. Returns the SHA-256 of what was written."""
    root = Path(settings.BLOB_DIR)
    temporary = root / "tmp" / secrets.token_hex(16)
    digest = hashlib.sha256()
    try:
        temporary.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            for piece in pieces:
                digest.update(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise BlobNotStored(f"the file could not be written (errno {error.errno})") from error
    return digest.hexdigest()
