"""Looking for leads (S004-60…66): each rule a function over the kernel's facts, a constant number of queries, its numbers the pack's.

Rules compare; nobody is scored, and neither nationality nor anything private is looked at (S004-107). What is found waits for a
person's judgement; it feeds strata and inspections and is never a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from foreignwork.accounts.models import Jurisdiction, Organisation, Standing
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case, Entitlement, SupplementItem
from foreignwork.cases.phases import Outcome
from foreignwork.dossiers.models import Document, DossierMatch, EngagementVersion
from foreignwork.policies.models import PolicyVersion

from . import policy
from .models import Inspection, Kind, RiskLead, Subject

BATCH = 2000
ACTIVE = Entitlement.Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Look:
    """Where and when is looked, by which numbers."""

    place: Jurisdiction
    day: date
    own: policy.Own
    numbers: dict[str, int]

    @property
    def since(self) -> date:
        return self.day - relativedelta(months=self.numbers["months"])

    @property
    def held(self) -> Any:
        """Entitlements of this place that make somebody an object of inspection."""
        return Entitlement.objects.filter(
            matter__in=self.own.registers_from, case__policy_version__jurisdiction=self.place
        )

    @property
    def insured(self) -> Any:
        """Active insurance of this place; nothing where the pack names no matter for it."""
        return Entitlement.objects.filter(
            matter=self.own.insured_by or "", status=ACTIVE, case__policy_version__jurisdiction=self.place
        )


@dataclass(frozen=True, slots=True)
class Found:
    """``about``: (kind, id of organisation or dossier). ``key``: the occasion."""

    about: tuple[str, int]
    key: str
    evidence: dict[str, Any] = field(default_factory=dict)


Rule = Callable[[Look], Iterable[Found]]


def _changed_since_the_grant(look: Look) -> Iterator[tuple[Entitlement, dict[str, Any], dict[str, Any]]]:
    """(entitlement, facts it was granted on, facts of the work now), only where they differ in version; read in batches."""
    newest = EngagementVersion.objects.filter(engagement=OuterRef("case__engagement")).order_by("-seq")
    rows = (
        look.held.filter(status=ACTIVE)
        .annotate(newest=Subquery(newest.values("pk")[:1]))
        .exclude(newest=F("case__engagement_version"))
        .filter(newest__isnull=False, case__engagement_version__isnull=False)
        .select_related("case")
        .order_by("pk")
    )
    after = 0
    while True:
        batch = list(rows.filter(pk__gt=after)[:BATCH])
        if not batch:
            return
        after = batch[-1].pk
        wanted = {row.newest for row in batch} | {row.case.engagement_version_id for row in batch}
        facts = EngagementVersion.objects.in_bulk(wanted)
        EngagementVersion.prime(facts.values())
        for row in batch:
            yield row, facts[row.case.engagement_version_id].facts or {}, facts[row.newest].facts or {}


def pay_lowered(look: Look) -> Iterator[Found]:
    """Pay now below what the permit was granted on, by more than the pack's percentage. The amounts stay sealed."""
    for row, then, now in _changed_since_the_grant(look):
        declared, paid = _number(then.get("annual_salary_cny")), _number(now.get("annual_salary_cny"))
        if declared and paid is not None and paid * 100 < declared * (100 - look.numbers["percent"]):
            less = round(100 - paid * 100 / declared)
            yield Found(
                (Kind.PERSON, row.dossier_id), f"{row.pk}:{less}", {"permit": row.number, "less": less}
            )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def post_changed(look: Look) -> Iterator[Found]:
    """The post now reported is not the one permitted, and no change was granted."""
    for row, _then, now in _changed_since_the_grant(look):
        post = str(now.get("post_title") or "")[:120]
        if post and post != row.post:
            yield Found((Kind.PERSON, row.dossier_id), f"{row.pk}:{len(post)}", {"permit": row.number})


def few_insured(look: Look) -> Iterator[Found]:
    """Many people with permits, few of them insured by the same employer."""
    insured = dict(
        look.insured.filter(employer__isnull=False)
        .values_list("employer")
        .annotate(Count("dossier", distinct=True))
    )
    permits = (
        look.held.filter(status=ACTIVE, valid_from__lte=look.day - timedelta(days=look.numbers["days"]))
        .values_list("employer")
        .annotate(n=Count("dossier", distinct=True))
        .filter(n__gte=look.numbers["least"], employer__isnull=False)
    )
    for employer, n in permits.order_by("employer"):
        m = insured.get(employer, 0)
        if m * 100 < n * look.numbers["percent"]:
            yield Found((Kind.EMPLOYER, employer), f"{n}:{m}", {"permits": n, "insured": m})


def same_file(look: Look) -> Iterator[Found]:
    """The very same file handed in for different people by different firms (known by its keyed digest, never opened)."""
    twins = Document.objects.filter(
        blob__content_hmac=OuterRef("blob__content_hmac"), kind=OuterRef("kind")
    ).exclude(dossier__opened_by=OuterRef("dossier__opened_by"))
    same_person = DossierMatch.objects.filter(
        dossier=OuterRef(OuterRef("dossier")), other=OuterRef("dossier")
    )
    rows = (
        Document.objects.filter(Exists(twins.filter(~Exists(same_person))), uploaded_at__date__gte=look.since)
        .values_list("dossier__opened_by", "kind", "blob__content_hmac")
        .distinct()
        .order_by("dossier__opened_by", "kind")
    )
    groups: dict[tuple[str, bytes], set[int]] = defaultdict(set)
    for firm, kind, digest in rows:
        groups[kind, bytes(digest)].add(firm)
    for (kind, digest), firms in groups.items():
        for firm in sorted(firms):
            yield Found(
                (Kind.EMPLOYER, firm), digest.hex()[:24], {"material": kind, "firms": max(2, len(firms))}
            )


def same_phone(look: Look) -> Iterator[Found]:
    """One telephone number for several employers of the register."""
    numbers = (
        Organisation.objects.exclude(phone="")
        .filter(kind=Organisation.Kind.EMPLOYER)
        .values("phone")
        .annotate(n=Count("pk"))
        .filter(n__gte=look.numbers["least"])
    )
    rows = Organisation.objects.filter(phone__in=numbers.values("phone"), kind=Organisation.Kind.EMPLOYER)
    groups: dict[str, list[int]] = defaultdict(list)
    for pk, phone in rows.values_list("pk", "phone").order_by("pk"):
        groups[phone].append(pk)
    for firms in groups.values():
        for pk in firms:
            yield Found((Kind.EMPLOYER, pk), f"{firms[0]}:{len(firms)}", {"firms": len(firms)})


def agency_pattern(look: Look) -> Iterator[Found]:
    """An agency whose filings are refused, declined or sent back much more often than the pack's percentage."""
    asked = SupplementItem.objects.filter(case=OuterRef("pk"))
    rows = (
        Case.objects.filter(
            bundle__agency__isnull=False, office__jurisdiction=look.place, filed_at__date__gte=look.since
        )
        .values("bundle__agency")
        .annotate(
            n=Count("pk"),
            bad=Count("pk", filter=Q(outcome__in=[Outcome.REFUSED, Outcome.DECLINED]) | Q(Exists(asked))),
        )
        .filter(n__gte=look.numbers["least"])
        .order_by("bundle__agency")
    )
    for row in rows:
        if row["bad"] * 100 >= row["n"] * look.numbers["percent"]:
            share = round(row["bad"] * 100 / row["n"])
            evidence = {"filed": row["n"], "returned": row["bad"], "percent": share}
            yield Found((Kind.AGENCY, row["bundle__agency"]), f"{look.day.year}:{row['n']}", evidence)


def still_insured(look: Look) -> Iterator[Found]:
    """The permit ended some time ago, the same employer still insures the person."""
    again = look.held.filter(status=ACTIVE, dossier=OuterRef("dossier"))
    insured = look.insured.filter(dossier=OuterRef("dossier"), employer=OuterRef("employer"))
    last = look.day - timedelta(days=look.numbers["days"])
    rows = look.held.filter(
        Q(status=Entitlement.Status.ENDED, ended_on__lte=last) | Q(status=ACTIVE, valid_until__lte=last),
        ~Exists(
            again.exclude(pk=OuterRef("pk")).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=last))
        ),
        Exists(insured),
    )
    for row in rows.order_by("pk"):
        on = row.ended_on or row.valid_until
        evidence = {"permit": row.number, "ended": on.isoformat() if on else ""}
        yield Found((Kind.PERSON, row.dossier_id), str(row.pk), evidence)


def complaints(look: Look) -> Iterator[Found]:
    """Several complaints about one firm within the pack's months."""
    rows = (
        Inspection.objects.filter(
            office__jurisdiction=look.place, source="complaint", source_on__gte=look.since
        )
        .values("subject_org", "subject_org__kind")
        .annotate(n=Count("pk"))
        .filter(n__gte=look.numbers["least"])
        .order_by("subject_org")
    )
    for row in rows:
        yield Found(
            (row["subject_org__kind"], row["subject_org"]), f"{look.day.year}:{row['n']}", {"n": row["n"]}
        )


def good_record(look: Look) -> Iterator[Found]:
    """Inspected lately without a problem, nothing else found, on no list: may be drawn less often (S004-74)."""
    mine = Inspection.objects.filter(subject_org=OuterRef("subject_org"), decided_at__date__gte=look.since)
    listed = Standing.objects.filter(organisation=OuterRef("subject_org"), from_on__lte=look.day).filter(
        Q(until_on__isnull=True) | Q(until_on__gte=look.day)
    )
    rows = (
        Inspection.objects.filter(
            ~Exists(mine.exclude(state="cleared")),
            ~Exists(listed),
            office__jurisdiction=look.place,
            state="cleared",
            decided_at__date__gte=look.since,
        )
        .values("subject_org", "subject_org__kind")
        .annotate(n=Count("pk"))
        .filter(n__gte=look.numbers["least"])
        .order_by("subject_org")
    )
    for row in rows:
        yield Found(
            (row["subject_org__kind"], row["subject_org"]), f"{look.day.year}:{row['n']}", {"n": row["n"]}
        )


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        pay_lowered, post_changed, few_insured, same_file, same_phone, agency_pattern, still_insured, complaints,
        good_record,
    )
}  # fmt: skip


def look_for_leads(jurisdiction: Jurisdiction, *, at: datetime) -> int:
    """New leads of a place by every rule the pack has switched on. Repeatable: the same occasion is a lead once."""
    day = day_of(at)
    try:
        own = policy.of(PolicyVersion.objects.in_force(jurisdiction.code, day))
    except PolicyVersion.DoesNotExist:
        return 0
    made = 0
    for code, risk in own.risks.items():
        rule = RULES.get(code)
        if rule is None or not risk.on:
            continue
        found = list(rule(Look(jurisdiction, day, own, dict(risk.numbers))))
        made += _write(jurisdiction, code, found, own.due("lead_judgement", day), at)
    return made


def _write(
    jurisdiction: Jurisdiction, code: str, found: list[Found], due_on: date | None, at: datetime
) -> int:
    """Leads about objects of this place's register; whoever does not stand in it is not inspected."""
    made = 0
    for start in range(0, len(found), BATCH):
        some = found[start : start + BATCH]
        firms = {pk for (kind, pk) in (one.about for one in some) if kind != Kind.PERSON}
        people = {pk for (kind, pk) in (one.about for one in some) if kind == Kind.PERSON}
        known = {
            (row.kind, row.organisation_id or row.dossier_id or 0): row.pk
            for row in Subject.objects.filter(
                Q(organisation__in=firms) | Q(dossier__in=people), jurisdiction=jurisdiction
            )
        }
        there = set(
            RiskLead.objects.filter(subject__in=known.values(), rule=code).values_list("subject", "key")
        )
        rows = [
            RiskLead(
                jurisdiction=jurisdiction, subject_id=known[one.about], rule=code, key=one.key,
                evidence=one.evidence, found_on=day_of(at), found_at=at, due_on=due_on,
            )
            for one in some
            if one.about in known and (known[one.about], one.key) not in there
        ]  # fmt: skip
        RiskLead.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return made
