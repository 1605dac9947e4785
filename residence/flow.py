"""The steps of a work-type residence permit, with who takes them, what they need and which article they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.appointments import steps as visits
from foreignwork.cases import everyday
from foreignwork.cases.forms import RefusalForm, ServeForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, Starts, step
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase

NOT_BEGUN = ("awaiting_permit", "ready_to_apply")
IN_HAND = ("applied", "supplement", "receipt_given", "verified")
UNDECIDED = ("awaiting_permit", "ready_to_apply", "applied", "supplement", "receipt_given", "verified")
WITH_PAPERS = (
    "applied",
    "supplement",
    "receipt_given",
    "verified",
    "granted",
    "refused",
    "withdrawn",
    "ended",
)


def forget_asking(case: ResidenceCase) -> None:
    """A visit given up or missed was no application: lateness counts to the day of the next one."""
    case.asked_on = None


class ResidenceFlow:
    @step(
        source=NEW,
        target="awaiting_permit",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "随联办件登记，等待前置事项"),
        cites="S003-33；law-notes 14、15",
    )
    def queue(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source=NEW,
        target="ready_to_apply",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交居留证件申请意向"),
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30；law-notes 15",
    )
    def file(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="awaiting_permit",
        target="ready_to_apply",
        by=roles.system,
        label=pgettext_lazy("step", "前置事项办结，可以申请"),
        needs=[gate_open, rules.in_china_or_entered],
        form=forms.EntryBasis,
        when_open=True,
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30 第一款；law-notes 14",
    )
    def become_ready(self: ResidenceCase, act: Act) -> None:
        self.entered_on = act.data["entered_on"]

    @step(
        source="ready_to_apply",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "按登记的入境日期计算申请期限"),
        needs=[rules.entry_is_news],
        form=forms.EntryBasis,
        when_open=True,
        meets=["apply"],
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30 第一款；law-notes 14",
    )
    def note_entry(self: ResidenceCase, act: Act) -> None:
        self.entered_on = act.data["entered_on"]

    @step(
        source="ready_to_apply",
        target="applied",
        by=(roles.applicant, roles.person),
        label=pgettext_lazy("step", "预约到窗口申请"),
        needs=[rules.in_china_or_entered, rules.materials_in_hand],
        form=forms.VisitForm,
        repins=True,
        books="take",
        meets=["apply"],
        tone="primary",
        cites="出境入境管理法 30 第一款；条例 16、19；law-notes 18",
    )
    def apply(self: ResidenceCase, act: Act) -> None:
        self.days_late = act.data["days_late"]
        self.asked_on = self.asked_on or act.today

    @step(
        source="ready_to_apply",
        target="applied",
        by=roles.window_clerk,
        label=pgettext_lazy("step", "接待未预约到场的申请人"),
        needs=[rules.in_china_or_entered, rules.materials_in_hand],
        form=forms.WalkInForm,
        repins=True,
        meets=["apply"],
        cites="出境入境管理法 30 第一款；条例 16、19",
    )
    def receive_walk_in(self: ResidenceCase, act: Act) -> None:
        self.days_late = act.data["days_late"]

    book_visit = visits.book(source=("applied",))

    move_visit = visits.move(source=("applied", "supplement"))

    cancel_visit = visits.cancel(
        source=("applied",),
        target="ready_to_apply",
        starts=[Starts("apply", on=rules.entry_day)],
        body=forget_asking,
    )

    record_missed = visits.missed(
        source=("applied",),
        target="ready_to_apply",
        by=(roles.window_clerk, roles.handling_officer),
        starts=[Starts("apply", on=rules.entry_day)],
        body=forget_asking,
    )

    displace_visit = visits.displaced(
        source=("applied",), target="ready_to_apply", sends=[notices.VISIT_GONE]
    )

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
        target="receipt_given",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "受理并出具回执"),
        stage="give_receipt",
        needs=[rules.passport_valid],
        form=forms.ReceiptForm,
        starts=["decision"],
        books="attend",
        sends=[notices.RESIDENCE_RECEIPT],
        tone="primary",
        cites="条例 16、18、36 末款；S003-35",
    )
    def give_receipt(self: ResidenceCase, act: Act) -> None:
        self.accepted_on = act.today
        self.receipt_until = act.data["receipt_until"]

    @step(
        source="receipt_given",
        target="verified",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "核实申请事由"),
        stage="verify",
        form=forms.VerifyForm,
        tone="primary",
        cites="条例 20；S003-34；law-notes 19",
    )
    def verify(self: ResidenceCase, act: Act) -> None:
        self.verified_by = act.data["method"]

    @step(
        source="verified",
        target="granted",
        by=roles.decider,
        label=pgettext_lazy("step", "签发居留证件"),
        stage="decide",
        needs=[gate_open, rules.passport_valid],
        form=forms.GrantForm,
        meets=["decision"],
        issues=rules.residence_draft,
        sends=[notices.RESIDENCE_GRANT],
        tone="primary",
        cites="出境入境管理法 30 第二款、第三款；条例 18",
    )
    def grant(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source=("receipt_given", "verified"),
        target="refused",
        by=roles.decider,
        label=pgettext_lazy("step", "不予签发"),
        stage="decide",
        form=RefusalForm,
        meets=["decision"],
        sends=[notices.RESIDENCE_REFUSAL],
        tone="danger",
        cites="出境入境管理法 31、36",
    )
    def refuse(self: ResidenceCase, act: Act) -> None: ...

    close_unopened = everyday.close_unopened(source=NOT_BEGUN)

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
        cites="条例 18；S003-39；law-notes 1",
    )
    def serve(self: ResidenceCase, act: Act) -> None: ...
