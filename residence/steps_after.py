"""After the decision: the document made and handed over, the passport back, what the holder and the employer report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm, ServeForm
from foreignwork.cases.steps import Act, step
from foreignwork.notices.service import something_to_serve

from . import forms_after, kinds, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase

COUNTER = (roles.window_clerk, roles.handling_officer)
ISSUED = ("granted", "made", "posted", "handed_over")
WITH_PAPERS = (
    "ready_to_apply",
    "applied",
    "supplement",
    "receipt_given",
    "verified",
    *ISSUED,
    "refused",
    "declined",
    "withdrawn",
    "ended",
    "voided",
)


class AfterSteps:
    @step(
        source="granted",
        target="made",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "制作居留证件"),
        form=forms_after.MakeForm,
        tone="primary",
        cites="出境入境管理法 33；S003-38",
    )
    def make_document(self: ResidenceCase, act: Act) -> None:
        self.made_on = act.today

    @step(
        source="made",
        target="handed_over",
        by=COUNTER,
        label=pgettext_lazy("step", "发放居留证件并退还护照"),
        form=forms_after.HandOverForm,
        sends=[notices.HANDOVER],
        tone="primary",
        cites="条例 18；S003-39",
    )
    def hand_over(self: ResidenceCase, act: Act) -> None:
        self.passport_returned_on = act.today

    @step(
        source="made",
        target="posted",
        by=COUNTER,
        label=pgettext_lazy("step", "邮寄居留证件和护照"),
        form=forms_after.PostForm,
        cites="S003-39",
    )
    def post_document(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="posted",
        target="handed_over",
        by=COUNTER,
        label=pgettext_lazy("step", "登记邮件签收"),
        form=forms_after.SignedForm,
        sends=[notices.HANDOVER],
        tone="primary",
        cites="S003-39",
    )
    def confirm_delivery(self: ResidenceCase, act: Act) -> None:
        self.passport_returned_on = act.data["signed_on"]

    @step(
        source="posted",
        target="made",
        by=COUNTER,
        label=pgettext_lazy("step", "登记邮件退回"),
        form=ReasonForm,
        cites="S003-39",
    )
    def record_returned_mail(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source=("refused", "withdrawn"),
        target=None,
        by=COUNTER,
        label=pgettext_lazy("step", "退还护照"),
        needs=[rules.passport_in_custody],
        form=forms_after.ReturnForm,
        sends=[notices.PASSPORT_RETURN],
        tone="primary",
        cites="条例 18 第三款",
    )
    def return_passport(self: ResidenceCase, act: Act) -> None:
        self.passport_returned_on = act.today

    @step(
        source="handed_over",
        target=None,
        by=(roles.applicant, roles.person),
        label=pgettext_lazy("step", "报告居留证件遗失、损毁"),
        needs=[rules.still_valid, rules.no_loss_reported],
        form=forms_after.LossForm,
        sends=[notices.LOSS_REPORT],
        within=kinds.APPLIED_FOR,
        cites="出境入境管理法 35、67；条例 34(一)",
    )
    def report_loss(self: ResidenceCase, act: Act) -> None:
        self.loss_on = act.data["lost_on"]

    @step(
        source=("granted", "made", "handed_over"),
        target=None,
        by=roles.applicant,
        label=pgettext_lazy("step", "报告离职等情况"),
        needs=[rules.still_valid],
        form=forms_after.ReportForm,
        refers=rules.employer_lead,
        within=kinds.APPLIED_FOR,
        cites="出境入境管理法 45；条例 26",
    )
    def report_change(self: ResidenceCase, act: Act) -> None: ...

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
