"""The office's electronic seal: a PAdES-B signature over the printed PDF (电子签名法 13, 14).

Every office signs with its own certificate, ``seals/<office code>.p12`` in the folder of the key file. At home the
installation is its own authority and issues what is missing; elsewhere the operator supplies the PKCS#12 files of the
offices' real seals, and a missing one is an error that the desk sees. House-made seals are recognised by their issuer;
their papers are marked as samples.
"""

from __future__ import annotations

import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
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
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

AUTHORITY = "foreignwork sample seal authority"
# Fixed, so that making a seal reads no clock; what a house-made seal signs is a sample anyway.
VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
FIELD = "OfficeSeal"


class SealMissing(Exception):
    """The office has no seal certificate, or it does not open. The operator supplies seals/<office code>.p12."""


@dataclass(frozen=True, slots=True)
class Seal:
    """An office's signing key; ``sample`` when this installation issued it itself."""

    signer: SimpleSigner
    sample: bool


def folder() -> Path:
    return Path(settings.KEY_FILE).parent / "seals"


def seal_of(code: str, name: str) -> Seal:
    """The seal of the office ``code``; made on the spot at home. Raises SealMissing."""
    path = _path(code)
    if not path.exists():
        if not settings.EMBEDDED:
            raise SealMissing(f"no seal certificate for office {code}")
        make_seal(code, name)
    return _load(path, path.stat().st_mtime_ns)


def sign(pdf: bytes, seal: Seal, *, title: str, office: str) -> bytes:
    """The PDF with the signature of the office; any later change breaks it."""
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        name=office,
        reason=title,
    )
    out = BytesIO()

    def work() -> None:
        PdfSigner(meta, signer=seal.signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=out)

    with ThreadPoolExecutor(1) as own:  # pyHanko starts an event loop, which a thread that has one refuses
        own.submit(work).result()
    return out.getvalue()


def make_seal(code: str, name: str) -> bool:
    """Issue a sample seal for an office. False when there is one: a seal is never overwritten."""
    path = _path(code)
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
    private, certificate, _others = pkcs12.load_key_and_certificates(path.read_bytes(), _passphrase())
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
    word = _passphrase()
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


@lru_cache(maxsize=64)
def _load(path: Path, changed: int) -> Seal:
    """``changed`` (mtime) is only there to read a replaced file anew."""
    try:
        signer = SimpleSigner.load_pkcs12_data(path.read_bytes(), [], _passphrase())
    except (OSError, ValueError) as error:
        raise SealMissing(f"seal {path.name} cannot be opened ({type(error).__name__})") from None
    issuer = signer.signing_cert.issuer.native
    return Seal(signer, sample=issuer.get("common_name") == AUTHORITY)


def _path(code: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", code):
        raise SealMissing("not an office code")
    return folder() / f"{code}.p12"


def _passphrase() -> bytes | None:
    word: str = getattr(settings, "SEAL_PASSPHRASE", "")
    return word.encode() or None
