"""What follows a finding: order to correct, re-inspection; 立案, notice, statement, hearing, decision or transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm, ServeForm
from foreignwork.cases.steps import Act, step
from foreignwork.notices.service import something_to_serve

from . import forms, forms_penalty, notices, rows, rules

if TYPE_CHECKING:
    from .models import Inspection

DECIDED = ("cleared", "corrected", "not_done", "transferred", "penalised", "not_penalised")
SPEAKERS = (roles.applicant, roles.inspector)


class PursuitFlow:
    @step(
        source="recorded",
        target="correcting",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "责令改正"),
        needs=[rules.something_found],
        form=forms.CorrectionForm,
        starts=["correction"],
        sends=[notices.CORRECTION],
        tone="primary",
        cites="行政处罚法 28；S000-35；law-notes 23",
    )
    def order_correction(self: Inspection, act: Act) -> None:
        self.result = "corrected_at_once"

    @step(
        source="correcting",
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "报告改正情况"),
        form=forms.CorrectionReportForm,
        cites="行政处罚法 28",
    )
    def report_correction(self: Inspection, act: Act) -> None: ...

    @step(
        source="correcting",
        target="corrected",
        by=roles.inspector,
        label=pgettext_lazy("step", "复查，已改正"),
        needs=[rules.on_the_team],
        form=forms.ReinspectForm,
        meets=["correction"],
        starts=["publication"],
        sends=[notices.REINSPECTED],
        marks=rows.people_found,
        tone="primary",
        cites="行政处罚法 28；S000-35",
    )
    def confirm_corrected(self: Inspection, act: Act) -> None:
        self.corrected_on = act.data["on"]

    @step(
        source="correcting",
        target="recorded",
        by=roles.inspector,
        label=pgettext_lazy("step", "复查，仍未改正"),
        needs=[rules.on_the_team],
        form=forms.ReinspectForm,
        meets=["correction"],
        sends=[notices.REINSPECTED],
        cites="行政处罚法 28",
    )
    def find_uncorrected(self: Inspection, act: Act) -> None: ...

    @step(
        source=("recorded", "correcting"),
        target="filed",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "批准立案"),
        stage="file_case",
        needs=[rules.something_found],
        form=ReasonForm,
        meets=["correction"],
        starts=["penalty"],
        sends=[notices.CASE_FILED],
        cites="行政处罚法 54 第二款；law-notes 22",
    )
    def file_case(self: Inspection, act: Act) -> None:
        self.result = "to_follow"

    @step(
        source="filed",
        target="told",
        by=roles.inspector,
        label=pgettext_lazy("step", "告知拟处罚内容和权利"),
        needs=[rules.on_the_team],
        form=forms.IntendedForm,
        starts=["statement"],
        sends=[notices.PENALTY_TOLD],
        tone="primary",
        cites="行政处罚法 44、45、63",
    )
    def tell(self: Inspection, act: Act) -> None: ...

    @step(
        source="told",
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "陈述、申辩"),
        form=forms.DefenceForm,
        cites="行政处罚法 45；S004-93",
    )
    def state_defence(self: Inspection, act: Act) -> None: ...

    @step(
        source="told",
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "要求听证"),
        needs=[rules.has_right_to_hearing, rules.hearing_in_time],
        form=forms.StatementForm,
        cites="行政处罚法 63、64(一)；S004-93",
    )
    def ask_hearing(self: Inspection, act: Act) -> None: ...

    @step(
        source="told",
        target=None,
        by=(roles.inspection_leader, roles.inspection_planner),
        label=pgettext_lazy("step", "通知听证的时间、地点"),
        needs=[rules.hearing_asked],
        form=forms_penalty.HearingNoticeForm,
        sends=[notices.HEARING],
        cites="行政处罚法 64(二)",
    )
    def announce_hearing(self: Inspection, act: Act) -> None:
        self.hearing_on = act.data["on"]

    @step(
        source="told",
        target=None,
        by=(roles.inspection_leader, roles.inspection_planner),
        label=pgettext_lazy("step", "登记听证笔录"),
        needs=[rules.hearing_asked, rules.chair_stands_outside, rules.hearing_day_has_come],
        form=forms_penalty.HearingForm,
        cites="行政处罚法 64、65",
    )
    def hold_hearing(self: Inspection, act: Act) -> None: ...

    @step(
        source="told",
        target="penalised",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "作出处罚决定"),
        stage="decide",
        needs=[rules.heard],
        form=forms_penalty.PenaltyForm,
        meets=["penalty", "statement"],
        starts=["publication"],
        sends=[notices.PENALTY],
        marks=rows.people_found,
        tone="danger",
        cites="行政处罚法 57、59、60",
    )
    def penalise(self: Inspection, act: Act) -> None: ...

    @step(
        source="told",
        target="not_penalised",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "不予处罚"),
        stage="decide",
        needs=[rules.heard],
        form=ReasonForm,
        meets=["penalty", "statement"],
        starts=["publication"],
        cites="行政处罚法 33、57",
    )
    def acquit(self: Inspection, act: Act) -> None: ...

    @step(
        source=("filed", "told"),
        target="transferred",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "移送"),
        stage="file_case",
        form=forms.TransferForm,
        meets=["penalty", "statement"],
        starts=["publication"],
        sends=[notices.TRANSFER],
        cites="行政处罚法 27；S004-57；law-notes 22",
    )
    def transfer(self: Inspection, act: Act) -> None:
        self.result = "to_follow"

    @step(
        source=("notified", "on_site", "recorded", "correcting", "filed", "told", *DECIDED),
        target=None,
        by=(roles.inspector, roles.applicant),
        label=pgettext_lazy("step", "办理送达"),
        needs=[something_to_serve],
        form=ServeForm,
        serves=True,
        sends=[notices.SERVICE_PROOF],
        cites="行政处罚法 61",
    )
    def serve(self: Inspection, act: Act) -> None: ...
