"""Forms of the taxpayer number's own steps."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.forms import StepForm

NUMBER = re.compile(r"[0-9A-Z]{15,20}")
"""The usual shape of a taxpayer number; other shapes are asked about, never refused: the number is the tax authority's."""


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("请按“年-月-日”填写日期，例如 2026-03-01。")},
    )


class BaseInformationForm(StepForm):
    """What the withholding agent reports of a foreigner beside what the dossier holds (个人所得税基础信息表)."""

    clear: ClassVar[tuple[str, ...]] = ("first_entry_on", "leaves_on", "why")

    birthplace = forms.CharField(label=_("出生地（国家或者地区）"), max_length=60)
    first_entry_on = day_field(_("首次入境日期"))
    leaves_on = day_field(_("预计离境日期"))
    why = forms.ChoiceField(
        label=_("涉税事由"),
        choices=[
            ("employed", pgettext_lazy("tax", "任职受雇")),
            ("services", pgettext_lazy("tax", "提供劳务")),
            ("other", pgettext_lazy("tax", "其他")),
        ],
        initial="employed",
        widget=forms.RadioSelect,
    )
    withholding = forms.BooleanField(
        label=_("本单位是扣缴义务人，已核对本人的有效身份证件"),
        error_messages={"required": _("纳税人识别号由扣缴义务人代为办理，请确认本单位的扣缴义务。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        entered, leaves = data.get("first_entry_on"), data.get("leaves_on")
        if entered and entered > self.context.today:
            self.add_error("first_entry_on", _("首次入境日期不能晚于今天。"))
        if entered and leaves and leaves <= entered:
            self.add_error("leaves_on", _("预计离境日期应当晚于首次入境日期，请核对。"))
        return data


class NumberForm(StepForm):
    """The number as the tax authority gave it, sealed with the event; an unusual shape must be confirmed."""

    number = forms.CharField(label=_("纳税人识别号"), max_length=30)
    number_checked = forms.BooleanField(
        label=_("号码格式与常见格式不同，已核对无误"),
        required=False,
        help_text=_("仅在系统提示格式不同时勾选。"),
    )
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).replace(" ", "").upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number = data.get("number")
        if number and not NUMBER.fullmatch(number) and not data.get("number_checked"):
            self.add_error(
                "number_checked",
                _("号码与常见格式（15 至 20 位字母和数字）不同。请核对；确认无误的，勾选此项后再次提交。"),
            )
        return data
