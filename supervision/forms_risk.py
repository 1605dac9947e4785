"""Forms of risk: the stratum of an object, the judgement of a lead."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import policy
from .forms_office import LINES, OfficeForm, named
from .models import LeadJudgement


class LevelForm(OfficeForm):
    """Which stratum from today on, and why. It changes how often one is drawn, nothing else."""

    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["level"] = forms.ChoiceField(
            label=_("风险等级"),
            choices=named(self.own.strata),
            widget=forms.RadioSelect,
            error_messages={"required": _("请选择风险等级。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("依据"),
            max_length=500,
            widget=LINES,
            error_messages={"required": _("请写明依据的事实；风险等级须由人判断并说明理由。")},
        )


class JudgeForm(OfficeForm):
    def __init__(self, *args: Any, own: policy.Own, **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.fields["kind"] = forms.ChoiceField(
            label=_("判断"),
            choices=LeadJudgement.Kind.choices,
            widget=forms.RadioSelect,
            error_messages={"required": _("请作出判断。")},
        )
        self.fields["level"] = forms.ChoiceField(
            label=_("风险等级"),
            choices=[("", _("（不调整）")), *named(self.own.strata)],
            required=False,
            help_text=_("只在调整风险等级时选择。"),
        )
        self.fields["remark"] = forms.CharField(
            label=_("理由"),
            max_length=500,
            widget=LINES,
            error_messages={"required": _("请写明理由，线索记录中会保留。")},
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == "level" and not data.get("level"):
            self.add_error("level", _("请选择调整到哪一风险等级。"))
        return data
