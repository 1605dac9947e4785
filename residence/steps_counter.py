"""At the counter and after it: papers told once, the receipt with the passport kept, nationality, verification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.appointments import steps as visits
from foreignwork.cases.forms import DeclineForm
from foreignwork.cases.steps import Act, step
from foreignwork.cases.supplements import nothing_awaited

from . import forms, forms_counter, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase


class CounterSteps:
    @step(
        source="applied",
        target="supplement",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "一次性告知补正"),
        stage="give_receipt",
        form=forms.AskForm,
        asks=True,
        books="pass",
        starts=["supplement"],
        sends=[notices.SUPPLEMENT],
        cites="条例 18 第二款",
    )
    def request_supplement(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="applied",
        by=roles.applicant,
        label=pgettext_lazy("step", "提交补正材料"),
        needs=[rules.every_item_answered],
        answers=True,
        repins=True,
        meets=["supplement"],
        tone="primary",
        cites="条例 18 第二款",
    )
    def answer_supplement(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="ended",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未补正终止"),
        when_due="supplement",
        sends=[notices.FILING_ENDED],
        cites="政策包公布的补正期限；law-notes 5",
    )
    def end_unanswered(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="applied",
        target="declined",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "不予受理"),
        stage="give_receipt",
        form=DeclineForm,
        books="pass",
        sends=[notices.DECLINE],
        tone="danger",
        cites="出境入境管理法 30 第一款；条例 16",
    )
    def decline(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="applied",
        target="receipt_given",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "受理并出具回执"),
        stage="give_receipt",
        needs=[rules.passport_valid, nothing_awaited],
        form=forms_counter.ReceiptForm,
        starts=["decision"],
        books="attend",
        sends=[notices.RESIDENCE_RECEIPT],
        tone="primary",
        cites="条例 16、18、36 末款；S003-35",
    )
    def give_receipt(self: ResidenceCase, act: Act) -> None:
        self.accepted_on = act.today
        self.receipt_until = act.data["receipt_until"]
        self.passport_taken_on = act.today
        if act.data["foreign_nationality"]:
            self.nationality_on = act.today

    @step(
        source=("receipt_given", "verified"),
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "审核确认外国国籍"),
        stage="verify",
        needs=[rules.nationality_open],
        form=forms_counter.NationalityForm,
        cites="条例 16；S003-35",
    )
    def confirm_nationality(self: ResidenceCase, act: Act) -> None:
        self.nationality_on = act.today if act.data["result"] == "foreign" else None

    @step(
        source="receipt_given",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "通知面谈"),
        stage="verify",
        needs=[visits.has_no_visit],
        form=forms_counter.InterviewForm,
        books="take",
        sends=[notices.INTERVIEW_CALL],
        cites="条例 20；S003-36",
    )
    def call_to_interview(self: ResidenceCase, act: Act) -> None: ...

    displace_interview = visits.displaced(
        source=("receipt_given",), target=None, sends=[notices.VISIT_GONE], name="displace_interview"
    )

    @step(
        source="receipt_given",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "登记未到场面谈"),
        stage="verify",
        needs=[visits.visit_is_over],
        form=forms_counter.InterviewMissedForm,
        books="miss",
        cites="条例 20；S003-37",
    )
    def record_interview_missed(self: ResidenceCase, act: Act) -> None:
        self.interview_missed = act.data["excused"]

    @step(
        source="receipt_given",
        target="verified",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "核实申请事由"),
        stage="verify",
        form=forms_counter.VerifyForm,
        books="settle",
        tone="primary",
        cites="条例 20；S003-34；law-notes 19",
    )
    def verify(self: ResidenceCase, act: Act) -> None:
        self.verified_by = act.data["method"]
