"""Forms for what follows a registration: the card's result, from when cover changes, how it ends."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.forms import StepForm

from . import rules
from .forms import card_number, first, month_field

CODE = r"\A[0-9A-Za-z-]{1,20}\Z"


class CardForm(StepForm):
    """Whether the permit stands on the social security card; the card's number is sealed with the event."""

    clear: ClassVar[tuple[str, ...]] = ("result", "error_code")

    result = forms.ChoiceField(
        label=_("加载结果"),
        choices=[
            ("loaded", pgettext_lazy("card", "工作许可已加载到社会保障卡")),
            ("failed", pgettext_lazy("card", "加载失败")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择加载结果。")},
    )
    card = forms.CharField(label=_("社会保障卡卡号"), max_length=40, required=False)
    error_code = forms.RegexField(
        label=_("错误代码"),
        regex=CODE,
        max_length=20,
        required=False,
        help_text=_("加载失败的，填写发卡系统返回的代码，例如 071。"),
        error_messages={"invalid": _("错误代码只能是字母、数字和短横线。")},
    )

    def clean_card(self) -> str:
        return card_number(self.cleaned_data["card"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("result") == "failed" and not data.get("error_code"):
            self.add_error("error_code", _("加载失败的，请填写错误代码，单位和本人据此更正信息。"))
        if data.get("result") == "loaded" and "card" in data and not data["card"]:
            self.add_error("card", _("加载成功的，请填写社会保障卡卡号。"))
        return data


class FromMonthForm(StepForm):
    """From which month cover is suspended or taken up again, and why."""

    clear: ClassVar[tuple[str, ...]] = ("from_month",)

    from_month = month_field(_("自哪个月起"))
    remark = forms.CharField(
        label=_("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明原因。")},
    )

    def clean_from_month(self) -> date | None:
        month, held = first(self.cleaned_data["from_month"]), self.context.about
        if month and held and month < held.valid_from.replace(day=1):
            raise forms.ValidationError(
                _("不能早于参保起始月份（%(month)s）。") % {"month": f"{held.valid_from:%Y-%m}"}
            )
        problem = rules.month_problem(self.context, month) if month else None
        if problem:
            raise forms.ValidationError(problem.sentence)
        return month


class EndForm(StepForm):
    """With which month cover ends, why, and what becomes of the person's account (暂行办法 5)."""

    clear: ClassVar[tuple[str, ...]] = ("last_month", "why", "account")

    last_month = month_field(_("最后缴费月份"))
    why = forms.ChoiceField(
        label=_("终止的原因"),
        choices=[
            ("contract", pgettext_lazy("insurance end", "劳动合同解除或者终止")),
            ("permit", pgettext_lazy("insurance end", "工作许可终止")),
            ("left", pgettext_lazy("insurance end", "本人离境，不再来华工作")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择终止的原因。")},
    )
    account = forms.ChoiceField(
        label=_("个人账户"),
        choices=[
            ("keep", pgettext_lazy("account", "予以保留，再次来华就业时累计计算")),
            ("pay_out", pgettext_lazy("account", "本人已书面申请终止社会保险关系，一次性支付个人账户储存额")),
        ],
        initial="keep",
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择个人账户的处理方式。")},
    )
    person_applied = forms.BooleanField(
        label=_("已收到本人的书面申请"), required=False, help_text=_("选择一次性支付的，必须有本人书面申请。")
    )

    def clean_last_month(self) -> date | None:
        month, held = first(self.cleaned_data["last_month"]), self.context.about
        if month and held and month < held.valid_from.replace(day=1):
            raise forms.ValidationError(
                _("不能早于参保起始月份（%(month)s）。") % {"month": f"{held.valid_from:%Y-%m}"}
            )
        problem = rules.month_problem(self.context, month) if month else None
        if problem:
            raise forms.ValidationError(problem.sentence)
        return month

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("account") == "pay_out" and not data.get("person_applied"):
            self.add_error(
                "person_applied", _("没有本人的书面申请，不能支付个人账户储存额；请选择保留账户。")
            )
        return data
