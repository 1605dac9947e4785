"""The steps of a work permit from the acceptance to the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ConditionsForm, ReasonForm, RefusalForm, RemarkForm
from foreignwork.cases.steps import Act, Starts, step

from . import commitments, gaps, kinds, notices, rules, rules_card, rules_ends, rules_kinds, rules_people

if TYPE_CHECKING:
    from .models import PermitCase


class ReviewSteps:
    @step(
        source="accepted",
        target="first_reviewed",
        by=roles.first_reviewer,
        label=pgettext_lazy("step", "一级审查"),
        stage="first_review",
        assigns=roles.second_reviewer,
        form=ConditionsForm,
        tone="primary",
        cites="行政许可法 34；S001-20",
    )
    def first_review(self: PermitCase, act: Act) -> None: ...

    @step(
        source="first_reviewed",
        target="second_reviewed",
        by=roles.second_reviewer,
        label=pgettext_lazy("step", "二级审查"),
        stage="second_review",
        passes=True,
        assigns=roles.decider,
        form=ConditionsForm,
        tone="primary",
        cites="行政许可法 34；S000-38",
    )
    def second_review(self: PermitCase, act: Act) -> None: ...

    @step(
        source="second_reviewed",
        target="accepted",
        by=roles.decider,
        label=pgettext_lazy("step", "退回重新审查"),
        stage="decide",
        assigns=roles.first_reviewer,
        form=ReasonForm,
        origins=("applied",),
        cites="S001-23",
    )
    def send_back(self: PermitCase, act: Act) -> None: ...

    @step(
        source="second_reviewed",
        target="granted",
        by=roles.decider,
        label=pgettext_lazy("step", "准予许可"),
        within=kinds.GRANTING,
        stage="decide",
        needs=[
            rules.passport_long_enough,
            rules_kinds.no_active_permit,
            rules.no_permit_elsewhere,
            rules_kinds.has_a_term,
            rules.checklist_made,
            rules.all_conditions_met,
            gaps.supplied_before_the_decision,
            rules_people.nothing_tainted,
            rules_people.no_open_objection,
        ],
        form=RemarkForm,
        meets=["decision"],
        starts=[
            "delivery",
            Starts("entry", on=rules_ends.granted_abroad),
            Starts("commitment", on=commitments.granted_on_promise),
        ],
        issues=rules_kinds.permit_draft,
        marks=rules_card.to_load,
        sends=[
            notices.GRANT,
            notices.RENEWAL,
            notices.CHANGED,
            notices.REISSUED,
            notices.CONFIRMATION,
            notices.PERMIT_NOTICE,
            notices.E_PERMIT,
        ],
        tone="primary",
        cites="行政许可法 38、39；S003-25",
    )
    def grant(self: PermitCase, act: Act) -> None:
        if self.sub_matter in kinds.GIVING and self.sub_matter not in kinds.OUTSIDE:
            self.card_issued_on = act.today

    @step(
        source="second_reviewed",
        target="cancelled",
        by=roles.decider,
        label=pgettext_lazy("step", "准予注销"),
        within=(kinds.CANCEL,),
        stage="decide",
        needs=[
            rules.checklist_made,
            rules.all_conditions_met,
            rules_people.nothing_tainted,
            rules_people.no_open_objection,
        ],
        form=RemarkForm,
        ends=True,
        meets=["decision"],
        starts=["delivery"],
        sends=[notices.CANCELLATION],
        tone="primary",
        cites="行政许可法 70",
    )
    def cancel(self: PermitCase, act: Act) -> None: ...

    @step(
        source="second_reviewed",
        target="refused",
        by=roles.decider,
        label=pgettext_lazy("step", "不予许可"),
        stage="decide",
        needs=[rules.checklist_made],
        form=RefusalForm,
        meets=["decision"],
        sends=[notices.REFUSAL],
        tone="danger",
        cites="行政许可法 38 第二款；S003-28",
    )
    def refuse(self: PermitCase, act: Act) -> None: ...
