"""Who of a firm's foreign staff is looked at in a visit, beside those drawn or reported: the roster made from the permits (S000-34)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.forms import StepForm

from . import policy


def not_listed(context: Context) -> Any:
    """Presences of people who stand in today's register under this firm and are not looked at yet, one for each permit."""
    from .registers import presences_on

    case: Any = context.case
    rows = presences_on(case.office.jurisdiction, context.today, "person").filter(
        organisation=case.subject_org_id
    )
    return rows.exclude(subject__in=case.subjects.values("subject")).order_by("subject_id", "-from_on")


class StaffForm(StepForm):
    """By their codes and permits; all of them, unless somebody is left out."""

    clear: ClassVar[tuple[str, ...]] = ("subjects",)

    def build(self) -> None:
        rows = not_listed(self.context).select_related("subject__dossier", "entitlement")
        found = {row.subject_id: row for row in rows}
        self.subjects = {pk: row.subject for pk, row in found.items()}
        self.fields["subjects"] = forms.TypedMultipleChoiceField(
            label=_("在册外国人"),
            choices=[
                (pk, f"{row.subject.dossier.code}　{row.entitlement.number}") for pk, row in found.items()
            ],
            coerce=int,
            initial=list(found),
            widget=forms.CheckboxSelectMultiple,
            help_text=_("按有效许可生成。列入后，现场检查笔录须逐人记录。"),
            error_messages={"required": _("请至少选择一人。")},
        )

    def clean_subjects(self) -> list[int]:
        """Nobody whom one of the two has to keep away from (行政处罚法 43)."""
        from .inspectors import interests_on
        from .team import ground_of

        chosen: list[int] = self.cleaned_data["subjects"]
        case: Any = self.context.case
        own = policy.of(self.context.pack)
        team = [one for one in (case.lead, case.second) if one]
        kept = interests_on([one.pk for one in team], self.context.today, own.number("recusal_years"))
        why = {
            code: entry.text.pick(get_language()) for code, entry in own.reasons.get("recusal", {}).items()
        }
        for one in team:
            for pk in chosen:
                if ground := ground_of(kept[one.pk], [self.subjects[pk]]):
                    said = {
                        "who": str(one),
                        "code": self.subjects[pk].dossier.code,
                        "why": why.get(ground, ground),
                    }
                    words = _(
                        "%(who)s须对%(code)s回避（%(why)s），不能列入。请先更换检查人员，或者另行检查。"
                    )
                    raise forms.ValidationError(words % said)
        return chosen
