"""宣布作废: what the issuing authority begins itself about a document in force (出境入境管理法 67；条例 34、35)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.steps import NEW, Act, step

from . import forms_void, kinds, notices, rules

if TYPE_CHECKING:
    from .models import ResidenceCase


class VoidSteps:
    @step(
        source=NEW,
        target="void_opened",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "拟宣布作废，立案"),
        stage="verify",
        form=forms_void.GroundsForm,
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        cites="出境入境管理法 67；条例 34",
    )
    def open_void(self: ResidenceCase, act: Act) -> None:
        self.void_grounds = act.data["reasons"]

    @step(
        source="void_opened",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "记录陈述和申辩"),
        stage="verify",
        form=forms_void.StatementForm,
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        cites="条例 34",
    )
    def note_statement(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="void_opened",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "公告申报"),
        stage="verify",
        form=forms_void.AnnounceForm,
        sends=[notices.ANNOUNCEMENT],
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        cites="条例 34(三)",
    )
    def announce(self: ResidenceCase, act: Act) -> None:
        self.announced_until = act.data["until"]

    @step(
        source="void_opened",
        target="voided",
        by=roles.decider,
        label=pgettext_lazy("step", "宣布作废"),
        stage="decide",
        needs=[rules.still_valid_about, rules.announced_where_needed],
        form=forms_void.DeclareForm,
        ends=True,
        sends=[notices.VOID],
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        tone="danger",
        cites="出境入境管理法 67 第一款；条例 34；law-notes 13",
    )
    def declare_void(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="void_opened",
        target="void_dropped",
        by=roles.decider,
        label=pgettext_lazy("step", "不作废，结案"),
        stage="decide",
        form=ReasonForm,
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        cites="条例 34",
    )
    def drop_void(self: ResidenceCase, act: Act) -> None: ...

    @step(
        source="voided",
        target=None,
        by=roles.handling_officer,
        label=pgettext_lazy("step", "注销或者收缴证件"),
        needs=[rules.not_collected],
        form=forms_void.CollectForm,
        sends=[notices.COLLECTION],
        within=(kinds.VOID,),
        origins=kinds.OFFICE,
        cites="出境入境管理法 67 第三款；条例 35",
    )
    def collect(self: ResidenceCase, act: Act) -> None:
        self.collected_on = act.today
