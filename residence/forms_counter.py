"""Forms of the counter: the receipt, nationality, the interview, the record of the verification."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.appointments.forms import MissedForm, SlotForm
from foreignwork.cases.forms import StepForm

from . import rules
from .forms import DAY

TEXT = forms.Textarea(attrs={"rows": 4})


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
        required=False,
        help_text=_("需要另行核查的不勾选，决定前须办理“审核确认外国国籍”。"),
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


class NationalityForm(StepForm):
    """外国国籍确认 (S003-35): what was checked, and the finding."""

    clear: ClassVar[tuple[str, ...]] = ("result", "basis")

    result = forms.ChoiceField(
        label=_("审核结论"),
        choices=[
            ("foreign", _("确认为外国国籍")),
            ("doubtful", _("存在疑问，继续核查")),
            ("not_foreign", _("不能确认为外国国籍")),
        ],
        widget=forms.RadioSelect,
    )
    basis = forms.ChoiceField(
        label=_("依据"),
        choices=[
            ("passport", _("查验护照或者其他国际旅行证件")),
            ("embassy", _("所属国驻华使领馆证明或者照会")),
            ("database", _("出入境信息核查")),
        ],
        widget=forms.RadioSelect,
    )
    record = forms.CharField(label=_("审核记录"), max_length=2000, required=False, widget=TEXT)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("result") in ("doubtful", "not_foreign") and not data.get("record"):
            self.add_error("record", _("请写明疑问或者不能确认的事实。"))
        return data


class InterviewForm(SlotForm):
    """Who is called to an interview, when and about what; inside the receipt's validity."""

    clear: ClassVar[tuple[str, ...]] = ("slot", "whom")
    field_order = ("whom", "named", "slot", "about", "day")

    whom = forms.ChoiceField(
        label=_("面谈对象"),
        choices=[
            ("person", _("申请人本人")),
            ("employer", _("用人单位")),
            ("both", _("申请人本人和用人单位")),
            ("other", _("其他有关单位、个人")),
        ],
        initial="person",
        widget=forms.RadioSelect,
    )
    named = forms.CharField(
        label=_("其他有关单位、个人的名称或者姓名"),
        max_length=120,
        required=False,
        help_text=_("面谈对象为其他有关单位、个人的填写，例如出具邀请函件、证明材料的单位。"),
    )
    about = forms.CharField(
        label=_("需要说明的事项"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("将写入面谈通知。"),
        error_messages={"required": _("请写明面谈要说明的事项，被通知人据此准备。")},
    )

    def latest(self) -> date | None:
        """What could not be chosen is not shown."""
        return getattr(self.context.case, "receipt_until", None)

    def build(self) -> None:
        super().build()
        if "slot" not in self.fields:  # a place whose windows are not booked names the day itself
            self.fields["day"] = forms.DateField(label=_("面谈日期"), widget=DAY)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("whom") == "other" and not data.get("named"):
            self.add_error("named", _("请填写被通知面谈的单位或者个人。"))
        until = getattr(self.context.case, "receipt_until", None)
        name = "slot" if "slot" in self.fields else "day"
        on = rules.day(str(data.get(name) or "").partition("@")[2][:10] or str(data.get(name) or "")[:10])
        if on and until and on > until:
            self.add_error(
                name,
                _("面谈须在回执有效期（至 %(day)s）内进行，请选择更早的时间。") % {"day": until.isoformat()},
            )
        return {**data, "on": on}


class InterviewMissedForm(MissedForm):
    """Nobody came to the interview: the reason is weighed and written down, since it may carry a refusal (S003-37)."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("excused") in ("excused", "unexcused") and not data.get("remark"):
            self.add_error("remark", _("请写明未到场的原因和判断依据。"))
        return data


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
        taken = getattr(self.context.case, "accepted_on", None)
        if held and held > self.context.today:
            self.add_error("held_on", _("核实日期不能晚于今天。"))
        elif held and taken and held < taken:
            self.add_error(
                "held_on", _("核实日期不能早于受理日期 %(day)s，请核对。") % {"day": taken.isoformat()}
            )
        return data
