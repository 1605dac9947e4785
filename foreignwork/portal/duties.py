"""What employer and person must still do by a day of the law, on their first page: what follows a permit, what ended (S000-71)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from foreignwork.cases.models import Case
from foreignwork.cases.phases import Phase
from foreignwork.deadlines.models import Deadline

from .entry import Visit
from .people import names_of
from .progress import own_words

SHOWN = 10
AHEAD = timedelta(days=60)
"""How long before its last day a duty is told here; its case tells it from the first."""
URGENT = timedelta(days=7)


def duties_of(visit: Visit) -> list[dict[str, Any]]:
    """The applicant's running limits, soonest first: to file what the permit opened, to change or end what rests on something that
    is over. Supplements stand with their filing. One query, and one for the names."""
    rows = list(
        Deadline.objects.filter(
            case__in=Case.objects.visible_to(visit.actor),
            case__phase__in=(Phase.PREPARING, Phase.DECIDED),
            basis=Deadline.Basis.APPLICANT,
            met_on__isnull=True,
            voided_at__isnull=True,
            due_on__lte=visit.today + AHEAD,
        )
        .select_related("case__policy_version")
        .order_by("due_on", "pk")[:SHOWN]
    )
    names = names_of([row.case.dossier_id for row in rows if row.case.dossier_id])
    return [
        {
            "name": names.get(row.case.dossier_id or 0),
            "matter": row.case.policy_version.pack.matters[row.case.matter].name.pick(get_language()),
            "text": own_words(row, visit.today),
            "href": reverse("portal:case", args=[row.case.number]),
            "urgent": row.due_on <= visit.today + URGENT,
        }
        for row in rows
    ]
