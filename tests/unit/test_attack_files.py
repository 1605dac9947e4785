"""Files that unpack to a thousand times their size are refused before they do."""

from __future__ import annotations

import resource
import struct
import zlib
from io import BytesIO

import pytest

from foreignwork.demo import papers
from foreignwork.vault.uploads import UploadRefused, inspect

MB = 1 << 20
HEAD = b"3 0 "
PAGES = HEAD + b"<</Type/Pages/Kids[2 0 R]/Count 1>>"


def packed(filters: bytes, data: bytes, extra: bytes = b"") -> bytes:
    """A PDF whose page tree (object 3) stands in an object stream with these filters. ``extra``: object 4."""
    out, at = BytesIO(), dict[int, int]()
    out.write(b"%PDF-1.5\n")

    def put(number: int, body: bytes) -> None:
        at[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    put(1, b"<</Type/Catalog/Pages 3 0 R>>")
    put(2, b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]>>")
    put(4, extra or b"null")
    put(
        5,
        b"<</Type/ObjStm/N 1/First %d/Filter %s/Length %d>>stream\n%s\nendstream"
        % (len(HEAD), filters, len(data), data),
    )
    start = out.tell()
    kinds = [
        (0, 0, 65535),
        (1, at[1], 0),
        (1, at[2], 0),
        (2, 5, 0),
        (1, at[4], 0),
        (1, at[5], 0),
        (1, start, 0),
    ]
    table = b"".join(struct.pack(">BIH", *row) for row in kinds)
    put(6, b"<</Type/XRef/Size 7/Root 1 0 R/W[1 4 2]/Length %d>>stream\n%s\nendstream" % (len(table), table))
    out.write(b"startxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


def refused(data: bytes) -> UploadRefused:
    with pytest.raises(UploadRefused) as why:
        inspect("a.pdf", data, max_bytes=10 * MB)
    assert why.value.code == "broken_pdf"
    return why.value


def test_a_packed_list_of_objects_is_read() -> None:
    assert inspect("a.pdf", packed(b"/FlateDecode", zlib.compress(PAGES)), max_bytes=MB).pages == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_list_that_unpacks_without_end_is_not(times: int) -> None:
    data = PAGES + b" " * (200 * MB)
    for _round in range(times):
        data = zlib.compress(data, 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(packed(b"[" + b"/FlateDecode" * times + b"]", data))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 100 * MB


@pytest.mark.parametrize(
    ("filters", "extra"),
    [
        (b"/LZWDecode", b""),
        (b"/L#5aWDecode", b""),
        (b"[/FlateDecode/LZW]", b""),
        (b"4 0 R", b"/FlateDecode"),
    ],
)
def test_a_list_packed_in_a_way_no_limit_holds_is_not_opened(filters: bytes, extra: bytes) -> None:
    assert refused(packed(filters, zlib.compress(PAGES), extra)).params["error"] == "LZW", "not even tried"


def test_ordinary_papers_pass() -> None:
    assert inspect("a.pdf", papers.sheet("护照", ["样例"]), max_bytes=MB).pages == 1
