"""Forms of the annual plan: proposals, tasks, approval, adjustment. Input only; what may be done is asked in planning.py."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction
from foreignwork.policies.pack import Pack

from . import policy, registers
from .forms_office import BOXES, LINES, OfficeForm, cities, named
from .models import CheckItem, Kind, PlanPart

PERCENT = 10_000  # millionths
PLAIN = (
    "name_zh", "name_en", "code", "kind", "problem", "items", "districts", "categories", "joint", "cap", "from_on", "until_on",
)  # fmt: skip
"""Fields that stand in a task as they are typed."""


class ProposalForm(OfficeForm):
    year = forms.IntegerField(label=_("年度"), min_value=2017, max_value=2100)
    kind = forms.ChoiceField(label=_("检查对象"), choices=Kind.choices)
    title = forms.CharField(label=_("建议抽查的事项"), max_length=200)
    problem = forms.CharField(
        label=_("发现的问题"),
        max_length=1000,
        widget=LINES,
        help_text=_("以问题为导向：写明为什么需要抽查。"),
    )


class AnswerForm(OfficeForm):
    accepted = forms.ChoiceField(
        label=_("研究结果"), choices=[("yes", _("采纳")), ("no", _("不采纳"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=LINES)


class YearForm(OfficeForm):
    year = forms.IntegerField(label=_("年度"), min_value=2017, max_value=2100)


class WordsForm(OfficeForm):
    """One text that must be given: why sent back, why adjusted."""

    words = forms.CharField(label=_("理由"), max_length=500, widget=LINES)


class RemarkForm(OfficeForm):
    words = forms.CharField(label=_("意见"), max_length=500, widget=LINES, required=False)


class PartForm(OfficeForm):
    """One task of the plan. Shares are typed in percent; the floor over all strata is the pack's and is not asked."""

    name_zh = forms.CharField(label=_("任务名称"), max_length=200)
    name_en = forms.CharField(label=_("英文名称"), max_length=300, required=False)
    code = forms.SlugField(
        label=_("代码"),
        max_length=40,
        required=False,
        help_text=_("在公开的抽取记录中代表这项任务，年度内不重复。不填的，由系统编写。"),
    )
    kind = forms.ChoiceField(label=_("检查对象"), choices=Kind.choices, widget=forms.RadioSelect)
    problem = forms.CharField(label=_("针对的问题"), max_length=500, required=False, widget=LINES)
    cap = forms.IntegerField(label=_("每名检查人员最多承担"), min_value=1, max_value=1000)
    from_on = forms.DateField(label=_("实施期间起"))
    until_on = forms.DateField(label=_("实施期间止"))

    def __init__(self, *args: Any, pack: Pack, place: Jurisdiction, day: date, **kwargs: Any) -> None:
        self.pack, self.place, self.day = pack, place, day
        self.own = policy.of(pack)
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        items = registers.items_on(self.place, self.day)
        self.items: dict[str, CheckItem] = {row.code: row for row in items}
        self.fields["items"] = forms.MultipleChoiceField(
            label=_("检查事项"), choices=[(row.code, row.name) for row in items], widget=BOXES
        )
        self.fields["districts"] = forms.MultipleChoiceField(
            label=_("定向地区"),
            choices=cities(self.pack),
            widget=BOXES,
            required=False,
            help_text=_("不选：全部地区（不定向抽查）。"),
        )
        held = [self.pack.matters[code] for code in self.own.registers_from if code in self.pack.matters]
        classes = dict.fromkeys(code for matter in held for code in matter.categories)
        self.fields["categories"] = forms.MultipleChoiceField(
            label=_("定向类别"),
            choices=[(code, _("%(code)s类") % {"code": code}) for code in classes],
            widget=BOXES,
            required=False,
            help_text=_("按聘用人员许可的类别。不选：全部类别。"),
        )
        for name, stratum in self.own.strata.items():
            self.fields[f"percent_{name}"] = forms.IntegerField(
                label=_("“%(name)s”抽取比例（%%）") % {"name": stratum.name.pick(get_language())},
                min_value=0,
                max_value=100,
                initial=stratum.ppm // PERCENT,
            )
        self.fields["joint"] = forms.MultipleChoiceField(
            label=_("联合部门"), choices=named(self.own.departments), widget=BOXES, required=False
        )
        self.fields["cap"].initial = self.own.number("inspector_visits")
        self.order_fields(
            ["name_zh", "name_en", "code", "kind", "items", "problem", "districts", "categories", "joint"]
            + [f"percent_{name}" for name in self.own.strata]
            + ["cap", "from_on", "until_on"]
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("code") and "code" not in self.errors:
            data["code"] = slugify(data.get("name_en") or "")[:40] or f"task-{secrets.token_hex(3)}"
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", _("实施期间止不能早于起。"))
        wrong = [
            self.items[code].name
            for code in data.get("items", ())
            if data.get("kind") not in self.items[code].of
        ]
        if data.get("kind") and wrong:
            words = _("下列事项不适用于所选检查对象：%(names)s。") % {"names": "、".join(wrong)}
            self.add_error("items", words)
        return data

    def values(self) -> dict[str, Any]:
        """What ``planning.set_part`` takes."""
        data = self.cleaned_data
        return {name: data[name] for name in PLAIN} | {
            "strata": {
                name: {"ppm": data[f"percent_{name}"] * PERCENT, "min": stratum.min}
                for name, stratum in self.own.strata.items()
            },
            "rounds": self.own.number("draw_rounds"),
        }

    @staticmethod
    def of_part(part: PlanPart) -> dict[str, Any]:
        """Initial values of a part that is changed."""
        values: dict[str, Any] = {name: getattr(part, name) for name in PLAIN}
        return values | {f"percent_{name}": entry["ppm"] // PERCENT for name, entry in part.strata.items()}
