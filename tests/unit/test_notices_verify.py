"""Public verification: the truth about a paper, and nothing about the person."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as house
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import clear_url_caches, include, path, reverse

from foreignwork.cases.models import Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.notices import files
from foreignwork.notices.effects import produce
from foreignwork.notices.models import Notice
from foreignwork.portal import verify
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast


@pytest.fixture
def notice(cast: Cast) -> Notice:
    bundle = stage.file(cast, "university", ANNA, at=AT)
    found = Notice.objects.get(case=case_of(bundle), kind="RECEIPT")
    produce(found.pk, AT)
    found.refresh_from_db()
    return found


@pytest.fixture(autouse=True)
def urls(settings: Any) -> Iterator[None]:
    """The house's addresses, with verify mounted where the portal does not do it yet."""
    try:
        reverse("portal:verify")
        yield
        return
    except Exception:
        module = ModuleType("tests_verify_urls")
        own = path("", include((verify.urlpatterns, "portal"), namespace="portal"))
        module.urlpatterns = [own, path("", include(house.ROOT_URLCONF))]  # type: ignore[attr-defined]
        settings.ROOT_URLCONF = module
        clear_url_caches()
        yield
        clear_url_caches()


def page(client: Client, notice: Notice, **post: Any) -> Any:
    address = reverse("portal:verify", args=[notice.code])
    return client.post(address, post) if post else client.get(address)


def test_paper_is_confirmed_without_naming_anyone(client: Client, notice: Notice) -> None:
    answer = page(client, notice)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["standing"] == "valid"
    for expected in (notice.number, notice.office.name_zh, "收件凭证", files.sha256_of(notice)):
        assert expected in text
    for hidden in (ANNA.surname, ANNA.given_names, ANNA.number, "甘肃示例大学", notice.case.number):
        assert hidden not in text
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_typed_code_may_have_spaces_hyphens_and_small_letters(client: Client, notice: Notice) -> None:
    typed = verify.spaced(notice.code).lower().replace("-", " - ", 1)
    answer = client.get(reverse("portal:verify"), {"code": typed})
    assert answer["Location"] == reverse("portal:verify", args=[notice.code])
    spaced = client.get(reverse("portal:verify", args=[verify.spaced(notice.code)]))
    assert spaced["Location"] == reverse("portal:verify", args=[notice.code])
    assert client.get(reverse("portal:verify")).status_code == 200


@pytest.mark.parametrize("code", ["ABCDEFGHJKLMNPQR", "x", "---", "<script>", "0" * 300, "😀"])
def test_unknown_code_is_a_helpful_404(client: Client, db: None, code: str) -> None:
    answer = client.get(reverse("portal:verify", args=[code]), follow=True)
    assert answer.status_code == 404
    assert "没有查到" in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_issued_file_is_the_same_and_a_changed_one_is_not(client: Client, notice: Notice) -> None:
    pdf = files.pdf_bytes(notice)
    same = page(client, notice, file=SimpleUploadedFile("a.pdf", pdf))
    assert same.context["compared"] == {"same": True}
    assert "与出具的文件一致" in same.content.decode()
    changed = page(client, notice, file=SimpleUploadedFile("a.pdf", pdf[:-2] + b"x\n"))
    assert changed.context["compared"] == {"same": False}
    assert "不一致" in changed.content.decode()


def test_bad_uploads_are_explained(client: Client, notice: Notice, settings: Any) -> None:
    assert "请选择" in page(client, notice, other="x").content.decode()
    settings.UPLOAD_LIMIT = 3
    assert "problem" in page(client, notice, file=SimpleUploadedFile("a.pdf", b"12345")).context["compared"]


def test_withdrawn_and_unprinted_papers_say_so(client: Client, notice: Notice, cast: Cast) -> None:
    Notice.objects.filter(pk=notice.pk).update(withdrawn_at=AT)
    assert "不再有效" in page(client, notice).content.decode()
    queued = Notice.objects.get(case=case_of(stage.file(cast, "energy", BRUNO, at=AT)), kind="RECEIPT")
    answer = page(client, queued, file=SimpleUploadedFile("a.pdf", b"x"))
    assert answer.context["standing"] == "pending"
    assert "problem" in answer.context["compared"]


def test_permit_shows_whether_it_stands_today(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    granted = Entitlement.objects.get(case=case)
    paper = next(
        row
        for row in Notice.objects.filter(case=case).order_by("-pk")
        if row.body.context["extra"].get("permit_number")
    )
    assert produce(paper.pk, AT).status == "issued"
    monkeypatch.setattr(verify.clock, "today", lambda at: granted.valid_from)
    answer = page(client, paper)
    assert answer.context["permit"]["stands"]
    assert verify.initials(f"{ANNA.surname} {ANNA.given_names}") in answer.content.decode()
    assert ANNA.surname not in answer.content.decode()
    Entitlement.objects.filter(pk=granted.pk).update(status=Entitlement.Status.ENDED, ended_on=AT.date())
    assert not page(client, paper).context["permit"]["stands"]


def test_too_many_questions_from_one_address(
    client: Client, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "PER_MINUTE", 3)
    answers = [page(client, notice).status_code for _round in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_masks() -> None:
    assert verify.masked_number("GANSU-2026-000123-W") == "GANSU-2026-••••••-W"
    assert verify.initials("MÜLLER JÖRG") == "M*** J***"
