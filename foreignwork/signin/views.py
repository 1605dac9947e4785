"""allauth's pages where the house does something more, and the answer to too many wrong passwords."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LogoutView, PasswordChangeView
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from axes.helpers import get_cool_off
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render


class SignOut(LogoutView):
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The browser also forgets what it has stored of the pages (quality B25)."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class ChangePassword(PasswordChangeView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class SetUp(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        """The code just entered is the second factor of this session."""
        response: HttpResponse = super().form_valid(form)
        user = authenticated_user(self.request)
        made = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
        record_authentication(self.request, user, "mfa", id=made.pk, type=made.type)
        return response


class TakeAway(DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Without the factor, the session has not passed it: staff are sent to set up the next one at once."""
        response: HttpResponse = super().form_valid(form)
        records = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        self.request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            record for record in records if record.get("method") != "mfa"
        ]
        return response


sign_out = SignOut.as_view()
change_password = login_required(ChangePassword.as_view())
set_up = SetUp.as_view()
take_away = TakeAway.as_view()


def name_tried(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name axes counts under: allauth, Django and axes each pass it in another place. Spelling variants count as one."""
    found = credentials or {}
    name = found.get("username") or found.get("login") or request.POST.get("login") or ""
    return unicodedata.normalize("NFKC", str(name)).strip().casefold()[:150]


def locked(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """429 after too many wrong passwords for one name from one address; the same for names that do not exist."""
    wait = get_cool_off(request)
    minutes = max(1, round(wait.total_seconds() / 60)) if wait else 15
    answer = render(request, "signin/locked.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
