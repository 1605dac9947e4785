"""A matter's own section of the packs: ``[matters.<m>.own]``. The kernel keeps it; the matter says what shape it has.

A matter calls ``shape(code, Model)`` when it is loaded; packs are then refused where the section does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from .schema import Shape

_shapes: dict[str, type[Shape]] = {}


def shape(matter: str, model: type[Shape]) -> None:
    """``model`` is the shape of what ``matter`` keeps under ``own``."""
    _shapes[matter] = model


def faults(matter: str, section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, reason) of what does not fit; a section nobody asked for is a fault as well."""
    model = _shapes.get(matter)
    if model is None:
        if section:
            yield "*", f"{matter} keeps no section of its own"
        return
    if not section:
        return
    try:
        model.model_validate(dict(section))
    except ValidationError as error:
        for fault in error.errors():
            path = [p for p in fault["loc"] if not (isinstance(p, str) and p.startswith("function-"))]
            yield ".".join(map(str, path)), fault["msg"]
