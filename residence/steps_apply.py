"""Until the person stands at the counter: waiting for the permit, the limit from the entry, the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.appointments import steps as visits
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, Starts, step

from . import forms, kinds, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase


def forget_asking(case: ResidenceCase) -> None:
    """A visit given up or missed was no application: lateness counts to the day of the next one."""
    case.asked_on = None


class ApplySteps:
    @step(
        source=NEW,
        target="awaiting_permit",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "随联办件登记，等待前置事项"),
        cites="S003-33；law-notes 14、15",
        within=kinds.APPLIED_FOR,
    )
    def queue(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source=NEW,
        target="ready_to_apply",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "提交居留证件申请意向"),
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30；law-notes 15",
        within=kinds.APPLIED_FOR,
    )
    def file(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="awaiting_permit",
        target="ready_to_apply",
        by=roles.system,
        label=pgettext_lazy("step", "前置事项办结，可以申请"),
        needs=[gate_open, rules.in_china_or_entered],
        form=forms.EntryBasis,
        when_open=True,
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30 第一款；law-notes 14",
    )
    def become_ready(self: ResidenceCase, act: Act) -> None:
        self.entered_on = act.data["entered_on"]

    @step(
        source="ready_to_apply",
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "按登记的入境日期计算申请期限"),
        needs=[rules.entry_is_news],
        form=forms.EntryBasis,
        when_open=True,
        meets=["apply"],
        starts=[Starts("apply", on=rules.entry_day)],
        cites="出境入境管理法 30 第一款；law-notes 14",
    )
    def note_entry(self: ResidenceCase, act: Act) -> None:
        self.entered_on = act.data["entered_on"]

    @step(
        source="ready_to_apply",
        target="applied",
        by=(roles.applicant, roles.person),
        label=pgettext_lazy("step", "预约到窗口申请"),
        needs=[rules.in_china_or_entered, rules.materials_in_hand],
        form=forms.VisitForm,
        repins=True,
        books="take",
        meets=["apply"],
        refers=rules.late_lead,
        tone="primary",
        cites="出境入境管理法 30 第一款、32、33、35；条例 16、17、19；law-notes 18",
    )
    def apply(self: ResidenceCase, act: Act) -> None:
        self.days_late = act.data["days_late"]
        self.delivery = act.data.get("delivery") or self.delivery
        self.asked_on = self.asked_on or act.today

    @step(
        source="ready_to_apply",
        target="applied",
        by=roles.window_clerk,
        label=pgettext_lazy("step", "接待未预约到场的申请人"),
        needs=[rules.in_china_or_entered, rules.materials_in_hand],
        form=forms.WalkInForm,
        repins=True,
        meets=["apply"],
        refers=rules.late_lead,
        cites="出境入境管理法 30 第一款、32、33、35；条例 16、17、19",
    )
    def receive_walk_in(self: ResidenceCase, act: Act) -> None:
        self.days_late = act.data["days_late"]
        self.delivery = act.data.get("delivery") or self.delivery

    book_visit = visits.book(source=("applied",))

    move_visit = visits.move(source=("applied", "supplement", "receipt_given"))

    cancel_visit = visits.cancel(
        source=("applied",),
        target="ready_to_apply",
        starts=[Starts("apply", on=rules.entry_day)],
        body=forget_asking,
    )

    record_missed = visits.missed(
        source=("applied",),
        target="ready_to_apply",
        by=(roles.window_clerk, roles.handling_officer),
        starts=[Starts("apply", on=rules.entry_day)],
        body=forget_asking,
    )

    displace_visit = visits.displaced(
        source=("applied",), target="ready_to_apply", sends=[notices.VISIT_GONE]
    )
