"""Forms of the supervision desk: registers, plan, proposals, draws. Input only; what may be done is asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts import roles
from foreignwork.accounts.models import Jurisdiction, Office, Organisation, User
from foreignwork.cases.forms import plain_words, plausible_days
from foreignwork.policies.pack import Pack

from . import policy, registers
from .models import CheckItem, Kind, PlanPart

LINES = forms.Textarea(attrs={"rows": 3})
BOXES = forms.CheckboxSelectMultiple
PERCENT = 10_000  # millionths


class OfficeForm(forms.Form):
    """Base: plausible days, no hidden characters, choices made for the place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.build()
        plausible_days(self.fields.values())
        plain_words(self.fields.values())
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("请填写“%(name)s”。") % {"name": field.label}

    def build(self) -> None:
        """Add what depends on the place."""


def cities(pack: Pack) -> list[tuple[str, str]]:
    """Districts, as the pack's question about the city names them."""
    if "city" not in pack.questions:
        return []
    return [(str(option.value), option.text.pick(get_language())) for option in pack.options("city")]


def named(entries: Any) -> list[tuple[str, str]]:
    """(code, name) of a table of the pack whose entries have a ``name`` or are texts themselves."""
    return [(code, getattr(entry, "name", entry).pick(get_language())) for code, entry in entries.items()]


def reasons(own: policy.Own, kind: str) -> list[tuple[str, str]]:
    return [(code, entry.text.pick(get_language())) for code, entry in own.reasons.get(kind, {}).items()]


class DayForm(OfficeForm):
    """Which day's register."""

    on = forms.DateField(label=_("名录日期"), required=False)


# --- inspectors -------------------------------------------------------------------------------------------------------


class EnlistForm(OfficeForm):
    """Enter an inspector, or change what holds from a day on."""

    on = forms.DateField(label=_("自哪一天起"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, pack: Pack, office: Office, day: date, **kwargs: Any) -> None:
        self.pack, self.office, self.day = pack, office, day
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        holders = User.objects.filter(
            posts__in=self.office.posts.filter(role=roles.inspector.code).held_on(self.day)
        ).distinct()
        self.fields["user"] = forms.ModelChoiceField(
            holders.order_by("username"), label=_("检查人员"), empty_label=_("请选择")
        )
        self.fields["districts"] = forms.MultipleChoiceField(
            label=_("负责地区"), choices=cities(self.pack), widget=BOXES
        )
        self.fields["skills"] = forms.MultipleChoiceField(
            label=_("业务专长"), choices=named(policy.of(self.pack).skills), widget=BOXES, required=False
        )
        self.order_fields(["user", "districts", "skills", "on", "reason"])


class CertificateForm(OfficeForm):
    number = forms.CharField(label=_("执法证号"), max_length=40)
    issuer = forms.CharField(label=_("发证机关"), max_length=120)
    from_on = forms.DateField(label=_("有效期起"))
    until_on = forms.DateField(label=_("有效期止"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", _("有效期止不能早于有效期起。"))
        return data


class TrainingForm(OfficeForm):
    on = forms.DateField(label=_("培训日期"))
    subject = forms.CharField(label=_("培训内容"), max_length=200)
    hours = forms.IntegerField(label=_("学时"), min_value=1, max_value=1000)


class InterestForm(OfficeForm):
    """A relation that keeps an inspector away from an organisation (回避)."""

    uscc = forms.CharField(label=_("单位的统一社会信用代码"), max_length=18)
    from_on = forms.DateField(label=_("自哪一天起"))

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["ground"] = forms.ChoiceField(label=_("理由"), choices=reasons(self.own, "recusal"))
        self.order_fields(["uscc", "ground", "from_on"])

    def clean_uscc(self) -> Organisation:
        return organisation_of(self.cleaned_data["uscc"])


def organisation_of(text: str) -> Organisation:
    """Raises ValidationError with a sentence for a code nobody knows."""
    found = Organisation.objects.filter(uscc=text.strip().upper()).first()
    if found is None:
        raise forms.ValidationError(_("没有找到这个统一社会信用代码的单位，请核对。"))
    return found


class FilingForm(OfficeForm):
    """The register filed upwards (S004-36); also the report of a plan (S004-31)."""

    reference = forms.CharField(label=_("报送文号"), max_length=80)
    on = forms.DateField(label=_("报送日期"))

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["recipient"] = forms.ChoiceField(label=_("报送对象"), choices=named(self.own.recipients))
        self.order_fields(["recipient", "reference", "on"])


# --- plan ---------------------------------------------------------------------------------------------------------------


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
        label=_("代码"), max_length=40, help_text=_("小写字母、数字和下划线，年度内不重复。")
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
            ["name_zh", "name_en", "code", "kind", "items", "problem", "districts", "joint"]
            + [f"percent_{name}" for name in self.own.strata]
            + ["cap", "from_on", "until_on"]
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
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
        names = [
            "name_zh",
            "name_en",
            "code",
            "kind",
            "problem",
            "items",
            "districts",
            "joint",
            "cap",
            "from_on",
            "until_on",
        ]
        return {name: data[name] for name in names} | {
            "strata": {
                name: {"ppm": data[f"percent_{name}"] * PERCENT, "min": stratum.min}
                for name, stratum in self.own.strata.items()
            },
            "rounds": self.own.number("draw_rounds"),
        }

    @staticmethod
    def of_part(part: PlanPart) -> dict[str, Any]:
        """Initial values of a part that is changed."""
        names = [
            "name_zh",
            "name_en",
            "code",
            "kind",
            "problem",
            "items",
            "districts",
            "joint",
            "cap",
            "from_on",
            "until_on",
        ]
        values: dict[str, Any] = {name: getattr(part, name) for name in names}
        return values | {f"percent_{name}": entry["ppm"] // PERCENT for name, entry in part.strata.items()}


# --- draw ---------------------------------------------------------------------------------------------------------------


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
                help_text=_("数字之间用空格隔开。骰子每个数字一位，可以连写。"),
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


# --- visits ---------------------------------------------------------------------------------------------------------------


class FirmForm(OfficeForm):
    """Which firm an inspection or a service visit is about."""

    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18)

    def clean_uscc(self) -> Organisation:
        return organisation_of(self.cleaned_data["uscc"])


class ServiceVisitForm(FirmForm):
    """走访: recorded as what it is; there is nowhere to write a finding (law-notes 22)."""

    on = forms.DateField(label=_("走访日期"))
    purpose = forms.CharField(label=_("走访目的"), max_length=300)
    told = forms.CharField(label=_("提供的服务"), max_length=1000, widget=LINES, required=False)

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["joint"] = forms.MultipleChoiceField(
            label=_("联合部门"), choices=named(self.own.departments), widget=BOXES, required=False
        )
