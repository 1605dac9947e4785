"""The guide and the blank forms as PDF: the page's own words, printed by the worker, once."""

from __future__ import annotations

import re
from typing import Any

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.demo.cast import Cast
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.relay import relay
from foreignwork.rulebook import printing
from foreignwork.rulebook.models import PrintedGuide
from tests.stage import AT
from tests.stage import cast as cast


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def first_matter(cast: Cast) -> str:
    return cast.policy.pack.matter_codes()[0]


def test_the_first_to_ask_is_told_to_wait_and_the_next_one_gets_the_file(cast: Cast) -> None:
    address = reverse("portal:guide_matter_pdf", args=["gansu", first_matter(cast)])
    for _n in range(2):  # asking twice orders once
        answer = Client().get(address)
        assert (answer.status_code, answer["Retry-After"]) == (202, "10")
        assert reverse("portal:guide", args=["gansu"]) in answer.content.decode()
    assert OutboxMessage.objects.filter(topic=printing.PRINT).count() == 1
    assert relay(at=AT).sent == 1
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    seen = re.sub(r"\s+", "", text_of(answer.content))
    for said in (
        "设定依据",
        "待法制机构确认",
        "暂按15个工作日",
        "60日内向兰州市人民政府申请行政复议",
        "0931-12345",
    ):
        assert said in seen
    assert "提交" in seen
    assert "预审" in seen


def test_the_same_words_are_printed_once_and_give_the_same_bytes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = printing.forms_of(cast.policy.pack)[-1]
    made = printing.sheet(cast.policy, f"form:{form}", "zh-hans")
    first = printing.produce(made, at=AT)
    monkeypatch.setattr(printing, "press", None)  # nothing more is printed
    assert printing.produce(printing.sheet(cast.policy, f"form:{form}", "zh-hans"), at=AT).pk == first.pk
    monkeypatch.undo()
    assert printing.press(made.html, identifier=made.key, style=printing._style()).pdf == bytes(first.pdf)
    other = printing.sheet(cast.policy, f"form:{form}", "en")
    assert other.words != made.words
    assert printing.printed(other) is None


def test_a_blank_names_every_fact_the_office_may_see_and_holds_none(cast: Cast) -> None:
    from foreignwork.cases import registry
    from foreignwork.dossiers.facts import LABELS

    for form in printing.forms_of(cast.policy.pack):
        matter = registry.get(cast.policy.pack.materials[form].used_by[0])
        row = printing.produce(printing.sheet(cast.policy, f"form:{form}", "zh-hans"), at=AT)
        seen = text_of(bytes(row.pdf))
        assert row.pages == 1
        assert "空白样表" in seen
        for fact in matter.facts_needed:
            assert fact == "mrz" or str(LABELS[fact]) in seen, fact


def test_what_was_never_printed_of_the_rules_in_force_is_ordered(cast: Cast) -> None:
    wanted = len(printing.parts_of(cast.policy.pack)) * len(printing.LANGUAGES)
    assert printing.order_missing(today=AT.date(), at=AT) == wanted
    assert OutboxMessage.objects.filter(topic=printing.PRINT).count() == wanted
    form = printing.forms_of(cast.policy.pack)[-1]
    printing.produce(printing.sheet(cast.policy, f"form:{form}", "en"), at=AT)
    assert printing.order_missing(today=AT.date(), at=AT) == wanted - 1


def test_the_database_keeps_one_file_of_the_same_words(cast: Cast) -> None:
    form = printing.forms_of(cast.policy.pack)[-1]
    row = printing.produce(printing.sheet(cast.policy, f"form:{form}", "en"), at=AT)
    assert PrintedGuide.append_only
    with pytest.raises(IntegrityError), transaction.atomic():
        PrintedGuide.objects.create(
            **{
                field.attname: getattr(row, field.attname)
                for field in PrintedGuide._meta.concrete_fields
                if field.name != "id"
            }
        )


@pytest.mark.parametrize(
    ("name", "args", "query", "status"),
    [
        ("guide_pdf", ["nowhere"], {}, 404),
        ("guide_pdf", ["gansu"], {"on": "2026-13-01"}, 400),
        ("guide_matter_pdf", ["gansu", "nothing"], {}, 404),
        ("guide_form", ["gansu", "passport"], {}, 404),
        ("guide_form", ["gansu", "nothing"], {}, 404),
    ],
)
def test_what_there_is_not_is_not_printed(
    cast: Cast, name: str, args: list[str], query: dict[str, Any], status: int
) -> None:
    assert Client().get(reverse(f"portal:{name}", args=args), query).status_code == status
    assert not OutboxMessage.objects.filter(topic=printing.PRINT).exists()
