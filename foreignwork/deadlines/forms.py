"""Forms of the steps that hold, resume and extend a limit; what may be chosen comes from the pinned pack (行政许可法 42, 45)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from .holding import GOVERNMENT, extenders, grounds

LONGEST_PROCEDURE = 366


class HoldForm(StepForm):
    """A special procedure, and how long it will take: the applicant must be told in writing."""

    clear: ClassVar[tuple[str, ...]] = ("ground", "expected_days")
    kind: ClassVar[str] = "decision"

    def build(self) -> None:
        language = get_language()
        self.fields["ground"] = forms.ChoiceField(
            label=_("特别程序"),
            choices=[(code, text.pick(language)) for code, text in grounds(self.context, self.kind).items()],
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择依法不计入期限的特别程序；没有法定事由不能中止计算。")},
        )
        self.fields["expected_days"] = forms.IntegerField(
            label=_("预计所需时间（工作日）"),
            min_value=1,
            max_value=LONGEST_PROCEDURE,
            error_messages={"required": _("请填写预计所需的工作日数，要书面告知申请人。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("需要进行的事项"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("将写入告知书。"),
            error_messages={"required": _("请写明需要进行的事项，要书面告知申请人。")},
        )


class ExtendForm(StepForm):
    """Who allows the extension, and the reason that is told to the applicant."""

    clear: ClassVar[tuple[str, ...]] = ("extended_by", "approval")
    kind: ClassVar[str] = "decision"

    def build(self) -> None:
        language = get_language()
        allowed = extenders(self.context, self.kind)
        self.fields["extended_by"] = forms.ChoiceField(
            label=_("批准人"),
            choices=[
                (
                    code,
                    _("%(who)s（延长 %(days)s 个工作日）")
                    % {"who": cap.extension_by.pick(language), "days": cap.extension},
                )
                for code, cap in allowed.items()
                if cap.extension_by
            ],
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择依法有权批准延长期限的人。")},
        )
        self.fields["approval"] = forms.CharField(
            label=_("批准文件文号"),
            max_length=80,
            required=False,
            help_text=_("由人民政府负责人批准的，必须填写。"),
        )
        self.fields["remark"] = forms.CharField(
            label=_("延长期限的理由"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("将写入延长期限告知书。"),
            error_messages={"required": _("请写明延长期限的理由；理由必须告知申请人。")},
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("extended_by") == GOVERNMENT and not data.get("approval"):
            self.add_error("approval", _("请填写人民政府负责人批准延长期限的文件文号。"))
        return data
