"""Uploads of the demo: real PDF and JPEG files that say what they stand for, and that they are samples."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

INK, PALE = (30, 40, 60), (250, 248, 242)


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    found = sorted(folder.rglob("*.otf")) + sorted(folder.rglob("*.ttf"))
    return ImageFont.truetype(str(found[0]), size)


def sheet(title: str, lines: Sequence[str]) -> bytes:
    """One A4 page as a PDF; the same words give the same file."""
    return _sheet(title, tuple(lines))


@lru_cache(maxsize=128)
def _sheet(title: str, lines: tuple[str, ...]) -> bytes:
    page = Image.new("RGB", (827, 1169), PALE)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 787, 1129), outline=INK, width=2)
    draw.text((80, 90), title, fill=INK, font=_font(34))
    for n, line in enumerate(lines):
        draw.text((80, 190 + 46 * n), line, fill=INK, font=_font(22))
    draw.text(
        (80, 1070), "样例材料，仅供演示 · SAMPLE, FOR DEMONSTRATION ONLY", fill=(150, 60, 50), font=_font(18)
    )
    out = io.BytesIO()
    page.save(out, "PDF", resolution=100)
    return out.getvalue()


@lru_cache(maxsize=16)
def photo(initials: str) -> bytes:
    """A JPEG portrait placeholder."""
    image = Image.new("RGB", (354, 472), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.ellipse((112, 90, 242, 240), fill=(205, 190, 175))
    draw.pieslice((47, 260, 307, 620), 180, 360, fill=(60, 80, 110))
    draw.text((150, 420), initials, fill=(255, 255, 255), font=_font(30))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
