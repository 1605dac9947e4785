"""What an officer may open a case about: an active entitlement of his office, by the matters' own opening steps."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language

from foreignwork.accounts.models import Office
from foreignwork.cases import registry
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.steps import Step
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.office_cases import Opening

from .seat import Seat


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of case the officer may open about the entitlement; ``name`` is the pack's."""

    sub_matter: str
    name: str
    step: Step
    url: str


def entitlement_of(pk: int, seat: Seat) -> Entitlement:
    """The entitlement, if the case that granted it is one the officer may see. Raises Http404."""
    found = (
        Entitlement.objects.select_related("case__office__jurisdiction", "employer")
        .filter(pk=pk, case__in=Case.objects.visible_to(seat.actor))
        .first()
    )
    if found is None:
        raise Http404
    return found


def kinds(entitlement: Entitlement, seat: Seat) -> list[Way]:
    """The kinds of cases the pack in force lets the entitlement's office begin about it, in the pack's order."""
    if entitlement.status != Entitlement.Status.ACTIVE:
        return []
    found = []
    for code, name in _sub_matters(entitlement, entitlement.case.office, seat).items():
        step = registry.get(entitlement.matter).opening_step(Case.Origin.EX_OFFICIO, code)
        if step:
            url = reverse("desk:open_case", kwargs={"pk": entitlement.pk, "sub_matter": code})
            found.append(Way(code, name, step, url))
    return found


def may(way: Way, entitlement: Entitlement, seat: Seat) -> bool:
    """Whether the officer's own posts allow it."""
    return any(seat.actor.holds(role, entitlement.case.office_id) for role in way.step.by)


def ways(entitlement: Entitlement, seat: Seat) -> list[Way]:
    """The kinds this officer may open."""
    return [way for way in kinds(entitlement, seat) if may(way, entitlement, seat)]


def _sub_matters(entitlement: Entitlement, office: Office, seat: Seat) -> dict[str, str]:
    pack = PolicyVersion.objects.in_force(office.jurisdiction.code, seat.today).pack
    matter = pack.matters.get(entitlement.matter)
    if matter is None:
        return {}
    return {
        code: sub.name.pick(get_language())
        for code, sub in matter.sub_matters.items()
        if sub.origin == Case.Origin.EX_OFFICIO
    }


def opening_of(entitlement: Entitlement, sub_matter: str, data: object = None) -> Opening:
    return Opening(
        matter=entitlement.matter,
        sub_matter=sub_matter,
        origin=Case.Origin.EX_OFFICIO,
        office=entitlement.case.office,
        about=entitlement,
        data=data or {},  # type: ignore[arg-type]
    )
