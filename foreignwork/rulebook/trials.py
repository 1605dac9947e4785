"""“What would this rule have done to last year's cases”: limits, offices and materials of filed cases under other rules.

Nothing of a case is touched. The worker goes through the cases in steps, each a message and a transaction of its own, so
that memory and time stay the same however many there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, get_args

from django.db import transaction
from django.db.models import QuerySet

from foreignwork.accounts.models import Jurisdiction, User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle, Case
from foreignwork.deadlines.clocks import derive
from foreignwork.deadlines.models import Deadline, Extension, Pause
from foreignwork.outbox.put import Message, nudge, put
from foreignwork.outbox.registry import effect
from foreignwork.policies import workdays
from foreignwork.policies.materials import personal_list
from foreignwork.policies.models import PolicyVersion, Proposal
from foreignwork.policies.pack import NoOffice, Pack
from foreignwork.policies.schema import Basis

from .models import Trial, TrialCase

TRY = "rulebook.try"
STEP = 400  # cases a message goes through: about a second
Change = dict[str, Any]


@dataclass(slots=True)
class Past:
    """What is known of one case: its limits with what held or lengthened them."""

    case: Case
    answers: dict[str, Any]
    deadlines: list[Deadline] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)


def begin(source: PolicyVersion | Proposal, *, since: date, until: date, by: User, at: datetime) -> Trial:
    """Enter a trial and have the worker go through it."""
    with transaction.atomic():
        trial = Trial.objects.create(
            version=source if isinstance(source, PolicyVersion) else None,
            proposal=source if isinstance(source, Proposal) else None,
            jurisdiction=source.jurisdiction,
            since=since,
            until=until,
            asked_by=by,
            asked_at=at,
        )
        _next(trial, at=at)
        nudge()
    return trial


def _next(trial: Trial, *, at: datetime) -> None:
    put([Message(key=f"{TRY}:{trial.pk}:{trial.after}", topic=TRY, payload={"trial": trial.pk})], at=at)


@effect(TRY)
def go_on(payload: dict[str, Any], at: datetime) -> None:
    """Outbox handler: the next STEP cases of a trial, and a message for those after them."""
    trial = Trial.objects.select_for_update(of=("self",)).get(pk=payload["trial"])
    if trial.finished_at is not None:
        return
    cases = list(cases_of(trial.jurisdiction, trial.since, trial.until).filter(pk__gt=trial.after)[:STEP])
    pack = trial.source.pack
    rows, counts = [], Counter(trial.counts)
    for past in pasts(cases):
        changes = replay(past, pack, today=day_of(at))
        counts["cases"] += 1
        counts.update({named(change) for change in changes} | ({"changed"} if changes else set()))
        if changes:
            overdue = any(change.get("overdue") for change in changes)
            rows.append(TrialCase(trial=trial, case=past.case, overdue=overdue, changes=changes))
    TrialCase.objects.bulk_create(rows)
    trial.counts = dict(counts)
    if cases:
        trial.after = cases[-1].pk
        _next(trial, at=at)
    else:
        trial.finished_at = at
    trial.save(update_fields=["counts", "after", "finished_at"])


def cases_of(place: Jurisdiction, since: date, until: date) -> QuerySet[Case]:
    """The cases of a place that were filed in the period, both days included, oldest first."""
    return (
        Case.objects.filter(
            policy_version__jurisdiction=place, filed_at__date__gte=since, filed_at__date__lte=until
        )
        .select_related("policy_version", "office")
        .defer("policy_version__document")
        .order_by("pk")
    )


def pasts(cases: Sequence[Case]) -> list[Past]:
    """The cases with their limits and answers: four queries."""
    ids = [case.pk for case in cases]
    bundles = Bundle.objects.in_bulk({case.bundle_id for case in cases if case.bundle_id})
    found = {
        case.pk: Past(case, dict(bundles[case.bundle_id].answers) if case.bundle_id else {}) for case in cases
    }
    for deadline in Deadline.objects.filter(case_id__in=ids).order_by("pk"):
        found[deadline.case_id].deadlines.append(deadline)
    for pause in Pause.objects.filter(case_id__in=ids).order_by("pk"):
        found[pause.case_id].pauses.append(pause)
    for extension in Extension.objects.filter(case_id__in=ids).order_by("pk"):
        found[extension.case_id].extensions.append(extension)
    return list(found.values())


def named(change: Change) -> str:
    """What a change counts as."""
    if change["what"] != "limit":
        return str(change["what"])
    if change.get("overdue"):
        return "overdue"
    if change.get("in_time"):
        return "in_time"
    if change["before"] is None or change["after"] is None:
        return "limit_new" if change["before"] is None else "limit_gone"
    return "later" if change["after"] > change["before"] else "earlier"


def replay(past: Past, pack: Pack, *, today: date) -> list[Change]:
    """What would have been otherwise. Each change has ``what``: matter_gone, sub_matter, office, limit, material_added,
    material_dropped; days are ISO text, codes the packs'. Pure: no query, nothing written.
    """
    case, old = past.case, past.case.policy_version.pack
    if case.matter not in pack.matters:
        return [{"what": "matter_gone"}]
    changes: list[Change] = []
    sub = case.sub_matter or None
    if case.origin == Case.Origin.APPLIED and old.matters[case.matter].sub_matters:
        sub = pack.sub_matter_for(case.matter, past.answers)
        if (sub or "") != case.sub_matter:
            changes.append({"what": "sub_matter", "before": case.sub_matter, "after": sub or ""})
    changes += _office(past, pack, sub)
    changes += _limits(past, pack, sub, today)
    return changes + _materials(past, old, pack)


def _office(past: Past, pack: Pack, sub: str | None) -> list[Change]:
    """Compared with what the case's own rules say, so that a transfer by hand is not taken for a change of the rules."""
    case, city = past.case, past.answers.get("city")

    def of(rules: Pack, sub_matter: str | None) -> str:
        try:
            return rules.office_for(case.matter, case.category or None, city, sub_matter)
        except NoOffice:
            return ""

    before, after = of(case.policy_version.pack, case.sub_matter or None), of(pack, sub)
    return [] if before == after else [{"what": "office", "before": before, "after": after}]


def _limits(past: Past, pack: Pack, sub: str | None, today: date) -> list[Change]:
    case = past.case
    changes: list[Change] = []
    begun: dict[tuple[str, date], list[Deadline]] = defaultdict(list)
    for row in past.deadlines:
        begun[row.kind, row.started_on].append(row)
    for (kind, started_on), rows in begun.items():
        have = {row.basis: row for row in rows}
        spans = [(pause.from_on, pause.until_on) for pause in past.pauses if pause.kind == kind]
        longer = sum(extension.amount for extension in past.extensions if extension.kind == kind)
        for basis in get_args(Basis):
            limit = pack.clock_limit(case.matter, kind, basis, sub, case.category or None)
            old = have.get(basis)
            if limit is None or limit.amount is None:
                if old is not None:
                    changes.append(_change(kind, basis, old.due_on, None))
                continue
            if old is not None and (old.amount, old.unit) == (limit.amount, limit.unit):
                continue
            due = derive(started_on, workdays.period(limit.amount + longer, limit.unit), spans).on
            if old is None:
                changes.append(_change(kind, basis, None, due, end=_end(rows[0], today)))
            elif due != old.due_on:
                changes.append(_change(kind, basis, old.due_on, due, end=_end(old, today)))
    return changes


def _end(row: Deadline, today: date) -> date:
    """The day until which the limit was used: met, ended otherwise, or still running."""
    return row.met_on or (day_of(row.voided_at) if row.voided_at else today)


def _change(
    kind: str, basis: str, before: date | None, after: date | None, *, end: date | None = None
) -> Change:
    change: Change = {
        "what": "limit",
        "kind": kind,
        "basis": basis,
        "before": before.isoformat() if before else None,
        "after": after.isoformat() if after else None,
    }
    if end is not None and after is not None and basis != "applicant":
        was_late, would_be = before is not None and end > before, end > after
        if would_be and not was_late:
            change["overdue"] = True
        if was_late and not would_be:
            change["in_time"] = True
    return change


def _materials(past: Past, old: Pack, new: Pack) -> list[Change]:
    """What an applicant would have had to hand in besides, or need not have."""
    if past.case.bundle_id is None:
        return []
    before, after = (_codes(past, rules) for rules in (old, new))
    return [{"what": "material_added", "code": code} for code in after if code not in before] + [
        {"what": "material_dropped", "code": code} for code in before if code not in after
    ]


def _codes(past: Past, pack: Pack) -> list[str]:
    chosen: Iterable[str] = past.answers.get("matters") or [past.case.matter]
    matters = [code for code in chosen if code in pack.matters]
    return [
        item.code
        for item in personal_list(pack, matters, past.answers)
        if item.required and item.source == "applicant" and past.case.matter in item.for_matters
    ]
