"""What a signed-in session may do. The clock is read once a request, and only for people who are signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from foreignwork.accounts.models import User
from foreignwork.cases import clock

IDLE = {User.Kind.STAFF: timedelta(minutes=15)}  # quality B7
IDLE_OTHERS = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
# Every page noted would be a write for every page; the limits are exact to a minute.
NOTE_EVERY = timedelta(minutes=1)
BEGAN, SEEN = "signin_began", "signin_seen"

# What staff reach without the second factor: the way to it, the way out, and how the page looks.
ON_THE_WAY = {"account_logout", "set_language", "large_type", "live", "livez", "readyz"}
TO_SET_UP = ON_THE_WAY | {"mfa_activate_totp", "account_reauthenticate"}
TO_CONFIRM = ON_THE_WAY | {"mfa_reauthenticate"}


def over(session: Any, kind: str, at: datetime) -> bool:
    """Whether the session is too old, or was left alone for too long."""
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        return False
    idle = IDLE.get(User.Kind(kind), IDLE_OTHERS)
    return at.timestamp() - seen > idle.total_seconds() or at.timestamp() - began > ABSOLUTE.total_seconds()


def note(session: Any, at: datetime) -> None:
    """Remember when the session began and was last used."""
    now = int(at.timestamp())
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now
    elif now - session[SEEN] >= NOTE_EVERY.total_seconds():
        session[SEEN] = now


def has_passed(request: HttpRequest) -> bool:
    """Whether this very session has shown a second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


class SessionGuard:
    """Ends old sessions, keeps staff without a second factor out of everything, forbids caches to keep pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in, at = isinstance(request.user, User), None
        if signed_in:
            at = clock.of(request)
            if over(request.session, request.user.kind, at):  # type: ignore[union-attr]
                return self.end(request)
        response = self.get_response(request)
        if isinstance(getattr(request, "user", None), User):
            note(request.session, at or clock.now())
            signed_in = True
        if signed_in:
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        if not isinstance(user, User) or user.kind != User.Kind.STAFF or has_passed(request):
            return None
        enrolled = is_mfa_enabled(user, [Authenticator.Type.TOTP])
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in (TO_CONFIRM if enrolled else TO_SET_UP):
            return None
        return to(request, "mfa_reauthenticate" if enrolled else "mfa_activate_totp", back=enrolled)

    def end(self, request: HttpRequest) -> HttpResponseBase:
        logout(request)
        request.user = AnonymousUser()
        messages.info(request, _("您较长时间没有操作，或本次登录已满八小时，系统已为您退出。请重新登录。"))
        return to(request, "account_login", back=True)


def to(request: HttpRequest, name: str, *, back: bool) -> HttpResponseBase:
    """Send the person to the page ``name``; ``back`` says to return here afterwards (after a POST: to its page)."""
    htmx = getattr(request, "htmx", None)
    if request.method in {"GET", "HEAD"} and not htmx:
        here = request.get_full_path()
    else:
        came_from = (getattr(htmx, "current_url", None) if htmx else None) or request.headers.get(
            "Referer", ""
        )
        safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
        # An address that is not safe may not even be one.
        parts = urlsplit(came_from if safe else "/")
        here = parts.path + (f"?{parts.query}" if parts.query else "")
    url = f"{reverse(name)}?{urlencode({REDIRECT_FIELD_NAME: here})}" if back else reverse(name)
    return HttpResponseClientRedirect(url) if htmx else HttpResponseRedirect(url)
