"""The outcomes of acceptance beside acceptance itself, and the ways an application or a permit ends by itself or is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import RemarkForm
from foreignwork.cases.steps import Act, step

from . import commitments, kinds, notices, rules_card, rules_ends, rules_kinds
from . import notices_ends as papers
from .forms_ends import CommitmentForm, CorrectionForm, EndForm, NewItemsForm, NotRequiredForm

if TYPE_CHECKING:
    from .models import PermitCase

BEFORE_ACCEPTANCE = ("filed", "pre_reviewed")
UNDECIDED_BY_OFFICE = (
    "filed",
    "pre_reviewed",
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "rights_told",
    "hearing_asked",
    "hearing_set",
)


class EndSteps:
    @step(
        source=BEFORE_ACCEPTANCE,
        target="not_required",
        by=roles.acceptance_officer,
        label=pgettext_lazy("step", "告知不需要许可，不受理"),
        stage="accept",
        form=NotRequiredForm,
        meets=["acceptance"],
        sends=[papers.NOT_REQUIRED],
        cites="行政许可法 32(一)",
    )
    def tell_not_required(self: PermitCase, act: Act) -> None: ...

    @step(
        source=BEFORE_ACCEPTANCE,
        target=None,
        by=(roles.window_clerk, roles.acceptance_officer),
        label=pgettext_lazy("step", "当场更正"),
        form=CorrectionForm,
        needs=[rules_ends.something_handed_in],
        cites="行政许可法 32(三)",
    )
    def correct_on_spot(self: PermitCase, act: Act) -> None: ...

    @step(
        source=BEFORE_ACCEPTANCE,
        target="supplement",
        by=roles.leader,
        label=pgettext_lazy("step", "批准增加补正事项"),
        form=NewItemsForm,
        needs=[rules_ends.told_once],
        asks=True,
        meets=["acceptance"],
        starts=["supplement"],
        sends=[notices.SUPPLEMENT],
        alerts=pgettext_lazy("alert", "一次告知之后增加了补正事项"),
        tone="danger",
        cites="行政许可法 32(四)、72(四)；law-notes 4",
    )
    def request_new_items(self: PermitCase, act: Act) -> None: ...

    @step(
        source=(*UNDECIDED_BY_OFFICE, "supplement"),
        target="terminated",
        by=roles.decider,
        label=pgettext_lazy("step", "终止办理"),
        form=EndForm,
        origins=("applied",),
        sends=[papers.TERMINATION],
        tone="danger",
        cites="law-notes 10；S000-22",
    )
    def terminate(self: PermitCase, act: Act) -> None: ...

    @step(
        source=UNDECIDED_BY_OFFICE,
        target="granted",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未作决定，视为准予延续"),
        within=(kinds.EXTEND,),
        needs=[rules_kinds.has_a_term],
        when_due="renewal",
        effective=rules_ends.last_day_of_held,
        issues=rules_ends.renewed_draft,
        marks=rules_card.to_load,
        meets=["renewal"],
        starts=["delivery"],
        sends=[papers.DEEMED_RENEWAL, notices.E_PERMIT],
        alerts=pgettext_lazy("alert", "有效期届满前未作出决定，依法视为准予延续"),
        cites="行政许可法 50 第二款",
    )
    def deem_renewed(self: PermitCase, act: Act) -> None:
        self.card_issued_on = act.today

    @step(
        source="granted",
        target=None,
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "核查告知承诺"),
        within=kinds.NEW,
        form=CommitmentForm,
        needs=[commitments.to_be_checked],
        meets=["commitment"],
        sends=[commitments.COMMITMENT_CHECKED],
        cites="law-notes 12；行政许可法 61",
    )
    def check_commitment(self: PermitCase, act: Act) -> None: ...

    @step(
        source="granted",
        target="lapsed",
        by=(roles.system, roles.decider),
        label=pgettext_lazy("step", "过期失效"),
        within=kinds.OUTSIDE,
        form=RemarkForm,
        needs=[rules_ends.not_entered_in_time],
        when_due="entry",
        ends=True,
        meets=["entry"],
        sends=[papers.LAPSED],
        tone="danger",
        cites="S000-22",
    )
    def lapse(self: PermitCase, act: Act) -> None: ...
