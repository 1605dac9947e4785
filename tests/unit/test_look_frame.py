"""What is rendered once for each process: parts of the frame that read nothing, and the addresses of the navigation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.test import RequestFactory
from django.utils.translation import override

from foreignwork.look.page import navigation
from foreignwork.portal.templatetags import house

TEMPLATES = Path(settings.BASE_DIR) / "templates"
EVERYWHERE = re.compile(r'\{% everywhere "([^"]+)" %\}')
FOOT = "components/footer.html"


def said(name: str) -> str:
    return str(
        engines["django"]
        .from_string('{% load house %}{% everywhere "' + name + '" %}')
        .render({"user": "Anna"})
    )


def parts() -> set[str]:
    uncommented = (
        re.sub(r"(?s)\{% comment %\}.*?\{% endcomment %\}", "", file.read_text())
        for file in TEMPLATES.rglob("*.html")
    )
    return {name for text in uncommented for name in EVERYWHERE.findall(text)}


def test_a_part_is_rendered_once_for_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    with override("zh-hans"):
        chinese = said(FOOT)
    with override("en"):
        english = said(FOOT)
    assert chinese != english
    monkeypatch.setattr(house, "render_to_string", lambda _name: "rendered again")
    with override("en"):
        assert said(FOOT) == english
    with override("zh-hans"):
        assert said(FOOT) == chinese


def test_whoever_works_on_a_template_sees_it_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(house, "render_to_string", lambda _name: "rendered again")
    assert said(FOOT) == "rendered again"


@pytest.mark.parametrize("name", sorted(parts()))
def test_a_part_that_is_the_same_everywhere_reads_nothing(name: str) -> None:
    """Else it would stand there empty: what is read here, has to be named here."""
    text = (TEMPLATES / name).read_text()
    named = set(re.findall(r"\bas (\w+) %\}", text))
    assert set(re.findall(r"\{\{\s*(\w+)", text)) <= named
    assert set(re.findall(r"\{% (?:if|elif|for \w+ in) (?:not )?(\w+)", text)) <= named
    assert not re.search(
        r"\{% (csrf_token|include|block|extends|cache)\b",
        re.sub(r"(?s)\{% comment %\}.*?\{% endcomment %\}", "", text),
    )


def test_there_are_such_parts() -> None:
    assert len(parts()) == 4


def test_which_entry_is_the_current_one_belongs_to_the_request() -> None:
    class Officer:
        kind, is_authenticated = "staff", True

    for page in ("/desk/search/", "/desk/register/"):
        request = RequestFactory().get(page)
        request.user = Officer()  # type: ignore[assignment]
        assert [entry["href"] for entry in navigation(request) if entry["current"]] == [page]
    stranger = RequestFactory().get("/desk/search/")
    assert not any("/desk/" in entry["href"] for entry in navigation(stranger))
