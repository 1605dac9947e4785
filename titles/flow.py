"""The steps of a review of title application conditions, with who takes them, what they need and on what they rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import ConditionsForm, ReasonForm, RefusalForm, RemarkForm, ServeForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, Starts, step
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules

if TYPE_CHECKING:
    from .models import TitleCase


IN_HAND = ("submitted", "reviewed")
UNDECIDED = ("awaiting_permit", "waiting_eligible", "ready", "submitted", "reviewed")


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
        source="ready",
        target="submitted",
        by=roles.applicant,
        label=pgettext_lazy("step", "申报职称条件审核"),
        needs=[rules.materials_in_hand],
        form=forms.ApplyForm,
        repins=True,
        starts=["handling"],
        tone="primary",
        cites="S003-17、S003-88",
    )
    def submit(self: TitleCase, act: Act) -> None:
        self.level = act.data["level"]
        self.series = act.data["series"]
        self.specialty = act.data["specialty"]

    @step(
        source="submitted",
        target="reviewed",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "逐项审核申报条件"),
        stage="review",
        form=ConditionsForm,
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
        needs=[gate_open, rules.worked_long_enough, rules.all_conditions_met],
        form=RemarkForm,
        meets=["handling"],
        issues=rules.title_draft,
        sends=[notices.PASSED],
        tone="primary",
        cites="S003-17、S003-18",
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
        sends=[notices.FAILED],
        tone="danger",
        cites="S003-18；law-notes 13",
    )
    def fail_conditions(self: TitleCase, act: Act) -> None: ...

    close_unopened = everyday.close_unopened(source=("awaiting_permit", "waiting_eligible"))

    recuse = everyday.recuse(source=IN_HAND, by=(roles.handling_officer, roles.decider))

    withdraw = everyday.withdraw(source=UNDECIDED)

    @step(
        source=("passed", "not_passed"),
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
