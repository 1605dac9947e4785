"""The desk's own forms: revealing a fact, a day that starts a clock, and search. Step forms belong to the matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.dossiers.facts import LABELS


class RevealForm(forms.Form):
    """Which masked facts to show, and what for (B24). The purpose goes into the access log."""

    PURPOSES = [
        ("check", pgettext_lazy("purpose", "核对材料与档案是否一致")),
        ("contact", pgettext_lazy("purpose", "与申请人或用人单位联系")),
        ("paper", pgettext_lazy("purpose", "核对文书内容")),
        ("other", pgettext_lazy("purpose", "其他（请写明）")),
    ]

    facts = forms.MultipleChoiceField(
        label=_("要查看的信息"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("请勾选要查看的信息。"),
            "invalid_choice": _("本事项不需要这项信息，不能查看。"),
        },
    )
    purpose = forms.ChoiceField(
        label=_("用途"),
        choices=PURPOSES,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择查看的用途。")},
    )
    note = forms.CharField(label=_("补充说明"), max_length=120, required=False)

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facts"].choices = [(name, LABELS.get(name, name)) for name in names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("purpose") == "other" and not data.get("note"):
            self.add_error("note", _("选择“其他”时，请写明查看的用途。"))
        return data

    @property
    def logged(self) -> str:
        """What the access log says, in Chinese, whatever language the officer reads."""
        said = {
            "check": "核对材料与档案是否一致",
            "contact": "与申请人或用人单位联系",
            "paper": "核对文书内容",
            "other": "其他",
        }
        note = self.cleaned_data["note"]
        return said[self.cleaned_data["purpose"]] + (f"：{note}" if note else "")


class DayForm(forms.Form):
    """The day of entry, as the stamp in the passport shows it."""

    on = forms.DateField(
        label=_("入境日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("以护照上的入境验讫章为准。"),
        error_messages={
            "required": _("请填写入境日期。"),
            "invalid": _("日期不存在，请按 2026-01-31 的格式填写。"),
        },
    )
    seen = forms.BooleanField(
        label=_("我已核对护照原件上的入境验讫章"),
        error_messages={"required": _("请先核对护照原件，再登记入境日期。")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("入境日期不能晚于今天。请核对后重新填写。"))
        if on.year < self.today.year - 10:
            raise forms.ValidationError(_("入境日期早于十年前，请核对年份。"))
        return on


class SearchForm(forms.Form):
    """Everything filled in must hold. Sent by POST: nothing of it stands in an address."""

    number = forms.CharField(
        label=_("办件编号或事项编号"), max_length=48, required=False, help_text=_("可以只填前几位。")
    )
    country = forms.CharField(
        label=_("护照签发国代码"), max_length=3, required=False, help_text=_("三位字母，例如 SWE。")
    )
    passport = forms.CharField(label=_("护照号码"), max_length=24, required=False, help_text=_("须完整。"))
    name = forms.CharField(
        label=_("姓名"), max_length=120, required=False, help_text=_("完整的姓或名，中文、拼音均可。")
    )
    employer = forms.CharField(
        label=_("用人单位"), max_length=100, required=False, help_text=_("名称的一部分，或统一社会信用代码。")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(name) for name in ("number", "passport", "name", "employer")) and not self.errors:
            raise forms.ValidationError(_("请至少填写一项查询条件。"))
        if data.get("passport") and not data.get("country"):
            self.add_error("country", _("按护照查询时，请填写签发国代码。"))
        return data
