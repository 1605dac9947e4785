"""That a browser test can work here at all: page served, sheet loaded, Chinese drawn."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_chromium_opens_the_sign_in_page(page, live_url: str) -> None:  # type: ignore[no-untyped-def]
    refused: list[str] = []
    missing: list[str] = []
    page.on(
        "console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None
    )
    page.on(
        "response",
        lambda got: missing.append(got.url) if "/static/" in got.url and got.status != 200 else None,
    )
    answer = page.goto(f"{live_url}/accounts/login/")
    assert answer.status == 200
    assert page.locator("input[name=login]").is_visible()
    assert (refused, missing) == ([], [])
