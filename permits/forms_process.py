"""Forms of the licensing procedure that belong to permits alone."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import DecisionReasonsForm


class GroundsForm(DecisionReasonsForm):
    """Why the office opens a case of its own: the pack's grounds for this sub-matter, and the facts (行政许可法 8, 69, 70)."""

    reasons_field_label = _("法定情形（可多选）")

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        case, language = self.context.case, get_language()
        known = self.context.pack.matters[case.matter].office_grounds
        return [
            (code, entry.text.pick(language))
            for code, entry in known.items()
            if case.sub_matter in entry.within
        ]
