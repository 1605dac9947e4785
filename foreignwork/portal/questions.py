"""One question of the pack as a form with one field, whatever the pack asks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.forms import plausible_days
from foreignwork.dossiers.models import DatedFact
from foreignwork.policies.schema_filing import Option, Question

from .dossier_forms import DayInput

YES_NO = [("yes", pgettext_lazy("answer", "是")), ("no", pgettext_lazy("answer", "否"))]
CHOOSE = _("请选择一项。")
HAPPENED = frozenset(f"{kind}_on" for kind in DatedFact.Kind.values)


class LockedCheckboxes(forms.CheckboxSelectMultiple):
    """Checkboxes some of which are always ticked: the pack requires them."""

    locked: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if str(value) in self.locked:
            option["attrs"] |= {"checked": True, "disabled": True}
            option["label"] = _("%(name)s（必选）") % {"name": label}
        return option


class QuestionForm(forms.Form):
    """``code`` is the field's name, ``options`` the choices open to this applicant. ``answer()`` gives the pack's own value: text, bool, list, or ISO date."""

    def __init__(
        self,
        *args: Any,
        code: str,
        question: Question,
        options: tuple[Option, ...],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.code, self.question, self.today, self.options = code, question, today, options
        self.fields[code] = self._field()
        plausible_days(self.fields.values())

    def _field(self) -> forms.Field:
        question, language = self.question, get_language()
        texts: dict[str, Any] = {
            "label": question.text.pick(language),
            "help_text": question.help.pick(language) if question.help else "",
            "required": question.required,
        }
        choices = [(str(option.value), option.text.pick(language)) for option in self.options]
        if question.type == "bool":
            return forms.ChoiceField(
                choices=YES_NO, widget=forms.RadioSelect, error_messages={"required": CHOOSE}, **texts
            )
        if question.type == "choice":
            return forms.ChoiceField(
                choices=choices, widget=forms.RadioSelect, error_messages={"required": CHOOSE}, **texts
            )
        if question.type == "multi":
            locked = frozenset(str(option.value) for option in self.options if option.locked)
            widget = LockedCheckboxes()
            widget.locked = locked
            texts["required"] = question.required and not locked
            return forms.MultipleChoiceField(
                choices=choices, widget=widget, error_messages={"required": _("请至少选择一项。")}, **texts
            )
        return forms.DateField(
            widget=DayInput(),
            error_messages={
                "required": _("请填写日期。"),
                "invalid": _("请按“年-月-日”填写日期，例如 2026-03-01。"),
            },
            **texts,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        value = data.get(self.code)
        if isinstance(value, date) and self.code in HAPPENED and value > self.today:
            self.add_error(
                self.code,
                ValidationError(_("日期不能晚于今天。尚未发生的，请留空，发生之后再登记。"), code="future"),
            )
        return data

    def answer(self) -> Any:
        """The answer as the draft and the bundle keep it; None when left empty."""
        value = self.cleaned_data.get(self.code)
        if self.question.type == "multi":
            chosen = {*(value or ()), *(str(option.value) for option in self.options if option.locked)}
            return [option.value for option in self.options if str(option.value) in chosen]
        if isinstance(value, date):
            return value.isoformat()
        if value in (None, ""):
            return None
        if self.question.type == "bool":
            return value == "yes"
        return next(option.value for option in self.options if str(option.value) == value)


def initial_of(question: Question, value: Any) -> Any:
    """How a kept answer is put into the field."""
    if question.type == "bool" and value is not None:
        return "yes" if value else "no"
    if question.type == "multi":
        return [str(one) for one in value or ()]
    return "" if value is None else str(value)


def in_words(question: Question, options: tuple[Option, ...], value: Any) -> list[str]:
    """An answer as people read it, line by line; empty when there is none."""
    language = get_language()
    if value in (None, "", []):
        return []
    if question.type == "bool":
        return [str(dict(YES_NO)["yes" if value else "no"])]
    if question.type == "date":
        return [date_format(date.fromisoformat(str(value)))]
    chosen = value if isinstance(value, list) else [value]
    return [option.text.pick(language) for option in options if option.value in chosen]
