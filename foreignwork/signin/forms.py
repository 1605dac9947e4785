"""allauth's forms with the house's labels, and one-time codes that are good once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgainForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

PASSWORD, CODE = _("密码"), _("验证码")


def dress(form: forms.Form, labels: Mapping[str, Any], focus: str) -> None:
    """The house's labels above the fields instead of placeholders inside them; the cursor in the first one."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
    form.fields[focus].widget.attrs["autofocus"] = True


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, {"login": _("用户名"), "password": PASSWORD}, "login")
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class PasswordForm(PasswordAgainForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, {"password": PASSWORD}, "password")


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("当前密码"), "password1": _("新密码"), "password2": _("再次输入新密码")}
        dress(self, labels, "oldpassword")
        self.fields["password1"].help_text = _(
            "至少十个字符，不要只用数字，不要使用常见密码或与用户名相近的密码。"
        )


def use_up(user_id: int, code: str) -> bool:
    """False when the user has used this code before. allauth forgets after one period; a code lives for three."""
    lifetime = mfa.TOTP_PERIOD * (2 * mfa.TOTP_TOLERANCE + 2)
    return bool(cache.add(f"signin.code.{user_id}.{normalize_user_code(code)}", "used", timeout=lifetime))


class _Code:
    """Mixin of forms that ask for a code."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, {"code": CODE}, "code")  # type: ignore[arg-type]
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": 12, "spellcheck": "false"}


class _OnceOnly(_Code):
    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not use_up(self.user.pk, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(_OnceOnly, AuthenticateForm):
    """The second step of signing in."""


class SecondFactorAgainForm(_OnceOnly, ReauthenticateForm):
    """The same, within a session."""


class SetUpForm(_Code, ActivateTOTPForm):
    def clean_code(self) -> str:
        code: str = super().clean_code()
        use_up(self.user.pk, code)
        return code
