"""Starting, meeting and ending clocks for a set of turns: a constant number of queries, however many cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, get_args

from foreignwork.cases.context import Context
from foreignwork.cases.gates import decided_together
from foreignwork.cases.models import Case
from foreignwork.cases.phases import Phase
from foreignwork.cases.steps import Act, Starts, Step
from foreignwork.policies.schema import BUNDLE, Basis, Limit
from foreignwork.policies.workdays import Due
from foreignwork.rows import among, filled, insert_many

from . import holding
from .dues import derive
from .models import Deadline, Extension, Pause
from .recount import due_of

__all__ = ["derive", "derive_anew", "rederive", "run"]

Turn = tuple[Step, Context, Act]
ENDED = (Phase.DECIDED, Phase.CLOSED)


@dataclass(frozen=True, slots=True)
class Alike:
    """What was found for the turns before: most cases of a sweep have the same limit, which ends on the same day."""

    limits: dict[tuple[Any, ...], Limit | None] = field(default_factory=dict)
    ends: dict[tuple[int, str, date], Due] = field(default_factory=dict)


def run(turns: Sequence[Turn], *, at: datetime) -> None:
    """Meet, start and void clocks as the steps declare; sets ``case.due_on`` (the caller saves the case)."""
    by_id = {context.case.pk: context.case for _step, context, _act in turns}
    meets = {(context.case.pk, kind) for step, context, _act in turns for kind in step.meets}
    # A step that leaves the state alone (a card after the entry, service) ends nothing: the delivery limit runs on.
    ended = {
        context.case.pk
        for step, context, _act in turns
        if step.target is not None and context.case.phase in ENDED
    }
    alike = Alike()
    started = [deadline for turn in turns for deadline in _started(turn, alike)]
    touched = meets or ended
    kept = Deadline.objects.running_or_fired().filter(case_id__in=by_id).order_by("pk")
    known = list(kept) if touched or _may_run(turns) else []
    running = [row for row in known if row.met_on is None and row.voided_at is None]
    fresh, again_open = _not_twice(started, known)
    met = {row.pk for row in running if (row.case_id, row.kind) in meets}
    anew = {(context.case.pk, kind) for step, context, _act in turns for kind in step.restarts}
    void = [
        row.pk
        for row in running
        if row.pk not in met | again_open.keys() and (row.case_id in ended or (row.case_id, row.kind) in anew)
    ]
    again = holding.write(turns, at=at) | {pk for pk, _kind in anew}
    if ended:
        holding.end_all(ended, turns[0][2].today)
    if met:
        Deadline.objects.filter(pk__in=among(met)).update(met_on=turns[0][2].today)
    if void:
        Deadline.objects.filter(pk__in=among(void)).update(voided_at=at)
    if again_open:
        Deadline.objects.filter(pk__in=again_open).update(met_on=None, voided_at=None)
    gone = {*met, *void, *again_open}
    insert_many(fresh)
    left = [row for row in running if row.pk not in gone] + fresh + list(again_open.values())
    derive_anew([row for row in left if row.case_id in again])
    _repeat_earliest(by_id, left, may_be_held=bool(running))


def _not_twice(
    started: Iterable[Deadline], known: Iterable[Deadline]
) -> tuple[list[Deadline], dict[int, Deadline]]:
    """(limits that begin, those that ran out before and are open again, by id). Who calls off a visit after the thirtieth day is
    as late as before: the limit from that day on has run out once, and does not run out a second time (I6)."""
    spent = {(row.case_id, row.kind, row.basis, row.started_on): row for row in known if row.fired_at}
    fresh, again_open = [], {}
    for one in started:
        row = spent.get((one.case_id, one.kind, one.basis, one.started_on))
        if row is None:
            fresh.append(one)
        else:
            row.met_on = row.voided_at = None
            again_open[row.pk] = row
    return fresh, again_open


def _repeat_earliest(by_id: Mapping[int, Case], left: Sequence[Deadline], *, may_be_held: bool) -> None:
    """``case.due_on`` is the earliest office limit that runs; one that a special procedure holds has no day."""
    held = set()
    if may_be_held and left:
        open_pauses = Pause.objects.filter(case_id__in={row.case_id for row in left}, until_on__isnull=True)
        held = set(open_pauses.values_list("case_id", "kind"))
    dues: dict[int, list[date]] = defaultdict(list)
    for row in left:
        if row.basis == Deadline.Basis.STATUTORY and (row.case_id, row.kind) not in held:
            dues[row.case_id].append(row.due_on)
    for pk, case in by_id.items():
        case.due_on = min(dues[pk], default=None)


def _may_run(turns: Sequence[Turn]) -> bool:
    return any(step.sources != ("",) for step, _context, _act in turns)


def _started(turn: Turn, alike: Alike) -> Iterable[Deadline]:
    step, context, act = turn
    case = context.case
    for entry in step.starts:
        kind, on = (
            (entry.kind, entry.on(context, act)) if isinstance(entry, Starts) else (entry, act.effective_on)
        )
        if on is None:
            continue
        for basis in get_args(Basis):
            limit = _limit(context, kind, basis, alike)
            if limit is None or limit.amount is None:
                continue
            since = _shared_start(context, on) if limit.matter == BUNDLE else on
            key = (limit.amount, limit.unit, since)
            if key not in alike.ends:
                alike.ends[key] = derive(since, limit.period)
            due = alike.ends[key]
            yield filled(
                Deadline,
                {
                    "case_id": case.pk,
                    "kind": kind,
                    "basis": basis,
                    "started_on": since,
                    "amount": limit.amount,
                    "unit": limit.unit,
                    "due_on": due.on,
                    "provisional": due.provisional,
                    "cites": "；".join(limit.cites)[:300],
                },
            )


def _limit(context: Context, kind: str, basis: Basis, alike: Alike) -> Limit | None:
    case = context.case
    key = (case.policy_version_id, case.matter, kind, basis, case.sub_matter, case.category)
    if key not in alike.limits:
        alike.limits[key] = context.pack.clock_limit(
            case.matter, kind, basis, case.sub_matter or None, case.category or None
        )
    return alike.limits[key]


def _shared_start(context: Context, on: date) -> date:
    """Matters decided together keep one promise between them: from the first of their acceptances (S001-30)."""
    accepted = [case.accepted_on for case in decided_together(context) if case.accepted_on]
    return min([on, *accepted])


def rederive(case: Case) -> list[Deadline]:
    """Derive the running limits of a case anew, from its pauses and extensions; saves those that changed."""
    return derive_anew(Deadline.objects.running().filter(case=case))


def derive_anew(rows: Iterable[Deadline]) -> list[Deadline]:
    """Derive these limits from their pauses and extensions; saves and returns those that changed. Three queries at most."""
    rows = list(rows)
    if not rows:
        return []
    ids = {row.case_id for row in rows}
    pauses: dict[tuple[int, str], list[tuple[date, date | None]]] = defaultdict(list)
    longer: dict[tuple[int, str], int] = defaultdict(int)
    for pause in Pause.objects.filter(case_id__in=ids):
        pauses[pause.case_id, pause.kind].append((pause.from_on, pause.until_on))
    for extension in Extension.objects.filter(case_id__in=ids):
        longer[extension.case_id, extension.kind] += extension.amount
    changed = []
    for row in rows:
        key = (row.case_id, row.kind)
        due = due_of(row, longer[key], pauses[key])
        if (due.on, due.provisional) != (row.due_on, row.provisional):
            row.due_on, row.provisional = due.on, due.provisional
            changed.append(row)
    Deadline.objects.bulk_update(changed, ["due_on", "provisional"])
    return changed
