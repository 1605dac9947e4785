"""The office's electronic seal: a PAdES-B signature over the printed PDF (电子签名法 13, 14).

Every office signs with its own certificate, ``seals/<office code>.p12`` in the folder of the key file. At home the
installation is its own authority and issues what is missing; elsewhere the operator supplies the PKCS#12 files of the
offices' real seals, and a missing one is an error that the desk sees. House-made seals are recognised by their issuer;
their papers are marked as samples.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from .authority import AUTHORITY, SealMissing, make_seal, passphrase, seal_path

FIELD = "OfficeSeal"


@dataclass(frozen=True, slots=True)
class Seal:
    """An office's signing key; ``sample`` when this installation issued it itself."""

    signer: SimpleSigner
    sample: bool


def seal_of(code: str, name: str) -> Seal:
    """The seal of the office ``code``; made on the spot at home. Raises SealMissing."""
    path = seal_path(code)
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


@lru_cache(maxsize=64)
def _load(path: Path, changed: int) -> Seal:
    """``changed`` (mtime) is only there to read a replaced file anew."""
    try:
        signer = SimpleSigner.load_pkcs12_data(path.read_bytes(), [], passphrase())
    except (OSError, ValueError) as error:
        raise SealMissing(f"seal {path.name} cannot be opened ({type(error).__name__})") from None
    issuer = signer.signing_cert.issuer.native
    return Seal(signer, sample=issuer.get("common_name") == AUTHORITY)
