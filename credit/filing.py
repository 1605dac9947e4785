"""Outcomes put on file (归集到名下, S004-50…52): from the cases of every matter and the marks on what people hold; kernel facts only.

Repeatable: an outcome is on file once for each it concerns. A constant number of queries for a batch, however many rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case
from foreignwork.cases.telling import EntitlementMark
from foreignwork.policies.models import PolicyVersion

from . import policy
from .models import Entry

BATCH = 2000


def file_outcomes(jurisdiction: Jurisdiction, *, at: datetime) -> int:
    """How many entries were made."""
    try:
        pack = PolicyVersion.objects.in_force(jurisdiction.code, day_of(at)).pack
    except PolicyVersion.DoesNotExist:
        return 0
    events = policy.of(pack).events
    return _cases(jurisdiction, events, at) + _marks(jurisdiction, events, at)


def _matches(code: str, event: policy.Event) -> Q:
    how = Q()
    if event.states:
        how |= Q(state__in=event.states)
    if event.outcomes:
        how |= Q(outcome__in=event.outcomes)
    on_file = Entry.objects.filter(case=OuterRef("pk"), event=code)
    return Q(how, ~Exists(on_file), matter=event.matter)


def _cases(jurisdiction: Jurisdiction, events: Any, at: datetime) -> int:
    known = {code: event for code, event in events.items() if event.matter}
    if not known:
        return 0
    wanted = Q()
    for code, event in known.items():
        wanted |= _matches(code, event)
    made, after = 0, 0
    while True:
        rows = list(
            Case.objects.filter(
                wanted, pk__gt=after, office__jurisdiction=jurisdiction, decided_at__isnull=False
            )
            .select_related("bundle")
            .order_by("pk")[:BATCH]
        )
        if not rows:
            return made
        after = rows[-1].pk
        fresh = []
        for row in rows:
            assert row.decided_at is not None
            on = day_of(row.decided_at)
            for code, event in known.items():
                fits = row.matter == event.matter and (
                    row.state in event.states or row.outcome in event.outcomes
                )
                for party in _parties(row) if fits else ():
                    fresh.append(_entry(jurisdiction, code, event, row.pk, on, at, **party))
        made += len(Entry.objects.bulk_create(fresh, ignore_conflicts=True))


def _parties(case: Case) -> Iterator[dict[str, int]]:
    """The firm, who filed for it, and the person: each once."""
    firms = {case.subject_org_id or case.employer_id, case.bundle.agency_id if case.bundle else None} - {None}
    for pk in sorted(firms):  # type: ignore[type-var]
        yield {"organisation_id": pk}  # type: ignore[dict-item]
    if case.dossier_id:
        yield {"dossier_id": case.dossier_id}


def _marks(jurisdiction: Jurisdiction, events: Any, at: datetime) -> int:
    """What was found about a person: on his file, and on that of the agency that filed for him."""
    known = {event.mark: (code, event) for code, event in events.items() if event.mark}
    if not known:
        return 0
    made, after = 0, 0
    while True:
        rows = list(
            EntitlementMark.objects.filter(
                pk__gt=after, kind__in=known, case__office__jurisdiction=jurisdiction
            )
            .exclude(
                Exists(Entry.objects.filter(case=OuterRef("case"), dossier=OuterRef("entitlement__dossier")))
            )
            .select_related("entitlement__case__bundle")
            .order_by("pk")[:BATCH]
        )
        if not rows:
            return made
        after = rows[-1].pk
        fresh = []
        for row in rows:
            code, event = known[row.kind]
            held = row.entitlement
            agency = held.case.bundle.agency_id if held.case.bundle else None
            for party in ({"dossier_id": held.dossier_id}, {"organisation_id": agency}):
                if all(party.values()):
                    fresh.append(_entry(jurisdiction, code, event, row.case_id, row.on, at, **party))
        made += len(Entry.objects.bulk_create(fresh, ignore_conflicts=True))


def _entry(
    jurisdiction: Jurisdiction,
    code: str,
    event: policy.Event,
    case_id: int,
    on: date,
    at: datetime,
    **party: Any,
) -> Entry:
    return Entry(
        jurisdiction=jurisdiction,
        event=code,
        adverse=event.adverse,
        points=event.points,
        case_id=case_id,
        on=on,
        until_on=on + relativedelta(months=event.months),
        recorded_at=at,
        **party,
    )
