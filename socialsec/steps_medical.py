"""The medical part at its own office: opened by the system beside the registration, confirmed or not by that office alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import RefusalForm
from foreignwork.cases.steps import NEW, Act, step

from . import forms_medical, notices_medical, rules_medical

if TYPE_CHECKING:
    from .models import InsuranceCase


class MedicalSteps:
    @step(
        source=NEW,
        target="medical_open",
        by=roles.system,
        label=pgettext_lazy("step", "社会保险经办机构转来医保部分"),
        within=[rules_medical.PART],
        origins=("ex_officio",),
        form=forms_medical.OpenForm,
        starts=["handling"],
        marks=rules_medical.marked("pending"),
        cites="社会保险经办条例 4、6、60；law-notes 17",
    )
    def open_medical(self: InsuranceCase, act: Act) -> None:
        self.declared = act.data["covers"]
        self.changes_from = act.data["month"]

    @step(
        source="medical_open",
        target="medical_confirmed",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "确认医保登记"),
        within=[rules_medical.PART],
        origins=("ex_officio",),
        stage="register",
        form=forms_medical.ConfirmForm,
        meets=["handling"],
        marks=rules_medical.marked("confirmed"),
        sends=[notices_medical.CONFIRMED],
        tone="primary",
        cites="社会保险经办条例 4、6、60",
    )
    def confirm_medical(self: InsuranceCase, act: Act) -> None:
        self.changes_from = act.data["month"]

    @step(
        source="medical_open",
        target="medical_refused",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "医保部分不予登记"),
        within=[rules_medical.PART],
        origins=("ex_officio",),
        stage="register",
        form=RefusalForm,
        meets=["handling"],
        marks=rules_medical.marked("refused"),
        sends=[notices_medical.REFUSED],
        tone="danger",
        cites="社会保险经办条例 6；社保法 83",
    )
    def refuse_medical(self: InsuranceCase, act: Act) -> None: ...
