"""Data for the form of a step, as somebody in a hurry would fill it in."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from django import forms

from foreignwork.cases.clock import today as day_of
from foreignwork.demo.scenes import said

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

WORDS = "样例：情况属实，按规定办理。"
AHEAD = (0, 0, 1, 7, 14, 25, -20)
"""Days from today: some dates have to lie ahead, a hearing so that all can be told; some behind, since when nobody was found."""
SHORT = 60
"""Characters up to which a text is rather a number than a sentence."""
USUALLY = 0.8
"""How often what a form proposes is left as it is."""
TRIES = 16
"""As often a form is filled in anew before it is left."""


class Usually(Random):
    """Chance for a plain life: mostly the first of what can be chosen, and whatever is nearly always so always."""

    def choice(self, seq: SupportsLenAndGetItem[Any]) -> Any:
        return seq[0] if super().random() < 0.85 else super().choice(seq)

    def random(self) -> float:
        return 0.95 * super().random()


def accepted(form: type[forms.Form], context: Any, rng: Random, at: datetime) -> dict[str, Any]:
    """Data the form accepts, as far as chance finds some; else what it was given last. What it objects to is filled in anew."""
    data = fill(form(context=context), rng, at)  # type: ignore[call-arg]
    for _try in range(TRIES):
        errors = form(data, context=context).errors  # type: ignore[call-arg]
        if not errors:
            break
        fresh = fill(form(context=context), rng, at)  # type: ignore[call-arg]
        wrong = fresh.keys() | data.keys() if "__all__" in errors else set(errors)
        data = {name: value for name, value in data.items() if name not in wrong}
        data |= {name: value for name, value in fresh.items() if name in wrong}
    return data


def fill(form: forms.Form, rng: Random, at: datetime) -> dict[str, Any]:
    """Data a step's form may accept: what it proposes itself, else the first good choice, today, or a few words."""
    asked = False
    data: dict[str, Any] = {}
    for name, entry in form.fields.items():
        proposed = form.get_initial_for_field(entry, name)
        if isinstance(entry, forms.BooleanField):
            if entry.required or not asked:
                data[name], asked = "on", True
        elif isinstance(entry, forms.MultipleChoiceField):
            values = _values(entry)
            data[name] = rng.sample(values, rng.choice((1, len(values)))) if values else []
        elif isinstance(entry, forms.ChoiceField):
            values = [value for value in _values(entry) if value]
            if not entry.required and rng.random() < 0.5:
                values = []  # what nobody has to choose is often left out
            usual = "met" if "met" in values and rng.random() < 0.97 else rng.choice(values or [""])
            keeps = proposed not in (None, "") and rng.random() < USUALLY
            data[name] = str(proposed) if keeps else usual
        elif proposed not in (None, ""):
            data[name] = proposed
        elif isinstance(entry, forms.DateField):
            data[name] = (day_of(at) + timedelta(days=rng.choice(AHEAD))).isoformat()
        elif isinstance(entry, (forms.IntegerField, forms.DecimalField, forms.FloatField)):
            data[name] = entry.min_value if entry.min_value is not None else 1
        elif isinstance(entry, forms.CharField) and (entry.required or rng.random() < 0.5):
            short = entry.max_length is not None and entry.max_length <= SHORT and rng.random() < 0.7
            data[name] = f"S{rng.randrange(10**8):08d}" if short else WORDS[: entry.max_length or None]
    return {**data, **said(form, rng, at)}


def _values(entry: forms.ChoiceField) -> list[str]:
    """The values a person could choose, those of groups included."""
    found: list[str] = []
    for value, label in list(entry.choices):  # type: ignore[arg-type]
        found += [str(inner) for inner, _words in label] if isinstance(label, list | tuple) else [str(value)]
    return found
