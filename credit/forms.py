"""Forms of a listing's steps. The pack says which lists there are, which entries can found them, and how long they last."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import ReasonForm, StepForm
from foreignwork.rulebook.words import aside

from . import policy, rules

LINES = forms.Textarea(attrs={"rows": 4})


class ProposeForm(StepForm):
    """On which entries the listing rests: at least one that stands in the firm's file, never a score alone."""

    clear: ClassVar[tuple[str, ...]] = ("entries",)
    grounds = forms.CharField(
        label=_("事实和理由"),
        max_length=2000,
        widget=LINES,
        error_messages={"required": _("请写明为什么应当列入；将写入告知书。")},
    )

    def build(self) -> None:
        events = policy.of(self.context.pack).events
        choices = [
            (
                str(row.pk),
                f"{row.on.isoformat()} {events[row.event].text.pick(get_language()) if row.event in events else row.event}"
                + aside(row.case.number),
            )
            for row in rules.standing_entries(self.context).select_related("case")[:200]
        ]
        self.fields["entries"] = forms.MultipleChoiceField(
            label=_("依据的信用记录"),
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("请选择至少一条信用记录。没有可以作为依据的记录，就不能列入这一名单。"),
                "invalid_choice": _("所选记录不能作为列入这一名单的依据：不存在、已更正或者已过期。"),
            },
        )
        self.order_fields(["entries", "grounds"])

    def clean_entries(self) -> list[int]:
        return sorted(int(pk) for pk in self.cleaned_data["entries"])


class StatementForm(StepForm):
    text = forms.CharField(
        label=_("陈述、申辩的内容"),
        max_length=3000,
        widget=LINES,
        error_messages={"required": _("请写明您的意见。")},
    )


class EnlistForm(ReasonForm):
    """The decision; its dates follow from the pack."""

    clear: ClassVar[tuple[str, ...]] = ("until", "repairable", "published")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        entry, today = rules.listed_in(self.context), self.context.today
        until = rules.term_end(self.context, today)
        if entry is None or until is None:
            raise forms.ValidationError(_("政策包没有规定这一名单的最长期限，不能列入。"))
        return data | {
            "until": until,
            "repairable": rules.repairable(self.context, today),
            "published": entry.published,
        }


class RepairForm(StepForm):
    """What was put right, and the public promise (信用承诺)."""

    text = forms.CharField(
        label=_("已经怎样改正"),
        max_length=3000,
        widget=LINES,
        error_messages={"required": _("请写明已经履行的义务和改正的情况。")},
    )
    promise = forms.BooleanField(
        label=_("承诺：上述情况真实，今后依法聘用外国人"),
        error_messages={"required": _("信用修复须作出承诺。")},
    )
