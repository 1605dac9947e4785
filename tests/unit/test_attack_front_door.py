"""Requests no browser sends: they get an answer, never an error of ours."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD
from foreignwork.wsgi import application
from tests.stage import cast

__all__ = ["cast"]


def status(path: str, kind: str) -> str:
    """The status line of the real WSGI application, as a server gets it."""
    environ = RequestFactory()._base_environ(PATH_INFO=path, QUERY_STRING="a=%41", CONTENT_TYPE=kind)
    found: list[str] = []
    b"".join(application(environ, lambda line, headers: found.append(line)))
    return found[0]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; charset=hex",
        "text/plain; Charset=utf-7",
        'text/plain; charset="idna"',
        "text/plain; a*=bogus''%41",
        "multipart/form-data; boundary=x; charset*=utf-8''hex",
    ],
)
def test_other_encodings_are_refused(kind: str) -> None:
    assert status("/livez", kind).startswith("400")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "text/plain; charset=UTF-8", 'text/plain; charset="utf8"; x=y']
)
def test_utf8_is_read(kind: str, db: None) -> None:
    assert status("/livez", kind).startswith("200")


def test_a_session_cookie_with_a_nul_is_no_session(db: None) -> None:
    browser = Client()
    cookie = settings.SESSION_COOKIE_NAME + '="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\000"'
    assert browser.get("/", headers={"cookie": cookie}).status_code == 200


@pytest.mark.parametrize("address", ["http://[", "//[::1", "https://evil.example/"])
def test_an_address_that_is_none_is_not_gone_to(cast: Cast, address: str) -> None:
    browser = Client()
    assert browser.get("/accounts/login/?" + urlencode({"next": address})).status_code == 200
    name = cast.agents["energy"].username
    answer = browser.post("/accounts/login/", {"login": name, "password": PASSWORD, "next": address})
    assert (answer.status_code, answer["Location"]) == (302, "/home/")


@pytest.mark.parametrize("came_from", ["http://[", "http://evil.example/a", "\xff"])
def test_where_one_came_from_may_be_nonsense(cast: Cast, came_from: str) -> None:
    """An officer who has not shown the second factor is sent to do so, whatever Referer and htmx say."""
    officer = next(iter(cast.officers.values()))
    browser = Client()
    browser.force_login(officer, methods=("password",))  # type: ignore[call-arg]
    answer = browser.post("/desk/", headers={"referer": came_from})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    htmx = browser.get("/desk/", headers={"hx-request": "true", "hx-current-url": came_from})
    assert htmx.status_code == 200
    assert "evil" not in htmx["HX-Redirect"]
