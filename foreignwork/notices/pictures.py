"""Pictures that stand in a paper: photographs and signatures of the case, read from the blob store when the paper is printed.

The frozen body names them by their blob (``Paper.pictures``), whose name is the hash of its content: the same body always prints
the same picture. Photographs are printed smaller than they were taken; the original stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image, ImageOps

from foreignwork.vault import blobs
from foreignwork.vault.models import Blob

LONG_SIDE = 1000  # pixels; a printed photograph is 75 mm wide
QUALITY = 78
FORMATS = ("JPEG", "PNG")


def load(context: Mapping[str, Any], *, data_key: UUID) -> dict[str, bytes]:
    """Blob name → JPEG or PNG as it is printed. Only files under the case's own key; raises Blob.DoesNotExist, VaultError."""
    names = [str(row["blob"]) for row in context.get("pictures") or ()]
    return {name: smaller(blobs.read(Blob.objects.get(pk=name, data_key_id=data_key))) for name in names}


def smaller(data: bytes) -> bytes:
    """The picture upright and not larger than it is printed; what is small already stays as it is."""
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        if max(image.size) <= LONG_SIDE and not image.getexif():
            return data
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a JPEG is decoded small at once
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONG_SIDE, LONG_SIDE))
        out = BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
