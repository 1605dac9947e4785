"""The classification advisor's form: one field for every fact the pack asks for, in the pack's sections. Nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.policies.classification.facts import pairs
from foreignwork.policies.schema import Text
from foreignwork.policies.schema_classification import Classification, Fact, Section

FOLDED_FROM = 3
"""Sections after the first three are circumstances of a few people only: folded until they hold an answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the page: its fields, and whether it stands open."""

    section: Section
    fields: list[BoundField]
    folded: bool
    open: bool


class ClassForm(forms.Form):
    """``facts()`` gives what the advisor takes; a field left empty, or a box not ticked, is not stated."""

    def __init__(self, *args: Any, standard: Classification, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "%s", "prefix": "class"})
        self.standard = standard
        self.asked = dict(standard.asked())
        for code, fact in self.asked.items():
            self.fields[code] = self._field(code, fact)

    def _field(self, code: str, fact: Fact) -> forms.Field:
        language = get_language()
        unit = fact.unit
        words = Text(zh=f"{fact.zh}（{unit.zh}）", en=f"{fact.en} ({unit.en})") if unit else fact.text
        texts: dict[str, Any] = {
            "label": words.pick(language),
            "help_text": fact.help.pick(language) if fact.help else "",
            "required": False,
        }
        choices = [(str(one.value), one.text.pick(language)) for one in self.standard.options(code)]
        if fact.type == "bool":
            return forms.BooleanField(**texts)
        if fact.type == "choice":
            texts["choices"] = [("", _("不填")), *choices]
            return forms.ChoiceField(error_messages={"invalid_choice": _("请从列出的选项中选择。")}, **texts)
        if fact.type == "multi":
            # What holds for everyone in this place is not asked again.
            texts["choices"] = [one for one in choices if one[0] not in fact.known]
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(
                widget=widget, error_messages={"invalid_choice": _("请从列出的选项中选择。")}, **texts
            )
        return forms.IntegerField(
            min_value=fact.min,
            max_value=fact.max,
            error_messages={
                "invalid": _("请填写整数，不带逗号和单位，例如 420000。"),
                "min_value": _("不能小于 %(limit_value)s。"),
                "max_value": _("不能大于 %(limit_value)s，请核对单位。"),
            },
            **texts,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, other in pairs(self.standard):
            mine, limit = data.get(name), data.get(other)
            if mine is not None and limit is not None and mine >= limit:
                label = self.fields[other].label
                self.add_error(
                    name, _("应当小于“%(other)s”（%(limit)s），请核对。") % {"other": label, "limit": limit}
                )
        return data

    def facts(self) -> dict[str, Any]:
        found = {name: tuple(v) if isinstance(v, list) else v for name, v in self.cleaned_data.items()}
        return {
            name: v for name, v in found.items() if v is not None and v != "" and v is not False and v != ()
        }

    def parts(self) -> Iterator[Part]:
        """The sections in their order, with their fields."""
        sections = sorted(self.standard.sections.items(), key=lambda item: item[1].order)
        for place, (name, section) in enumerate(sections):
            fields = [self[code] for code, fact in self.asked.items() if fact.section == name]
            if fields:
                folded = place >= FOLDED_FROM
                told = any(field.errors or field.value() for field in fields)
                yield Part(section, fields, folded, not folded or told)
