"""统一社会信用代码 (GB 32100-2015): the check of its 18th character, by python-stdnum."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength
from stdnum.exceptions import ValidationError as NumberError


def clean_uscc(text: str) -> str:
    """Return the code in its compact upper-case form; no check is made here."""
    return str(uscc.compact(text)).upper()


def validate_uscc(text: str) -> None:
    """Raise a ValidationError that says what is wrong with the code and what to do."""
    try:
        uscc.validate(clean_uscc(text))
    except InvalidLength:
        raise ValidationError(
            _("统一社会信用代码应为 18 位，您填写了 %(n)s 位。请对照营业执照或法人证书核对。"),
            code="uscc_length",
            params={"n": len(clean_uscc(text))},
        ) from None
    except InvalidChecksum:
        raise ValidationError(
            _(
                "统一社会信用代码的校验码（第 18 位）不符。请对照营业执照或法人证书逐位核对，注意没有字母 I、O、S、V、Z。"
            ),
            code="uscc_checksum",
        ) from None
    except NumberError:
        raise ValidationError(
            _("统一社会信用代码含有不允许的字符。只能使用数字和除 I、O、S、V、Z 以外的大写字母。"),
            code="uscc_format",
        ) from None
