"""Forms that several matters' steps share. ``perform`` validates with them; pages only show them.

A form names in ``clear`` the fields whose values may stand readable in the event (codes, dates); everything else that
people write is sealed under the case's data key.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .context import Context


FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
"""A day outside is a slip of the pen; limits counted from it would leave the working-day calendar."""


HIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
"""Control characters, and those that turn the direction of writing: what is read would not be what is stored."""


def plain_words(fields: Iterable[forms.Field]) -> None:
    """Let text fields refuse hidden characters: what is typed here stands in signed papers."""
    sentence = _("内容中有看不见的控制字符，显示会与实际不符。请删除这一项后用键盘重新输入。")
    for field in fields:
        if isinstance(field, forms.CharField):
            field.validators.append(RegexValidator(HIDDEN, sentence, inverse_match=True, code="hidden"))


def plausible_days(fields: Iterable[forms.Field]) -> None:
    """Let date fields refuse such days, in words."""
    days = {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}
    sentence = _("日期应在 %(first)s 至 %(last)s 之间，请核对年份。") % days
    for field in fields:
        if isinstance(field, forms.DateField):
            field.validators += [
                MinValueValidator(FIRST_DAY, sentence),
                MaxValueValidator(LAST_DAY, sentence),
            ]


class StepForm(forms.Form):
    """Base of step forms: gets the case's context, so that choices come from the pinned policy pack."""

    clear: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, context: Context, **kwargs: Any) -> None:
        self.context = context
        super().__init__(*args, **kwargs)
        self.build()
        plausible_days(self.fields.values())
        plain_words(self.fields.values())
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("请填写“%(name)s”。") % {"name": field.label}

    def build(self) -> None:
        """Add what depends on the case."""

    def reasons(self, kind: str) -> list[tuple[str, str]]:
        """Choices from the pack: ``refusal_reasons``, ``decline_reasons``, ``conditions`` of the case's matter."""
        entries = getattr(self.context.pack.matters[self.context.case.matter], kind)
        english = (get_language() or "").startswith("en")
        sub = self.context.case.sub_matter
        return [
            (code, entry.en if english else entry.zh)
            for code, entry in entries.items()
            if entry.belongs_to(sub)
        ]


class RemarkForm(StepForm):
    remark = forms.CharField(
        label=_("意见"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(StepForm):
    """A step that must be explained."""

    remark = forms.CharField(
        label=_("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明理由，办件记录中会保留。")},
    )


class ConditionsForm(StepForm):
    """Condition-by-condition review (逐项对照许可条件, S001-20): the pack's conditions, no others (S001-22)."""

    clear: ClassVar[tuple[str, ...]] = ("conditions",)

    def build(self) -> None:
        for code, label in self.reasons("conditions"):
            self.fields[f"condition_{code}"] = forms.ChoiceField(
                label=label,
                choices=[("met", _("符合")), ("not_met", _("不符合")), ("not_applicable", _("不适用"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("请对这项条件作出判断：符合、不符合或者不适用。")},
            )
        self.fields["remark"] = forms.CharField(
            label=_("审查意见"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        prefix = "condition_"
        conditions = {
            name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix)
        }
        if "not_met" in conditions.values() and not data.get("remark"):
            self.add_error("remark", _("有条件不符合时，请写明不符合的具体情况，供决定人员参考。"))
        return {"conditions": conditions, "remark": data.get("remark", "")}


class DecisionReasonsForm(StepForm):
    """Reasons in coded form (S000-21) and in words; the article stands with each code in the pack."""

    clear: ClassVar[tuple[str, ...]] = ("reasons",)
    kind: ClassVar[str] = "refusal_reasons"

    reasons_field_label = _("理由（可多选）")

    def build(self) -> None:
        self.fields["reasons"] = forms.MultipleChoiceField(
            label=self.reasons_field_label,
            choices=self.reasons(self.kind),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("请至少选择一项理由。")},
        )
        self.fields["remark"] = forms.CharField(
            label=_("事实和理由说明"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text=_("将写入决定书。请写明查明的事实，不要只引用条文。"),
            error_messages={
                "required": _("请写明事实和理由；没有理由的决定不能出具（行政许可法第三十八条）。")
            },
        )


class RefusalForm(DecisionReasonsForm):
    kind: ClassVar[str] = "refusal_reasons"


class DeclineForm(DecisionReasonsForm):
    kind: ClassVar[str] = "decline_reasons"


class SupplementForm(StepForm):
    """Everything that is missing or wrong, told once (行政许可法 32(4)): per material a reason and a note.

    An item that could have been named the first time may not be added later (law-notes 4): only items already asked for
    may be asked for again.
    """

    clear: ClassVar[tuple[str, ...]] = ("items_asked",)

    def build(self) -> None:
        english = (get_language() or "").startswith("en")
        reasons = [("", "—")] + [
            (code, entry.en if english else entry.zh)
            for code, entry in self.context.pack.supplement_reasons.items()
        ]
        for code in self.askable():
            name = self.context.pack.materials[code].name.pick(get_language())
            self.fields[f"ask_{code}"] = forms.BooleanField(label=name, required=False)
            self.fields[f"reason_{code}"] = forms.ChoiceField(
                label=_("“%(name)s”的问题") % {"name": name}, choices=reasons, required=False
            )
            self.fields[f"note_{code}"] = forms.CharField(
                label=_("“%(name)s”的说明") % {"name": name},
                max_length=500,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def askable(self) -> list[str]:
        mine = [row.code for row in self.context.items if not row.by_system and not row.on_paper]
        told = {row.item for row in self.context.supplements}
        return [code for code in mine if not told or code in told]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        items = []
        for code in self.askable():
            if not data.get(f"ask_{code}"):
                continue
            if not data.get(f"reason_{code}"):
                self.add_error(f"reason_{code}", _("请选择这份材料的问题，申请人要据此补正。"))
            items.append(
                {"item": code, "reason": data.get(f"reason_{code}"), "note": data.get(f"note_{code}") or ""}
            )
        if not items:
            raise forms.ValidationError(_("请至少勾选一份需要补正的材料，并一次告知全部问题。"))
        return {"items": items, "items_asked": [item["item"] for item in items]}


class ServeForm(StepForm):
    """How the papers reached the applicant (送达): the ways which the pack names for the matter."""

    clear: ClassVar[tuple[str, ...]] = ("how",)

    def build(self) -> None:
        ways = self.context.pack.deliveries(self.context.case.matter)
        choices = [(code, way.name.pick(get_language())) for code, way in ways.items()]
        self.fields["how"] = forms.ChoiceField(
            label=_("送达方式"), choices=choices, initial=choices[0][0] if choices else None
        )
        self.order_fields(["how", "receiver"])

    receiver = forms.CharField(
        label=_("签收人"), max_length=120, error_messages={"required": _("请填写签收人的姓名。")}
    )
