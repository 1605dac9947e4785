"""Insurance in volumes: what an employer declares for somebody whom an agreement exempts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django import forms

from foreignwork.cases.clock import today as day_of
from foreignwork.demo.scenes import usual
from foreignwork.policies.agreements import agreements

from . import covers, rules
from .covers import NAMES
from .forms import DeclarationForm

LEFT = (60, 120, 200)
"""Days for which a certificate still holds."""


@usual(DeclarationForm)
def declared(form: forms.Form, rng: Random, at: datetime) -> Mapping[str, Any]:
    """With a certificate at hand: the insurances that one of the agreements does not exempt from."""
    assert isinstance(form, DeclarationForm)
    if not rules.has_certificate(form.context):
        return {}
    today = day_of(at)
    country = rng.choice([code for code, _name in covers.choices(today)])
    never = agreements().never_exempt
    due = [code for code in NAMES if code in never or covers.verdict(country, code, today) == "required"]
    until = today + timedelta(days=rng.choice(LEFT))
    return {"agreement": country, "insurances": due, "certificate_until": until.isoformat()}
