"""Under DEBUG, too, an address that does not exist tells nothing of the addresses that do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

OURS = "foreignwork.frontdoor.OwnNotFound"


@pytest.mark.parametrize("path", ["/nothing/here/", "/v/AAAABBBBCCCCDDDD/", "/papers/AAAABBBBCCCCDDDD/"])
def test_a_missing_page_is_our_own(db: None, settings: Any, path: str) -> None:
    settings.DEBUG = True
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, OURS]
    body = Client().get(path, follow=True).content.decode()
    assert "DEBUG = True" not in body
    assert "urlconf" not in body.lower()


def test_control_without_it_django_lists_the_addresses(db: None, settings: Any) -> None:
    settings.DEBUG = True
    assert "DEBUG = True" in Client().get("/nothing/here/").content.decode()
