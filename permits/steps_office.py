"""What the authority begins itself about a permit: 撤回 (行政许可法 8), 撤销 (69), 注销 (70)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.steps import NEW, Act, step

from .forms_process import GroundsForm

if TYPE_CHECKING:
    from .models import PermitCase

OFFICE = ("ex_officio",)


class OfficeSteps:
    @step(
        source=NEW,
        target="office_opened",
        by=(roles.first_reviewer, roles.second_reviewer),
        label=pgettext_lazy("step", "依职权立案"),
        stage="first_review",
        form=GroundsForm,
        origins=OFFICE,
        cites="行政许可法 8、69、70",
    )
    def open_by_office(self: PermitCase, act: Act) -> None: ...

    @step(
        source="office_opened",
        target="office_closed",
        by=roles.decider,
        label=pgettext_lazy("step", "不成立，结案"),
        stage="decide",
        form=ReasonForm,
        origins=OFFICE,
        cites="行政许可法 61",
    )
    def drop(self: PermitCase, act: Act) -> None: ...
