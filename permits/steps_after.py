"""The steps of a work permit after the decision, and service at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ServeForm
from foreignwork.cases.steps import Act, Starts, step
from foreignwork.notices.service import something_to_serve

from . import gaps, kinds, notices, rules

if TYPE_CHECKING:
    from .models import PermitCase

WITH_PAPERS = (
    "filed",
    "supplement",
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "granted",
    "cancelled",
    "refused",
    "declined",
    "ended",
    "rights_told",
    "hearing_asked",
    "hearing_set",
    "announced",
    "office_ready",
    "retracted",
    "revoked",
    "struck_off",
    "warned",
    "office_closed",
    "withdrawn",
    "not_required",
    "terminated",
    "lapsed",
)


class AfterSteps:
    @step(
        source="granted",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "入境后出具电子工作许可证"),
        within=kinds.OUTSIDE,
        needs=[rules.entered_and_no_card],
        when_open=True,
        meets=["entry"],
        starts=[Starts("gap_after_entry", on=gaps.from_entry)],
        sends=[notices.E_PERMIT_AFTER_ENTRY],
        cites="人社部发〔2024〕75号；law-notes 14",
    )
    def issue_card(self: PermitCase, act: Act) -> None:
        self.card_issued_on = act.today

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
