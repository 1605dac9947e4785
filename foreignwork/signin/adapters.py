"""What allauth asks the house."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID, uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.vault.errors import SealBroken
from foreignwork.vault.models import DataKey
from foreignwork.vault.seal import seal, unseal

SECRET = "mfa.authenticator.secret"  # noqa: S105 - the label a sealed secret is bound to
SEALED = "sealed1"


def home(user: Any) -> str:
    """The first page of a kind of person; the public first page where there is none."""
    try:
        return reverse("desk:home" if user.kind == User.Kind.STAFF else "portal:home")
    except NoReverseMatch:
        return "/"


class AccountAdapter(DefaultAccountAdapter):
    """One sentence for a wrong name and a wrong password (quality B6)."""

    error_messages: dict[str, str | Promise] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("用户名或密码不正确。请检查后重新输入。"),
        "too_many_login_attempts": _("尝试次数过多。请等待十五分钟后再试。"),
        "rate_limited": _("操作过于频繁。请稍候再试。"),
        "enter_current_password": _("当前密码不正确。请重新输入。"),
        "incorrect_password": _("密码不正确。请重新输入。"),
        "incorrect_code": _("验证码不正确。请输入验证器当前显示的六位数字。"),
        "password_mismatch": _("两次输入的新密码不一致。"),
    }

    def is_safe_url(self, url: str) -> bool:
        """An address that cannot be read is not safe; allauth would raise over "http://["."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home(request.user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Who has just given the password need not give it again for the set-up of the second factor."""
        for record in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
            record["reauthenticated"] = True
        request.session.modified = True
        response: HttpResponse = super().post_login(request, user, **kwargs)
        known = user.language in dict(settings.LANGUAGES)
        if known and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticators are sealed under a data key of their own, like every other sensitive fact."""

    error_messages: dict[str, str | Promise] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("验证码不正确。请输入验证器当前显示的六位数字，每个验证码只能使用一次。"),
        "cannot_delete_authenticator": _("现在不能停用动态验证码。"),
        "cannot_generate_recovery_codes": _("请先设置动态验证码，再生成备用码。"),
    }

    def get_totp_label(self, user: User) -> str:
        return str(user.username)

    def get_totp_issuer(self) -> str:
        return str(_("外国人来华工作一件事"))

    def encrypt(self, text: str) -> str:
        """``sealed1:<data key>:<row id>:<base64>``."""
        key, row = DataKey.objects.make(clock.now()), uuid4()
        sealed = base64.b64encode(seal(SECRET, row, key.pk, text)).decode("ascii")
        return f"{SEALED}:{key.pk}:{row}:{sealed}"

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SealBroken for anything that was not sealed: there is no plaintext to fall back to."""
        try:
            mark, key, row, sealed = encrypted_text.split(":")
            if mark != SEALED:
                raise ValueError(mark)
            return str(unseal(SECRET, UUID(row), UUID(key), base64.b64decode(sealed)))
        except (ValueError, binascii.Error):
            raise SealBroken("an authenticator's secret is not sealed in a known format") from None
