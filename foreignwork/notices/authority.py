"""The house's own seal authority, at home: sample certificates for offices, files that only their owner can read."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier
from django.conf import settings

AUTHORITY = "foreignwork sample seal authority"
# Fixed, so that making a seal reads no clock; what a house-made seal signs is a sample anyway.
VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


class SealMissing(Exception):
    """The office has no seal certificate, or it does not open. The operator supplies seals/<office code>.p12."""


def folder() -> Path:
    return Path(settings.KEY_FILE).parent / "seals"


def seal_path(code: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", code):
        raise SealMissing("not an office code")
    return folder() / f"{code}.p12"


def passphrase() -> bytes | None:
    word: str = getattr(settings, "SEAL_PASSPHRASE", "")
    return word.encode() or None


def make_seal(code: str, name: str) -> bool:
    """Issue a sample seal for an office. False when there is one: a seal is never overwritten."""
    path = seal_path(code)
    if path.exists():
        return False
    authority, authority_key = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name[:50]}（样本）"),
        ]
    )
    builder = _certificate(subject, authority.subject, key.public_key(), ca=False).add_extension(
        x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False
    )
    return _keep(path, code, key, builder.sign(authority_key, SHA256()), [authority])


def authority_path() -> Path:
    """The PEM certificate of the house's own authority, for whoever wants to trust its samples."""
    return folder() / "authority.pem"


def _authority() -> tuple[x509.Certificate, Any]:
    path = folder() / "authority.key.p12"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY)])
        _keep(
            path,
            "authority",
            key,
            _certificate(name, name, key.public_key(), ca=True).sign(key, SHA256()),
            [],
        )
    private, certificate, _others = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase())
    assert certificate is not None
    if not authority_path().exists():
        _link(authority_path(), certificate.public_bytes(Encoding.PEM))
    return certificate, private


def _certificate(subject: x509.Name, issuer: x509.Name, key: Any, *, ca: bool) -> x509.CertificateBuilder:
    usage = dict.fromkeys(
        ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"], False
    )
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), *VALID)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca, content_commitment=not ca, key_cert_sign=ca, crl_sign=ca, **usage
            ),
            critical=True,
        )
    )


def _keep(
    path: Path, name: str, key: Any, certificate: x509.Certificate, chain: list[x509.Certificate]
) -> bool:
    word = passphrase()
    lock = BestAvailableEncryption(word) if word else NoEncryption()
    return _link(
        path, pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, chain or None, lock)
    )


def _link(path: Path, content: bytes) -> bool:
    """Write beside, then link: two workers at once make one file, whole, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True
