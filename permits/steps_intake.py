"""The steps of a work permit from the filing to the acceptance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import RemarkForm, SupplementForm
from foreignwork.cases.steps import NEW, Act, Starts, step
from foreignwork.cases.supplements import nothing_awaited

from . import commitments, gaps, notices, rules, rules_ends, rules_kinds
from .forms_ends import OwnDeclineForm
from .sheets import FORM

if TYPE_CHECKING:
    from .models import PermitCase

BEFORE_ACCEPTANCE = ("filed", "pre_reviewed")


class IntakeSteps:
    @step(
        source=NEW,
        target="filed",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交申请"),
        needs=[
            rules.adult,
            rules.passport_long_enough,
            rules.contract_covers,
            rules_kinds.no_active_permit,
            rules_kinds.in_the_window,
            rules_kinds.still_valid,
            rules_kinds.short_enough,
            rules_kinds.event_has_happened,
            rules_kinds.has_a_term,
        ],
        refers=rules_kinds.late_duty,
        starts=["acceptance", Starts("renewal", on=rules_ends.expiry_of_held)],
        makes=[FORM],
        sends=[notices.RECEIPT, commitments.COMMITMENT, gaps.GAP],
        cites="行政许可法 29；出境入境管理法 41",
    )
    def file(self: PermitCase, act: Act) -> None:
        self.received_on = act.today

    @step(
        source="filed",
        target="pre_reviewed",
        by=roles.acceptance_officer,
        label=pgettext_lazy("step", "预审通过"),
        stage="pre_review",
        form=RemarkForm,
        tone="primary",
        cites="行政许可法 32；S000-38",
    )
    def pre_review(self: PermitCase, act: Act) -> None: ...

    @step(
        source=BEFORE_ACCEPTANCE,
        target="supplement",
        by=roles.acceptance_officer,
        label=pgettext_lazy("step", "一次性告知补正"),
        stage="pre_review",
        form=SupplementForm,
        asks=True,
        meets=["acceptance"],
        starts=["supplement"],
        sends=[notices.SUPPLEMENT],
        cites="行政许可法 32(一)(四)；S003-27",
    )
    def request_supplement(self: PermitCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="filed",
        by=roles.applicant,
        label=pgettext_lazy("step", "提交补正材料"),
        needs=[rules.every_item_answered],
        answers=True,
        repins=True,
        meets=["supplement"],
        starts=["acceptance"],
        makes=[FORM],
        sends=[notices.SUPPLEMENT_RECEIPT],
        tone="primary",
        cites="行政许可法 32(四)",
    )
    def answer_supplement(self: PermitCase, act: Act) -> None:
        self.received_on = act.today

    @step(
        source="pre_reviewed",
        target="accepted",
        by=roles.acceptance_officer,
        label=pgettext_lazy("step", "受理"),
        stage="accept",
        needs=[nothing_awaited],
        form=RemarkForm,
        meets=["acceptance"],
        starts=["decision", Starts("gap", on=gaps.from_acceptance)],
        assigns=roles.first_reviewer,
        sends=[notices.ACCEPTANCE],
        tone="primary",
        cites="行政许可法 32(五)",
    )
    def accept(self: PermitCase, act: Act) -> None:
        self.accepted_on = act.effective_on

    @step(
        source=BEFORE_ACCEPTANCE,
        target="accepted",
        by=roles.system,
        label=pgettext_lazy("step", "逾期视为受理"),
        when_due="acceptance",
        effective=lambda case: case.received_on,  # type: ignore[attr-defined]
        starts=["decision", Starts("gap", on=gaps.from_acceptance)],
        meets=["acceptance"],
        assigns=roles.first_reviewer,
        alerts=pgettext_lazy("alert", "逾期未告知，依法视为受理"),
        sends=[notices.DEEMED_ACCEPTANCE],
        cites="行政许可法 32(四)：逾期不告知的，自收到申请材料之日起即为受理",
    )
    def deem_accepted(self: PermitCase, act: Act) -> None:
        self.accepted_on = act.effective_on

    @step(
        source=BEFORE_ACCEPTANCE,
        target="declined",
        by=roles.acceptance_officer,
        label=pgettext_lazy("step", "不予受理"),
        stage="accept",
        form=OwnDeclineForm,
        meets=["acceptance"],
        sends=[notices.DECLINE],
        tone="danger",
        cites="行政许可法 32",
    )
    def decline(self: PermitCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="ended",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未补正终止"),
        when_due="supplement",
        sends=[notices.FILING_ENDED],
        cites="政策包公布的补正期限；law-notes 5",
    )
    def end_unanswered(self: PermitCase, act: Act) -> None: ...
