"""The steps of a work permit, with who takes them, what they need and which article they rest on. Nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import (
    ConditionsForm,
    DeclineForm,
    ReasonForm,
    RefusalForm,
    RemarkForm,
    ServeForm,
    SupplementForm,
)
from foreignwork.cases.steps import NEW, Act, step
from foreignwork.notices.service import something_to_serve

from . import notices, rules

if TYPE_CHECKING:
    from .models import PermitCase

BEFORE_ACCEPTANCE = ("filed", "pre_reviewed")
UNDECIDED = ("filed", "pre_reviewed", "supplement", "accepted", "first_reviewed", "second_reviewed")
WITH_PAPERS = (
    "filed",
    "supplement",
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "granted",
    "refused",
    "declined",
    "ended",
)
OFFICERS = (roles.acceptance_officer, roles.first_reviewer, roles.second_reviewer, roles.decider)


class PermitFlow:
    @step(
        source=NEW,
        target="filed",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交申请"),
        needs=[rules.adult, rules.passport_long_enough, rules.contract_covers, rules.no_active_permit],
        starts=["acceptance"],
        sends=[notices.RECEIPT],
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
        form=RemarkForm,
        meets=["acceptance"],
        starts=["decision"],
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
        starts=["decision"],
        meets=["acceptance"],
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
        form=DeclineForm,
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

    @step(
        source="accepted",
        target="first_reviewed",
        by=roles.first_reviewer,
        label=pgettext_lazy("step", "一级审查"),
        stage="first_review",
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
        form=ReasonForm,
        cites="S001-23",
    )
    def send_back(self: PermitCase, act: Act) -> None: ...

    @step(
        source="second_reviewed",
        target="granted",
        by=roles.decider,
        label=pgettext_lazy("step", "准予许可"),
        stage="decide",
        needs=[rules.passport_long_enough, rules.no_active_permit, rules.all_conditions_met],
        form=RemarkForm,
        meets=["decision"],
        starts=["delivery"],
        issues=rules.permit_draft,
        sends=[notices.GRANT, notices.PERMIT_NOTICE, notices.E_PERMIT],
        tone="primary",
        cites="行政许可法 38、39；S003-25",
    )
    def grant(self: PermitCase, act: Act) -> None:
        if notices.in_china_case(self):
            self.card_issued_on = act.today

    @step(
        source="second_reviewed",
        target="refused",
        by=roles.decider,
        label=pgettext_lazy("step", "不予许可"),
        stage="decide",
        form=RefusalForm,
        meets=["decision"],
        sends=[notices.REFUSAL],
        tone="danger",
        cites="行政许可法 38 第二款；S003-28",
    )
    def refuse(self: PermitCase, act: Act) -> None: ...

    @step(
        source="granted",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "入境后出具电子工作许可证"),
        needs=[rules.entered_and_no_card],
        when_open=True,
        sends=[notices.E_PERMIT_AFTER_ENTRY],
        cites="人社部发〔2024〕75号；law-notes 14",
    )
    def issue_card(self: PermitCase, act: Act) -> None:
        self.card_issued_on = act.today

    recuse = everyday.recuse(source=UNDECIDED, by=OFFICERS)

    withdraw = everyday.withdraw(source=UNDECIDED)

    @step(
        source=WITH_PAPERS,
        target=None,
        by=(roles.applicant, roles.window_clerk, roles.acceptance_officer),
        label=pgettext_lazy("step", "办理送达"),
        needs=[something_to_serve],
        form=ServeForm,
        serves=True,
        meets=["delivery"],
        sends=[notices.SERVICE_PROOF],
        cites="行政许可法 44",
    )
    def serve(self: PermitCase, act: Act) -> None: ...
