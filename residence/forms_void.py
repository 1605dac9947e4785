"""Forms of 宣布作废: grounds, statements, the announcement, the declaration, what becomes of the document."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import DecisionReasonsForm, StepForm

from .forms import DAY


class GroundsForm(DecisionReasonsForm):
    """Which of the law's cases (条例 34), and the facts found."""

    reasons_field_label = _("法定情形（可多选）")

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        case = self.context.case
        known = self.context.pack.matters[case.matter].office_grounds
        return [
            (code, entry.text.pick(get_language()))
            for code, entry in known.items()
            if case.sub_matter in entry.within
        ]


class StatementForm(StepForm):
    """What the holder or the employer says to it, and what is held against or for it."""

    clear: ClassVar[tuple[str, ...]] = ("heard_on", "who")

    who = forms.ChoiceField(
        label=_("陈述人"),
        choices=[("person", _("持证人")), ("employer", _("用人单位")), ("proxy", _("代理人"))],
        widget=forms.RadioSelect,
    )
    heard_on = forms.DateField(label=_("陈述日期"), widget=DAY)
    record = forms.CharField(
        label=_("陈述、申辩内容和复核意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def clean_heard_on(self) -> Any:
        if self.cleaned_data["heard_on"] > self.context.today:
            raise forms.ValidationError(_("这个日期不能晚于今天，请核对。"))
        return self.cleaned_data["heard_on"]


class AnnounceForm(StepForm):
    """The public call to report the change of purpose, and until when (条例 34(三))."""

    clear: ClassVar[tuple[str, ...]] = ("where", "until")

    where = forms.CharField(
        label=_("公告方式和载体"), max_length=200, error_messages={"required": _("请写明在哪里公告。")}
    )
    until = forms.DateField(
        label=_("申报截止日期"),
        widget=DAY,
        help_text=_("法律没有规定公告期限，由本机关确定并写入公告。"),
        error_messages={"required": _("请填写申报截止日期。")},
    )

    def clean_until(self) -> Any:
        if self.cleaned_data["until"] <= self.context.today:
            raise forms.ValidationError(_("申报截止日期须晚于今天。"))
        return self.cleaned_data["until"]


class DeclareForm(StepForm):
    """On the spot or by announcement (条例 34 第二款), with the facts."""

    clear: ClassVar[tuple[str, ...]] = ("declared",)

    declared = forms.ChoiceField(
        label=_("宣布方式"),
        choices=[("on_the_spot", _("当场宣布作废")), ("announced", _("公告宣布作废"))],
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=_("事实和理由说明"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("将写入决定书。请写明查明的事实，不要只引用条文。"),
        error_messages={"required": _("请写明事实和理由；没有理由的决定不能出具。")},
    )


class CollectForm(StepForm):
    """What became of the document itself (条例 35)."""

    clear: ClassVar[tuple[str, ...]] = ("done",)

    done = forms.ChoiceField(
        label=_("处理"),
        choices=[("collected", _("收缴")), ("cancelled", _("注销"))],
        widget=forms.RadioSelect,
    )
    holder = forms.CharField(label=_("证件持有人或者交出人"), max_length=120)
    remark = forms.CharField(
        label=_("事实和理由说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明事实和理由；没有理由的决定不能出具。")},
    )
