"""What an agent writes about a person and his work. The passport is typed as its two machine-readable lines."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Organisation
from foreignwork.cases.forms import plain_words, plausible_days
from foreignwork.dossiers import mrz
from foreignwork.dossiers.models import DatedFact

from . import words

PHONE = r"^[0-9+\-() ]{5,30}$"


def ask(form: forms.Form) -> None:
    """Empty fields are asked for by name, days with the way to write them."""
    for field in form.fields.values():
        field.error_messages["required"] = _("请填写“%(name)s”。") % {"name": field.label}
        if isinstance(field, forms.DateField):
            field.error_messages["invalid"] = _("请按“年-月-日”填写日期，例如 2026-03-01。")
    plausible_days(form.fields.values())
    plain_words(form.fields.values())


class DayInput(forms.DateInput):
    """A day as browsers pick it; ISO text where they do not."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class PersonForm(forms.Form):
    """The passport's two lines and the contacts. ``facts()`` gives what the dossier keeps."""

    mrz = forms.CharField(
        label=_("护照机读码（资料页最下方的两行）"),
        help_text=_("每行 44 个字符，照原样填写，空位是“<”。可以从扫描件复制粘贴。"),
        max_length=400,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "cols": 44,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "mrz",
                "wrap": "off",
            }
        ),
    )
    name_zh = forms.CharField(
        label=_("中文姓名"), help_text=_("没有中文姓名可以不填。"), required=False, max_length=60
    )
    phone = forms.RegexField(
        regex=PHONE,
        label=_("联系电话"),
        help_text=_("本人的电话，境外号码请加国家（地区）代码。"),
        error_messages={
            "invalid": _("电话应为 5 至 30 位，只能包含数字、空格和 + - ( )，例如 +86 931 1234567。")
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        help_text=_("本人的邮箱，用于联系。"),
        max_length=120,
        error_messages={"invalid": _("邮箱格式不对，例如 name@example.com。")},
    )

    def __init__(
        self, *args: Any, today: date, employers: list[Organisation] | None = None, **kwargs: Any
    ) -> None:
        self.today = today
        self.passport: mrz.Passport | None = None
        super().__init__(*args, **kwargs)
        ask(self)
        if employers and len(employers) > 1:
            self.fields = {
                "employer": forms.TypedChoiceField(
                    label=_("聘用单位"), choices=[(row.pk, row.name) for row in employers], coerce=int
                ),
                **self.fields,
            }

    def clean_mrz(self) -> str:
        text = self.cleaned_data["mrz"]
        self.passport = mrz.parse(text, today=self.today)
        if self.passport.expiry < self.today:
            raise ValidationError(
                _("护照已于 %(day)s 过期，不能用于申请。请先换发护照，再用新护照的机读码填写。"),
                code="passport_expired",
                params={"day": self.passport.expiry.isoformat()},
            )
        return "\n".join(mrz.clean_lines(text))

    def facts(self) -> dict[str, Any]:
        """The person's facts as the dossier stores them; dates as ISO text."""
        assert self.passport is not None
        passport, data = self.passport, self.cleaned_data
        return {
            "surname": passport.surname,
            "given_names": passport.given_names,
            "name_zh": data["name_zh"],
            "nationality": passport.nationality,
            "sex": passport.sex,
            "birth_date": passport.birth_date.isoformat(),
            "passport_country": passport.issuer,
            "passport_number": passport.number,
            "passport_expiry": passport.expiry.isoformat(),
            "mrz": data["mrz"],
            "phone": data["phone"],
            "email": data["email"],
        }


class WorkForm(forms.Form):
    """The engagement as the contract states it."""

    post_title = forms.CharField(label=_("工作岗位"), max_length=120)
    duties = forms.CharField(label=_("工作内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    annual_salary_cny = forms.IntegerField(
        label=_("年薪（元）"),
        help_text=_("税前，人民币，整数。"),
        min_value=0,
        max_value=100_000_000,
        error_messages={
            "invalid": _("请填写整数，不带逗号和单位，例如 420000。"),
            "min_value": _("年薪不能小于 0，请对照合同核对。"),
            "max_value": _("年薪过大，请核对单位是不是“元”。"),
        },
    )
    contract_from = forms.DateField(label=_("合同起始日期"), widget=DayInput())
    contract_until = forms.DateField(label=_("合同终止日期"), widget=DayInput())
    work_address = forms.CharField(label=_("工作地址"), max_length=300)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        ask(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, until = data.get("contract_from"), data.get("contract_until")
        if start and until and until < start:
            self.add_error("contract_until", _("合同终止日期早于起始日期。请对照合同核对。"))
        elif until and until < self.today:
            self.add_error(
                "contract_until", _("合同已经期满，不能用于申请。请对照合同核对，或者续签后再填写。")
            )
        return data

    def facts(self) -> dict[str, Any]:
        """As the dossier stores them; dates as ISO text."""
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in self.cleaned_data.items()}


class DayForm(forms.Form):
    """A day that starts a time limit; it has happened already."""

    kind = forms.ChoiceField(
        label=_("登记什么"), choices=DatedFact.Kind.choices, initial=DatedFact.Kind.ENTERED
    )
    on = forms.DateField(
        label=_("日期"), help_text=_("以护照上的入境章或者合同、考勤记录为准。"), widget=DayInput()
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        ask(self)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError(_("日期不能晚于今天。请在实际发生之后登记。"), code="future")
        return on


class RevealForm(forms.Form):
    """Which masked facts to show, and what for."""

    purpose = forms.ChoiceField(label=_("查看用途"), choices=words.PURPOSES)
