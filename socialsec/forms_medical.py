"""The medical office's own forms."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import StepForm

from . import rules_medical
from .forms import month_field


class OpenForm(StepForm):
    """No input: writes into the event what the other office registered of the medical part."""

    clear: ClassVar[tuple[str, ...]] = ("covers", "month")

    def clean(self) -> dict[str, Any]:
        first = rules_medical.first_case(self.context)
        return {
            "covers": rules_medical.rows_of(self.context),
            "month": first.changes_from or first.start_month,
        }


class ConfirmForm(StepForm):
    """From which month cover stands at the medical office."""

    clear: ClassVar[tuple[str, ...]] = ("month",)

    month = month_field(_("医保登记的起始（或者变动）月份"))
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def build(self) -> None:
        self.fields["month"].initial = getattr(self.context.case, "changes_from", None)

    def clean_month(self) -> Any:
        month, first = (
            self.cleaned_data["month"].replace(day=1),
            getattr(self.context.case, "changes_from", None),
        )
        if first and month < first:
            raise forms.ValidationError(
                _("不能早于社会保险经办机构登记的月份（%(month)s）。") % {"month": f"{first:%Y-%m}"}
            )
        return month
