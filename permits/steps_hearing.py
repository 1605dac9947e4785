"""Statements of the parties and the hearing (行政许可法 36, 46–48): for a decision on an application and for what the office begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.steps import Act, Pauses, step

from . import notices_process as papers
from . import rules_process as rules
from .forms_process import HearingForm, RecordForm, RightsForm, StatementForm

if TYPE_CHECKING:
    from .models import PermitCase

APPLIED, OFFICE = ("applied",), ("ex_officio",)
HEARD_BY = (
    roles.window_clerk,
    roles.acceptance_officer,
    roles.first_reviewer,
    roles.second_reviewer,
    roles.decider,
    roles.handling_officer,
    roles.leader,
)


class HearingSteps:
    @step(
        source="second_reviewed",
        target="rights_told",
        by=roles.decider,
        label=pgettext_lazy("step", "告知听证权利"),
        stage="decide",
        form=RightsForm,
        origins=APPLIED,
        starts=["hearing_request"],
        sends=[papers.RIGHTS],
        cites="行政许可法 46、47",
    )
    def tell_rights(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_opened",
        target="rights_told",
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "告知事实、理由和权利"),
        stage="first_review",
        form=RightsForm,
        origins=OFFICE,
        starts=["hearing_request"],
        sends=[papers.RIGHTS],
        tone="primary",
        cites="行政许可法 7、36、47",
    )
    def tell_office(self: PermitCase, act: Act) -> None: ...

    @step(
        source=(
            "accepted",
            "first_reviewed",
            "second_reviewed",
            "rights_told",
            "hearing_asked",
            "hearing_set",
            "office_ready",
        ),
        target=None,
        by=roles.applicant,
        label=pgettext_lazy("step", "陈述和申辩"),
        form=StatementForm,
        cites="行政许可法 7、36",
    )
    def state_views(self: PermitCase, act: Act) -> None: ...

    @step(
        source="rights_told",
        target="hearing_asked",
        by=roles.applicant,
        label=pgettext_lazy("step", "申请听证"),
        form=ReasonForm,
        needs=[rules.hearing_known],
        meets=["hearing_request"],
        starts=["hearing"],
        pauses=Pauses("decision", "hearing", if_runs=True),
        sends=[papers.HEARING_RECEIPT],
        tone="primary",
        cites="行政许可法 45、47",
    )
    def request_hearing(self: PermitCase, act: Act) -> None: ...

    @step(
        source="rights_told",
        target="second_reviewed",
        by=roles.applicant,
        label=pgettext_lazy("step", "放弃听证"),
        origins=APPLIED,
        meets=["hearing_request"],
        cites="行政许可法 47",
    )
    def waive_hearing(self: PermitCase, act: Act) -> None: ...

    @step(
        source="rights_told",
        target="office_ready",
        by=roles.applicant,
        label=pgettext_lazy("step", "放弃听证"),
        origins=OFFICE,
        meets=["hearing_request"],
        cites="行政许可法 47",
    )
    def waive_office_hearing(self: PermitCase, act: Act) -> None: ...

    @step(
        source="rights_told",
        target="second_reviewed",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未申请听证"),
        origins=APPLIED,
        when_due="hearing_request",
        meets=["hearing_request"],
        cites="行政许可法 47",
    )
    def hearing_not_asked(self: PermitCase, act: Act) -> None: ...

    @step(
        source="rights_told",
        target="office_ready",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未申请听证"),
        origins=OFFICE,
        when_due="hearing_request",
        meets=["hearing_request"],
        cites="行政许可法 47",
    )
    def office_hearing_not_asked(self: PermitCase, act: Act) -> None: ...

    @step(
        source=("hearing_asked", "hearing_set"),
        target="hearing_set",
        by=(roles.leader, roles.decider),
        label=pgettext_lazy("step", "组织听证并通知"),
        form=HearingForm,
        needs=[rules.a_chair_is_left],
        sends=[papers.HEARING_NOTICE],
        tone="primary",
        cites="行政许可法 47、48(一)(四)",
    )
    def set_hearing(self: PermitCase, act: Act) -> None:
        self.hearing_on = act.data["held_on"]
        self.hearing_chair_id = int(act.data["chair"])

    @step(
        source="hearing_set",
        target="second_reviewed",
        by=HEARD_BY,
        label=pgettext_lazy("step", "听证结束，提交笔录"),
        form=RecordForm,
        needs=[rules.only_the_chair, rules.hearing_day_has_come],
        origins=APPLIED,
        meets=["hearing"],
        resumes="decision",
        sends=[papers.HEARING_RECORD],
        tone="primary",
        cites="行政许可法 48(五)",
    )
    def close_hearing(self: PermitCase, act: Act) -> None: ...

    @step(
        source="hearing_set",
        target="office_ready",
        by=HEARD_BY,
        label=pgettext_lazy("step", "听证结束，提交笔录"),
        form=RecordForm,
        needs=[rules.only_the_chair, rules.hearing_day_has_come],
        origins=OFFICE,
        meets=["hearing"],
        sends=[papers.HEARING_RECORD],
        tone="primary",
        cites="行政许可法 48(五)",
    )
    def close_office_hearing(self: PermitCase, act: Act) -> None: ...
