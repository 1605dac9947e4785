"""What a residence document in force rests on, and what follows when that is gone. Pure."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import held_below, last_below, over_since, stands
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Lead

from .rules import NOT_IN_FORCE

BASIS_STANDS = say("residence_basis_stands", _("居留证件所依据的工作许可仍然有效。"))
BASIS_TOLD = say("residence_basis_told", _("已就工作许可终止告知过单位和本人。"))
BASIS_GONE = say("residence_basis_gone", _("没有登记新的工作许可。"))

GROUND = "residence_basis_over"
"""The pack's referral: a document for work whose work permit is over."""


def basis_is_over(context: Context, act: Act) -> list[Problem]:
    """The document is in force, nothing it rests on stands any more, and nobody was told of it yet.

    Where nothing was ever on file (granted on papers of another place), nothing can be found to be over.
    """
    held = context.own_entitlement()
    if held is None or not stands(context, held):
        return [Problem(NOT_IN_FORCE)]
    if getattr(context.case, "basis_over_on", None):
        return [Problem(BASIS_TOLD)]
    return [Problem(BASIS_STANDS)] if held_below(context) or last_below(context) is None else []


def basis_again(context: Context, act: Act) -> list[Problem]:
    """There is a work permit at this employer again."""
    if getattr(context.case, "basis_over_on", None) is None:
        return [Problem(BASIS_STANDS)]
    return [] if held_below(context) else [Problem(BASIS_GONE)]


def basis_lead(context: Context, act: Act) -> Lead | None:
    """Those who follow up documents that lost their purpose learn of it (条例 34(三))."""
    return Lead(GROUND) if GROUND in context.pack.referrals else None


def over_on(context: Context) -> date:
    """The last day of the permit the document rests on."""
    last = last_below(context)
    return (over_since(last) if last else None) or context.today
