"""The life of a published result: shown for its legal term, corrected or taken back by two people, ended by itself (law-notes 23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.steps import Act, Starts, step

from . import forms_publish as forms
from . import notices_publish as notices
from . import rows
from . import rules_publish as rules
from .pursuit import DECIDED

if TYPE_CHECKING:
    from .models import Inspection


class PublishingFlow:
    @step(
        source=DECIDED,
        target=None,
        by=(roles.inspector, roles.inspection_leader),
        label=pgettext_lazy("step", "公示检查结果"),
        needs=[rules.not_yet_published],
        form=forms.PublishForm,
        adds=rows.shown,
        meets=["publication"],
        tone="primary",
        cites="政府信息公开条例 26；S004-25、S004-58；law-notes 23",
    )
    def publish(self: Inspection, act: Act) -> None:
        self.published_on, self.shown_result = act.today, self.result
        self.term, self.published_until = act.data["term"], act.data["until"]

    @step(
        source=DECIDED,
        target=None,
        by=roles.applicant,
        label=pgettext_lazy("step", "申请更正、撤下公示或者信用修复"),
        needs=[rules.is_shown, rules.nothing_asked],
        form=forms.AskAmendmentForm,
        starts=["amendment"],
        cites="政府信息公开条例 41；law-notes 23",
    )
    def ask_amendment(self: Inspection, act: Act) -> None: ...

    @step(
        source=DECIDED,
        target=None,
        by=(roles.inspector, roles.inspection_planner),
        label=pgettext_lazy("step", "提出变更公示"),
        needs=[rules.is_shown, rules.nothing_proposed],
        form=forms.AmendmentForm,
        starts=[Starts("withdrawal", on=rules.to_be_withdrawn)],
        cites="行政处罚法 48；政府信息公开条例 41；law-notes 23",
    )
    def propose_amendment(self: Inspection, act: Act) -> None:
        data = act.data
        self.amendment = {
            "by": act.actor.user_id,
            **{name: data[name] for name in ("kind", "result", "reason")},
        }

    @step(
        source=DECIDED,
        target=None,
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "决定变更公示"),
        needs=[rules.is_shown, rules.something_proposed, rules.another_proposed],
        form=forms.DecideForm,
        adds=rows.amended,
        meets=["amendment", "withdrawal"],
        sends=[notices.PUBLICATION],
        tone="primary",
        cites="行政处罚法 48；政府信息公开条例 41；law-notes 23",
    )
    def amend_publication(self: Inspection, act: Act) -> None:
        act.data["change"] = wanted = self.amendment or {}
        if wanted["kind"] == "correct":
            self.shown_result = wanted["result"]
        else:
            self.unpublished_on = act.today
        self.amendment = None

    @step(
        source=DECIDED,
        target=None,
        by=roles.inspection_leader,
        label=pgettext_lazy("step", "维持公示"),
        needs=[rules.is_shown, rules.something_asked],
        form=ReasonForm,
        meets=["amendment", "withdrawal"],
        sends=[notices.PUBLICATION_KEPT],
        cites="政府信息公开条例 41；law-notes 23",
    )
    def keep_publication(self: Inspection, act: Act) -> None:
        self.amendment = None

    @step(
        source=DECIDED,
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "公示期满，停止公示"),
        needs=[rules.term_is_over],
        adds=rows.ended,
        cites="law-notes 23",
    )
    def end_publication(self: Inspection, act: Act) -> None:
        self.unpublished_on = act.today
