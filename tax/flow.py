"""The steps to a taxpayer identification number, with who takes them, what they need and on what they rest. Nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases import everyday
from foreignwork.cases.forms import RefusalForm, ServeForm, SupplementForm
from foreignwork.cases.gates import gate_open
from foreignwork.cases.steps import NEW, Act, step
from foreignwork.cases.supplements import every_item_answered, materials_in_hand
from foreignwork.notices.service import something_to_serve

from . import forms, notices, rules

if TYPE_CHECKING:
    from .models import TaxCase

IN_HAND = ("filed", "supplement")
UNDECIDED = ("awaiting", "ready", "filed", "supplement")
WITH_PAPERS = ("filed", "supplement", "granted", "refused", "withdrawn", "ended")


class TaxFlow:
    @step(
        source=NEW,
        target="awaiting",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "随联办件登记，等待前置事项"),
        cites="law-notes 15",
    )
    def queue(self: TaxCase, act: Act) -> None: ...

    @step(
        source=NEW,
        target="ready",
        by=(roles.applicant, roles.window_clerk),
        label=pgettext_lazy("step", "登记办理意向"),
        cites="S000-49；law-notes 20",
    )
    def file(self: TaxCase, act: Act) -> None: ...

    @step(
        source="awaiting",
        target="ready",
        by=roles.system,
        label=pgettext_lazy("step", "工作许可办结，可以报送"),
        needs=[gate_open],
        when_open=True,
        cites="S000-49；law-notes 15",
    )
    def begin(self: TaxCase, act: Act) -> None: ...

    @step(
        source="ready",
        target="filed",
        by=roles.applicant,
        label=pgettext_lazy("step", "扣缴义务人报送个人基础信息"),
        needs=[gate_open, materials_in_hand],
        form=forms.BaseInformationForm,
        repins=True,
        starts=["handling"],
        makes=[notices.FORM],
        tone="primary",
        cites="个人所得税法 9；国家税务总局公告2018年第59号；law-notes 20",
    )
    def report(self: TaxCase, act: Act) -> None: ...

    @step(
        source="filed",
        target="supplement",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "一次性告知补正"),
        stage="handle",
        form=SupplementForm,
        asks=True,
        meets=["handling"],
        starts=["supplement"],
        sends=[notices.SUPPLEMENT],
        cites="law-notes 4、5",
    )
    def request_supplement(self: TaxCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="filed",
        by=roles.applicant,
        label=pgettext_lazy("step", "提交补正材料"),
        needs=[every_item_answered],
        answers=True,
        repins=True,
        meets=["supplement"],
        starts=["handling"],
        tone="primary",
        cites="law-notes 5",
    )
    def answer_supplement(self: TaxCase, act: Act) -> None: ...

    @step(
        source="supplement",
        target="ended",
        by=roles.system,
        label=pgettext_lazy("step", "逾期未补正终止"),
        when_due="supplement",
        sends=[notices.ENDED],
        cites="law-notes 5",
    )
    def end_unanswered(self: TaxCase, act: Act) -> None: ...

    @step(
        source="filed",
        target="granted",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "赋予纳税人识别号"),
        stage="handle",
        needs=[gate_open],
        form=forms.NumberForm,
        meets=["handling"],
        issues=rules.tax_draft,
        sends=[notices.GRANTED],
        tone="primary",
        cites="个人所得税法 9；国家税务总局公告2018年第59号",
    )
    def grant(self: TaxCase, act: Act) -> None:
        self.given_number = act.data["number"]

    @step(
        source="filed",
        target="refused",
        by=roles.handling_officer,
        label=pgettext_lazy("step", "不予赋予纳税人识别号"),
        stage="handle",
        form=RefusalForm,
        meets=["handling"],
        sends=[notices.REFUSED],
        tone="danger",
        cites="law-notes 13",
    )
    def refuse(self: TaxCase, act: Act) -> None: ...

    close_unopened = everyday.close_unopened(source=("awaiting", "ready", "filed"))

    recuse = everyday.recuse(source=IN_HAND, by=roles.handling_officer)

    withdraw = everyday.withdraw(source=UNDECIDED)

    @step(
        source=WITH_PAPERS,
        target=None,
        by=(roles.applicant, roles.window_clerk, roles.handling_officer),
        label=pgettext_lazy("step", "办理送达"),
        needs=[something_to_serve],
        form=ServeForm,
        serves=True,
        sends=[notices.SERVICE_PROOF],
        cites="law-notes 1",
    )
    def serve(self: TaxCase, act: Act) -> None: ...
