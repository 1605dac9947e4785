"""Forms of the pack pages: a proposal, what becomes of it, what to compare, what to try out."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import plausible_days
from foreignwork.policies.proposals import LARGEST

DAY = {
    "required": _("请填写日期。"),
    "invalid": _("日期不存在，请按 2026-01-31 的格式填写。"),
}


def day_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DAY,
        **more,
    )


class ProposalForm(forms.Form):
    """A pack's file, as text or as upload, with its day and the reason. ``text`` holds either after validation."""

    file = forms.FileField(
        label=_("规则文件（TOML）"), required=False, help_text=_("可以上传文件，也可以在下面直接修改文本。")
    )
    text = forms.CharField(
        label=_("文件内容"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code-text"}),
    )
    on = day_field(_("生效日期"), help_text=_("不早于今天。此前提交的申请仍按提交时的规则办理。"))
    reason = forms.CharField(
        label=_("修改理由和依据"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明为什么修改、依据是什么。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plausible_days(self.fields.values())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        upload = data.get("file")
        if upload:
            if upload.size > LARGEST:
                self.add_error("file", _("文件超过 %(kb)s KB，不是规则包。") % {"kb": LARGEST // 1024})
                return data
            try:
                data["text"] = upload.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error("file", _("文件不是 UTF-8 文本，请另存后重新上传。"))
        if not data.get("text", "").strip() and not self.errors:
            self.add_error("text", _("请上传规则文件，或者填写文件内容。"))
        if "\x00" in data.get("text", ""):
            self.add_error("text", _("文件含有不可见的控制字符，请另存后重新上传。"))
        return data


class DecisionForm(forms.Form):
    """What becomes of a proposal."""

    what = forms.ChoiceField(choices=[("approve", ""), ("refuse", ""), ("withdraw", "")])
    reason = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不批准的必须写明理由。"),
    )


class CompareForm(forms.Form):
    """Two versions by their names in the address."""

    before = forms.ChoiceField(label=_("原来的版本"))
    after = forms.ChoiceField(label=_("和它比较的版本"))

    def __init__(self, *args: Any, sides: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("before", "after"):
            self.fields[name].choices = sides  # type: ignore[attr-defined]


class TrialForm(forms.Form):
    """Which rules to try on which cases."""

    candidate = forms.ChoiceField(label=_("试算的版本"))
    since = day_field(_("提交日期自"))
    until = day_field(_("至"))

    def __init__(self, *args: Any, sides: list[tuple[str, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].initial, self.fields["until"].initial = today - relativedelta(years=1), today
        self.fields["candidate"].choices = sides  # type: ignore[attr-defined]
        plausible_days(self.fields.values())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(_("结束日期早于开始日期。")))
        return data
