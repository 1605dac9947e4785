"""Signing in, in tests: by the pages (``sign_in``) or at once (``client.force_login``, which here means both factors)."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from foreignwork.demo.people import PASSWORD, TOTP_SECRET

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOGIN, SECOND = "/accounts/login/", "/accounts/2fa/authenticate/"
_force_login = Client.force_login


def code(offset: int = 0, secret: str = TOTP_SECRET) -> str:
    """The one-time code of the demo cast now, or some periods later. A person may use each code once."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + offset))


def sign_in(client: Client, username: str, *, offset: int = 0) -> Any:
    """Password, and the code when it is asked for. Returns the last answer (a redirect to the first page)."""
    answer = client.post(LOGIN, {"login": username, "password": PASSWORD})
    if answer.status_code == 302 and answer["Location"].startswith(SECOND):
        answer = client.post(SECOND, {"code": code(offset)})
    return answer


def force_login(
    client: Client, user: Any, backend: str | None = None, *, methods: tuple[str, ...] = ("password", "mfa")
) -> None:
    """A session as after signing in with ``methods``."""
    _force_login(client, user, backend or BACKEND)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": time.time()} for method in methods
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
