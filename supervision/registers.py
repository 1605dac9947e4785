"""The registers: objects enter and leave by themselves, items come from the pack, inspectors are entered by people.

``refresh`` may run as often as one likes, from a task or before a draw: it compares what should stand with what stands.
Every question is asked of a day: ``subjects_on``, ``items_on``, ``inspectors_on``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from foreignwork.accounts.models import Jurisdiction, Mandate, Organisation
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Entitlement
from foreignwork.policies.models import PolicyVersion
from foreignwork.rows import among

from . import policy
from .models import CheckItem, Kind, Presence, RiskLevel, Subject

BATCH = 5000
FAR = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Presences entered and ended, items changed."""

    entered: int = 0
    ended: int = 0
    items: int = 0

    def __add__(self, other: Refreshed) -> Refreshed:
        return Refreshed(self.entered + other.entered, self.ended + other.ended, self.items + other.items)


def refresh(jurisdiction: Jurisdiction, *, at: datetime) -> Refreshed:
    """Bring items and objects of a place to what entitlements, mandates and the pack say on the day of ``at``."""
    day = day_of(at)
    try:
        pack = PolicyVersion.objects.in_force(jurisdiction.code, day).pack
    except PolicyVersion.DoesNotExist:
        return Refreshed()
    rules = policy.of(pack)
    with transaction.atomic():
        done = Refreshed(items=_items(jurisdiction, rules, day, at))
        done += _end(jurisdiction, at)
        done += _enter_by_entitlement(jurisdiction, rules.registers_from, at)
        return done + _enter_by_mandate(jurisdiction, at)


# --- items ------------------------------------------------------------------------------------------------------------


def _items(jurisdiction: Jurisdiction, rules: policy.Own, day: date, at: datetime) -> int:
    """The pack's list: what is new or has changed opens a row today and ends the one before; what is gone ends."""
    standing = {row.code: row for row in CheckItem.objects.standing().filter(jurisdiction=jurisdiction)}
    changed = 0
    for code, item in rules.items.items():
        values = _of_pack(item)
        row = standing.pop(code, None)
        if row is not None and all(getattr(row, name) == value for name, value in values.items()):
            continue
        changed += 1
        if (
            row is not None and row.from_on >= day
        ):  # the pack's from now on, also where the house had accepted one like it
            mine = {"from_on": day, "recorded_at": at, "proposed_by": None, "accepted_by": None}
            CheckItem.objects.filter(pk=row.pk).update(**values, **mine)
            continue
        if row is not None:
            CheckItem.objects.filter(pk=row.pk).update(until_on=day - timedelta(days=1))
        CheckItem.objects.create(
            jurisdiction=jurisdiction,
            code=code,
            from_on=day,
            recorded_at=at,
            **values,
        )
    gone = [row.pk for row in standing.values() if row.accepted_by_id is None and row.from_on < day]
    return changed + CheckItem.objects.filter(pk__in=gone).update(until_on=day - timedelta(days=1))


def _of_pack(item: policy.Item) -> dict[str, Any]:
    return {
        "name_zh": item.name.zh,
        "name_en": item.name.en,
        "of": list(item.of),
        "basis_zh": item.basis.zh,
        "basis_en": item.basis.en,
        "method_zh": item.method.zh,
        "method_en": item.method.en,
        "points_zh": item.points.zh if item.points else "",
        "points_en": item.points.en if item.points else "",
        "frequency_zh": item.frequency.zh,
        "frequency_en": item.frequency.en,
        "skill": item.skill or "",
        "departments": list(item.departments),
        "cites": list(item.cites),
        "layer": CheckItem.Layer.LOCAL if item.local else CheckItem.Layer.NATIONAL,
        "uncertain": item.uncertain,
    }


def items_on(jurisdiction: Jurisdiction, day: date) -> QuerySet[CheckItem]:
    """The list of check items as it stood on ``day``."""
    found: QuerySet[CheckItem] = (
        CheckItem.objects.on(day).filter(jurisdiction=jurisdiction).order_by("layer", "code")
    )
    return found


# --- objects ----------------------------------------------------------------------------------------------------------


def _enter_by_entitlement(jurisdiction: Jurisdiction, matters: Iterable[str], at: datetime) -> Refreshed:
    """Whoever holds one of ``matters``' entitlements, and the employer, from its first day until its end."""
    entered = 0
    mine = Entitlement.objects.filter(
        matter__in=list(matters),
        employer__isnull=False,
        case__policy_version__jurisdiction=jurisdiction,
    )
    fresh = mine.exclude(Exists(Presence.objects.filter(entitlement=OuterRef("pk")))).order_by("pk")
    while True:
        rows = list(fresh.select_related("employer")[:BATCH])
        if not rows:
            return Refreshed(entered=entered)
        people = subject_ids(jurisdiction, Kind.PERSON, {row.dossier_id for row in rows})
        firms = subject_ids(jurisdiction, Kind.EMPLOYER, {row.employer_id for row in rows if row.employer_id})
        presences = []
        for row in rows:
            assert row.employer is not None
            common: dict[str, Any] = {
                "entitlement": row,
                "organisation": row.employer,
                "district": row.employer.city,
                "category": row.category,
                "from_on": row.valid_from,
                "until_on": (last := end_of(row, at)),
                "recorded_at": at,
                "ended_at": at if last and last < day_of(at) else None,
            }
            presences += [
                Presence(subject_id=people[row.dossier_id], **common),
                Presence(subject_id=firms[row.employer_id or 0], **common),
            ]
        Presence.objects.bulk_create(presences, ignore_conflicts=True)
        entered += len(presences)


def end_of(row: Entitlement, at: datetime) -> date | None:
    """The last day of an entitlement: where it was ended before its time, that day; else the last day of its validity."""
    if row.status == Entitlement.Status.ENDED:
        last = row.ended_on or day_of(at)
        return max(row.valid_from, min(last, row.valid_until or FAR))
    return row.valid_until


def _end(jurisdiction: Jurisdiction, at: datetime) -> Refreshed:
    """Presences whose ground ended earlier than they say, or whose mandate was revoked; and moves to another district."""
    day = day_of(at)
    here = Presence.objects.filter(subject__jurisdiction=jurisdiction, ended_at__isnull=True)
    valid_until = F("entitlement__valid_until")
    other_end = (
        Q(until_on__lt=valid_until)
        | Q(until_on__gt=valid_until)
        | Q(until_on__isnull=True, entitlement__valid_until__isnull=False)
        | Q(until_on__isnull=False, entitlement__isnull=False, entitlement__valid_until__isnull=True)
    )
    # A register of a million is read once; what follows looks at the few that may have to change.
    suspects = here.filter(
        Q(entitlement__status=Entitlement.Status.ENDED)
        | Q(mandate__revoked_on__isnull=False)
        | Q(until_on__lt=day)
        | other_end
        | ~Q(district=F("organisation__city"))
    ).values_list("pk", flat=True)
    open_ = Presence.objects.filter(pk__in=among(suspects), ended_at__isnull=True)
    stale = open_.filter(entitlement__status=Entitlement.Status.ENDED).select_related("entitlement")
    ended = []
    for row in stale:
        assert row.entitlement is not None
        row.until_on, row.ended_at = end_of(row.entitlement, at), at
        ended.append(row)
    Presence.objects.bulk_update(ended, ["until_on", "ended_at"], batch_size=BATCH)
    revoked = open_.filter(mandate__revoked_on__isnull=False)
    last = Mandate.objects.filter(pk=OuterRef("mandate")).annotate(
        last=Least("revoked_on", "until_on", output_field=DateField())
    )
    n = revoked.update(until_on=Coalesce(Subquery(last.values("last")), F("until_on")), ended_at=at)
    lapsed = open_.filter(until_on__lt=day).update(ended_at=at)
    longer = open_.filter(other_end)
    valid = Entitlement.objects.filter(pk=OuterRef("entitlement")).values("valid_until")
    longer.filter(entitlement__status=Entitlement.Status.ACTIVE).update(until_on=Subquery(valid))
    moved = open_.exclude(district=F("organisation__city"))
    city = Organisation.objects.filter(pk=OuterRef("organisation")).values("city")
    moved.update(district=Subquery(city))
    return Refreshed(ended=len(ended) + n + lapsed)


def _enter_by_mandate(jurisdiction: Jurisdiction, at: datetime) -> Refreshed:
    """Agencies, for as long as they act for an employer that stands in the register of this place."""
    here = Subject.objects.filter(
        jurisdiction=jurisdiction, kind=Kind.EMPLOYER, organisation=OuterRef("employer")
    )
    fresh = Mandate.objects.filter(Exists(here)).exclude(
        Exists(Presence.objects.filter(mandate=OuterRef("pk"), subject__jurisdiction=jurisdiction))
    )
    rows = list(fresh.select_related("agency").order_by("pk"))
    agencies = subject_ids(jurisdiction, Kind.AGENCY, {row.agency_id for row in rows})
    presences = []
    for row in rows:
        until = min(row.until_on, row.revoked_on or row.until_on)
        presences.append(
            Presence(
                subject_id=agencies[row.agency_id],
                mandate=row,
                organisation=row.agency,
                district=row.agency.city,
                from_on=row.from_on,
                until_on=max(row.from_on, until),
                recorded_at=at,
                ended_at=at if until < day_of(at) else None,
            )
        )
    Presence.objects.bulk_create(presences, ignore_conflicts=True)
    return Refreshed(entered=len(presences))


def subject_ids(jurisdiction: Jurisdiction, kind: str, ids: set[int]) -> dict[int, int]:
    """Subject ids by dossier or organisation id; missing ones are made."""
    name = "dossier_id" if kind == Kind.PERSON else "organisation_id"
    rows = Subject.objects.filter(jurisdiction=jurisdiction, kind=kind, **{f"{name}__in": ids})
    known = dict(rows.values_list(name, "pk"))
    fresh = [Subject(jurisdiction=jurisdiction, kind=kind, **{name: pk}) for pk in sorted(ids - known.keys())]
    if fresh:
        Subject.objects.bulk_create(fresh, ignore_conflicts=True)
        known = dict(rows.values_list(name, "pk"))
    return known


def presences_on(jurisdiction: Jurisdiction, day: date, kind: str = "") -> QuerySet[Presence]:
    rows = Presence.objects.on(day).filter(subject__jurisdiction=jurisdiction)
    found: QuerySet[Presence] = rows.filter(subject__kind=kind) if kind else rows
    return found


def subjects_on(jurisdiction: Jurisdiction, day: date, kind: str) -> QuerySet[Subject]:
    """The register of objects as of ``day``; each subject once."""
    there = presences_on(jurisdiction, day).filter(subject=OuterRef("pk"))
    return Subject.objects.filter(Exists(there), jurisdiction=jurisdiction, kind=kind).order_by("pk")


def level_on(day: date) -> Subquery:
    """The stratum of a subject on ``day``: subquery for annotations, empty where nobody judged."""
    rows = RiskLevel.objects.on(day).filter(subject=OuterRef("subject")).order_by("-from_on", "-pk")
    return Subquery(rows.values("level")[:1])


def counts_on(jurisdiction: Jurisdiction, day: date) -> dict[str, int]:
    """How many stand in the register, by kind."""
    found = {}
    for kind in Kind.values:
        found[kind] = subjects_on(jurisdiction, day, kind).count()
    return found


def find_subject(jurisdiction: Jurisdiction, organisation: Organisation, kind: str) -> Subject:
    """The subject of an organisation, made where the register does not know it yet (a complaint about an unknown firm)."""
    assert kind != Kind.PERSON
    pk = subject_ids(jurisdiction, kind, {organisation.pk})[organisation.pk]
    return Subject.objects.get(Q(pk=pk))
