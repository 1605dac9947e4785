"""Forms of the residence permit's own steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.appointments.forms import SlotForm
from foreignwork.cases.forms import StepForm, SupplementForm

from . import kinds, rules

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EntryBasis(StepForm):
    """No input: writes into the event on which recorded day of entry the applicant's limit rests."""

    clear: ClassVar[tuple[str, ...]] = ("entered_on",)

    def clean(self) -> dict[str, Any]:
        return {"entered_on": rules.entry_day(self.context)}


class ComesForm(StepForm):
    """Who comes to the counter (条例 16, 19), what the sub-matter asks, how the result is received.

    Adds by how many days the application is late.
    """

    clear: ClassVar[tuple[str, ...]] = (
        "comes",
        "delivery",
        "changed_items",
        "changed_on",
        "lost_on",
        "days_late",
    )

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

    def build(self) -> None:
        super().build()
        sub = self.context.case.sub_matter
        if sub == kinds.CHANGE and not self.context.answers.get("changed_on"):
            self._ask_change()  # the filing of most places has asked already: nothing is asked twice
        if sub in (kinds.REISSUE, kinds.REPLACE):
            self._ask_loss(sub)
        ways = self.ways()
        if ways:
            self.fields["delivery"] = forms.ChoiceField(
                label=_("证件领取方式"),
                choices=ways,
                required=False,
                widget=forms.RadioSelect,
                initial=ways[0][0],
            )

    def ways(self) -> list[tuple[str, str]]:
        """The ways of receiving that the pack names for this matter."""
        case = self.context.case
        return [
            (code, way.name.pick(get_language()))
            for code, way in self.context.pack.delivery.items()
            if code in HANDED and (not way.matters or case.matter in way.matters)
        ]

    def _ask_change(self) -> None:
        """Registered items and the day they changed: ten days from then (出境入境管理法 33)."""
        self.fields["changed_items"] = forms.MultipleChoiceField(
            label=_("变更的登记项目（可多选）"),
            choices=[
                ("passport", _("护照或者其他国际旅行证件")),
                ("name", _("姓名")),
                ("reason", _("居留事由、工作单位")),
                ("address", _("工作或者居留地点")),
                ("other", _("其他登记项目")),
            ],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请至少选择一项变更的登记项目。")},
        )
        self.fields["changed_on"] = forms.DateField(
            label=_("变更日期"),
            widget=DAY,
            help_text=_("登记项目发生变更之日。超过法定期限的仍予接收并记录。"),
            error_messages={"required": _("请填写登记项目发生变更的日期。")},
        )

    def _ask_loss(self, sub: str) -> None:
        """What happened to the document (出境入境管理法 35)."""
        ways = LOSS_WAYS if sub == kinds.REISSUE else REPLACE_WAYS
        self.fields["loss"] = forms.ChoiceField(label=_("申请事由"), choices=ways, widget=forms.RadioSelect)
        self.fields["lost_on"] = forms.DateField(
            label=_("发生或者发现日期"),
            widget=DAY,
            error_messages={"required": _("请填写发生或者发现的日期。")},
        )

    def clean_changed_on(self) -> Any:
        return since_issued(self, "changed_on")

    def clean_lost_on(self) -> Any:
        return since_issued(self, "lost_on")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("comes") == "represented" and not data.get("why"):
            self.add_error("why", _("请写明本人不能到场的理由和代为申请人（条例第十九条）。"))
        return {**data, "days_late": rules.days_late(self.context, data.get("changed_on"))}


def not_in_future(form: StepForm, name: str) -> Any:
    """A day on which something has happened cannot lie ahead."""
    value = form.cleaned_data.get(name)
    if value and value > form.context.today:
        raise forms.ValidationError(_("这个日期不能晚于今天，请核对。"))
    return value


def since_issued(form: StepForm, name: str) -> Any:
    """What happened to a document, or to what stands in it, happened while there was one."""
    value, held = not_in_future(form, name), form.context.about
    if value and held and value < held.valid_from:
        raise forms.ValidationError(
            _("这个日期早于证件签发日期 %(day)s，请核对。"), params={"day": held.valid_from.isoformat()}
        )
    return value


HANDED = ("counter", "proxy", "post")
"""A document and a passport are handed over; what is sent online is not for them."""
LOSS_WAYS = [("lost", _("遗失")), ("stolen", _("被盗抢"))]
REPLACE_WAYS = [
    ("damaged", _("损毁")),
    ("full", _("护照换发或者签注页用完")),
    ("other", _("其他符合国家规定的事由")),
]


class VisitForm(SlotForm, ComesForm):
    """When the person comes: papers, biometrics and, where needed, the interview at one visit."""

    clear: ClassVar[tuple[str, ...]] = ("slot", *ComesForm.clear)
    field_order = ("slot", "comes", "why")


class WalkInForm(ComesForm):
    """The person stands at the counter without an appointment and is received."""


class AskForm(SupplementForm):
    """Everything missing, told once (条例 18): also what is handed in on paper."""

    def askable(self) -> list[str]:
        mine = [row.code for row in self.context.items if not row.by_system]
        told = {row.item for row in self.context.supplements}
        return [code for code in mine if not told or code in told]
