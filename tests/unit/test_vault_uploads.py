"""Uploads: real files of each kind, built here, with the verdict expected for each (B30)."""

from __future__ import annotations

import contextlib
import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageFile

from foreignwork.vault.uploads import MAX_PIXELS, Upload, UploadRefused, clean_name, inspect, sentence

LIMIT = 10 * 1024 * 1024


def pdf(build: Callable[[pikepdf.Pdf], Any] = lambda pdf: None, pages: int = 1, **save: Any) -> bytes:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    build(document)
    out = BytesIO()
    document.save(out, **save)
    return out.getvalue()


def image(format: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **save: Any) -> bytes:
    picture = Image.new(mode, size, "white" if mode in ("RGB", "L") else None)
    if mode == "RGB":
        ImageDraw.Draw(picture).line((0, 0, *size), fill="red", width=9)
    out = BytesIO()
    picture.save(out, format, **save)
    return out.getvalue()


def open_action(**action: Any) -> Callable[[pikepdf.Pdf], None]:
    def build(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = document.make_indirect(Dictionary(**action))

    return build


def attachment(document: pikepdf.Pdf) -> None:
    document.attachments["a.txt"] = b"hello"


def xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def plain_form(document: pikepdf.Pdf) -> None:
    field = Dictionary(FT=Name.Tx, T=String("name"), V=String("x"))
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]))


def link(document: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.URI, URI=String("https://example.org"))
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)
    document.pages[0].Annots = Array([document.make_indirect(annotation)])


def deep_javascript(document: pikepdf.Pdf) -> None:
    """In a page's direct dictionary, in a chain, hidden behind harmless actions."""
    last = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    chain = Dictionary(
        S=Name.URI, URI=String("x"), Next=Array([Dictionary(S=Name.Named, N=Name.NextPage, Next=last)])
    )
    document.pages[0].AA = Dictionary(O=chain)


def names_javascript(document: pikepdf.Pdf) -> None:
    tree = Dictionary(Names=Array([String("a"), Dictionary(S=Name.JavaScript, JS=String("x"))]))
    document.Root.Names = Dictionary(JavaScript=tree)


JS = {"S": Name.JavaScript, "JS": String("app.alert(1)")}
LAUNCH = {"S": Name.Launch, "F": String("cmd.exe")}
OWNER_ONLY = pikepdf.Encryption(owner="secret", user="", R=6)
PASSWORD = pikepdf.Encryption(owner="secret", user="secret", R=6)
SIMPLE = pdf()
JPEG, PNG = image("JPEG"), image("PNG")


def escaped_javascript() -> bytes:
    """Written by hand: the keys as /#53 and /J#53, which a search for /JS in the bytes would miss."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /J#53 (app.alert\\(1\\)) >> >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + table
    return out + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def with_preview() -> bytes:
    """A JPEG that carries a small JPEG, with an end marker, in a segment, as cameras write it."""
    small = image("JPEG", (32, 24))
    return JPEG[:2] + b"\xff\xe5" + struct.pack(">H", len(small) + 2) + small + JPEG[2:]


def png_with_size(width: int, height: int) -> bytes:
    """A header that promises a huge picture, with a right checksum."""
    body = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + PNG[33:]
    )


def png_with_bad_crc() -> bytes:
    position = PNG.index(b"IDAT") + 10
    return PNG[:position] + bytes([PNG[position] ^ 1]) + PNG[position + 1 :]


GOOD: dict[str, tuple[str, bytes, Upload]] = {
    "pdf": ("a.pdf", SIMPLE, Upload("a.pdf", "application/pdf", pages=1)),
    "three pages": ("A.PDF", pdf(pages=3), Upload("A.PDF", "application/pdf", pages=3)),
    "form": ("表.pdf", pdf(plain_form), Upload("表.pdf", "application/pdf", pages=1)),
    "link": ("a.pdf", pdf(link), Upload("a.pdf", "application/pdf", pages=1)),
    "object streams": (
        "a.pdf",
        pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate),
        Upload("a.pdf", "application/pdf", pages=1),
    ),
    "linearised": ("a.pdf", pdf(linearize=True), Upload("a.pdf", "application/pdf", pages=1)),
    "jpg": ("a.jpg", JPEG, Upload("a.jpg", "image/jpeg", width=640, height=480)),
    "jpeg": ("a.JPEG", JPEG, Upload("a.JPEG", "image/jpeg", width=640, height=480)),
    "progressive": (
        "a.jpg",
        image("JPEG", progressive=True),
        Upload("a.jpg", "image/jpeg", width=640, height=480),
    ),
    "preview": ("a.jpg", with_preview(), Upload("a.jpg", "image/jpeg", width=640, height=480)),
    "bytes after the end": ("a.jpg", JPEG + b"\0" * 99, Upload("a.jpg", "image/jpeg", width=640, height=480)),
    "grey": ("a.jpg", image("JPEG", mode="L"), Upload("a.jpg", "image/jpeg", width=640, height=480)),
    "cmyk": ("a.jpg", image("JPEG", mode="CMYK"), Upload("a.jpg", "image/jpeg", width=640, height=480)),
    "png": ("a.png", PNG, Upload("a.png", "image/png", width=640, height=480)),
    "transparent": ("a.png", image("PNG", mode="RGBA"), Upload("a.png", "image/png", width=640, height=480)),
    "one pixel": ("a.png", image("PNG", (1, 1)), Upload("a.png", "image/png", width=1, height=1)),
    "no extension": ("scan", SIMPLE, Upload("scan", "application/pdf", pages=1)),
    "a path": ("C:\\x\\..\\护照.pdf", SIMPLE, Upload("护照.pdf", "application/pdf", pages=1)),
    "right to left": ("a\u202efdp.png", PNG, Upload("afdp.png", "image/png", width=640, height=480)),
}

BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.pdf", b"", "empty"),
    "too large": ("a.pdf", SIMPLE + b" " * LIMIT, "too_large"),
    "svg": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_type"),
    "html": ("a.html", b"<script>alert(1)</script>", "unknown_type"),
    "heic": ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic" + b"\0" * 99, "unknown_type"),
    "gif": ("a.gif", image("GIF"), "unknown_type"),
    "word": ("a.docx", b"PK\x03\x04", "unknown_type"),
    "double extension": ("a.pdf.exe", SIMPLE, "unknown_type"),
    "nothing known": ("scan", b"hello", "unknown_type"),
    "hidden exe": ("a\u202efdp.exe", SIMPLE, "unknown_type"),
    "html as pdf": ("a.pdf", b"<script>alert(1)</script>", "name_mismatch"),
    "zip as pdf": ("a.pdf", b"PK\x03\x04" + b"\0" * 99, "name_mismatch"),
    "png as jpg": ("a.jpg", PNG, "name_mismatch"),
    "pdf as png": ("a.png", SIMPLE, "name_mismatch"),
    "jpeg as pdf": ("a.pdf", JPEG, "name_mismatch"),
    "gif and pdf in one": ("a.pdf", image("GIF", (1, 1)) + SIMPLE, "name_mismatch"),
    "pdf not at byte 0": ("a.pdf", b"\n" + SIMPLE, "name_mismatch"),
    "password": ("a.pdf", pdf(encryption=PASSWORD), "encrypted_pdf"),
    "restricted": ("a.pdf", pdf(encryption=OWNER_ONLY), "encrypted_pdf"),
    "truncated": ("a.pdf", SIMPLE[: len(SIMPLE) // 2], "broken_pdf"),
    "end missing": ("a.pdf", SIMPLE[:-30], "broken_pdf"),
    "header only": ("a.pdf", b"%PDF-1.7\n", "broken_pdf"),
    "no pages": ("a.pdf", pdf(pages=0), "broken_pdf"),
    "javascript": ("a.pdf", pdf(open_action(**JS)), "active_pdf"),
    "javascript, escaped name": ("a.pdf", escaped_javascript(), "active_pdf"),
    "javascript, deep": ("a.pdf", pdf(deep_javascript), "active_pdf"),
    "javascript, named": ("a.pdf", pdf(names_javascript), "active_pdf"),
    "javascript, in object stream": (
        "a.pdf",
        pdf(open_action(**JS), object_stream_mode=pikepdf.ObjectStreamMode.generate),
        "active_pdf",
    ),
    "launch": ("a.pdf", pdf(open_action(**LAUNCH)), "active_pdf"),
    "attachment": ("a.pdf", pdf(attachment), "active_pdf"),
    "xfa": ("a.pdf", pdf(xfa), "active_pdf"),
    "too many pages": ("a.pdf", pdf(pages=6), "too_many_pages"),
    "jpeg cut": ("a.jpg", image("JPEG", (2000, 1500))[:9000], "broken_image"),
    "jpeg without end": ("a.jpg", JPEG[:-2], "broken_image"),
    "jpeg cut behind its preview": ("a.jpg", with_preview()[:-2], "broken_image"),
    "jpeg header": ("a.jpg", JPEG[:20], "broken_image"),
    "jpeg magic": ("a.jpg", b"\xff\xd8\xff", "broken_image"),
    "png cut": ("a.png", PNG[: len(PNG) // 2], "broken_image"),
    "png without end": ("a.png", PNG[:-12], "broken_image"),
    "png checksum": ("a.png", png_with_bad_crc(), "broken_image"),
    "png magic": ("a.png", b"\x89PNG\r\n\x1a\n", "broken_image"),
    "pixels": ("a.png", png_with_size(8000, 8000), "image_too_large"),
    "pixel bomb": ("a.png", png_with_size(60000, 60000), "image_too_large"),
    "jpeg pixels": ("a.jpg", image("JPEG", (10000, 5001), mode="L"), "image_too_large"),
}


@pytest.mark.parametrize("name", GOOD)
def test_accepted(name: str) -> None:
    file_name, data, expected = GOOD[name]
    assert inspect(file_name, data, max_bytes=LIMIT, max_pages=5) == expected


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_refused(name: str, lenient: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ImageFile, "LOAD_TRUNCATED_IMAGES", lenient
    )  # WeasyPrint sets it for the whole process
    file_name, data, code = BAD[name]
    with pytest.raises(UploadRefused) as caught:
        inspect(file_name, data, max_bytes=LIMIT, max_pages=5)
    assert caught.value.code == code
    text = sentence(code, caught.value.params)
    assert caught.value.params["name"] in text
    assert "请" in text  # what to do
    assert "%(" not in text


def test_pages_default_to_the_setting(settings: Any) -> None:
    settings.UPLOAD_PAGES = 2
    with pytest.raises(UploadRefused):
        inspect("a.pdf", pdf(pages=3), max_bytes=LIMIT)


def test_exactly_at_the_limits() -> None:
    assert inspect("a.pdf", SIMPLE, max_bytes=len(SIMPLE)).pages == 1
    assert inspect("a.pdf", pdf(pages=5), max_bytes=LIMIT, max_pages=5).pages == 5
    assert MAX_PIXELS >= 4961 * 7016  # A4 at 600 dpi


def test_an_unknown_code_still_speaks() -> None:
    assert "请" in sentence("new_code", {})
    assert "50% 折.pdf" in sentence("empty", {"name": "50% 折.pdf"})


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        (" .pdf", "pdf"),
        ("x" * 200 + ".pdf", "x" * 110 + ".pdf"),
        ("x" * 200, "x" * 120),
        ("\u202e", ""),
        ("é.pdf", "é.pdf"),
    ],
)
def test_clean_name(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_garbage_never_raises_anything_else() -> None:
    """Bytes flipped all over good files: each is taken or refused, none crashes; the whole stays fast."""
    import random

    dice, started = random.Random(7), time.monotonic()
    for file_name, data in (("a.pdf", pdf(plain_form, pages=2)), ("a.jpg", JPEG), ("a.png", PNG)):
        for _ in range(150):
            broken = bytearray(data)
            for _ in range(dice.randint(1, 30)):
                broken[dice.randrange(8, len(broken))] = dice.randrange(256)
            with contextlib.suppress(UploadRefused):
                inspect(file_name, bytes(broken), max_bytes=LIMIT)
    assert time.monotonic() - started < 30
