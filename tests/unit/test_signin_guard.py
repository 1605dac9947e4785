"""What a session may do: second factor of staff, limits, and what happens to whoever is no longer wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD
from foreignwork.signin import middleware
from tests.signin import LOGIN, SECOND, code, force_login, sign_in
from tests.stage import cast as cast

FREE = {  # what may be reached before the second factor
    "live", "livez", "readyz", "set_language", "large_type", "account_logout",
}  # fmt: skip


def officer(cast: Cast) -> User:
    return next(iter(cast.officers.values()))


def example(pattern: Any) -> str:
    """A path that matches: every converter gets something of its kind."""
    kinds = {"IntConverter": "1", "UUIDConverter": "7f8a1de0-0000-4000-8000-000000000000"}
    route = str(pattern)
    for name, converter in pattern.converters.items():
        kind = type(converter).__name__
        for spelling in (
            f"<{name}>",
            f"<str:{name}>",
            f"<int:{name}>",
            f"<slug:{name}>",
            f"<uuid:{name}>",
            f"<path:{name}>",
        ):
            route = route.replace(spelling, kinds.get(kind, "x1"))
    return route


def paths(resolver: URLResolver | None = None, before: str = "/", space: str = "") -> list[tuple[str, str]]:
    """(view name, example path) of every URL of the house."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + example(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            found += paths(entry, path, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            found.append((f"{space}{entry.name}", path.replace("//", "/")))
    return found


def later(monkeypatch: pytest.MonkeyPatch, passed: timedelta) -> None:
    at = clock.now() + passed
    monkeypatch.setattr(clock, "now", lambda: at)


# --- the second factor ------------------------------------------------------------------------------------------------


def test_no_staff_url_opens_with_a_password_only_session(cast: Cast) -> None:
    """Three ways to have given only the password: none of them opens anything but the way on and the way out."""
    user = officer(cast)
    pending = Client()
    assert pending.post(LOGIN, {"login": user.username, "password": PASSWORD})["Location"].startswith(SECOND)
    forced = Client()
    force_login(forced, user, methods=("password",))
    fresh = User.objects.create(username="new-officer", kind="staff", display_name="新人")
    unenrolled = Client()
    force_login(unenrolled, fresh, methods=("password",))
    everything = paths()
    assert len(everything) > 15
    for name, path in everything:
        assert "_auth_user_id" not in pending.session
        if name in FREE:
            continue
        for browser, allowed, target in (
            (forced, "mfa_reauthenticate", "/accounts/2fa/reauthenticate/"),
            (unenrolled, "mfa_activate_totp", "/accounts/2fa/totp/activate/"),
        ):
            if name in {allowed, "account_reauthenticate"}:
                continue
            for method in (browser.get, browser.post):
                answer = method(path)
                assert answer.status_code == 302, (name, path, answer.status_code)
                assert answer["Location"].startswith(target), (name, answer["Location"])


def test_the_same_crawl_opens_the_desk_for_a_session_with_both_factors(cast: Cast) -> None:
    """The control: the crawl above would not notice a guard that sends everybody away."""
    client = Client()
    client.force_login(officer(cast))
    answers = {
        name: client.get(path).status_code for name, path in paths() if name not in FREE | {"account_logout"}
    }
    assert 200 in {status for name, status in answers.items() if name.startswith("desk:")}


def test_a_new_officer_sets_up_the_second_factor_and_goes_on(client: Client, cast: Cast) -> None:
    user = User(username="new-officer", kind="staff", display_name="新人")
    user.set_password(PASSWORD)
    user.save()
    sign_in(client, "new-officer")
    assert client.get("/")["Location"] == "/accounts/2fa/totp/activate/"
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200  # without giving the password a second time
    assert client.post("/accounts/2fa/totp/activate/", {"code": "123"}).status_code == 200
    secret = client.session[SECRET_SESSION_KEY]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret=secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/")
    assert len(codes.context["unused_codes"]) == 10
    assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 200
    assert middleware.has_passed  # the session has passed: nothing sends it back
    assert client.get("/accounts/2fa/").status_code == 200
    # The code just shown is spent.
    again = Client()
    again.post(LOGIN, {"login": "new-officer", "password": PASSWORD})
    again.post(SECOND, {"code": code(secret=secret)})
    assert "_auth_user_id" not in again.session


def test_a_password_session_from_before_the_set_up_gains_nothing_by_it(cast: Cast) -> None:
    """Who only stole the password must not ride on the owner's set-up."""
    user = User(username="new-officer", kind="staff", display_name="新人")
    user.set_password(PASSWORD)
    user.save()
    thief = Client()
    sign_in(thief, "new-officer")
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(user, "JBSWY3DPEHPK3PXQ")
    answer = thief.get("/accounts/2fa/")
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/?next=")


def test_the_way_back_after_confirming(cast: Cast) -> None:
    client = Client()
    force_login(client, officer(cast), methods=("password",))
    asked = client.get("/accounts/2fa/?x=1")
    assert asked["Location"] == "/accounts/2fa/reauthenticate/?next=%2Faccounts%2F2fa%2F%3Fx%3D1"
    answer = client.post(asked["Location"], {"code": code(), "next": "/accounts/2fa/?x=1"})
    assert answer["Location"] == "/accounts/2fa/?x=1"
    assert client.get("/accounts/2fa/").status_code == 200


def test_an_officer_who_changes_the_authenticator_sets_up_the_next_one_first(cast: Cast) -> None:
    client, user = Client(), officer(cast)
    sign_in(client, user.username)
    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get("/")["Location"] == "/accounts/2fa/totp/activate/"


def test_agents_may_but_need_not_have_one(client: Client, cast: Cast) -> None:
    sign_in(client, "agent-university")
    assert client.get("/accounts/2fa/").status_code == 200


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "minutes", "stays"),
    [
        ("staff", 14, True),
        ("staff", 16, False),
        ("agent", 16, True),
        ("agent", 29, True),
        ("agent", 31, False),
    ],
)
def test_an_idle_session_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, who: str, minutes: int, stays: bool
) -> None:
    client = Client()
    sign_in(client, officer(cast).username if who == "staff" else "agent-university")
    later(monkeypatch, timedelta(minutes=minutes))
    answer = client.get("/accounts/2fa/")
    if stays:
        assert answer.status_code == 200
    else:
        assert answer["Location"] == "/accounts/login/?next=%2Faccounts%2F2fa%2F"
        assert "_auth_user_id" not in client.session
        assert "请重新登录" in client.get(answer["Location"]).content.decode()


def test_a_used_session_ends_after_eight_hours(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    sign_in(client, "agent-university")
    start = clock.now()
    for minutes in range(20, 481, 20):
        monkeypatch.setattr(clock, "now", lambda m=minutes: start + timedelta(minutes=m))
        answer = client.get("/accounts/2fa/")
        assert (answer.status_code == 200) is (minutes < 480), minutes


def test_a_form_sent_too_late_leads_back_to_its_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    sign_in(client, "agent-university")
    later(monkeypatch, timedelta(hours=2))
    page = "http://testserver/accounts/password/change/?x=1"
    answer = client.post("/accounts/password/change/", {}, headers={"referer": page})
    assert answer["Location"] == "/accounts/login/?next=%2Faccounts%2Fpassword%2Fchange%2F%3Fx%3D1"
    sign_in(client, "agent-university")
    later(monkeypatch, timedelta(hours=2))
    answer = client.post("/accounts/password/change/", {}, headers={"referer": "https://elsewhere.example/x"})
    assert answer["Location"] == "/accounts/login/?next=%2F"


def test_htmx_is_told_to_load_the_sign_in_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    sign_in(client, "agent-university")
    later(monkeypatch, timedelta(hours=2))
    answer = client.get(
        "/accounts/2fa/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/there/"}
    )
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fthere%2F"


def test_noting_is_not_a_write_for_every_page() -> None:
    at = datetime(2026, 3, 10, tzinfo=UTC)
    session: dict[str, Any] = {}
    middleware.note(session, at)
    first = dict(session)
    middleware.note(session, at + timedelta(seconds=59))
    assert session == first
    middleware.note(session, at + timedelta(seconds=61))
    assert session[middleware.SEEN] > first[middleware.SEEN]
    assert session[middleware.BEGAN] == first[middleware.BEGAN]


def test_whoever_is_made_inactive_is_out_at_the_next_page(cast: Cast) -> None:
    client = Client()
    sign_in(client, "agent-university")
    assert client.get("/accounts/2fa/").status_code == 200
    User.objects.filter(username="agent-university").update(is_active=False)
    assert client.get("/accounts/2fa/").status_code == 302
    answer = sign_in(Client(), "agent-university")
    assert answer["Location"] == reverse("account_inactive")
    assert Client().get(answer["Location"]).status_code == 200


def test_no_cache_keeps_what_a_signed_in_person_sees(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.agents["university"])
    for path in ("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/nowhere/"):
        assert "no-store" in client.get(path)["Cache-Control"], path
    assert "no-store" not in Client().get("/nowhere/").headers.get("Cache-Control", "")
