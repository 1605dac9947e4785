"""The steps of a listing: proposed on entries, told, defended, decided by another, repaired, ended by itself. Nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import ReasonForm, RemarkForm, ServeForm
from foreignwork.cases.steps import NEW, Act, step
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules

if TYPE_CHECKING:
    from .models import CreditCase

SPEAKERS = (roles.applicant, roles.inspector)
OFFICERS = (roles.inspector, roles.inspection_planner)


class CreditFlow:
    @step(
        source=NEW,
        target="proposed",
        by=OFFICERS,
        label=pgettext_lazy("step", "提出列入信用名单"),
        stage="propose",
        needs=[rules.list_is_on],
        form=forms.ProposeForm,
        origins=("inspection",),
        cites="S004-59、S004-76；law-notes 23",
    )
    def propose(self: CreditCase, act: Act) -> None:
        self.entries = act.data["entries"]

    @step(
        source="proposed",
        target="told",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "告知拟列入和权利"),
        stage="tell",
        form=RemarkForm,
        starts=["defence"],
        sends=[notices.TOLD],
        tone="primary",
        cites="S004-73；law-notes 23",
    )
    def tell(self: CreditCase, act: Act) -> None: ...

    @step(
        source="told",
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "陈述、申辩"),
        form=forms.StatementForm,
        cites="S004-73",
    )
    def state_defence(self: CreditCase, act: Act) -> None: ...

    @step(
        source=("proposed", "told"),
        target="dropped",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "不予列入"),
        stage="decide",
        form=ReasonForm,
        meets=["defence"],
        sends=[notices.DROPPED],
        cites="S004-73",
    )
    def drop(self: CreditCase, act: Act) -> None: ...

    @step(
        source="told",
        target="listed",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "决定列入"),
        stage="decide",
        needs=[rules.list_is_on, rules.heard, rules.entries_stand],
        form=forms.EnlistForm,
        meets=["defence"],
        starts=["listing"],
        stands=rules.begins,
        sends=[notices.LISTED],
        tone="danger",
        cites="S004-76；law-notes 23",
    )
    def enlist(self: CreditCase, act: Act) -> None:
        self.listed_on, self.until_on = act.today, act.data["until"]
        self.repairable_on, self.published = act.data["repairable"], act.data["published"]

    @step(
        source="listed",
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "申请信用修复"),
        needs=[rules.least_term_has_passed, rules.no_repair_asked],
        form=forms.RepairForm,
        starts=["repair"],
        cites="信用修复管理办法；law-notes 23",
    )
    def ask_repair(self: CreditCase, act: Act) -> None:
        self.repair_asked_on, self.examined_by = act.today, None

    @step(
        source="listed",
        target=None,
        by=OFFICERS,
        label=pgettext_lazy("step", "核实修复情况"),
        needs=[rules.repair_asked],
        form=ReasonForm,
        cites="信用修复管理办法",
    )
    def examine_repair(self: CreditCase, act: Act) -> None:
        self.examined_by = act.actor.user

    @step(
        source="listed",
        target="repaired",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "准予信用修复"),
        stage="decide",
        needs=[rules.repair_asked, rules.examined_by_another],
        form=ReasonForm,
        meets=["repair", "listing"],
        stands=rules.is_over,
        sends=[notices.REPAIRED],
        tone="primary",
        cites="信用修复管理办法；law-notes 23",
    )
    def grant_repair(self: CreditCase, act: Act) -> None:
        self.ended_on = act.today

    @step(
        source="listed",
        target=None,
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "不予信用修复"),
        stage="decide",
        needs=[rules.repair_asked, rules.examined_by_another],
        form=ReasonForm,
        meets=["repair"],
        sends=[notices.REPAIR_REFUSED],
        cites="信用修复管理办法",
    )
    def refuse_repair(self: CreditCase, act: Act) -> None:
        self.repair_asked_on, self.examined_by = None, None

    @step(
        source="listed",
        target="lifted",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "撤销列入决定"),
        stage="decide",
        form=ReasonForm,
        meets=["repair", "listing"],
        stands=rules.is_over,
        sends=[notices.LIFTED],
        cites="处罚法 48；S004-73",
    )
    def lift(self: CreditCase, act: Act) -> None:
        self.ended_on = act.today

    @step(
        source="listed",
        target="expired",
        by=roles.system,
        label=pgettext_lazy("step", "期满移出"),
        when_due="listing",
        meets=["listing"],
        stands=rules.is_over,
        cites="law-notes 23",
    )
    def expire(self: CreditCase, act: Act) -> None:
        self.ended_on = act.today

    @step(
        source=("told", "listed", "dropped", "repaired", "lifted"),
        target=None,
        by=SPEAKERS,
        label=pgettext_lazy("step", "办理送达"),
        needs=[something_to_serve],
        form=ServeForm,
        serves=True,
        sends=[notices.SERVICE_PROOF],
        cites="行政处罚法 61",
    )
    def serve(self: CreditCase, act: Act) -> None: ...

    recuse = everyday.recuse(source=("proposed", "told", "listed"), by=(*OFFICERS, roles.inspection_leader))
