"""The decision, by another person than the one at the counter; inside the receipt's validity (条例 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import Act, step

from . import forms_decide, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase


class DecideSteps:
    @step(
        source="verified",
        target="granted",
        by=roles.decider,
        label=pgettext_lazy("step", "签发居留证件"),
        stage="decide",
        needs=[
            gate_open,
            rules.built_on_valid,
            rules.passport_valid,
            rules.nationality_confirmed,
            rules.period_possible,
        ],
        form=forms_decide.GrantForm,
        meets=["decision"],
        issues=rules.residence_draft,
        sends=[notices.RESIDENCE_GRANT],
        tone="primary",
        cites="出境入境管理法 30 第二款、第三款、32、33、35；条例 18",
    )
    def grant(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="verified",
        target="receipt_given",
        by=roles.decider,
        label=pgettext_lazy("step", "退回补充核实"),
        stage="decide",
        form=ReasonForm,
        cites="条例 20；S001-23",
    )
    def send_back(self: ResidenceCase, act: Act) -> None:
        self.verified_by = ""

    @step(
        source=("receipt_given", "verified"),
        target="refused",
        by=roles.decider,
        label=pgettext_lazy("step", "不予签发"),
        stage="decide",
        form=forms_decide.RefuseForm,
        meets=["decision"],
        sends=[notices.RESIDENCE_REFUSAL, notices.RESIDENCE_REFUSAL_ABOUT],
        tone="danger",
        cites="出境入境管理法 31、36；条例 21",
    )
    def refuse(self: ResidenceCase, act: Act) -> None: ...
