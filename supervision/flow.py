"""The steps of an inspection (监督检查), from its approval to its end. Following a finding (改正、立案、告知、决定) is in pursuit.py, publication in publishing.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import RemarkForm
from foreignwork.cases.steps import NEW, Act, step

from . import forms, notices, rows, rules
from .onsite.steps import OnsiteFlow
from .publishing import PublishingFlow
from .pursuit import PursuitFlow

if TYPE_CHECKING:
    from .models import Inspection

AHEAD = ("assigned", "notified")
UNDER_WAY = ("approved", *AHEAD, "on_site", "recorded", "correcting", "filed", "told")


class InspectionFlow(OnsiteFlow, PursuitFlow, PublishingFlow):
    @step(
        source=NEW,
        target="proposed",
        by=roles.system,
        label=pgettext_lazy("step", "按抽取结果提出检查"),
        stage="propose",
        form=forms.DrawnForm,
        adds=rows.subjects,
        within=("drawn",),
        origins=("inspection",),
        cites="S004-21、S004-22、S004-43",
    )
    def propose_drawn(self: Inspection, act: Act) -> None:
        forms.set_origin(self, act.data)
        self.draw = act.data["draw"]
        self.lead, self.second = act.data["lead"], act.data["second"]

    @step(
        source=NEW,
        target="proposed",
        by=(roles.inspection_planner, roles.inspector),
        label=pgettext_lazy("step", "提出检查申请"),
        stage="propose",
        form=forms.ReportedForm,
        adds=rows.subjects,
        within=("reported",),
        origins=("inspection",),
        cites="S004-22；law-notes 22",
    )
    def propose(self: Inspection, act: Act) -> None:
        forms.set_origin(self, act.data)

    @step(
        source="proposed",
        target="approved",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "批准检查"),
        stage="approve",
        form=RemarkForm,
        sends=[notices.APPROVAL],
        tone="primary",
        cites="S004-45；law-notes 22",
    )
    def approve(self: Inspection, act: Act) -> None: ...

    @step(
        source="proposed",
        target="not_approved",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "不予批准"),
        stage="approve",
        form=forms.NotApprovedForm,
        tone="danger",
        cites="S004-22；law-notes 22",
    )
    def disapprove(self: Inspection, act: Act) -> None: ...

    @step(
        source="approved",
        target="assigned",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "派员并确定检查日期"),
        form=forms.AssignForm,
        tone="primary",
        cites="行政处罚法 42；S004-33、S004-40、S004-81",
    )
    def assign(self: Inspection, act: Act) -> None:
        self.lead, self.second = act.data["lead"], act.data["second"]
        self.planned_on = act.data["planned_on"]

    @step(
        source=AHEAD,
        target=None,
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "更换检查人员"),
        form=forms.SubstituteForm,
        adds=rows.substitution,
        cites="行政处罚法 43；S004-40",
    )
    def substitute(self: Inspection, act: Act) -> None:
        setattr(self, act.data["slot"], act.data["incoming"])

    @step(
        source="assigned",
        target="notified",
        by=roles.inspector,
        label=pgettext_lazy("step", "送达检查通知书"),
        needs=[rules.on_the_team],
        form=forms.AnnounceForm,
        sends=[notices.NOTICE],
        tone="primary",
        cites="law-notes 22",
    )
    def announce(self: Inspection, act: Act) -> None:
        self.announced = True
        self.planned_on = act.data["planned_on"]

    @step(
        source="assigned",
        target="notified",
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "批准不事先通知"),
        needs=[rules.team_is_set],
        form=forms.UnannouncedForm,
        cites="law-notes 22",
    )
    def go_unannounced(self: Inspection, act: Act) -> None:
        self.announced = False

    @step(
        source="notified",
        target="on_site",
        by=roles.inspector,
        label=pgettext_lazy("step", "到场亮证"),
        needs=[rules.on_the_team],
        form=forms.ArriveForm,
        starts=["result_entry"],
        tone="primary",
        cites="行政处罚法 42、55；S004-81",
    )
    def arrive(self: Inspection, act: Act) -> None:
        self.visited_on = act.data["on"]

    @step(
        source=(*AHEAD, "on_site"),
        target=None,
        by=roles.inspector,
        label=pgettext_lazy("step", "列入该单位的在册外国人"),
        needs=[rules.on_the_team, rules.somebody_to_list],
        form=forms.StaffForm,
        adds=rows.subjects,
        cites="S000-34、S000-35；S004-43",
    )
    def list_staff(self: Inspection, act: Act) -> None: ...

    @step(
        source=(*AHEAD, "on_site"),
        target=None,
        by=roles.inspector,
        label=pgettext_lazy("step", "采用其他部门的检查结果"),
        needs=[rules.on_the_team],
        form=forms.ReuseForm,
        adds=rows.reused,
        cites="S004-54",
    )
    def reuse(self: Inspection, act: Act) -> None: ...

    @step(
        source=("proposed", "approved", *AHEAD, "on_site"),
        target=None,
        by=(roles.inspection_planner, roles.inspector),
        label=pgettext_lazy("step", "登记联合部门检查人员"),
        needs=[rules.somebody_takes_part, rules.not_others_visit],
        form=forms.ParticipantForm,
        adds=rows.participant,
        cites="S004-42、S004-56；S000-36",
    )
    def name_participant(self: Inspection, act: Act) -> None: ...

    @step(
        source=("on_site", "recorded"),
        target=None,
        by=roles.inspector,
        label=pgettext_lazy("step", "录入联合部门的检查结果"),
        needs=[rules.on_the_team, rules.somebody_takes_part],
        form=forms.PartnerForm,
        adds=rows.partner,
        cites="S004-53、S004-56；S000-36",
    )
    def take_part(self: Inspection, act: Act) -> None: ...

    @step(
        source="on_site",
        target="recorded",
        by=roles.inspector,
        label=pgettext_lazy("step", "制作现场检查笔录"),
        needs=[rules.on_the_team],
        form=forms.RecordForm,
        meets=["result_entry"],
        adds=rows.recorded,
        sends=[notices.RECORD],
        tone="primary",
        cites="行政处罚法 55；S004-46、S004-50",
    )
    def record(self: Inspection, act: Act) -> None:
        self.findings_count = act.data["problems"]

    @step(
        source="notified",
        target="not_done",
        by=roles.inspector,
        label=pgettext_lazy("step", "未能实施检查"),
        needs=[rules.on_the_team],
        form=forms.NotDoneForm,
        starts=["publication"],
        cites="S004-50",
    )
    def report_not_done(self: Inspection, act: Act) -> None:
        self.result = act.data["result"]

    @step(
        source="recorded",
        target="cleared",
        by=roles.inspector,
        label=pgettext_lazy("step", "未发现问题，办结"),
        needs=[rules.on_the_team, rules.nothing_found],
        form=RemarkForm,
        starts=["publication"],
        sends=[notices.RESULT],
        tone="primary",
        cites="S004-50、S004-58",
    )
    def clear(self: Inspection, act: Act) -> None:
        self.result = "nothing_found"

    recuse = everyday.recuse(source=UNDER_WAY, by=(roles.inspector, roles.inspection_leader))
