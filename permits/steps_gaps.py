"""The steps of 容缺受理: what follows is handed in, or the term runs out and the party is told what follows from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, step

from . import gaps, kinds

if TYPE_CHECKING:
    from .models import PermitCase

UNDER_REVIEW = (
    "accepted",
    "first_reviewed",
    "second_reviewed",
    "rights_told",
    "hearing_asked",
    "hearing_set",
)
OVERDUE = pgettext_lazy("alert", "容缺材料逾期没有补交")
CITES = "law-notes 12；行政许可法 31、38"


class GapSteps:
    @step(
        source=("filed", "pre_reviewed", *UNDER_REVIEW, "granted"),
        target=None,
        by=roles.applicant,
        label=pgettext_lazy("step", "补交容缺材料"),
        within=(kinds.ABROAD, kinds.IN_CHINA),
        takes=gaps.owed,
        needs=[gaps.all_supplied],
        meets=["gap", "gap_after_entry"],
        sends=[gaps.GAP_SUPPLIED],
        tone="primary",
        origins=("applied",),
        cites=CITES,
    )
    def supply_gap(self: PermitCase, act: Act) -> None: ...

    @step(
        source=UNDER_REVIEW,
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "容缺材料逾期未补，告知后果"),
        within=(kinds.ABROAD, kinds.IN_CHINA),
        needs=[gaps.something_owed],
        when_due="gap",
        meets=["gap"],
        sends=[gaps.GAP_OVERDUE],
        alerts=OVERDUE,
        origins=("applied",),
        cites=CITES,
    )
    def tell_gap_overdue(self: PermitCase, act: Act) -> None: ...

    @step(
        source="granted",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "入境后容缺材料逾期未补，告知后果"),
        within=(kinds.ABROAD,),
        needs=[gaps.something_owed],
        when_due="gap_after_entry",
        meets=["gap_after_entry"],
        sends=[gaps.GAP_OVERDUE],
        alerts=OVERDUE,
        origins=("applied",),
        cites="law-notes 12；行政许可法 61、69",
    )
    def tell_gap_overdue_abroad(self: PermitCase, act: Act) -> None: ...
