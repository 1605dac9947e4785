"""Steps that hold, resume and extend the limit for the decision. Only what 行政许可法 42 and 45 know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import RemarkForm
from foreignwork.cases.steps import Act, Pauses, step
from foreignwork.deadlines.forms import ExtendForm, HoldForm

from . import notices_process as papers

if TYPE_CHECKING:
    from .models import PermitCase

UNDER_REVIEW = ("accepted", "first_reviewed", "second_reviewed")


class TimeSteps:
    @step(
        source=UNDER_REVIEW,
        target=None,
        by=(roles.first_reviewer, roles.second_reviewer, roles.decider),
        label=pgettext_lazy("step", "启动特别程序，中止计算期限"),
        form=HoldForm,
        pauses=Pauses("decision"),
        sends=[papers.SPECIAL_PROCEDURE],
        cites="行政许可法 45",
    )
    def hold(self: PermitCase, act: Act) -> None: ...

    @step(
        source=UNDER_REVIEW,
        target=None,
        by=(roles.first_reviewer, roles.second_reviewer, roles.decider),
        label=pgettext_lazy("step", "特别程序结束，恢复计算期限"),
        form=RemarkForm,
        resumes="decision",
        sends=[papers.RESUMED],
        cites="行政许可法 45",
    )
    def resume(self: PermitCase, act: Act) -> None: ...

    @step(
        source=UNDER_REVIEW,
        target=None,
        by=roles.leader,
        label=pgettext_lazy("step", "延长审查期限"),
        form=ExtendForm,
        extends="decision",
        sends=[papers.EXTENSION],
        cites="行政许可法 42",
    )
    def extend_limit(self: PermitCase, act: Act) -> None: ...
