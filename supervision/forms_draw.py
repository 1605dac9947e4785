"""Forms of a draw: which public events, what they gave, why a draw is cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import policy
from .forms_office import LINES, OfficeForm, reasons


class SourcesForm(OfficeForm):
    """Which public events will give the numbers: dice before witnesses and a named lottery issue yet to come."""

    dice = forms.IntegerField(
        label=_("十面骰子的掷数"),
        min_value=1,
        max_value=100,
        help_text=_("在见证人面前掷出，按掷出的先后记录。"),
    )
    issue = forms.RegexField(
        r"^[0-9]{4,10}$",
        label=_("双色球期号"),
        help_text=_("尚未开奖的一期。红球和蓝球都用作随机来源。"),
        error_messages={"invalid": _("期号由 4 至 10 位数字组成。")},
    )

    def sources(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        return [
            {"src": "dice", "order": "as-rolled", "count": data["dice"]},
            {"src": "双色球红球", "order": "ascending", "issue": data["issue"]},
            {"src": "双色球蓝球", "order": "ascending", "issue": data["issue"]},
        ]


NAMES = {"dice": _("骰子"), "双色球红球": _("双色球红球"), "双色球蓝球": _("双色球蓝球")}


class NumbersForm(OfficeForm):
    """What the public events gave, one field a source; typed by each of the two persons for himself."""

    def __init__(self, *args: Any, sources: Iterable[dict[str, Any]], **kwargs: Any) -> None:
        self.sources = list(sources)
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        for n, source in enumerate(self.sources):
            name = NAMES.get(source["src"], source["src"])
            issue = _("第 %(issue)s 期") % {"issue": source["issue"]} if source.get("issue") else ""
            count = _("%(count)s 个") % {"count": source["count"]} if source.get("count") else ""
            self.fields[f"source_{n}"] = forms.RegexField(
                r"^[0-9][0-9 .,，、/]*$",
                label=f"{name} {issue}{count}".strip(),
                max_length=600,
                help_text=_("按掷出的先后，每次一个数字（0 至 9），可以连写。")
                if source["src"] == "dice"
                else _("开奖公布的号码；有几个的，用空格隔开。"),
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
                error_messages={"invalid": _("只能填写数字，用空格隔开。")},
            )
        self.fields["happened_on"] = forms.DateField(label=_("公开事件的日期"))

    def values(self) -> list[list[int]]:
        return [
            self._numbers(self.cleaned_data[f"source_{n}"], source["src"] == "dice")
            for n, source in enumerate(self.sources)
        ]

    @staticmethod
    def _numbers(text: str, single: bool) -> list[int]:
        parts = "".join(c if c.isascii() and c.isdigit() else " " for c in text).split()
        if single:
            return [int(c) for part in parts for c in part]
        return [int(part) for part in parts if len(part) < 10]


class CancelForm(OfficeForm):
    remark = forms.CharField(label=_("说明"), max_length=500, widget=LINES, required=False)

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["reason"] = forms.ChoiceField(
            label=_("撤销理由（将公开）"), choices=reasons(self.own, "cancelled")
        )
        self.order_fields(["reason", "remark"])
