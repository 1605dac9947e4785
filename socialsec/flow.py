"""The steps of a social insurance registration, with who takes them, what they need and which article they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import RefusalForm, ServeForm, SupplementForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, Starts, step
from foreignwork.cases.supplements import every_item_answered, materials_in_hand
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules, rules_exempt, rules_medical
from .steps_after import REGISTER

if TYPE_CHECKING:
    from .models import InsuranceCase

IN_HAND = ("submitted", "returned", "medical_open")
UNDECIDED = ("awaiting_permit", "ready", "submitted", "returned")
WITH_PAPERS = (
    "submitted",
    "returned",
    "registered",
    "exemption_due",
    "end_due",
    "ended",
    "over",
    "not_registered",
    "medical_confirmed",
    "medical_refused",
    "withdrawn",
)


class InsuranceFlow:
    @step(
        source=NEW,
        target="awaiting_permit",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "随联办件登记，等待工作许可"),
        cites="S003-16、S003-26；law-notes 15",
    )
    def queue(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source=NEW,
        target="ready",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交社会保险登记意向"),
        starts=[Starts("register", on=rules.duty_from)],
        cites="社保法 58；law-notes 15、17",
    )
    def file(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="awaiting_permit",
        target="ready",
        by=roles.system,
        label=pgettext_lazy("step", "工作许可办结，可以申报"),
        needs=[gate_open],
        form=forms.DutyBasis,
        when_open=True,
        starts=[Starts("register", on=rules.duty_from)],
        cites="社保法 58；在中国境内就业的外国人参加社会保险暂行办法 4；law-notes 17",
    )
    def become_ready(self: InsuranceCase, act: Act) -> None:
        self.duty_from = act.data["duty_from"]

    @step(
        source="ready",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "按登记的日期计算申报期限"),
        needs=[rules.duty_is_news],
        form=forms.DutyBasis,
        when_open=True,
        meets=["register"],
        starts=[Starts("register", on=rules.duty_from)],
        cites="社保法 58；law-notes 17",
    )
    def note_duty(self: InsuranceCase, act: Act) -> None:
        self.duty_from = act.data["duty_from"]

    @step(
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报社会保险登记"),
        within=[REGISTER],
        needs=[rules.employer_registered, materials_in_hand],
        form=forms.DeclarationForm,
        repins=True,
        meets=["register"],
        starts=["handling"],
        makes=[notices.FORM],
        refers=rules.late_registration,
        sends=[notices.LATE],
        tone="primary",
        cites="社保法 57、58、97；社会保险经办条例 6；law-notes 18",
    )
    def submit(self: InsuranceCase, act: Act) -> None:
        self.start_month = act.data["start_month"]
        self.days_late = act.data["days_late"]
        self.declared = act.data["covers"]

    @step(
        source="submitted",
        target="returned",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "退回补正"),
        stage="accept",
        form=SupplementForm,
        asks=True,
        meets=["handling"],
        starts=["supplement"],
        sends=[notices.RETURNED],
        cites="社会保险经办条例 6；S003-27",
    )
    def return_items(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="returned",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "提交补正材料"),
        needs=[every_item_answered],
        answers=True,
        repins=True,
        meets=["supplement"],
        starts=["handling"],
        tone="primary",
        cites="社会保险经办条例 6",
    )
    def resubmit(self: InsuranceCase, act: Act) -> None: ...

    @step(
        source="submitted",
        target="registered",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "办理登记"),
        within=[REGISTER],
        stage="register",
        needs=[gate_open, rules.employer_registered],
        form=forms.RegisterForm,
        meets=["handling"],
        starts=[Starts(rules_exempt.RUNS, on=rules_exempt.newly_exempt_until)],
        issues=rules.insurance_draft,
        refers=rules_medical.passed_on,
        opens=rules_medical.PART,
        sends=[notices.REGISTERED],
        tone="primary",
        cites="社会保险经办条例 6；社保法 58",
    )
    def register(self: InsuranceCase, act: Act) -> None:
        self.start_month = act.data["start_month"]
        self.declared = act.data["covers"]
        self.assigned_number = act.data["number"]
        self.assigned_card = act.data["card"]

    @step(
        source="submitted",
        target="not_registered",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "不予登记"),
        stage="register",
        form=RefusalForm,
        meets=["handling"],
        sends=[notices.NOT_REGISTERED],
        tone="danger",
        cites="社保法 57、83；社会保险经办条例 6",
    )
    def refuse(self: InsuranceCase, act: Act) -> None: ...

    close_unopened = everyday.close_unopened(source=("awaiting_permit", "ready"))

    recuse = everyday.recuse(source=IN_HAND, by=(roles.handling_officer, roles.decider))

    withdraw = everyday.withdraw(source=UNDECIDED)

    @step(
        source=WITH_PAPERS,
        target=None,
        by=(roles.applicant, roles.window_clerk, roles.handling_officer),
        label=pgettext_lazy("step", "办理送达"),
        needs=[something_to_serve],
        form=ServeForm,
        serves=True,
        sends=[notices.SERVICE_PROOF],
        cites="S003-41；law-notes 1",
    )
    def serve(self: InsuranceCase, act: Act) -> None: ...
