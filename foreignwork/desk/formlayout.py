"""How a step's form is laid out, whatever the step: read from the form's fields, never from the step's name.

* fields ``ask_x``, ``reason_x``, ``note_x`` belong together: one line per material of a supplement
* several radio fields with the same choices form one table: one line per condition
* every other field stands alone
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise

ASK, REASON, NOTE = "ask_", "reason_", "note_"


@dataclass(slots=True)
class Line:
    """A line of a group: its own field and what hangs on it."""

    key: str
    field: BoundField
    reason: BoundField | None = None
    note: BoundField | None = None
    extra: Any = None  # what the page shows beside it (the material asked about)

    @property
    def errors(self) -> list[str]:
        return [
            str(error) for bound in (self.field, self.reason, self.note) if bound for error in bound.errors
        ]

    @property
    def options(self) -> list[tuple[str, str | Promise, str, bool]]:
        """(value, label, id, chosen) of a radio field."""
        chosen = self.field.value()
        choices = self.field.field.choices  # type: ignore[attr-defined]
        return [
            (str(value), label, f"{self.field.auto_id}_{n}", str(value) == str(chosen))
            for n, (value, label) in enumerate(choices)
        ]


@dataclass(slots=True)
class Block:
    """``kind``: asks, matrix or field."""

    kind: str
    lines: list[Line] = field(default_factory=list)
    columns: list[str | Promise] = field(default_factory=list)
    field: BoundField | None = None


def blocks(form: forms.Form, beside: dict[str, Any] | None = None) -> list[Block]:
    """The form's visible fields in order, grouped. ``beside`` gives what to show at each ``ask_x`` by x."""
    found: list[Block] = []
    taken: set[str] = set()
    for bound in form.visible_fields():
        if bound.name in taken:
            continue
        key = bound.name.removeprefix(ASK)
        if bound.name.startswith(ASK) and f"{REASON}{key}" in form.fields:
            note = form[f"{NOTE}{key}"] if f"{NOTE}{key}" in form.fields else None
            line = Line(key, bound, form[f"{REASON}{key}"], note, (beside or {}).get(key))
            taken |= {f"{REASON}{key}", f"{NOTE}{key}"}
            _join(found, "asks", line)
        elif _is_radio(bound) and _shares_choices(form, bound):
            labels = [label for _value, label in bound.field.choices]  # type: ignore[attr-defined]
            _join(found, "matrix", Line(bound.name, bound), labels)
        else:
            found.append(Block("field", field=bound))
    return found


def _join(found: list[Block], kind: str, line: Line, columns: list[str | Promise] | None = None) -> None:
    """Add to the last block of this kind, or begin one."""
    last = found[-1] if found else None
    if last is None or last.kind != kind or last.columns != (columns or []):
        last = Block(kind, columns=columns or [])
        found.append(last)
    last.lines.append(line)


def _is_radio(bound: BoundField) -> bool:
    return isinstance(bound.field.widget, forms.RadioSelect)


def _shares_choices(form: forms.Form, bound: BoundField) -> bool:
    mine = list(bound.field.choices)  # type: ignore[attr-defined]
    same = [
        other
        for other in form.visible_fields()
        if _is_radio(other) and list(other.field.choices) == mine  # type: ignore[attr-defined]
    ]
    return len(same) > 1


def is_small(form: forms.Form | None) -> bool:
    """Small enough to stand in the action panel: no more than one field."""
    return form is None or len(form.fields) <= 1
