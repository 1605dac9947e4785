"""A frozen context becomes a PDF. WeasyPrint runs in the worker only: a page of a web process never waits for it.

The fonts are the whole OTF files of the wheel pylopdf-fonts-zh-cn: split web fonts print *other characters* in
WeasyPrint 70 and raise nothing. Everything else about the page lies in templates/notices and static/notices.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Never

import pylopdf_fonts_zh_cn
import segno
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from .seal_image import seal_svg
from .templates import stylesheet

VARIANT = "pdf/a-2a"  # for the archive (no outside font, no script), and tagged for screen readers
ASSETS = "asset://notices/"
PICTURE = "picture/"
FONTS = {"serif.otf": pylopdf_fonts_zh_cn.serif_path, "sans.otf": pylopdf_fonts_zh_cn.sans_path}
# Controls and direction marks: a remark must not reorder or hide the words of a paper.
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
# A date, a case's or a paper's number: broken over two lines it cannot be read or copied.
WHOLE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日|[A-Z0-9]{6,24}|[A-Z0-9]+(-[A-Z0-9]+)+|\w{2,8}〔\d{4}〕\d+号")
CJK = re.compile("[\u3007\u3400-\u9fff\U00020000-\U0003ffff]")

_lock = threading.Lock()
_kept: ContextVar[dict[str, Rendered] | None] = ContextVar("kept", default=None)


class RenderFailed(Exception):
    """The paper could not be printed."""


class ForbiddenAddress(RenderFailed):
    """A layout asked for something that is not packaged with it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """An unsigned PDF and its number of pages."""

    pdf: bytes
    pages: int


class Assets(URLFetcher):
    """Serves the packaged fonts, and the pictures of this paper, under asset://notices/; refuses every other address."""

    def __init__(self, pictures: Mapping[str, bytes] | None = None) -> None:
        super().__init__()
        self.pictures = pictures or {}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        name = url.removeprefix(ASSETS)
        if url.startswith(ASSETS + PICTURE) and (found := self.pictures.get(name.removeprefix(PICTURE))):
            kind = "image/png" if found.startswith(b"\x89PNG") else "image/jpeg"
            return URLFetcherResponse(url, found, {"Content-Type": kind})
        if not url.startswith(ASSETS) or name not in FONTS:
            self._refuse(url)
        return URLFetcherResponse(url, Path(FONTS[name]()).read_bytes(), {"Content-Type": "font/otf"})

    def _refuse(self, url: str) -> Never:
        # Fatal, because WeasyPrint would print the paper without the missing part.
        raise FatalURLFetchingError(f"address of scheme {url.partition(':')[0]!r} is not packaged")


@lru_cache(maxsize=1)
def _press() -> tuple[FontConfiguration, CSS, Assets]:
    """Fonts and stylesheet, loaded once per process (0.1 s and 150 MB)."""
    fonts, assets = FontConfiguration(), Assets()
    return fonts, CSS(string=stylesheet(), base_url=ASSETS, font_config=fonts, url_fetcher=assets), assets


@lru_cache(maxsize=4)
def _added(style: str) -> CSS:
    fonts, _css, assets = _press()
    return CSS(string=style, base_url=ASSETS, font_config=fonts, url_fetcher=assets)


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    code: str,
    base_url: str,
    sample: bool = False,
    pictures: Mapping[str, bytes] | None = None,
) -> Rendered:
    """Print one paper; the same arguments give the same bytes.

    ``context`` is the frozen body of the notice (issue.py), ``code`` its verification code, ``base_url`` the address
    pinned with it. ``sample`` marks papers under a house-made seal; ``pictures`` are the files the body names (pictures.py).
    Raises RenderFailed.
    """
    kept, kind = _kept.get(), f"{template} {context.get('title')}"
    if kept is not None and kind in kept:
        return kept[kind]
    html = render_to_string(template, view_of(context, code=code, base_url=base_url, sample=sample))
    printed = press(html, identifier=code, pictures=pictures)
    if kept is not None:
        kept[kind] = printed
    return printed


@contextmanager
def one_of_each_kind() -> Iterator[None]:
    """For volumes, which nobody is served from: a paper of each kind is set once, and the next of its kind is that sheet."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def press(
    html: str, *, identifier: str, style: str = "", pictures: Mapping[str, bytes] | None = None
) -> Rendered:
    """Print a page whose words are ours already, in the papers' fonts and on their sheet; ``style`` is added to it.

    ``identifier`` names the file in its own metadata, so that the same words give the same bytes. Raises RenderFailed.
    """
    with _lock:
        fonts, css, assets = _press()
        try:
            fetcher = Assets(pictures) if pictures else assets
            document = HTML(string=html, base_url=ASSETS, url_fetcher=fetcher).render(
                stylesheets=[css, *([_added(style)] if style else [])],
                font_config=fonts,
                presentational_hints=False,
            )
            name = hashlib.sha256(identifier.encode()).digest()[:16]
            pdf = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=name)
        except FatalURLFetchingError as error:  # a BaseException: nothing above would catch it
            raise ForbiddenAddress(str(error)) from None
    return Rendered(pdf, len(document.pages))


def view_of(context: Mapping[str, Any], *, code: str, base_url: str, sample: bool) -> dict[str, Any]:
    """What the layouts see: the frozen context without control characters, dates in words, seal and QR as drawings."""
    clean = _clean(dict(context))
    pictures = [{**row, "src": f"{ASSETS}{PICTURE}{row['blob']}"} for row in clean.get("pictures") or ()]
    head = str(clean["office"]["zh"])
    url = verify_url(base_url, code)
    return {
        **clean,
        "paragraphs": [
            {"text": line, "english": not CJK.search(line)}
            for text in clean["paragraphs"]
            for line in text.split("\n")
            if line.strip()
        ],
        "rows": [
            [{"text": cell, "whole": WHOLE.fullmatch(str(cell)) is not None} for cell in row]
            for row in clean.get("rows") or ()
        ],
        "signatures": [row for row in pictures if row["kind"] == "signature"],
        "photographs": [row for row in pictures if row["kind"] == "photo"],
        "dated": chinese_date(clean["dated_on"]),
        "extra": _with_dates(clean.get("extra", {})),
        "head_size": f"{min(30.0, 430 / max(len(head), 1)):.1f}pt",
        "code": "-".join(code[i : i + 4] for i in range(0, len(code), 4)),
        "verify_url": url,
        "qr": qr_svg(url),
        "seal_svg": seal_svg(str(clean["seal"])),
        "sample": sample,
    }


def verify_url(base_url: str, code: str) -> str:
    """Where anyone may check the paper."""
    return f"{base_url}/v/{code}/"


def qr_svg(text: str) -> SafeString:
    """A QR code as inline SVG; quiet zone included."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(border=2, omitsize=True, dark="#000")
    return mark_safe(drawing)  # noqa: S308 - made of numbers only


def chinese_date(iso: str) -> str:
    """2026-03-05 -> 2026年3月5日 (GB/T 9704-2012, 7.3.5.4); anything that is no date stays as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.year}年{day.month}月{day.day}日"


def _with_dates(extra: Mapping[str, Any]) -> dict[str, Any]:
    shown = {f"{name}_zh": chinese_date(value) for name, value in extra.items() if name.startswith("valid_")}
    return {**extra, **shown}


def _clean(value: Any) -> Any:
    """User text appears as plain text: escaped by the template, and here without controls and direction marks."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("", value.replace("\r\n", "\n").replace("\t", " "))
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
