"""The sweep over what runs out: employer and person are reminded, each once for each day the pack names. Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache, partial

from django.db.models import Exists, OuterRef

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.expiry import Due, Reminder, due, longest
from foreignwork.cases.models import Case, Entitlement
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.rows import among, insert_many

BATCH = 1000
COLUMNS = (
    "pk",
    "matter",
    "valid_until",
    "employer_id",
    "dossier__holder_id",
    "case__policy_version__jurisdiction_id",
)


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
        .order_by("pk")
        .values_list(*COLUMNS)
    )
    told = cache(partial(_told, packs, today))  # many permits end on the same day
    while page := list(rows.filter(pk__gt=seen)[:limit]):
        seen = page[-1][0]
        wanted = [
            (pk, one, whom)
            for pk, matter, until, employer, holder, place in page
            for one in told(place, matter, until)
            for whom in _whom(employer, holder)
        ]
        ids = among({pk for pk, _one, _whom in wanted})
        known = set(Reminder.objects.filter(entitlement__in=ids).values_list("entitlement_id", "kind", "to"))
        fresh = [
            Reminder(entitlement_id=pk, kind=one.kind, to=whom, due_on=one.on, at=at)
            for pk, one, whom in wanted
            if (pk, one.kind, whom) not in known
        ]
        insert_many(fresh, passing_over=True)  # another worker may be as fast
        written += len(fresh)
    return written


def _packs(at: datetime) -> dict[int, Pack]:
    """The pack in force of each jurisdiction."""
    rows = PolicyVersion.objects.filter(effective_from__lte=day_of(at))
    newest = rows.order_by("jurisdiction_id", "-published_at", "-effective_from", "-id")
    return {row.jurisdiction_id: row.pack for row in newest.distinct("jurisdiction_id")}


def _told(packs: Mapping[int, Pack], today: date, place: int, matter: str, until: date) -> list[Due]:
    """What is to be said today of something held until ``until``; ``place`` is the jurisdiction of its case."""
    pack = packs.get(place)
    return due(pack, matter, until, today) if pack else []


def _whom(employer: int | None, holder: int | None) -> list[Reminder.To]:
    both = ((employer, Reminder.To.EMPLOYER), (holder, Reminder.To.PERSON))
    return [whom for someone, whom in both if someone]
