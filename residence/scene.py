"""Residence in volumes: who asks to have the document posted, and who fetches it."""

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
    """Any of the ways of receiving that the place offers, by post rather: what a form proposes, nearly everybody would take."""
    assert isinstance(form, ComesForm)
    ways = [code for code, _name in form.ways()]
    return {"delivery": rng.choice([way for way in ways if way == POST] or ways)} if ways else {}
