"""Signing in as people do it: password, second factor, what is told, what is not there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import PASSWORD, TOTP_SECRET
from foreignwork.signin.adapters import SecondFactorAdapter, home
from foreignwork.vault.errors import SealBroken
from tests.signin import LOGIN, SECOND, code, sign_in
from tests.stage import cast as cast

GONE = [
    "signup/", "email/", "confirm-email/", "confirm-email/key/", "password/set/", "password/reset/", "password/reset/done/",
    "password/reset/key/1-x/", "password/reset/key/done/", "login/code/", "login/code/confirm/", "3rdparty/", "social/signup/",
    "2fa/webauthn/", "2fa/trust/", "sessions/", "phone/verify/", "",
]  # fmt: skip


def officer(cast: Cast, desk: str = "reception") -> User:
    return next(user for (_office, name), user in cast.officers.items() if name == desk)


def anonymous(client: Client) -> bool:
    return "_auth_user_id" not in client.session


def test_an_agent_signs_in_with_name_and_password(client: Client, cast: Cast) -> None:
    answer = sign_in(client, "agent-university")
    assert answer.status_code == 302
    assert answer["Location"] == home(cast.agents["university"])
    assert not anonymous(client)


def test_an_officer_needs_the_code_too(client: Client, cast: Cast) -> None:
    user = officer(cast)
    answer = client.post(LOGIN, {"login": user.username, "password": PASSWORD})
    assert answer["Location"].startswith(SECOND)
    assert anonymous(client)
    assert "验证码" in client.get(SECOND).content.decode()
    answer = client.post(SECOND, {"code": code()})
    assert answer["Location"] == home(user)
    assert not anonymous(client)


def test_a_recovery_code_is_good_once(client: Client, cast: Cast) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    user = officer(cast)
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    for works in (True, False):
        browser = Client()
        browser.post(LOGIN, {"login": user.username, "password": PASSWORD})
        browser.post(SECOND, {"code": spare})
        assert anonymous(browser) is not works


def test_a_code_is_good_once_for_as_long_as_it_lives(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    user, used = officer(cast), code()
    for works in (True, False):
        browser = Client()
        browser.post(LOGIN, {"login": user.username, "password": PASSWORD})
        answer = browser.post(SECOND, {"code": used})
        assert anonymous(browser) is not works
        # allauth's own mark lasts one period only; the code is accepted for three.
        cache.delete(f"allauth.mfa.totp.used?user={user.pk}&code={used}")
    assert "每个验证码只能使用一次" in answer.content.decode()


@pytest.mark.parametrize("offset", [-3, -2, 3, 4])  # 2 would be within reach when a period ends meanwhile
def test_codes_further_away_are_refused(client: Client, cast: Cast, offset: int) -> None:
    sign_in(client, officer(cast).username, offset=offset)
    assert anonymous(client)


def test_a_wrong_code_is_told_in_words(client: Client, cast: Cast) -> None:
    client.post(LOGIN, {"login": officer(cast).username, "password": PASSWORD})
    answer = client.post(SECOND, {"code": "000000" if code() != "000000" else "111111"})
    assert answer.status_code == 200
    assert "验证码不正确" in answer.content.decode()


def normal(answer: Any, name: str) -> str:
    """The page without what differs for everyone: the name typed and the form tokens."""
    text = answer.content.decode().replace(name, "NAME")
    return re.sub(r'(csrfmiddlewaretoken" value=|content=)"[^"]*"', "", text)


def test_unknown_and_known_names_get_the_same_answer(cast: Cast) -> None:
    pages = []
    for name in ("agent-university", "nobody-at-all"):
        answer = Client().post(LOGIN, {"login": name, "password": "wrong-Password-1"})
        pages.append((answer.status_code, sorted(answer.cookies), normal(answer, name)))
    assert pages[0] == pages[1]
    assert "用户名或密码不正确" in pages[0][2]


def test_five_wrong_passwords_make_one_wait_known_or_not(cast: Cast) -> None:
    ends = []
    for name in ("agent-university", "nobody-at-all"):
        browser = Client()
        answers = [browser.post(LOGIN, {"login": name, "password": "wrong-Password-1"}) for _ in range(6)]
        assert [a.status_code for a in answers[:4]] == [200] * 4
        last = answers[-1]
        assert last.status_code == 429
        assert "15 分钟" in last.content.decode()
        assert last["Retry-After"] == "900"
        for spelling in (name, f" {name.upper()} "):
            assert browser.post(LOGIN, {"login": spelling, "password": PASSWORD}).status_code == 429
        ends.append(normal(last, name))
    assert ends[0] == ends[1]
    # Another name from the same address is not held back.
    assert sign_in(Client(), "agent-energy").status_code == 302
    # A stranger's tries lock his own address out, not the person.
    there = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in(there, "agent-university").status_code == 302
    assert not anonymous(there)


def test_one_name_tried_from_many_addresses_is_stopped(cast: Cast) -> None:
    for n in range(25):
        Client(REMOTE_ADDR=f"203.0.113.{n}").post(
            LOGIN, {"login": "agent-energy", "password": "wrong-Password-1"}
        )
    answer = Client(REMOTE_ADDR="203.0.113.200").post(
        LOGIN, {"login": "agent-energy", "password": "wrong-Password-1"}
    )
    assert "尝试次数过多" in answer.content.decode()


def test_the_language_of_the_account_is_taken_once(cast: Cast) -> None:
    User.objects.filter(username="agent-university").update(language="en")
    fresh = Client()
    sign_in(fresh, "agent-university")
    assert fresh.cookies["django_language"].value == "en"
    chosen = Client()
    chosen.cookies["django_language"] = "zh-hans"
    sign_in(chosen, "agent-university")
    assert chosen.cookies["django_language"].value == "zh-hans"


def test_signing_out_is_a_post(client: Client, cast: Cast) -> None:
    sign_in(client, "agent-university")
    assert client.get("/accounts/logout/").status_code == 200
    assert not anonymous(client)
    answer = client.post("/accounts/logout/")
    assert answer.status_code == 302
    assert "storage" in answer["Clear-Site-Data"]
    assert anonymous(client)


def test_the_session_key_changes_at_sign_in(client: Client, cast: Cast) -> None:
    client.post(LOGIN, {"login": officer(cast).username, "password": PASSWORD})
    before = client.session.session_key
    client.post(SECOND, {"code": code()})
    assert client.session.session_key != before


@pytest.mark.parametrize("path", GONE)
def test_pages_that_are_not_offered_do_not_exist(client: Client, cast: Cast, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    client.force_login(cast.agents["university"])
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}").status_code == 404


def test_every_page_of_the_account_opens_in_both_languages(client: Client, cast: Cast) -> None:
    for language in ("zh-hans", "en"):
        browser = Client()
        browser.cookies["django_language"] = language
        assert browser.get(LOGIN).status_code == 200
        sign_in(browser, "agent-university")
        for name in (
            "mfa_index",
            "mfa_activate_totp",
            "account_change_password",
            "account_reauthenticate",
            "account_logout",
        ):
            assert browser.get(reverse(name)).status_code == 200, name
        browser.force_login(officer(cast))
        for name in ("mfa_index", "mfa_reauthenticate"):
            assert browser.get(reverse(name)).status_code == 200, name


def test_the_qr_code_is_an_image_in_the_page(client: Client, cast: Cast) -> None:
    sign_in(client, "agent-university")
    page = client.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    assert 'src="data:image/svg+xml;base64,' in text
    assert "data:" in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "private, no-store" or "no-store" in page["Cache-Control"]


def test_a_changed_password_ends_the_other_sessions(cast: Cast) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(browser, "agent-university")
    answer = here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another-Portal-2027", "password2": "another-Portal-2027"},
    )
    assert answer["Location"] == reverse("mfa_index")
    assert here.get(reverse("mfa_index")).status_code == 200
    assert there.get(reverse("mfa_index")).status_code == 302


def test_a_weak_password_is_refused_with_a_reason(client: Client, cast: Cast) -> None:
    sign_in(client, "agent-university")
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "12345", "password2": "12345"},
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors["password1"]


def test_secrets_of_authenticators_are_sealed(cast: Cast) -> None:
    stored = Authenticator.objects.first()
    assert stored is not None
    text = str(stored.data)
    assert TOTP_SECRET not in text
    adapter = SecondFactorAdapter()
    assert adapter.decrypt(stored.data["secret"]) == TOTP_SECRET
    for bad in (TOTP_SECRET, "sealed1:x:y:z", stored.data["secret"][:-8] + "AAAAAAA=", "a:b"):
        with pytest.raises(SealBroken):
            adapter.decrypt(bad)


def test_the_page_of_codes_exists_for_developers_only(client: Client, cast: Cast, settings: Any) -> None:
    assert client.get("/dev/codes/").status_code == 404
    settings.DEBUG = True
    page = client.get("/dev/codes/")
    assert code() in page.content.decode() or code(-1) in page.content.decode()
    assert 'http-equiv="refresh"' in page.content.decode()
    assert officer(cast).username in page.content.decode()
