"""Forms of the title review's own steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import ConditionsForm, ReasonForm, StepForm

from . import rules, service

LEVELS = [
    ("junior", _("初级（员级、助理级）")),
    ("middle", _("中级")),
    ("associate", _("副高级")),
    ("senior", _("正高级")),
]
SERIES = "title_series"
"""The pack's catalogue of series (职称系列)."""
LONG_ENOUGH = "worked_long_enough"
"""The pack's condition that the months are worked; what only is claimed must be accepted by the reviewing officer."""


def day_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("请按“年-月-日”填写日期，例如 2026-03-01。")},
        **more,
    )


class EligibleBasis(StepForm):
    """No input: writes into the event from which day the months are counted and from when one may apply."""

    clear: ClassVar[tuple[str, ...]] = ("counted_from", "eligible_on", "gap_days", "claimed")

    def clean(self) -> dict[str, Any]:
        start, found = rules.counted_from(self.context), service.service_of(self.context)
        return {
            "counted_from": start,
            "eligible_on": rules.eligible_from(self.context, start),
            "gap_days": found.lost,
            "claimed": found.claimed,
        }


class ApplyForm(StepForm):
    """For which level and series one applies."""

    clear: ClassVar[tuple[str, ...]] = ("level", "series", "specialty")

    level = forms.ChoiceField(
        label=_("申报级别"),
        choices=[("", _("请选择")), *LEVELS],
        error_messages={"required": _("请选择申报级别。")},
    )
    specialty = forms.CharField(label=_("申报专业"), max_length=60, required=False)
    recommended = forms.BooleanField(
        label=_("用人单位已出具推荐报告并对申报材料的真实性负责"),
        error_messages={"required": _("职称申报须由用人单位推荐，请确认已出具推荐报告。")},
    )

    def build(self) -> None:
        catalogue, language = self.context.pack.catalogues[SERIES], get_language()
        self.fields["series"] = forms.ChoiceField(
            label=_("职称系列"),
            choices=[("", _("请选择")), *((o.value, o.text.pick(language)) for o in catalogue.options)],
            error_messages={"required": _("请选择职称系列。")},
        )
        self.order_fields(["level", "series", "specialty", "recommended"])


class ReviewForm(ConditionsForm):
    """Condition by condition. Work before the first permit of the register is claimed only: the officer says which evidence
    shows it, or finds the condition unmet."""

    clear: ClassVar[tuple[str, ...]] = ("conditions", "evidence_accepted")

    def build(self) -> None:
        super().build()
        self.claimed = service.service_of(self.context).claimed
        if self.claimed:
            self.fields["evidence"] = forms.CharField(
                label=_("登记的工作许可之前的工作年限，凭什么证据认定"),
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("例如：此前的工作许可证、社会保险缴费记录。认定工作年限符合的，必须填写。"),
            )

    def clean(self) -> dict[str, Any]:
        evidence = str(self.cleaned_data.get("evidence") or "")
        data = super().clean()
        met = data["conditions"].get(LONG_ENOUGH) == "met"
        if self.claimed and met and not evidence:
            self.add_error(
                "evidence", _("工作许可登记不能证明全部工作年限。请写明据以认定的证据，或者认定为不符合。")
            )
        return {**data, "evidence": evidence, "evidence_accepted": bool(self.claimed and met and evidence)}


def ahead(form: StepForm) -> Any:
    """A day by which something is asked for lies ahead."""
    day = form.cleaned_data["outcome_due"]
    if day <= form.context.today:
        raise forms.ValidationError(_("请填写今天以后的日期。"))
    return day


class HandOverForm(StepForm):
    """To which body that forms the committee the case goes, and by when it is asked to report (S003-18)."""

    clear: ClassVar[tuple[str, ...]] = ("body", "outcome_due")

    body = forms.CharField(
        label=_("职称评审委员会组建单位"),
        max_length=120,
        error_messages={"required": _("请填写接收材料的评审委员会组建单位。")},
    )
    outcome_due = day_field(_("请组建单位在此日前反馈评审结果"))

    def clean_outcome_due(self) -> Any:
        return ahead(self)


class ChaseForm(StepForm):
    """By when the body is asked once more to report."""

    clear: ClassVar[tuple[str, ...]] = ("outcome_due",)

    outcome_due = day_field(_("请组建单位在此日前反馈评审结果"))

    def clean_outcome_due(self) -> Any:
        return ahead(self)


class OutcomeForm(StepForm):
    """What the committee decided, as the body reported it."""

    clear: ClassVar[tuple[str, ...]] = ("evaluated", "awarded_level", "decided_on", "certificate")

    evaluated = forms.ChoiceField(
        label=_("评审结果"),
        choices=[
            ("awarded", pgettext_lazy("evaluation", "评审通过")),
            ("not_awarded", pgettext_lazy("evaluation", "评审未通过")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择评审结果。")},
    )
    awarded_level = forms.ChoiceField(
        label=_("取得的职称级别"), choices=[("", _("未取得")), *LEVELS], required=False
    )
    decided_on = day_field(_("评审结果日期"))
    certificate = forms.CharField(
        label=_("证书或者文件编号"), max_length=60, required=False, help_text=_("评审通过的填写。")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        awarded = data.get("evaluated") == "awarded"
        if awarded and not data.get("awarded_level"):
            self.add_error("awarded_level", _("评审通过的，请选择取得的职称级别。"))
        if awarded and not data.get("certificate"):
            self.add_error("certificate", _("评审通过的，请填写证书或者文件编号。"))
        if data.get("evaluated") == "not_awarded" and (data.get("awarded_level") or data.get("certificate")):
            self.add_error("evaluated", _("评审未通过的，不能填写取得的级别和证书编号。"))
        on, since = data.get("decided_on"), getattr(self.context.case, "handed_over_on", None)
        if on and on > self.context.today:
            self.add_error("decided_on", _("评审结果日期不能晚于今天。"))
        elif on and since and on < since:
            self.add_error("decided_on", _("评审结果日期不能早于移交日期。"))
        return data


class ReexaminationForm(ReasonForm):
    """Why the result is contested (复查)."""
