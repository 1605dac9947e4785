"""The work permit is over while the document still runs: employer and person are told what the law asks of them, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, step

from . import kinds, notices_basis, rules_basis
from .forms_after import BasisForm

if TYPE_CHECKING:
    from .models import ResidenceCase

IN_FORCE = ("granted", "made", "posted", "handed_over")


class BasisSteps:
    @step(
        source=IN_FORCE,
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "工作许可终止，告知申报居留事由变更"),
        within=kinds.APPLIED_FOR,
        needs=[rules_basis.basis_is_over],
        form=BasisForm,
        when_open=True,
        refers=rules_basis.basis_lead,
        sends=[notices_basis.BASIS_OVER, notices_basis.BASIS_OVER_PERSON],
        cites="出境入境管理法 33、45；条例 26、34(三)",
    )
    def tell_basis_over(self: ResidenceCase, act: Act) -> None:
        self.basis_over_on = act.data["over_on"]

    @step(
        source=IN_FORCE,
        target=None,
        by=roles.system,
        label=pgettext_lazy("step", "已有新的工作许可，居留事由继续成立"),
        within=kinds.APPLIED_FOR,
        needs=[rules_basis.basis_again],
        when_open=True,
        cites="出境入境管理法 33",
    )
    def note_basis_again(self: ResidenceCase, act: Act) -> None:
        self.basis_over_on = None
