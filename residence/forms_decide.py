"""Forms of the decision."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import RefusalForm, StepForm

from . import kinds, rules
from .forms import DAY


class GrantForm(StepForm):
    """Until when: within the law's bounds, the permit's and the passport's; the permit's end is proposed."""

    clear: ClassVar[tuple[str, ...]] = ("valid_until",)

    valid_until = forms.DateField(label=_("居留证件有效期至"), widget=DAY)
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def build(self) -> None:
        first, last, _why = rules.bounds(self.context)
        field, days = self.fields["valid_until"], {"first": first.isoformat(), "last": last.isoformat()}
        field.initial = rules.proposed_until(self.context)
        if self.context.case.sub_matter in kinds.NEW_PERIOD:
            text = _("可以选择 %(first)s 至 %(last)s 之间的日期，默认与工作许可有效期一致。")
        else:
            text = _("变更、换发、补发不改变居留期限，最晚到 %(last)s。")
        field.help_text = text % days

    def clean_valid_until(self) -> Any:
        day = self.cleaned_data["valid_until"]
        first, last, why = rules.bounds(self.context)
        if day < first:
            self._too_early(first)
        if day > last:
            raise forms.ValidationError(
                self.TOO_LATE[why], params={"last": last.isoformat(), "years": self._years}
            )
        return day

    TOO_LATE: ClassVar = {
        "permit": _("有效期不能超过工作许可有效期，最晚可以到 %(last)s。"),
        "passport": _("有效期不能超过护照有效期，最晚可以到 %(last)s。"),
        "law": _("有效期最长 %(years)s 年，最晚可以到 %(last)s。"),
        "held": _("变更、换发、补发不延长居留期限，最晚可以到 %(last)s。"),
    }

    @property
    def _years(self) -> int:
        return self.context.pack.value("residence_max_years")

    def _too_early(self, first: Any) -> None:
        if self.context.case.sub_matter not in kinds.NEW_PERIOD:
            raise forms.ValidationError(_("有效期不能早于今天。"))
        raise forms.ValidationError(
            _("工作类居留证件有效期不得少于 %(days)s 日，最早可以到 %(first)s。"),
            params={"days": self.context.pack.value("residence_min_days"), "first": first.isoformat()},
        )


class RefuseForm(RefusalForm):
    """Coded grounds of the sub-matter (出境入境管理法 31; 条例 21) and the facts found."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        missed = getattr(self.context.case, "interview_missed", "")
        if "interview_missed" in (data.get("reasons") or []) and missed != "unexcused":
            self.add_error(
                "reasons",
                _("以未接受面谈为由不予签发的，须先登记未到场面谈，并认定没有正当理由。"),
            )
        return data
