"""Forms of the social insurance registration's own steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import rules

INSURANCES = [
    ("pension", _("基本养老保险")),
    ("medical", _("基本医疗保险")),
    ("injury", _("工伤保险")),
    ("unemployment", _("失业保险")),
    ("maternity", _("生育保险")),
]
EXEMPTIBLE = ("pension", "unemployment")
"""The branches the agreements in force exempt; medical, work injury and maternity never (domain 4.3)."""


def month_field(label: Any) -> forms.DateField:
    """A month, kept as its first day."""
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-03"}, format="%Y-%m"),
        error_messages={"invalid": _("请按“年-月”填写，例如 2026-03。")},
    )


class DutyBasis(StepForm):
    """No input: writes into the event on which day the duty to register rests."""

    clear: ClassVar[tuple[str, ...]] = ("duty_from",)

    def clean(self) -> dict[str, Any]:
        return {"duty_from": rules.duty_from(self.context)}


class DeclarationForm(StepForm):
    """What the employer declares for the registration; the base is sealed with the event. Adds by how many days it is late."""

    clear: ClassVar[tuple[str, ...]] = ("insurances", "exempt", "start_month", "days_late")

    contribution_base = forms.DecimalField(
        label=_("申报缴费基数（元/月）"), min_value=1, max_digits=10, decimal_places=2
    )
    start_month = month_field(_("起缴月份"))
    insurances = forms.MultipleChoiceField(
        label=_("参保险种"),
        choices=INSURANCES,
        initial=[code for code, _label in INSURANCES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("在中国境内就业的外国人应当参加五项社会保险；依照双边协定免缴的险种除外。"),
    )
    exempt = forms.ChoiceField(
        label=_("是否依照社会保障双边协定免缴部分险种"),
        choices=[("no", _("否")), ("yes", _("是，已上传参保证明"))],
        initial="no",
        widget=forms.RadioSelect,
    )

    def build(self) -> None:
        started = rules.duty_from(self.context)
        if started:
            self.fields["start_month"].initial = started.replace(day=1)
        if rules.has_certificate(self.context):
            self.fields["exempt"].initial = "yes"

    def clean_start_month(self) -> Any:
        return self.cleaned_data["start_month"].replace(day=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        left_out = {code for code, _label in INSURANCES} - set(data.get("insurances", []))
        names = {code: str(label) for code, label in INSURANCES}
        if "insurances" in data and "exempt" in data:
            never = [names[code] for code in names if code in left_out and code not in EXEMPTIBLE]
            if never:
                self.add_error(
                    "insurances", _("以下险种不能免缴，请勾选：%(names)s。") % {"names": "、".join(never)}
                )
            elif left_out and data["exempt"] == "no":
                self.add_error(
                    "insurances", _("五项社会保险均须参保；依照双边协定免缴的，请选择“是”并上传参保证明。")
                )
            elif data["exempt"] == "yes" and not left_out:
                self.add_error("insurances", _("请取消勾选依照双边协定免缴的险种。"))
            if data["exempt"] == "yes" and not rules.has_certificate(self.context):
                self.add_error(
                    "exempt",
                    _(
                        "没有有效的社会保障双边协定参保证明，不能免缴。请上传参保证明，或者选择“否”并参加全部险种。"
                    ),
                )
        if data.get("contribution_base") is not None:
            data["contribution_base"] = str(data["contribution_base"])
        return {**data, "days_late": rules.days_late(self.context)}


class RegisterForm(StepForm):
    """The number the agency assigned, as it stands; an unusual shape must be confirmed, it is never refused (domain 4.2)."""

    clear: ClassVar[tuple[str, ...]] = ("start_month",)

    number = forms.CharField(label=_("社会保障号码"), max_length=30)
    number_checked = forms.BooleanField(
        label=_("号码格式与常见格式不同，已核对无误"),
        required=False,
        help_text=_("仅在系统提示格式不同时勾选。"),
    )
    start_month = month_field(_("参保起始月份"))
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).replace(" ", "").upper()

    def clean_start_month(self) -> Any:
        return self.cleaned_data["start_month"].replace(day=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (
            data.get("number")
            and not rules.NUMBER.fullmatch(data["number"])
            and not data.get("number_checked")
        ):
            self.add_error(
                "number_checked",
                _(
                    "号码与常见格式（三位国家代码、一位数字、护照号码）不同。请核对；确认无误的，勾选此项后再次提交。"
                ),
            )
        return data
