"""The finished file of a notice, for screens that have checked who asks."""

from __future__ import annotations

from foreignwork.vault import blobs

from .models import Notice, NoticeFile


class NotReady(LookupError):
    """The paper is not printed yet (queued or failed)."""


def pdf_bytes(notice: Notice) -> bytes:
    """The signed PDF as issued. Raises NotReady; BlobMissing, BlobTampered, KeyDestroyed (vault.errors)."""
    return blobs.read(_file(notice).blob)


def file_name(notice: Notice) -> str:
    """A name to save it under: 甘科外受〔2026〕17号.pdf."""
    return f"{notice.number}.pdf"


def sha256_of(notice: Notice) -> str:
    """SHA-256 of the signed PDF, in hexadecimal. Raises NotReady."""
    return _file(notice).sha256


def _file(notice: Notice) -> NoticeFile:
    found = NoticeFile.objects.select_related("blob").filter(notice=notice).first()
    if found is None:
        raise NotReady(notice.number)
    return found
