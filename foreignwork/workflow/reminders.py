"""The sweep over what runs out: employer and person are reminded, each once for each day the pack names. Safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.expiry import Reminder, due, longest
from foreignwork.cases.models import Case, Entitlement
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack

BATCH = 500


def remind(*, at: datetime, limit: int = BATCH) -> int:
    """Write every reminder that is due and not yet written; returns how many. The numbers are those in force today.

    Nobody is reminded of what a running case extends, changes or ends already.
    """
    today, written, seen = day_of(at), 0, 0
    packs = _packs(at)
    furthest = max((longest(pack, code) for pack in packs.values() for code in pack.matters), default=0)
    busy = Case.objects.open().filter(about=OuterRef("pk"))
    rows = (
        Entitlement.objects.filter(
            ~Exists(busy),
            status=Entitlement.Status.ACTIVE,
            valid_until__gte=today,
            valid_until__lte=today + timedelta(days=furthest),
        )
        .select_related("dossier", "case__policy_version")
        .only(
            "matter",
            "valid_until",
            "employer_id",
            "dossier__holder_id",
            "case__policy_version__jurisdiction_id",
        )
        .order_by("pk")
    )
    while page := list(rows.filter(pk__gt=seen)[:limit]):
        seen = page[-1].pk
        wanted = [row for one in page for row in _reminders(one, packs, at=at)]
        known = set(Reminder.objects.filter(entitlement__in=page).values_list("entitlement_id", "kind", "to"))
        fresh = [row for row in wanted if (row.entitlement_id, row.kind, row.to) not in known]
        Reminder.objects.bulk_create(fresh, ignore_conflicts=True)  # another worker may be as fast
        written += len(fresh)
    return written


def _packs(at: datetime) -> dict[int, Pack]:
    """The pack in force of each jurisdiction."""
    rows = PolicyVersion.objects.filter(effective_from__lte=day_of(at))
    newest = rows.order_by("jurisdiction_id", "-published_at", "-effective_from", "-id")
    return {row.jurisdiction_id: row.pack for row in newest.distinct("jurisdiction_id")}


def _reminders(row: Entitlement, packs: dict[int, Pack], *, at: datetime) -> list[Reminder]:
    pack = packs.get(row.case.policy_version.jurisdiction_id)
    if pack is None or row.valid_until is None:
        return []
    to = [Reminder.To.EMPLOYER] if row.employer_id else []
    to += [Reminder.To.PERSON] if row.dossier.holder_id else []
    return [
        Reminder(entitlement_id=row.pk, kind=one.kind, to=whom, due_on=one.on, at=at)
        for one in due(pack, row.matter, row.valid_until, day_of(at))
        for whom in to
    ]
