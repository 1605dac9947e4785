"""What an officer may open a case about: something his office granted, or an application it refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language

from foreignwork.cases import registry
from foreignwork.cases.models import Case, Entitlement, Recusal
from foreignwork.cases.phases import Outcome
from foreignwork.cases.steps import Step
from foreignwork.policies.models import PolicyVersion
from foreignwork.workflow.office_cases import Opening

from .seat import Seat

AFTER = (Outcome.REFUSED, Outcome.DECLINED)
"""An application with such a result may be followed by a case of the office's own (行政许可法 78)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the new case is about: ``entitlement`` in force, or else the ``case`` itself."""

    case: Case
    entitlement: Entitlement | None = None

    @property
    def number(self) -> str:
        return self.entitlement.number if self.entitlement else self.case.number

    @property
    def open_to_it(self) -> bool:
        if self.entitlement:
            return self.entitlement.status == Entitlement.Status.ACTIVE
        return self.case.origin == Case.Origin.APPLIED and self.case.outcome in AFTER


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of case the office may open about the subject; ``name`` is the pack's."""

    sub_matter: str
    name: str
    step: Step
    url: str


def entitlement_of(pk: int, seat: Seat) -> Subject:
    """The entitlement, if the case that granted it is one the officer may see. Raises Http404."""
    found = (
        Entitlement.objects.select_related("case__office__jurisdiction", "case__employer")
        .filter(pk=pk, case__in=Case.objects.visible_to(seat.actor))
        .first()
    )
    if found is None:
        raise Http404
    return Subject(found.case, found)


def case_of(number: str, seat: Seat) -> Subject:
    """The officer's case. Raises Http404."""
    rows = Case.objects.visible_to(seat.actor).select_related("office__jurisdiction", "employer")
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return Subject(found)


def kinds(subject: Subject, seat: Seat) -> list[Way]:
    """The kinds of cases the pack in force lets the subject's office begin about it, in the pack's order."""
    case = subject.case
    if not subject.open_to_it:
        return []
    pack = PolicyVersion.objects.in_force(case.office.jurisdiction.code, seat.today).pack
    known = pack.matters[case.matter].sub_matters if case.matter in pack.matters else {}
    found = []
    for code, sub in known.items():
        if sub.origin != Case.Origin.EX_OFFICIO or bool(sub.about) != bool(subject.entitlement):
            continue
        step = registry.get(case.matter).opening_step(Case.Origin.EX_OFFICIO, code)
        if step:
            found.append(Way(code, sub.name.pick(get_language()), step, _url(subject, code)))
    return found


def _url(subject: Subject, sub_matter: str) -> str:
    if subject.entitlement:
        return reverse("desk:open_case", args=[subject.entitlement.pk, sub_matter])
    return reverse("desk:open_after", args=[subject.case.number, sub_matter])


def may(way: Way, subject: Subject, seat: Seat) -> bool:
    """Whether the officer's own posts allow it."""
    return any(seat.actor.holds(role, subject.case.office_id) for role in way.step.by)


def ways(subject: Subject, seat: Seat) -> list[Way]:
    """The kinds this officer may open; none for whoever keeps away from the case it came of."""
    return [] if recused(subject, seat) else open_ways(subject, seat)


def open_ways(subject: Subject, seat: Seat) -> list[Way]:
    """The same for an officer of whom it is known that he need not keep away."""
    return [way for way in kinds(subject, seat) if may(way, subject, seat)]


def recused(subject: Subject, seat: Seat) -> bool:
    return Recusal.objects.filter(case=subject.case, user=seat.user).exists()


def opening_of(subject: Subject, sub_matter: str, data: Mapping[str, Any] | None = None) -> Opening:
    return Opening(
        matter=subject.case.matter,
        sub_matter=sub_matter,
        origin=Case.Origin.EX_OFFICIO,
        office=subject.case.office,
        about=subject.entitlement,
        follows=None if subject.entitlement else subject.case,
        data=data or {},
    )
