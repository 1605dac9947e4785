"""Taking over a permit of the former register: the step that opens the case which carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import NEW, Act, step

from . import forms_legacy, kinds

if TYPE_CHECKING:
    from .models import PermitCase


class LegacySteps:
    @step(
        source=NEW,
        target="granted",
        by=roles.leader,
        label=pgettext_lazy("step", "转入旧版许可"),
        within=(kinds.AFTER_ENTRY,),
        form=forms_legacy.LegacyForm,
        origins=("ex_officio",),
        issues=forms_legacy.former_draft,
        cites="人社部发〔2024〕75号；S000-60；S001-25",
    )
    def enter_former(self: PermitCase, act: Act) -> None: ...
