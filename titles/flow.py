"""The steps of a review of title application conditions, with who takes them, what they need and on what they rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import ReasonForm, RefusalForm, RemarkForm, ServeForm, SupplementForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, Starts, step
from foreignwork.cases.supplements import every_item_answered, materials_in_hand
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules

if TYPE_CHECKING:
    from .models import TitleCase


IN_HAND = ("submitted", "supplement", "reviewed", "reexamination")
UNDECIDED = ("awaiting_permit", "waiting_eligible", "ready", "submitted", "supplement", "reviewed")
REVIEWERS = (roles.handling_officer, roles.decider, roles.second_reviewer, roles.leader)
REEXAMINERS = (roles.second_reviewer, roles.leader)
WITH_PAPERS = (
    "submitted",
    "supplement",
    "passed",
    "not_passed",
    "handed_over",
    "evaluated",
    "reexamination",
    "upheld",
    "withdrawn",
    "ended",
)


class TitleFlow:
    @step(
        source=NEW,
        target="awaiting_permit",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "随联办件登记，等待工作许可"),
        cites="S003-26、S003-87；law-notes 15",
    )
    def queue(self: TitleCase, act: Act) -> None: ...

    @step(
        source=NEW,
        target="waiting_eligible",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交职称申报意向"),
        starts=[Starts(rules.LIMIT, on=rules.counted_from)],
        cites="S003-17；law-notes 16",
    )
    def file(self: TitleCase, act: Act) -> None: ...

    @step(
        source=("awaiting_permit", "waiting_eligible"),
        target="ready",
        by=roles.system,
        label=pgettext_lazy("step", "工作年限已满足，可以申报"),
        needs=[gate_open, rules.worked_long_enough],
        form=forms.EligibleBasis,
        when_open=True,
        meets=[rules.LIMIT],
        cites="S003-17；law-notes 16",
    )
    def become_ready(self: TitleCase, act: Act) -> None:
        self.eligible_on = act.data["eligible_on"]

    @step(
        source="awaiting_permit",
        target="waiting_eligible",
        by=roles.system,
        label=pgettext_lazy("step", "工作年限未满，等待届满"),
        needs=[gate_open, rules.not_yet_long_enough],
        form=forms.EligibleBasis,
        when_open=True,
        starts=[Starts(rules.LIMIT, on=rules.counted_from)],
        cites="S003-17；law-notes 16",
    )
    def wait_eligible(self: TitleCase, act: Act) -> None:
        self.eligible_on = act.data["eligible_on"]

    @step(
        source="waiting_eligible",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "按登记的日期重新计算可以申报之日"),
        needs=[rules.not_yet_long_enough, rules.start_is_news],
        form=forms.EligibleBasis,
        when_open=True,
        meets=[rules.LIMIT],
        starts=[Starts(rules.LIMIT, on=rules.counted_from)],
        cites="S003-17；law-notes 16",
    )
    def recount(self: TitleCase, act: Act) -> None:
        self.eligible_on = act.data["eligible_on"]

    @step(
        source="waiting_eligible",
        target="ready",
        by=roles.system,
        label=pgettext_lazy("step", "工作年限届满，可以申报"),
        needs=[gate_open, rules.worked_long_enough],
        form=forms.EligibleBasis,
        when_due=rules.LIMIT,
        meets=[rules.LIMIT],
        cites="S003-17；law-notes 16",
    )
    def become_eligible(self: TitleCase, act: Act) -> None:
        self.eligible_on = act.data["eligible_on"]

    @step(
        source=("ready", "waiting_eligible"),
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报职称条件审核"),
        needs=[gate_open, rules.worked_long_enough, rules.status_held, materials_in_hand],
        form=forms.ApplyForm,
        repins=True,
        meets=[rules.LIMIT],
        starts=["handling"],
        tone="primary",
        cites="S003-17、S003-87、S003-88",
    )
    def submit(self: TitleCase, act: Act) -> None:
        self.level = act.data["level"]
        self.series = act.data["series"]
        self.specialty = act.data["specialty"]

    @step(
        source="submitted",
        target="supplement",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "一次性告知补正"),
        stage="review",
        form=SupplementForm,
        asks=True,
        meets=["handling"],
        starts=["supplement"],
        sends=[notices.SUPPLEMENT],
        cites="S003-27；law-notes 5",
    )
    def request_supplement(self: TitleCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "提交补正材料"),
        needs=[every_item_answered],
        answers=True,
        repins=True,
        meets=["supplement"],
        starts=["handling"],
        tone="primary",
        cites="S003-27",
    )
    def answer_supplement(self: TitleCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="ended",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未补正终止"),
        when_due="supplement",
        sends=[notices.ENDED],
        cites="政策包公布的补正期限；law-notes 5",
    )
    def end_unanswered(self: TitleCase, act: Act) -> None: ...

    @step(
        source="submitted",
        target="reviewed",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "逐项审核申报条件"),
        stage="review",
        form=forms.ReviewForm,
        tone="primary",
        cites="S003-17、S003-87、S003-88",
    )
    def review(self: TitleCase, act: Act) -> None: ...

    @step(
        source="reviewed",
        target="submitted",
        by=roles.decider,
        label=pgettext_lazy("step", "退回重新审核"),
        stage="decide",
        form=ReasonForm,
        cites="S003-17",
    )
    def send_back(self: TitleCase, act: Act) -> None: ...

    @step(
        source="reviewed",
        target="passed",
        by=roles.decider,
        label=pgettext_lazy("step", "审核通过"),
        stage="decide",
        needs=[gate_open, rules.worked_long_enough, rules.status_held, rules.all_conditions_met],
        form=RemarkForm,
        meets=["handling"],
        starts=["handover"],
        issues=rules.title_draft,
        sends=[notices.PASSED, notices.PASSED_PERSON],
        tone="primary",
        cites="S003-17、S003-18、S003-40",
    )
    def pass_conditions(self: TitleCase, act: Act) -> None: ...

    @step(
        source="reviewed",
        target="not_passed",
        by=roles.decider,
        label=pgettext_lazy("step", "审核不通过"),
        stage="decide",
        form=RefusalForm,
        meets=["handling"],
        sends=[notices.FAILED, notices.FAILED_PERSON],
        tone="danger",
        cites="S003-18、S003-40；law-notes 13",
    )
    def fail_conditions(self: TitleCase, act: Act) -> None: ...

    @step(
        source="passed",
        target="handed_over",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "移交评审委员会组建单位"),
        form=forms.HandOverForm,
        meets=["handover"],
        sends=[notices.HANDOVER],
        tone="primary",
        cites="S003-18；law-notes 24",
    )
    def hand_over(self: TitleCase, act: Act) -> None:
        self.body = act.data["body"]
        self.handed_over_on = act.today
        self.outcome_due = act.data["outcome_due"]

    @step(
        source="handed_over",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "催办评审结果"),
        needs=[rules.outcome_overdue],
        form=forms.ChaseForm,
        sends=[notices.CHASE],
        cites="S003-18；law-notes 24",
    )
    def chase_outcome(self: TitleCase, act: Act) -> None:
        self.outcome_due = act.data["outcome_due"]

    @step(
        source="handed_over",
        target="evaluated",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "记录评审结果"),
        form=forms.OutcomeForm,
        sends=[notices.EVALUATED, notices.EVALUATED_PERSON],
        tone="primary",
        cites="S003-18、S003-40",
    )
    def record_outcome(self: TitleCase, act: Act) -> None:
        self.awarded_level = act.data["awarded_level"]
        self.certificate = act.data["certificate"]
        self.evaluated_on = act.data["decided_on"]

    @step(
        source="not_passed",
        target="reexamination",
        by=(roles.applicant, roles.person),
        label=pgettext_lazy("step", "申请复查"),
        form=forms.ReexaminationForm,
        starts=["reexamination"],
        cites="law-notes 13",
    )
    def ask_reexamination(self: TitleCase, act: Act) -> None: ...

    @step(
        source="reexamination",
        target="upheld",
        by=REEXAMINERS,
        label=pgettext_lazy("step", "复查维持原结果"),
        stage="reexamine",
        form=ReasonForm,
        meets=["reexamination"],
        sends=[notices.UPHELD],
        cites="law-notes 13",
    )
    def uphold(self: TitleCase, act: Act) -> None: ...

    @step(
        source="reexamination",
        target="passed",
        by=REEXAMINERS,
        label=pgettext_lazy("step", "复查改为通过"),
        stage="reexamine",
        needs=[gate_open, rules.worked_long_enough, rules.status_held],
        form=ReasonForm,
        meets=["reexamination"],
        starts=["handover"],
        issues=rules.title_draft,
        sends=[notices.OVERTURNED, notices.PASSED_PERSON],
        tone="primary",
        cites="law-notes 13",
    )
    def overturn(self: TitleCase, act: Act) -> None: ...

    close_unopened = everyday.close_unopened(source=("awaiting_permit", "waiting_eligible"))

    recuse = everyday.recuse(source=IN_HAND, by=REVIEWERS)

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
    def serve(self: TitleCase, act: Act) -> None: ...
