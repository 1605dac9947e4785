"""What a person holds (permits, documents, registrations), with the buttons that begin a filing about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language

from foreignwork.cases.models import Entitlement
from foreignwork.cases.telling import EntitlementMark
from foreignwork.dossiers.models import Dossier, Engagement
from foreignwork.policies.models import PolicyVersion

RECENT = 30


def marks_on(entitlements: Sequence[int]) -> dict[int, list[EntitlementMark]]:
    """The newest note on each entitlement, by family (card_loaded and card_failed are one): one query."""
    found: dict[int, dict[str, EntitlementMark]] = {}
    for mark in EntitlementMark.objects.filter(entitlement_id__in=entitlements).order_by("id"):
        found.setdefault(mark.entitlement_id, {})[mark.kind.partition("_")[0]] = mark
    return {pk: list(rows.values()) for pk, rows in found.items()}


def held_of(
    dossier: Dossier,
    engaged: Sequence[Engagement],
    policies: Sequence[PolicyVersion],
    *,
    today: date,
    acts: bool,
) -> list[dict[str, Any]]:
    """Entitlements of the dossier, newest first: name, number, dates, standing, and for agents what can be begun. Two queries.

    A button appears for purposes the pack knows a sub-matter for; whether it is too early or too late is said by the
    filing itself, in words.
    """
    language = get_language()
    by_employer = {row.employer_id: row for row in engaged}
    found = []
    mine = Entitlement.objects.filter(dossier=dossier).select_related("case__policy_version__jurisdiction")
    rows = list(mine.defer("case__policy_version__document").order_by("-pk")[:RECENT])
    noted = marks_on([row.pk for row in rows])
    for row in rows:
        policy = next(
            (one for one in policies if one.jurisdiction_id == row.case.policy_version.jurisdiction_id), None
        )
        pack = policy.pack if policy else None
        active = row.status == Entitlement.Status.ACTIVE
        engagement = by_employer.get(row.employer_id or 0)
        may = acts and active and pack is not None and engagement is not None and row.matter in pack.matters
        name = (
            pack.matters[row.matter].name.pick(language)
            if pack and row.matter in pack.matters
            else row.matter
        )
        expired = bool(row.valid_until and row.valid_until < today)
        found.append(
            {
                "row": row,
                "marks": [
                    {
                        "text": pack.texts[f"mark_{mark.kind}"].pick(language),
                        "on": mark.on,
                        "note": mark.note,
                    }
                    for mark in noted.get(row.pk, ())
                    if pack and f"mark_{mark.kind}" in pack.texts
                ],
                "name": name,
                "ended": not active,
                "expired": active and expired,
                "place": policy.jurisdiction.code if policy else "",
                "engagement": engagement.pk if engagement else None,
                "purposes": [
                    {
                        "value": option.value,
                        "name": option.text.pick(language).partition("：")[0].partition(":")[0],
                    }
                    for option in (pack.purposes_about(row.matter) if may and pack else ())
                ],
            }
        )
    return found
