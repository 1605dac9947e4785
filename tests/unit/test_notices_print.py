"""The papers as printed: right glyphs, right words, no outside address, user text stays text, the same bytes twice."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from foreignwork.notices import authority, seals
from foreignwork.notices import render as press
from foreignwork.notices.render import ForbiddenAddress, Rendered, render, view_of
from foreignwork.notices.seal_image import seal_svg, split_name
from foreignwork.notices.templates import template_version

CODE = "ABCDEFGHJKLMNPQR"
BASE_URL = "https://portal.example"
EVIL = "{{ settings.SECRET_KEY }} {% include 'x' %} <img src=file:///etc/passwd> <b>粗</b> url(http://evil.example/x)"


def paper(**changes: Any) -> dict[str, Any]:
    """A frozen context as issue.py writes it, after its way through JSON."""
    context: dict[str, Any] = {
        "kind": "ACCEPTANCE",
        "title": {"zh": "受理通知书", "en": "Notice of Acceptance"},
        "english": False,
        "number": "甘科外受〔2026〕17号",
        "case_number": "GANSU-2026-000123-W",
        "bundle_number": "GANSU-2026-000123",
        "office": {"zh": "甘肃省科学技术厅", "en": "Department of Science and Technology of Gansu Province"},
        "seal": "甘肃省科学技术厅行政许可专用章",
        "phone": "0931-12345",
        "dated_on": "2026-03-05",
        "effective_on": "2026-03-05",
        "addressee": "甘肃喆源新材料研究院有限公司",
        "paragraphs": ["你单位提交的外国人来华工作许可申请，材料齐全，本机关决定自2026年3月5日起予以受理。"],
        "facts": [("姓名", "MÜLLER JÖRG（穆堃昇）"), ("国籍（地区）", "德国"), ("护照号码", "")],
        "columns": [],
        "rows": [],
        "basis": ["《中华人民共和国行政许可法》第三十二条"],
        "remedies": [],
        "closing": ["你单位可以凭办件编号在网上查询办理进度。"],
        "extra": {},
    }
    return json.loads(json.dumps({**context, **changes}))  # type: ignore[no-any-return]


def permit(**changes: Any) -> dict[str, Any]:
    extra = {
        "permit_number": "GS2026A00017",
        "category": "A",
        "post": "首席材料科学家",
        "valid_from": "2026-03-10",
        "valid_until": "2028-03-09",
        "name": "MÜLLER JÖRG",
        "nationality": "德国",
        "employer": "甘肃喆源新材料研究院有限公司",
    }
    title = {"zh": "外国人工作许可证（电子）", "en": "Foreigner's Work Permit (Electronic)"}
    return paper(
        kind="E_PERMIT", title=title, english=True, seal="甘肃省科学技术厅", extra={**extra, **changes}
    )


def printed(context: dict[str, Any], template: str = "notices/paper.html", sample: bool = False) -> Rendered:
    return render(template, context, code=CODE, base_url=BASE_URL, sample=sample)


def words(pdf: bytes) -> str:
    """All text of the PDF without white space. NFKC: PDF readers give some radicals their compatibility form."""
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    return "".join(unicodedata.normalize("NFKC", text).split())


def has(pdf: bytes, *expected: str) -> None:
    text = words(pdf)
    for one in expected:
        assert "".join(unicodedata.normalize("NFKC", one).split()) in text, one


def test_notice_prints_every_part_with_the_right_characters() -> None:
    rows = [["1", "最高学位（学历）证书", "缺少翻译件"]]
    remedies = ["如不服本决定，可以自收到本决定书之日起六十日内向甘肃省人民政府申请行政复议。"]
    found = printed(paper(columns=["序号", "材料名称", "内容"], rows=rows, remedies=remedies))
    assert found.pages == 1
    has(
        found.pdf,
        "甘肃省科学技术厅",
        "受理通知书",
        "甘科外受〔2026〕17号",
        "甘肃喆源新材料研究院有限公司：",
        "MÜLLER JÖRG（穆堃昇）",
        "最高学位（学历）证书",
        "权利救济",
        remedies[0],
        "2026年3月5日",
        "GANSU-2026-000123-W",
        "ABCD-EFGH-JKLM-NPQR",
        f"{BASE_URL}/v/{CODE}/",
        "第 1 页 共 1 页",
        "电子印章",
    )
    assert "护照号码" not in words(found.pdf)  # an empty fact takes no row
    assert "样本" not in words(found.pdf)


def test_permit_is_one_page_in_two_languages_even_with_long_values() -> None:
    long = {
        "employer": "甘肃省" + "喆源新材料与高端装备" * 4 + "研究院有限公司",
        "name": "WOLFESCHLEGELSTEINHAUSEN " * 3,
    }
    found = printed(permit(**long), "notices/e_permit.html")
    assert found.pages == 1
    has(
        found.pdf,
        "GS2026A00017",
        "Foreigner's Work Permit",
        "Employer",
        "2026年3月10日 至 2028年3月9日",
        "首席材料科学家",
    )


def test_long_table_repeats_its_head_and_never_leaves_the_seal_alone() -> None:
    rows = [
        [str(n), "最高学位（学历）证书", "缺少由翻译机构盖章的中文译文，请逐页提供。"] for n in range(1, 41)
    ]
    found = printed(paper(columns=["序号", "材料名称", "需要补正的内容"], rows=rows))
    document = pypdfium2.PdfDocument(found.pdf)
    pages = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    assert found.pages == len(pages) >= 2
    assert all("需要补正的内容" in page for page in pages[:-1])
    assert all(f"第{n}页共{len(pages)}页" in page for n, page in enumerate(pages, 1))
    assert "法律依据" in pages[-1]
    assert "2026年3月5日" in pages[-1]


def test_user_text_is_never_template_tag_or_address() -> None:
    found = printed(paper(paragraphs=[f"事实和理由：{EVIL}"], facts=[("姓名", EVIL)], addressee=EVIL))
    has(
        found.pdf,
        "{{ settings.SECRET_KEY }}",
        "<img src=file:///etc/passwd>",
        "<b>粗</b>",
        "url(http://evil.example/x)",
    )
    assert "root:" not in words(found.pdf)


def test_outside_addresses_stop_the_printing(tmp_path: Path, settings: Any) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    (tmp_path / "own.html").write_text(f"<html><body><img src='{secret.as_uri()}'></body></html>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    with pytest.raises(ForbiddenAddress):
        printed(paper(), "own.html")
    assert printed(paper()).pages == 1  # the press still works


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1/", "data:text/css,x", "asset://notices/../x"]
)
def test_fetcher_serves_packaged_assets_only(address: str) -> None:
    with pytest.raises(press.FatalURLFetchingError):
        press.Assets().fetch(address)


def test_direction_marks_cannot_reorder_a_paper() -> None:
    view = view_of(paper(addressee="甲\u202e乙\u0007\u200b丙"), code=CODE, base_url=BASE_URL, sample=False)
    assert view["addressee"] == "甲乙丙"


def test_same_context_gives_the_same_bytes() -> None:
    assert printed(paper()).pdf == printed(paper()).pdf
    assert printed(paper()).pdf != printed(paper(number="甘科外受〔2026〕18号")).pdf


def test_metadata_carries_the_notice_s_own_date() -> None:
    meta = pypdfium2.PdfDocument(printed(paper()).pdf).get_metadata_dict()
    assert meta["Title"] == "受理通知书 甘科外受〔2026〕17号"
    assert meta["CreationDate"].startswith("D:20260305")


def test_page_is_not_boxes() -> None:
    """Rendered as a picture, a head in red stands at the top and ink below: fonts and seal are really drawn."""
    page = pypdfium2.PdfDocument(printed(paper(), sample=True).pdf)[0]
    image = page.render(scale=1).to_pil().convert("RGB")
    red = [xy for xy in _pixels(image) if _is_red(image.getpixel(xy))]
    top = [xy for xy in red if xy[1] < image.height * 0.15]
    seal = [xy for xy in red if image.height * 0.4 < xy[1] < image.height * 0.8 and xy[0] > image.width * 0.5]
    assert len(top) > 200
    assert len(seal) > 800


def test_seal_separates_name_and_purpose() -> None:
    assert split_name("甘肃省人力资源和社会保障厅行政许可专用章") == (
        "甘肃省人力资源和社会保障厅",
        "行政许可专用章",
    )
    assert split_name("兰州市公安局") == ("兰州市公安局", "")
    assert "&lt;" in seal_svg("<script>")


def test_template_version_is_stable() -> None:
    assert template_version("notices/paper.html") == template_version("notices/paper.html")
    assert template_version("notices/paper.html") != template_version("notices/e_permit.html")


# --- signature --------------------------------------------------------------------------------------------------------


@pytest.fixture
def seal_folder(settings: Any, tmp_path: Path) -> Path:
    settings.KEY_FILE = tmp_path / "keys" / "master.json"
    return tmp_path / "keys" / "seals"


def checked(pdf: bytes) -> PdfSignatureStatus:
    trust = ValidationContext(trust_roots=[load_cert_from_pemder(str(authority.authority_path()))])
    return validate_pdf_signature(PdfFileReader(BytesIO(pdf)).embedded_signatures[0], trust)


def test_signature_holds_and_one_changed_byte_breaks_it(seal_folder: Path) -> None:
    seal = seals.seal_of("gansu-kjt", "甘肃省科学技术厅")
    pdf = seals.sign(printed(paper()).pdf, seal, title="受理通知书", office="甘肃省科学技术厅")
    status = checked(pdf)
    assert seal.sample
    assert status.bottom_line
    assert status.signing_cert.subject.native["organization_name"] == "甘肃省科学技术厅"
    has(pdf, "受理通知书")
    broken = bytearray(pdf)
    broken[len(broken) // 3] ^= 1
    assert not checked(bytes(broken)).bottom_line


def test_seals_are_private_and_never_overwritten(seal_folder: Path) -> None:
    assert authority.make_seal("gansu-kjt", "甘肃省科学技术厅")
    before = {file.name: file.read_bytes() for file in seal_folder.iterdir()}
    assert not authority.make_seal("gansu-kjt", "别的名称")
    assert authority.make_seal("lanzhou-kjj", "兰州市科学技术局")
    for name, content in before.items():
        assert (seal_folder / name).read_bytes() == content
    assert {file.stat().st_mode & 0o777 for file in seal_folder.iterdir()} == {0o600}


def test_away_from_home_a_missing_seal_is_an_error(seal_folder: Path, settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(seals.SealMissing):
        seals.seal_of("gansu-kjt", "甘肃省科学技术厅")
    assert not seal_folder.exists()
    with pytest.raises(seals.SealMissing):
        seals.seal_of("../master", "x")


def test_broken_seal_file_is_a_missing_seal(seal_folder: Path) -> None:
    seal_folder.mkdir(parents=True)
    (seal_folder / "gansu-kjt.p12").write_bytes(b"not a PKCS#12 file")
    with pytest.raises(seals.SealMissing):
        seals.seal_of("gansu-kjt", "x")


def _pixels(image: Any) -> Iterator[tuple[int, int]]:
    return ((x, y) for y in range(image.height) for x in range(image.width))


def _is_red(pixel: Any) -> bool:
    red, green, blue = pixel[:3]
    return bool(red > 150 and green < 120 and blue < 120)
