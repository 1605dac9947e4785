"""Forms of the social insurance registration's own steps."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm
from foreignwork.policies.agreements import agreements

from . import covers, rules
from .covers import NAMES, Cover

CARD = re.compile(r"[0-9A-Z]{6,30}")
"""The number of a social security card: letters and digits as the card shows them; the sources state no shape."""


def month_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A month, kept as its first day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-03"}, format="%Y-%m"),
        error_messages={"invalid": _("请按“年-月”填写，例如 2026-03。")},
    )


def card_number(text: str) -> str:
    """A card's number as the card shows it, without spaces. Raises ValidationError."""
    card = str(text or "").replace(" ", "").upper()
    if card and not CARD.fullmatch(card):
        raise forms.ValidationError(_("社会保障卡卡号只能是 6 至 30 位字母和数字，请按卡面填写。"))
    return card


def first(day: date | None) -> date | None:
    return day.replace(day=1) if day else None


def named(codes: list[str]) -> str:
    joint = ", " if (get_language() or "").startswith("en") else "、"
    return joint.join(str(NAMES[code]) for code in codes)


class DutyBasis(StepForm):
    """No input: writes into the event on which day the duty to register rests."""

    clear: ClassVar[tuple[str, ...]] = ("duty_from",)

    def clean(self) -> dict[str, Any]:
        return {"duty_from": rules.duty_from(self.context)}


class DeclarationForm(StepForm):
    """What the employer declares: the base (sealed with the event), each insurance with its first month, and those from which a
    bilateral agreement exempts. Adds by how many days it is late, and which exemptions an officer must settle.
    """

    clear: ClassVar[tuple[str, ...]] = (
        "insurances",
        "covers",
        "to_confirm",
        "agreements_version",
        "start_month",
        "days_late",
    )

    contribution_base = forms.DecimalField(
        label=_("申报缴费基数（元/月）"), min_value=1, max_digits=10, decimal_places=2
    )
    start_month = month_field(_("起缴月份"))
    insurances = forms.MultipleChoiceField(
        label=_("参保险种"),
        choices=list(NAMES.items()),
        initial=list(NAMES),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("在中国境内就业的外国人应当参加五项社会保险；依照双边协定免缴的险种除外。"),
    )

    def build(self) -> None:
        for code, name in NAMES.items():
            self.fields[f"from_{code}"] = month_field(
                _("%(name)s的起缴月份") % {"name": name},
                required=False,
                help_text=_("与上面的起缴月份不同时填写。"),
            )
        none: list[tuple[str, str | Promise]] = [("", pgettext_lazy("agreement", "不适用"))]
        self.fields["agreement"] = forms.ChoiceField(
            label=_("依照哪一个社会保障双边协定免缴部分险种"),
            choices=[*none, *covers.choices(self.context.today)],
            required=False,
            help_text=_("须有协定国主管机构出具的参保证明，并已上传。"),
        )
        self.fields["certificate_until"] = forms.DateField(
            label=_("参保证明载明的免缴截止日期"),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}),
            error_messages={"invalid": _("请按“年-月-日”填写日期，例如 2026-03-01。")},
        )
        self.order_fields(
            ["contribution_base", "start_month", "insurances", "agreement", "certificate_until"]
        )
        started = rules.duty_from(self.context)
        if started:
            self.fields["start_month"].initial = started.replace(day=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("contribution_base") is not None:
            data["contribution_base"] = str(data["contribution_base"])
        start, chosen = first(data.get("start_month")), data.get("insurances")
        if start is None or chosen is None:
            return data
        for name in ("start_month", *(f"from_{code}" for code in NAMES)):
            month = first(data.get(name))
            problem = rules.month_problem(self.context, month) if month else None
            if problem:
                self.add_error(name, problem.sentence)
        left_out = [code for code in NAMES if code not in chosen]
        self._exemption(data, left_out, start)
        found = [self._cover(data, code, code in chosen, start) for code in NAMES]
        return {
            "contribution_base": data.get("contribution_base"),
            "start_month": covers.first_month(found) or start,
            "insurances": chosen,
            "covers": covers.packed(found),
            "to_confirm": covers.to_confirm(found, start),
            "agreements_version": agreements().version if left_out else "",
            "days_late": rules.days_late(self.context),
        }

    def _cover(self, data: dict[str, Any], code: str, insured: bool, start: date) -> Cover:
        if insured:
            return Cover(code, start=first(data.get(f"from_{code}")) or start)
        return Cover(code, agreement=data.get("agreement") or "", until=data.get("certificate_until"))

    def _exemption(self, data: dict[str, Any], left_out: list[str], start: date) -> None:
        """Every way an exemption cannot be: never exempt, no agreement, no certificate, not of this agreement, too long."""
        country, until = data.get("agreement") or "", data.get("certificate_until")
        never = [code for code in left_out if code in agreements().never_exempt]
        if never:
            self.add_error("insurances", _("以下险种不能免缴，请勾选：%(names)s。") % {"names": named(never)})
            return
        if left_out and not country:
            self.add_error(
                "insurances",
                _("五项社会保险均须参保；依照双边协定免缴的，请选择协定并上传参保证明。"),
            )
            return
        if not country:
            return
        if not left_out:
            self.add_error("insurances", _("请取消勾选依照双边协定免缴的险种。"))
        if not rules.has_certificate(self.context):
            self.add_error(
                "agreement",
                _(
                    "没有有效的社会保障双边协定参保证明，不能免缴。请上传参保证明，或者选择“不适用”并参加全部险种。"
                ),
            )
        required = [code for code in left_out if covers.verdict(country, code, start) == "required"]
        if required:
            self.add_error(
                "insurances",
                _("按照%(agreement)s，以下险种不能免缴，请勾选：%(names)s。")
                % {"agreement": covers.agreement_name(country), "names": named(required)},
            )
        self._period(country, start, until)

    def _period(self, country: str, start: date, until: date | None) -> None:
        last = covers.longest_until(country, start)
        if until is None:
            self.add_error("certificate_until", _("请填写参保证明载明的免缴截止日期。"))
        elif until < max(start, self.context.today):
            self.add_error("certificate_until", _("参保证明的截止日期已过或者早于起缴月份，不能据此免缴。"))
        elif last and until > last:
            self.add_error(
                "certificate_until",
                _("按照%(agreement)s，自起缴月份起最长免缴至 %(day)s，请核对参保证明。")
                % {"agreement": covers.agreement_name(country), "day": last.isoformat()},
            )


class RegisterForm(StepForm):
    """The numbers the agency assigned, as they stand; an unusual shape must be confirmed, it is never refused (domain 4.2). What
    the sources do not settle about an exemption, the officer settles here."""

    clear: ClassVar[tuple[str, ...]] = ("covers", "start_month", "exemption_settled")

    number = forms.CharField(label=_("社会保障号码"), max_length=30)
    number_checked = forms.BooleanField(
        label=_("号码格式与常见格式不同，已核对无误"),
        required=False,
        help_text=_("仅在系统提示格式不同时勾选。"),
    )
    card = forms.CharField(
        label=_("社会保障卡卡号"),
        max_length=30,
        required=False,
        help_text=_("已制卡的填写；尚未制卡可以留空。"),
    )

    def build(self) -> None:
        self.declared = covers.unpacked(getattr(self.context.case, "declared", []))
        for one in self.declared:
            if not one.exempt:
                self.fields[f"from_{one.insurance}"] = month_field(
                    _("%(name)s的参保起始月份") % {"name": NAMES[one.insurance]},
                    required=False,
                    help_text=_("留空的，按申报的月份登记。"),
                )
                self.fields[f"from_{one.insurance}"].initial = one.start
        open_ = self._unsettled()
        if open_:
            self.fields["exemption_settled"] = forms.BooleanField(
                label=_("已核实下列险种可以依照双边协定免缴：%(names)s") % {"names": named(open_)},
                help_text=_(
                    "协定资料没有载明或者不能确定，请核实参保证明后确认；不能免缴的，请退回用人单位改为参保。"
                ),
                error_messages={"required": _("免缴的依据尚未核实，不能办理登记。")},
            )
        self.fields["remark"] = forms.CharField(
            label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
        )

    def _unsettled(self) -> list[str]:
        start = covers.first_month(self.declared)
        return covers.to_confirm(self.declared, start) if start else []

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).replace(" ", "").upper()

    def clean_card(self) -> str:
        return card_number(self.cleaned_data["card"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number = data.get("number")
        if number and not rules.NUMBER.fullmatch(number) and not data.get("number_checked"):
            self.add_error(
                "number_checked",
                _(
                    "号码与常见格式（三位国家代码、一位数字、护照号码）不同。请核对；确认无误的，勾选此项后再次提交。"
                ),
            )
        for one in self.declared:
            month = first(data.get(f"from_{one.insurance}"))
            problem = rules.month_problem(self.context, month) if month else None
            if problem:
                self.add_error(f"from_{one.insurance}", problem.sentence)
        found = [
            one
            if one.exempt
            else Cover(one.insurance, start=first(data.get(f"from_{one.insurance}")) or one.start)
            for one in self.declared
        ]
        kept = {name: data.get(name) for name in ("number", "number_checked", "card", "remark")}
        return {
            **kept,
            "exemption_settled": data.get("exemption_settled"),
            "covers": covers.packed(found),
            "start_month": covers.first_month(found),
        }
