"""Forms of the title review's own steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import rules

LEVELS = [
    ("junior", _("初级（员级、助理级）")),
    ("middle", _("中级")),
    ("associate", _("副高级")),
    ("senior", _("正高级")),
]


class EligibleBasis(StepForm):
    """No input: writes into the event from which day the months are counted and from when one may apply."""

    clear: ClassVar[tuple[str, ...]] = ("counted_from", "eligible_on")

    def clean(self) -> dict[str, Any]:
        start = rules.counted_from(self.context)
        return {"counted_from": start, "eligible_on": rules.eligible_from(self.context, start)}


class ApplyForm(StepForm):
    """For which level and series one applies."""

    clear: ClassVar[tuple[str, ...]] = ("level", "series", "specialty")

    level = forms.ChoiceField(
        label=_("申报级别"),
        choices=[("", _("请选择")), *LEVELS],
        error_messages={"required": _("请选择申报级别。")},
    )
    series = forms.CharField(
        label=_("职称系列"), max_length=60, help_text=_("例如：工程技术、自然科学研究、高等学校教师。")
    )
    specialty = forms.CharField(label=_("申报专业"), max_length=60, required=False)
    recommended = forms.BooleanField(
        label=_("用人单位已出具推荐报告并对申报材料的真实性负责"),
        error_messages={"required": _("职称申报须由用人单位推荐，请确认已出具推荐报告。")},
    )
