"""Forms of the exchange with the social security card: filled in by the file that went out and the file that came back."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.forms import StepForm

CODE = r"\A[0-9A-Za-z-]{1,40}\Z"
BAD = _("只能是字母、数字和短横线，最多40个字符。")


class CardSentForm(StepForm):
    clear: ClassVar[tuple[str, ...]] = ("batch",)

    batch = forms.RegexField(label=_("交换批次号"), regex=CODE, error_messages={"invalid": BAD})


class CardReceiptForm(StepForm):
    """``receipt``: the number of the receipt, or the code of the error."""

    clear: ClassVar[tuple[str, ...]] = ("result", "receipt")

    result = forms.ChoiceField(
        label=_("加载结果"),
        choices=[("loaded", pgettext_lazy("card", "已加载")), ("failed", pgettext_lazy("card", "加载失败"))],
    )
    receipt = forms.RegexField(label=_("回执编号或者错误代码"), regex=CODE, error_messages={"invalid": BAD})
