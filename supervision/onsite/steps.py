"""The step by which evidence of a visit joins the case. Arriving and the record itself are steps of the inspection (flow.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.cases.steps import Act, step

from .. import rules
from . import forms, rows

if TYPE_CHECKING:
    from ..models import Inspection


class OnsiteFlow:
    @step(
        source=("on_site", "recorded"),
        target=None,
        by=roles.inspector,
        label=pgettext_lazy("step", "登记现场询问和照片"),
        needs=[rules.on_the_team],
        form=forms.EvidenceForm,
        adds=rows.evidence,
        cites="行政处罚法 47、55；S004-46、S004-48",
    )
    def add_evidence(self: Inspection, act: Act) -> None: ...
