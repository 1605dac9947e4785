"""After the registration: the card, the end of the permit it rests on, and change, suspension, resumption and end of cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import RemarkForm
from foreignwork.cases.steps import Act, Starts, step
from foreignwork.cases.supplements import materials_in_hand

from . import forms, forms_after, notices, rules, rules_exempt, rules_medical

if TYPE_CHECKING:
    from .models import InsuranceCase

REGISTER, CHANGE, SUSPEND, RESUME, END = "register", "change", "suspend", "resume", "end"
CHANGES = (CHANGE, SUSPEND, RESUME)


class AfterSteps:
    @step(
        source=("registered", "exemption_due", "end_due"),
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "记录社会保障卡加载结果"),
        needs=[rules.still_registered, rules.permit_on_file],
        form=forms_after.CardForm,
        marks=rules.card_mark,
        cites="S003-29、S003-32；社会保险经办条例 7",
    )
    def record_card(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source=("registered", "exemption_due"),
        target="end_due",
        by=roles.system,
        label=pgettext_lazy("step", "工作许可终止，应办理停保或者终止"),
        needs=[rules.permit_has_ended],
        when_open=True,
        starts=[Starts("deregister", on=rules.ended_on)],
        sends=[notices.END_DUE],
        cites="社会保险经办条例 9、10；在中国境内就业的外国人参加社会保险暂行办法 5",
    )
    def permit_ended(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="end_due",
        target="registered",
        by=roles.system,
        label=pgettext_lazy("step", "已有新的工作许可，继续参保"),
        needs=[rules.permit_again],
        when_open=True,
        meets=["deregister"],
        starts=[Starts(rules_exempt.RUNS, on=rules_exempt.exempt_until)],
        cites="社会保险经办条例 9",
    )
    def permit_renewed(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source=("registered", "exemption_due", "end_due"),
        target="over",
        by=roles.system,
        label=pgettext_lazy("step", "登记已由后续办件接续或者终止"),
        needs=[rules.registration_is_over],
        when_open=True,
        meets=["deregister", rules_exempt.RUNS, rules_exempt.DECLARE],
        cites="社会保险经办条例 10",
    )
    def close_over(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报参保信息变更"),
        within=[CHANGE],
        needs=[rules.employer_registered, materials_in_hand],
        form=forms.DeclarationForm,
        repins=True,
        starts=["handling"],
        makes=[notices.FORM],
        tone="primary",
        cites="社会保险经办条例 9、10",
    )
    def submit_change(self: InsuranceCase, act: Act) -> None:
        self.start_month = act.data["start_month"]
        self.declared = act.data["covers"]

    @step(
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报停保"),
        within=[SUSPEND],
        form=forms_after.FromMonthForm,
        repins=True,
        starts=["handling"],
        tone="primary",
        cites="社会保险经办条例 9、10",
    )
    def submit_suspension(self: InsuranceCase, act: Act) -> None:
        self.changes_from = act.data["from_month"]

    @step(
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报恢复参保"),
        within=[RESUME],
        needs=[rules.employer_registered, rules.is_suspended],
        form=forms_after.FromMonthForm,
        repins=True,
        starts=["handling"],
        tone="primary",
        cites="社会保险经办条例 9、10",
    )
    def submit_resumption(self: InsuranceCase, act: Act) -> None:
        self.changes_from = act.data["from_month"]

    @step(
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报终止参保"),
        within=[END],
        form=forms_after.EndForm,
        repins=True,
        starts=["handling"],
        tone="primary",
        cites="社会保险经办条例 10；在中国境内就业的外国人参加社会保险暂行办法 5",
    )
    def submit_end(self: InsuranceCase, act: Act) -> None:
        self.changes_from = act.data["last_month"]

    @step(
        source="submitted",
        target="registered",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "办理变更登记"),
        within=CHANGES,
        stage="register",
        form=RemarkForm,
        meets=["handling"],
        starts=[Starts(rules_exempt.RUNS, on=rules_exempt.exempt_until)],
        issues=rules.insurance_draft,
        refers=rules_medical.passed_on,
        opens=rules_medical.PART,
        sends=[notices.CHANGED],
        tone="primary",
        cites="社会保险经办条例 10",
    )
    def record_change(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="submitted",
        target="ended",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "办理终止登记"),
        within=[END],
        stage="register",
        form=RemarkForm,
        meets=["handling"],
        ends=True,
        refers=rules_medical.passed_on,
        opens=rules_medical.PART,
        sends=[notices.ENDED],
        tone="primary",
        cites="社会保险经办条例 10",
    )
    def record_end(self: InsuranceCase, act: Act) -> None: ...
