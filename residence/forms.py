"""Forms of the residence permit's own steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.appointments.forms import SlotForm
from foreignwork.cases.forms import StepForm, SupplementForm

from . import rules

TEXT = forms.Textarea(attrs={"rows": 4})
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EntryBasis(StepForm):
    """No input: writes into the event on which recorded day of entry the applicant's limit rests."""

    clear: ClassVar[tuple[str, ...]] = ("entered_on",)

    def clean(self) -> dict[str, Any]:
        return {"entered_on": rules.entry_day(self.context)}


class _Comes(StepForm):
    """Who comes to the counter (条例 16, 19). Adds by how many days the application is late."""

    clear: ClassVar[tuple[str, ...]] = ("comes", "days_late")

    comes = forms.ChoiceField(
        label=_("到场人员"),
        choices=[("in_person", _("申请人本人到场")), ("represented", _("依法由他人代为申请"))],
        initial="in_person",
        widget=forms.RadioSelect,
        help_text=_(
            "申请居留证件应当由本人到场并留存指纹等人体生物识别信息；外国人入境出境管理条例第十九条另有规定的除外。"
        ),
    )
    why = forms.CharField(
        label=_("代为申请的理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("comes") == "represented" and not data.get("why"):
            self.add_error("why", _("请写明本人不能到场的理由和代为申请人（条例第十九条）。"))
        return {**data, "days_late": rules.days_late(self.context)}


class VisitForm(SlotForm, _Comes):
    """When the person comes: papers, biometrics and, where needed, the interview at one visit."""

    clear: ClassVar[tuple[str, ...]] = ("slot", "comes", "days_late")
    field_order = ("slot", "comes", "why")


class WalkInForm(_Comes):
    """The person stands at the counter without an appointment and is received."""


class AskForm(SupplementForm):
    """Everything missing, told once (条例 18): also what is handed in on paper."""

    def askable(self) -> list[str]:
        mine = [row.code for row in self.context.items if not row.by_system]
        told = {row.item for row in self.context.supplements}
        return [code for code in mine if not told or code in told]


class ReceiptForm(StepForm):
    """What the officer at the counter confirms before the receipt is given. Adds until when it is valid."""

    clear: ClassVar[tuple[str, ...]] = (
        "papers_checked",
        "foreign_nationality",
        "biometrics",
        "passport_kept",
        "receipt_until",
    )

    papers_checked = forms.BooleanField(
        label=_("申请材料齐全并与原件核对一致"),
        error_messages={"required": _("材料不齐全的，请一次性告知补正，不出具回执。")},
    )
    foreign_nationality = forms.BooleanField(
        label=_("已审核确认申请人为外国国籍"),
        error_messages={"required": _("未确认外国国籍的，不能出具回执。")},
    )
    biometrics = forms.ChoiceField(
        label=_("指纹等人体生物识别信息"),
        choices=[("taken", _("已由公安机关留存")), ("exempt", _("依法免于留存"))],
        initial="taken",
        widget=forms.RadioSelect,
        help_text=_("本系统不保存任何生物识别信息。"),
    )
    passport_kept = forms.BooleanField(
        label=_("已收存护照或者其他国际旅行证件"),
        error_messages={"required": _("请确认已收存护照；收存期间凭回执合法停留。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        due = rules.receipt_until(self.context)
        return {**data, "receipt_until": due.on, "provisional": due.provisional}


class VerifyForm(StepForm):
    """How the stated purpose was verified (条例 20): one of three ways, as needed, or why none was needed."""

    clear: ClassVar[tuple[str, ...]] = ("method", "held_on")

    method = forms.ChoiceField(
        label=_("核实方式"),
        choices=[
            ("interview", _("面谈")),
            ("phone", _("电话询问")),
            ("on_site", _("实地调查")),
            ("not_needed", _("经审查无需另行核实")),
        ],
        widget=forms.RadioSelect,
    )
    held_on = forms.DateField(label=_("核实日期"), required=False, widget=DAY)
    record = forms.CharField(
        label=_("核实记录"),
        max_length=2000,
        widget=TEXT,
        help_text=_("写明核实对象、内容和结论；无需另行核实的，写明理由。"),
        error_messages={"required": _("请填写核实记录；无需另行核实的，请写明理由。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        held = data.get("held_on")
        if data.get("method") not in (None, "not_needed") and not held and "held_on" not in self.errors:
            self.add_error("held_on", _("请填写面谈、电话询问或者实地调查的日期。"))
        if held and held > self.context.today:
            self.add_error("held_on", _("核实日期不能晚于今天。"))
        return data


class GrantForm(StepForm):
    """Until when: within the law's bounds and the passport's; the permit's end is proposed."""

    clear: ClassVar[tuple[str, ...]] = ("valid_until",)

    valid_until = forms.DateField(label=_("居留证件有效期至"), widget=DAY)
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def build(self) -> None:
        first, last = rules.bounds(self.context)
        self.fields["valid_until"].initial = rules.proposed_until(self.context)
        self.fields["valid_until"].help_text = _(
            "可以选择 %(first)s 至 %(last)s 之间的日期，默认与工作许可有效期一致。"
        ) % {
            "first": first.isoformat(),
            "last": last.isoformat(),
        }

    def clean_valid_until(self) -> Any:
        day = self.cleaned_data["valid_until"]
        first, last = rules.bounds(self.context)
        if day < first:
            raise forms.ValidationError(
                _("工作类居留证件有效期不得少于 %(days)s 日，最早可以到 %(first)s。"),
                params={"days": self.context.pack.value("residence_min_days"), "first": first.isoformat()},
            )
        if day > last:
            raise forms.ValidationError(
                _("有效期最长 %(years)s 年，并且不能超过护照有效期；最晚可以到 %(last)s。"),
                params={"years": self.context.pack.value("residence_max_years"), "last": last.isoformat()},
            )
        return day
