"""Forms of a penalty's procedure: the hearing that was asked for, and the decision."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import RefusalForm, StepForm
from foreignwork.policies import workdays

from . import policy

LINES = forms.Textarea(attrs={"rows": 3})


class HearingNoticeForm(StepForm):
    """When and where the hearing is: told at least the pack's working days ahead (行政处罚法 64(二))."""

    clear: ClassVar[tuple[str, ...]] = ("on",)
    on = forms.DateField(label=_("听证日期"))
    place = forms.CharField(
        label=_("时间和地点"),
        max_length=200,
        help_text=_("写明几点、在哪里，例如：上午九时三十分，科技厅二楼会议室。"),
    )
    chair = forms.CharField(label=_("听证主持人"), max_length=80, help_text=_("由非本案调查人员主持。"))

    def clean_on(self) -> Any:
        day = self.cleaned_data["on"]
        n = policy.of(self.context.pack).number("hearing_notice")
        first = workdays.due(self.context.today, workdays.WorkingDays(n)).on
        if day < first:
            words = _("听证的七个工作日前须通知当事人：最早可以定在 %(day)s。") % {"day": first.isoformat()}
            raise forms.ValidationError(words)
        return day


class HearingForm(StepForm):
    minutes = forms.CharField(
        label=_("听证笔录要点"),
        max_length=3000,
        widget=LINES,
        error_messages={"required": _("请写明听证中双方的意见。")},
    )


class PenaltyForm(RefusalForm):
    """The decision in what 行政处罚法 59 wants it to hold: facts, evidence, kind and basis, and how it is to be carried out."""

    reasons_field_label = _("违法行为（可多选）")
    performance = forms.CharField(
        label=_("履行方式和期限"),
        max_length=500,
        help_text=_("例如：警告自本决定书送达之日起生效。"),
        error_messages={"required": _("请写明怎样履行、什么时候以前履行（行政处罚法第五十九条）。")},
    )

    def build(self) -> None:
        super().build()
        words = self.fields["remark"]
        words.label = _("事实、证据、理由和处罚的种类")
        words.help_text = _("将写入决定书。")
        words.error_messages["required"] = _("请写明事实、证据、理由和处罚的种类（行政处罚法第五十九条）。")
        self.order_fields(["reasons", "remark", "performance"])
