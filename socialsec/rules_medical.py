"""Medical and maternity insurance at an office of their own (社会保险经办条例 4, 60; law-notes 17). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Entitlement
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


def first_case(case: Case) -> InsuranceCase:
    """The registration (or its change, its end) of which this is the medical part."""
    from .models import InsuranceCase  # the models are made of the flow, which names this rule

    return InsuranceCase.objects.select_related("about").get(pk=case.replaces_id or 0)


def rows_of(first: InsuranceCase) -> list[dict[str, Any]]:
    """The medical insurances of what the other office registered."""
    from .models import InsuranceCover

    found = list(first.declared)
    if not found and first.about_id:  # a suspension or an end declares nothing anew
        rows = InsuranceCover.objects.filter(registration__entitlement_id=first.about_id)
        found = [
            {"insurance": row.insurance, "start": row.start_month.isoformat()}
            for row in rows.order_by("pk")
            if row.start_month
        ]
    return [row for row in found if row["insurance"] in INSURANCES]


def registration_of(context: Context) -> list[Entitlement]:
    """What the person holds, or held, by that case."""
    first = first_case(context.case)
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
    first = first_case(context.case)
    sub = context.pack.matters[context.case.matter].sub_matters.get(first.sub_matter)
    return sub.name.pick(get_language()) if sub else ""
