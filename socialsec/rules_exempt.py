"""When an exemption under a bilateral agreement ends, and what is due then. Pure; the numbers are the pack's."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Lead

from . import covers

RUNS, DECLARE = "exemption", "exemption_register"
"""The pack's limits: the exemption itself, to the last day of the certificate; the term to declare after it."""
STILL_EXEMPT = say("insurance_still_exempt", _("参保证明载明的免缴期限尚未届满。"))
UNDECLARED = "late_insurance"
"""The pack's referral for a registration after the term: an insurance that is due and not declared."""


def exempt_rows(context: Context) -> list[covers.Cover]:
    declared: list[dict[str, Any]] = getattr(context.case, "declared", None) or []
    return [one for one in covers.unpacked(declared) if one.exempt]


def exempt_until(context: Context, act: Act | None = None) -> date | None:
    """The last day of the certificate; None where nothing is exempt. One certificate covers all that is exempt."""
    return min((one.until for one in exempt_rows(context) if one.until), default=None)


def newly_exempt_until(context: Context, act: Act) -> date | None:
    """The same, from what the step now being taken registers."""
    found = covers.unpacked(act.data.get("covers") or getattr(context.case, "declared", None) or [])
    return min((one.until for one in found if one.exempt and one.until), default=None)


def exemption_is_over(context: Context, act: Act) -> list[Problem]:
    last = exempt_until(context)
    return [] if last and act.today > last else [Problem(STILL_EXEMPT)]


def undeclared(context: Context, act: Act) -> Lead | None:
    return Lead(UNDECLARED, 1) if UNDECLARED in context.pack.referrals else None
