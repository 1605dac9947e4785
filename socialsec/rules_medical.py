"""Medical and maternity insurance at an office of their own (社会保险经办条例 4, 60; law-notes 17). Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from foreignwork.cases.context import Batch, Context
from foreignwork.cases.models import Entitlement
from foreignwork.cases.steps import Act, Lead, Mark
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import Text

if TYPE_CHECKING:
    from .models import InsuranceCase

PART = "medical"
"""The pack's sub-matter of the medical office; a pack that names none passes the part on outside, or merges the offices."""
REFERRAL = "medical_insurance"
"""The pack's hand-on to a medical office that is not in the system; a pack that merges the offices drops it."""
INSURANCES = ("medical", "maternity")
"""The insurances that office registers (社会保险经办条例 4)."""


def own_office(pack: Pack, matter: str, city: str | None) -> Text | None:
    """The medical office that has cases here, as the pack's routing names it."""
    if PART not in pack.matters[matter].sub_matters:
        return None
    return pack.offices[pack.route_for(matter, None, city, PART).office].name


def elsewhere(context: Context) -> Text | None:
    """Who registers the medical part, where it is not this office; None where the pack merges them."""
    own = own_office(context.pack, context.case.matter, context.answers.get("city"))
    if own or REFERRAL not in context.pack.referrals:
        return own
    return context.pack.referrals[REFERRAL].authority


def passed_on(context: Context, act: Act) -> Lead | None:
    """A medical office outside the system is told by a referral; one inside gets a case of its own."""
    outside = PART not in context.pack.matters[context.case.matter].sub_matters
    return Lead(REFERRAL) if outside and REFERRAL in context.pack.referrals else None


def first_case(context: Context) -> InsuranceCase:
    """The registration (or its change, its end) of which this is the medical part."""
    found: dict[int, InsuranceCase] = context.batch.once("socialsec.first", _first_cases)
    return found[context.case.replaces_id or 0]


def _first_cases(batch: Batch) -> dict[int, InsuranceCase]:
    from .models import InsuranceCase  # the models are made of the flow, which names this rule

    return InsuranceCase.objects.in_bulk({case.replaces_id for case in batch.cases if case.replaces_id})


def rows_of(context: Context) -> list[dict[str, Any]]:
    """The medical insurances of what the other office registered; a suspension or an end declares nothing anew, what it is about
    says them."""
    first = first_case(context)
    found = first.declared or context.batch.once("socialsec.about", _registered).get(first.about_id or 0, [])
    return [row for row in found if row["insurance"] in INSURANCES]


def _registered(batch: Batch) -> dict[int, list[dict[str, Any]]]:
    """The covers of what the other cases were about, by entitlement."""
    from .models import InsuranceCover

    firsts = batch.once("socialsec.first", _first_cases).values()
    rows = InsuranceCover.objects.filter(
        registration__entitlement__in={first.about_id for first in firsts if first.about_id},
        start_month__isnull=False,
    ).select_related("registration")
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("pk"):
        start = row.start_month.isoformat() if row.start_month else ""
        found[row.registration.entitlement_id].append({"insurance": row.insurance, "start": start})
    return found


def registration_of(context: Context) -> list[Entitlement]:
    """What the person holds, or held, by that case."""
    first = first_case(context)
    rows = context.batch.entitlements.get(context.case.dossier_id or 0, [])
    mine = [row for row in rows if row.case_id == first.pk]
    return mine or [row for row in rows if row.pk == first.about_id]


def marked(kind: str) -> Any:
    """How the medical part stands, noted on the registration itself: whoever looks at that, sees it."""

    def note(context: Context, act: Act) -> list[Mark]:
        return [Mark(row, f"{PART}_{kind}") for row in registration_of(context)]

    return note


def kind_of(context: Context) -> str:
    """What is registered: the name of the other case's sub-matter."""
    sub = context.pack.matters[context.case.matter].sub_matters.get(first_case(context).sub_matter)
    return sub.name.pick(get_language()) if sub else ""
