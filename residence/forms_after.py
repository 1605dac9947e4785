"""Forms after the decision: the document, the post, the passport, reports."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import rules_basis
from .forms import DAY, LOSS_WAYS, not_in_future

CODE = RegexValidator(r"^[A-Za-z0-9-]{5,30}$", _("只能填写 5 至 30 位字母、数字和连字符，请核对。"))


class MakeForm(StepForm):
    """The document is made and checked against the decision."""

    clear: ClassVar[tuple[str, ...]] = ("checked",)

    document_number = forms.CharField(
        label=_("居留证件号码"),
        max_length=30,
        validators=[CODE],
        help_text=_("加密保存，仅办案人员可见。"),
        error_messages={"required": _("请填写制作好的居留证件号码。")},
    )
    checked = forms.BooleanField(
        label=_("姓名、护照号码、居留事由和有效期与决定一致"),
        error_messages={"required": _("请核对登记项目，与决定不一致的重新制作。")},
    )


class ReceivedForm(StepForm):
    """Who receives: the person, or somebody whose authority is written down."""

    clear: ClassVar[tuple[str, ...]] = ("how",)

    how = forms.ChoiceField(
        label=_("领取方式"),
        choices=[("counter", _("本人领取")), ("proxy", _("委托代领"))],
        initial="counter",
        widget=forms.RadioSelect,
    )
    receiver = forms.CharField(
        label=_("领取人姓名"), max_length=120, error_messages={"required": _("请填写领取人的姓名。")}
    )
    proxy_document = forms.CharField(
        label=_("代领人身份证件号码"), max_length=30, required=False, validators=[CODE]
    )
    authority = forms.BooleanField(label=_("已收存委托书并核对代领人身份证件"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("how") == "proxy":
            if not data.get("authority"):
                self.add_error("authority", _("没有委托书或者未核对身份的，不能由他人代领。"))
            if not data.get("proxy_document") and "proxy_document" not in self.errors:
                self.add_error("proxy_document", _("请填写代领人身份证件号码。"))
        return data


class HandOverForm(ReceivedForm):
    """The document and the passport are handed over against the receipt."""

    receipt_back = forms.BooleanField(
        label=_("已收回受理回执"),
        required=False,
        help_text=_("回执遗失的，不勾选并在备注中说明身份核对情况。"),
    )
    remark = forms.CharField(
        label=_("备注"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("receipt_back") and not data.get("remark"):
            self.add_error("remark", _("未收回回执的，请说明原因和身份核对情况。"))
        return data


class ReturnForm(ReceivedForm):
    """The passport goes back after a refusal or a withdrawal."""


class PostForm(StepForm):
    """Sent by post where the applicant chose it and the place offers it."""

    clear: ClassVar[tuple[str, ...]] = ("carrier", "tracking")

    carrier = forms.CharField(
        label=_("寄递企业"), max_length=60, error_messages={"required": _("请填写寄递企业。")}
    )
    tracking = forms.CharField(
        label=_("邮件号码"),
        max_length=30,
        validators=[CODE],
        error_messages={"required": _("请填写邮件号码，申请人凭此查询。")},
    )
    receiver = forms.CharField(
        label=_("收件人姓名"), max_length=120, error_messages={"required": _("请填写收件人的姓名。")}
    )
    address = forms.CharField(
        label=_("收件地址"), max_length=300, error_messages={"required": _("请填写收件地址。")}
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        case, pack = self.context.case, self.context.pack
        offered = pack.delivery.get("post")
        if offered is None or (offered.matters and case.matter not in offered.matters):
            raise forms.ValidationError(_("本地区没有开通居留证件邮寄，请由本人或者代领人到窗口领取。"))
        if getattr(case, "delivery", "") != "post":
            raise forms.ValidationError(
                _("申请人没有选择邮寄，护照和证件不能寄出。请由本人或者代领人到窗口领取。")
            )
        return data


class SignedForm(StepForm):
    """Who signed for the letter, and when."""

    clear: ClassVar[tuple[str, ...]] = ("signed_on",)

    receiver = forms.CharField(
        label=_("签收人"), max_length=120, error_messages={"required": _("请填写签收人的姓名。")}
    )
    signed_on = forms.DateField(
        label=_("签收日期"), widget=DAY, error_messages={"required": _("请填写签收日期。")}
    )

    def clean_signed_on(self) -> Any:
        value = not_in_future(self, "signed_on")
        made = getattr(self.context.case, "made_on", None)
        if value and made and value < made:
            raise forms.ValidationError(
                _("签收日期不能早于制证日期 %(day)s，请核对。"), params={"day": made.isoformat()}
            )
        return value

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or {}), "how": "post"}


class LossForm(StepForm):
    """What happened to the document; whoever lost it reports it at once and applies for a new one (法 35, 67)."""

    clear: ClassVar[tuple[str, ...]] = ("loss", "lost_on")

    loss = forms.ChoiceField(
        label=_("情形"), choices=[*LOSS_WAYS, ("damaged", _("损毁"))], widget=forms.RadioSelect
    )
    lost_on = forms.DateField(
        label=_("发生或者发现日期"), widget=DAY, error_messages={"required": _("请填写发生或者发现的日期。")}
    )
    place = forms.CharField(label=_("地点和经过"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    report_number = forms.CharField(
        label=_("报警回执编号"), max_length=40, required=False, help_text=_("被盗抢的，请先报警。")
    )

    def clean_lost_on(self) -> Any:
        value, held = not_in_future(self, "lost_on"), self.context.own_entitlement()
        if value and held and value < held.valid_from:
            raise forms.ValidationError(
                _("这个日期早于证件签发日期 %(day)s，请核对。"), params={"day": held.valid_from.isoformat()}
            )
        return value


class ReportForm(StepForm):
    """What an employer must report in time (条例 26)."""

    clear: ClassVar[tuple[str, ...]] = ("kind", "since")

    kind = forms.ChoiceField(
        label=_("报告事项"),
        choices=[
            ("left", _("聘用的外国人离职")),
            ("moved", _("聘用的外国人变更工作地域")),
            ("violation", _("违反出境入境管理规定")),
            ("died_missing", _("死亡、失踪等情形")),
        ],
        widget=forms.RadioSelect,
    )
    since = forms.DateField(label=_("发生日期"), widget=DAY)
    remark = forms.CharField(
        label=_("情况说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明情况。")},
    )

    def clean_since(self) -> Any:
        return not_in_future(self, "since")


class BasisForm(StepForm):
    """No input: writes into the event since when the work permit is over."""

    clear: ClassVar[tuple[str, ...]] = ("over_on",)

    def clean(self) -> dict[str, Any]:
        return {"over_on": rules_basis.over_on(self.context)}
