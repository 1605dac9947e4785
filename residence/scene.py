"""Residence in volumes: documents are posted where the place offers it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from django import forms

from foreignwork.demo.scenes import usual

from .forms import ComesForm

POST = "post"


@usual(ComesForm)
def comes(form: forms.Form, rng: Random, at: datetime) -> Mapping[str, Any]:
    """By post where it is offered: else nearly everybody would take what the form proposes, and nothing would ever be posted."""
    assert isinstance(form, ComesForm)
    return {"delivery": POST} if POST in dict(form.ways()) else {}
