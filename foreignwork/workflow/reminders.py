"""The sweep over what runs out: employer and person are reminded, each once for each day the pack names. Safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.expiry import Reminder, said
from foreignwork.cases.models import Case, Entitlement
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack

BATCH = 5000
COLUMNS = (
    "pk",
    "matter",
    "valid_until",
    "employer_id",
    "dossier__holder_id",
    "case__policy_version__jurisdiction_id",
)
WRITE = """
    WITH page (id, matter, until, employer, person, place) AS ({page}), told AS (
        INSERT INTO cases_reminder (entitlement_id, kind, "to", due_on, at)
        SELECT p.id, s.kind, w.whom, p.until - s.before, %s FROM page p
        JOIN unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[])
            s(place, matter, kind, before, least, most)
            ON s.place = p.place AND s.matter = p.matter AND p.until - %s BETWEEN s.least AND s.most
        CROSS JOIN LATERAL (VALUES (%s, p.employer), (%s, p.person)) w(whom, someone)
        WHERE w.someone IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM cases_reminder r WHERE r.entitlement_id = p.id AND r.kind = s.kind AND r."to" = w.whom)
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*), max(id), (SELECT count(*) FROM told) FROM page
"""
"""What runs out, joined with what is said of it today. Another worker may be as fast: then a row is passed over."""


def remind(*, at: datetime, limit: int = BATCH) -> int:
    """Write every reminder that is due and not yet written; returns how many. The numbers are those in force today.

    Nobody is reminded of what a running case extends, changes or ends already. Nothing is read: the database writes what it finds.
    """
    today, written, seen = day_of(at), 0, 0
    packs = _packs(at)
    spans = [
        (place, matter, one.kind, one.before, one.least, one.most)
        for place, pack in packs.items()
        for matter in pack.matters
        for one in said(pack, matter)
    ]
    furthest = max((most for *_rest, most in spans), default=-1)
    busy = Case.objects.open().filter(about=OuterRef("pk"))
    held = (
        Entitlement.objects.filter(
            ~Exists(busy),
            status=Entitlement.Status.ACTIVE,
            valid_until__gte=today,
            valid_until__lte=today + timedelta(days=furthest),
        )
        .order_by("pk")
        .values_list(*COLUMNS)
    )
    words: list[Any] = [
        at,
        *map(list, zip(*spans, strict=True)),
        today,
        Reminder.To.EMPLOYER.value,
        Reminder.To.PERSON.value,
    ]
    found = limit if spans else 0
    while found == limit:
        page, params = held.filter(pk__gt=seen)[:limit].query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(WRITE.format(page=page), [*params, *words])
            found, seen, fresh = cursor.fetchone()
        written += fresh
    return written


def _packs(at: datetime) -> dict[int, Pack]:
    """The pack in force of each jurisdiction."""
    rows = PolicyVersion.objects.filter(effective_from__lte=day_of(at))
    newest = rows.order_by("jurisdiction_id", "-published_at", "-effective_from", "-id")
    return {row.jurisdiction_id: row.pack for row in newest.distinct("jurisdiction_id")}
