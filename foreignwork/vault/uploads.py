"""What may be uploaded: PDF, JPEG and PNG that are what they say, and nothing that acts.

Type by content, never by the browser's word. Nothing is rendered, decoded or re-encoded: PDFs are parsed by pikepdf
without repair; Pillow reads the heads of images, the checksums of PNGs; the end of a JPEG is looked for.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image

MAX_PIXELS = 50_000_000  # an A4 page at 600 dpi has 35 million
MAX_PDF_OBJECTS = 200_000
MAX_UNPACKED = 8 * 1024 * 1024  # bytes; lists of objects are packed, pages and pictures are never unpacked

# A file of one kilobyte may unpack to gigabytes (filters can be nested). Process-wide, once: only this module reads PDFs.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=MAX_UNPACKED,
    run_length_max_memory=MAX_UNPACKED,
    png_max_memory=MAX_UNPACKED,
    tiff_max_memory=MAX_UNPACKED,
    max_stream_filters=2,
)

# qpdf has no such limit for LZW, which unpacks to a thousand times its size. Nobody packs object lists so (they are younger
# than its disuse), nor hides the name of a filter elsewhere.
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PACKED_LISTS = re.compile(rb"/(?:ObjStm|XRef)\b")
UNBOUNDED = re.compile(rb"/LZW(?:Decode)?(?=[\s\0/\[\]<>%])|/F(?:ilter)?(?:[\s\0]|%[^\r\n]*[\r\n])+[0-9]")

EXTENSIONS = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
PILLOW_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}

ACTIVE_KEYS = {
    "/JS",
    "/JavaScript",
    "/Launch",
    "/EmbeddedFiles",
    "/EF",
    "/XFA",
    "/RichMedia",
    "/RichMediaContent",
}
ACTIVE_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/ImportData",
    "/SubmitForm",
    "/GoToE",
    "/Rendition",
    "/RichMediaExecute",
}
ACTIVE_TYPES = {"/EmbeddedFile", "/FileAttachment", "/RichMedia"}


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. `name` is safe to show; pages is set for PDFs, width and height (pixels) for
    images."""

    name: str
    media_type: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None


class UploadRefused(Exception):
    """Why a file is refused: `code` and `params` (JSON; `name` always) for sentence()."""

    def __init__(self, code: str, params: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code, self.params = code, dict(params)


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """What is wrong with the file and what to do, in the active language. An unknown code gives a general
    sentence."""
    texts = {
        "empty": _("文件“%(name)s”是空的。请重新选择文件后上传。"),
        "too_large": _(
            "文件“%(name)s”大小为 %(size_mb)s MB，超过 %(max_mb)s MB 的上限。请降低扫描分辨率或者压缩后重新上传。"
        ),
        "unknown_type": _("文件“%(name)s”的格式不能接收。请转换为 PDF、JPG 或 PNG 后上传。"),
        "name_mismatch": _(
            "文件“%(name)s”的内容与扩展名不符。请用原软件重新导出为 PDF、JPG 或 PNG，不要只修改扩展名。"
        ),
        "encrypted_pdf": _("文件“%(name)s”设有密码或使用限制。请去除密码保护（例如打印为新的 PDF）后上传。"),
        "broken_pdf": _("文件“%(name)s”已损坏或不完整，无法打开。请重新导出或重新扫描后上传。"),
        "active_pdf": _(
            "文件“%(name)s”含有脚本、附件或动态表单，不能接收。请打印为新的 PDF 后上传；附件请单独上传。"
        ),
        "too_many_pages": _(
            "文件“%(name)s”共 %(pages)s 页，超过 %(max_pages)s 页的上限。请只上传所需的页面。"
        ),
        "broken_image": _("图片“%(name)s”已损坏或不完整，无法打开。请重新拍摄或扫描后上传。"),
        "image_too_large": _(
            "图片“%(name)s”尺寸为 %(width)s×%(height)s 像素，过大。请缩小到 %(max_mp)s 百万像素以内后上传。"
        ),
    }
    return texts.get(code, _("文件“%(name)s”不能接收。请检查后重新上传。")) % {"name": "", **params}


def clean_name(name: str) -> str:
    """The last path component without control and direction characters, at most 120 characters. For display
    only: files are
    stored under a hash."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(
        c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    ).strip(" .")
    if len(name) > 120:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[:110]}{dot}{extension}" if dot and len(extension) <= 8 else name[:120]
    return name


def inspect(name: str, data: bytes, *, max_bytes: int, max_pages: int | None = None) -> Upload:
    """Look at an uploaded file. `max_pages` None = settings.UPLOAD_PAGES. Raises UploadRefused; whatever the bytes
    are, nothing else."""
    name = clean_name(name)
    if not data:
        raise UploadRefused("empty", {"name": name})
    if len(data) > max_bytes:
        sizes = {"size_mb": round(len(data) / 2**20, 1), "max_mb": round(max_bytes / 2**20, 1)}
        raise UploadRefused("too_large", {"name": name, **sizes})
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    found = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)
    if (extension and extension not in EXTENSIONS) or (not extension and found is None):
        raise UploadRefused("unknown_type", {"name": name})
    if found is None or (extension and EXTENSIONS[extension] != found):
        raise UploadRefused("name_mismatch", {"name": name})
    limit = settings.UPLOAD_PAGES if max_pages is None else max_pages
    return (
        _inspect_pdf(name, data, limit) if found == "application/pdf" else _inspect_image(name, data, found)
    )


# --- PDF ----------------------------------------------------------------------------------------------------


def _inspect_pdf(name: str, data: bytes, max_pages: int) -> Upload:
    if _unpacks_without_bound(data):
        raise UploadRefused("broken_pdf", {"name": name, "error": "LZW"})
    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise UploadRefused("encrypted_pdf", {"name": name})
            pages = len(pdf.pages)
            if pages == 0 or len(pdf.objects) > MAX_PDF_OBJECTS:
                raise UploadRefused("broken_pdf", {"name": name})
            if pages > max_pages:
                raise UploadRefused("too_many_pages", {"name": name, "pages": pages, "max_pages": max_pages})
            if any(_acts(dictionary) for dictionary in _dictionaries(pdf)):
                raise UploadRefused("active_pdf", {"name": name})
    except UploadRefused:
        raise
    except pikepdf.PasswordError:
        raise UploadRefused("encrypted_pdf", {"name": name}) from None
    except (
        Exception
    ) as error:  # a hostile file may make the parser raise anything; it is the file that is at fault
        raise UploadRefused("broken_pdf", {"name": name, "error": type(error).__name__}) from None
    return Upload(name, "application/pdf", pages=pages)


def _unpacks_without_bound(data: bytes) -> bool:
    """Whether opening the file could unpack a list of objects that no limit holds."""
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    return bool(PACKED_LISTS.search(plain) and UNBOUNDED.search(plain))


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of the file, used or not, direct ones inside others included."""
    stack: list[tuple[Any, int]] = [(pdf.trailer, 0)]
    for top in pdf.objects:
        stack.append((top, 0))
        while stack:
            item, depth = stack.pop()
            if depth > 100:
                raise ValueError("nested too deep")
            if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                yield item
                inside = [value for _key, value in item.items()]
            elif isinstance(item, pikepdf.Array):
                inside = list(item)
            else:
                continue
            stack += [
                (value, depth + 1)
                for value in inside
                if isinstance(value, pikepdf.Object) and not value.is_indirect
            ]


def _acts(dictionary: pikepdf.Object) -> bool:
    if ACTIVE_KEYS & set(dictionary.keys()):
        return True
    words = [
        str(value)
        for key in ("/S", "/Type", "/Subtype")
        if isinstance(value := dictionary.get(key), pikepdf.Name)
    ]
    return any(word in ACTIVE_ACTIONS or word in ACTIVE_TYPES for word in words)


# --- images -------------------------------------------------------------------------------------------------


def _inspect_image(name: str, data: bytes, media_type: str) -> Upload:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=[PILLOW_FORMATS[media_type]]) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise _too_many_pixels(name, width, height)
                if media_type == "image/png":
                    image.verify()  # checksums of all chunks, no pixels
                elif not _jpeg_is_whole(data):
                    raise UploadRefused("broken_image", {"name": name})
    except UploadRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        width, height = _size(data, media_type)
        raise _too_many_pixels(name, width, height) from None
    except Exception as error:  # see _inspect_pdf
        raise UploadRefused("broken_image", {"name": name, "error": type(error).__name__}) from None
    if not width or not height:
        raise UploadRefused("broken_image", {"name": name})
    return Upload(name, media_type, width=width, height=height)


def _jpeg_is_whole(data: bytes) -> bool:
    """Whether the segments lead to picture data and an end marker follows.

    Not by decoding: a progressive JPEG takes its whole size in memory, and WeasyPrint, once imported, tells Pillow
    to pass over missing ends. Inside picture data 0xFF is never followed by 0xD9 except at the end; a preview
    picture with an end of its own lies inside a segment and is stepped over.
    """
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xDA:  # start of scan
            return data.find(b"\xff\xd9", position) > 0
        # fill bytes and the few markers without a length
        single = marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8
        step = 1 if marker == 0xFF else 2
        position += step if single else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False


def _too_many_pixels(name: str, width: int, height: int) -> UploadRefused:
    params = {"name": name, "width": width, "height": height, "max_mp": MAX_PIXELS // 1_000_000}
    return UploadRefused("image_too_large", params)


def _size(data: bytes, media_type: str) -> tuple[int, int]:
    """Pixels of an image that Pillow refuses to open for its size: known for PNG (IHDR), "0" else."""
    if media_type != "image/png":
        return 0, 0
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
