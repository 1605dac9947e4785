"""Steps about the people of a case: reassigned, objected to, reviewed again, sent to the office competent for its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, Starts, step

from . import kinds
from . import notices_ends as papers
from . import rules_people as rules
from .forms_people import ClassForm, ObjectionDecisionForm, ObjectionForm, ReassignForm, ReviewAgainForm

if TYPE_CHECKING:
    from .models import PermitCase

UNDECIDED = (
    "filed",
    "pre_reviewed",
    "supplement",
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "rights_told",
    "hearing_asked",
    "hearing_set",
)
OFFICE = ("office_opened", "announced", "office_ready")
IN_REVIEW = ("accepted", "first_reviewed", "second_reviewed")


class PeopleSteps:
    @step(
        source=("filed", "pre_reviewed", *IN_REVIEW, "office_opened", "office_ready"),
        target=None,
        by=roles.leader,
        label=pgettext_lazy("step", "改派"),
        form=ReassignForm,
        needs=[rules.somebody_else],
        people="reassign",
        cites="S004-20",
    )
    def reassign(self: PermitCase, act: Act) -> None: ...

    @step(
        source=(*UNDECIDED, *OFFICE),
        target=None,
        by=roles.applicant,
        label=pgettext_lazy("step", "申请工作人员回避"),
        form=ObjectionForm,
        needs=[rules.no_open_objection, rules.somebody_acted],
        cites="行政许可法 48(四)；S004-18",
    )
    def object_to_officer(self: PermitCase, act: Act) -> None: ...

    @step(
        source=(*UNDECIDED, *OFFICE),
        target=None,
        by=roles.leader,
        label=pgettext_lazy("step", "决定是否回避"),
        form=ObjectionDecisionForm,
        needs=[rules.an_open_objection],
        people="set_aside",
        sends=[papers.OBJECTION_DECIDED],
        tone="primary",
        cites="S004-18",
    )
    def decide_objection(self: PermitCase, act: Act) -> None: ...

    @step(
        source=IN_REVIEW,
        target=None,
        by=(roles.acceptance_officer, roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "重新审查回避人员的环节"),
        form=ReviewAgainForm,
        needs=[rules.something_tainted],
        cites="S004-18",
    )
    def review_again(self: PermitCase, act: Act) -> None: ...

    @step(
        source=IN_REVIEW,
        target="accepted",
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "变更认定类别"),
        within=(kinds.ABROAD, kinds.IN_CHINA, kinds.CONFIRM),
        form=ClassForm,
        people="reroute",
        restarts=["decision"],
        starts=[Starts("decision", on=lambda context, act: context.case.accepted_on)],
        sends=[papers.RECLASSIFIED],
        cites="law-notes 21；外国人来华工作分类标准（试行）",
    )
    def change_class(self: PermitCase, act: Act) -> None:
        self.category = act.data["category"]
