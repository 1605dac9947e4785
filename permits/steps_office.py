"""What the authority begins itself about a permit: 撤回 (行政许可法 8), 撤销 (69), 注销 (70), and the warning of 78."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import NEW, Act, step

from . import notices_office as papers
from . import rules_process as rules
from .forms_process import (
    AnnouncementForm,
    CompensationForm,
    DropForm,
    FactsForm,
    GroundsForm,
    PenaltyForm,
)
from .notices_process import RIGHTS_AFTER_ANSWER

if TYPE_CHECKING:
    from .models import PermitCase

OFFICE = ("ex_officio",)
RETRACT, REVOKE, CANCEL, WARN = "retract", "revoke", "cancel_office", "warn"


class OfficeSteps:
    @step(
        source=NEW,
        target="office_opened",
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "依职权立案"),
        within=(RETRACT, REVOKE, CANCEL, WARN),
        stage="first_review",
        form=GroundsForm,
        origins=OFFICE,
        cites="行政许可法 8、69、70、78",
    )
    def open_by_office(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_opened",
        target="announced",
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "无法联系，公告告知"),
        within=(CANCEL,),
        stage="first_review",
        form=AnnouncementForm,
        origins=OFFICE,
        starts=["announcement"],
        sends=[papers.ANNOUNCEMENT],
        cites="domain 2.4；行政许可法 70",
    )
    def announce(self: PermitCase, act: Act) -> None: ...

    @step(
        source="announced",
        target="office_ready",
        by=roles.system,
        label=pgettext_lazy("step", "公告期满"),
        within=(CANCEL,),
        when_due="announcement",
        origins=OFFICE,
        meets=["announcement"],
        cites="domain 2.4",
    )
    def announcement_over(self: PermitCase, act: Act) -> None: ...

    @step(
        source="announced",
        target="rights_told",
        by=roles.applicant,
        label=pgettext_lazy("step", "回应公告，提出意见"),
        within=(CANCEL,),
        form=FactsForm,
        origins=OFFICE,
        meets=["announcement"],
        starts=["hearing_request"],
        sends=[RIGHTS_AFTER_ANSWER],
        tone="primary",
        cites="行政许可法 7、36",
    )
    def answer_announcement(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_ready",
        target="retracted",
        by=roles.decider,
        label=pgettext_lazy("step", "决定撤回许可"),
        within=(RETRACT,),
        stage="decide",
        form=CompensationForm,
        origins=OFFICE,
        ends=True,
        starts=["delivery"],
        sends=[papers.RETRACTION],
        tone="danger",
        cites="行政许可法 8 第二款",
    )
    def retract(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_ready",
        target="revoked",
        by=roles.decider,
        label=pgettext_lazy("step", "决定撤销许可"),
        within=(REVOKE,),
        stage="decide",
        form=FactsForm,
        origins=OFFICE,
        ends=True,
        starts=["delivery"],
        sends=[papers.REVOCATION],
        tone="danger",
        cites="行政许可法 69",
    )
    def revoke(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_ready",
        target="struck_off",
        by=roles.decider,
        label=pgettext_lazy("step", "决定注销许可"),
        within=(CANCEL,),
        stage="decide",
        form=FactsForm,
        origins=OFFICE,
        ends=True,
        starts=["delivery"],
        sends=[papers.STRIKING_OFF],
        tone="danger",
        cites="行政许可法 70",
    )
    def strike_off(self: PermitCase, act: Act) -> None:
        self.struck_on = act.today

    @step(
        source="office_ready",
        target="warned",
        by=roles.decider,
        label=pgettext_lazy("step", "决定给予警告"),
        within=(WARN,),
        stage="decide",
        form=PenaltyForm,
        origins=OFFICE,
        starts=["delivery"],
        sends=[papers.WARNING],
        tone="danger",
        cites="行政许可法 78；行政处罚法 9(一)、44、45、57",
    )
    def warn(self: PermitCase, act: Act) -> None: ...

    @step(
        source=("retracted", "revoked"),
        target=None,
        by=(roles.first_reviewer, roles.second_reviewer, roles.decider),
        label=pgettext_lazy("step", "办理注销手续"),
        form=FactsForm,
        needs=[rules.not_struck_yet],
        origins=OFFICE,
        sends=[papers.STRIKING_AFTER],
        tone="primary",
        cites="行政许可法 70(四)",
    )
    def strike_after(self: PermitCase, act: Act) -> None:
        self.struck_on = act.today

    @step(
        source=("office_opened", "office_ready"),
        target="office_closed",
        by=roles.decider,
        label=pgettext_lazy("step", "不予处理，结案"),
        stage="decide",
        form=DropForm,
        origins=OFFICE,
        sends=[papers.DROPPED],
        cites="行政许可法 69 第三款",
    )
    def drop(self: PermitCase, act: Act) -> None: ...
