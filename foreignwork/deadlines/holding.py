"""Holding and extending limits: what forbids it (行政许可法 42, 45), and the rows that a set of turns writes for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Blocked, Problem, say
from foreignwork.cases.steps import Act, Pauses, Step
from foreignwork.policies.schema import BUNDLE, Cap, Text
from foreignwork.rows import packed, unpacked

from .models import Deadline, Extension, Pause

Turn = tuple[Step, Context, Act]

NOT_RUNNING = say("limit_not_running", _("这项时限现在没有在计算，不能中止或者延长。"))
NO_PAUSE = say("no_pause_allowed", _("本事项的时限依法不得中止计算，请在时限内作出决定。"), moot=True)
HELD = say("limit_held", _("这项时限正在中止计算，须先恢复计算。"), moot=True)
NOT_HELD = say("limit_not_held", _("这项时限没有中止计算，不需要恢复。"), moot=True)
NO_EXTENSION = say("no_extension_allowed", _("本事项的时限依法不得延长，请在时限内作出决定。"))
EXTENDED = say("extended_already", _("这项时限已经延长过一次，不能再次延长。"))
TOO_LATE = say("hold_too_late", _("这项时限已于 %(day)s 届满，届满之后不能再中止计算，请尽快作出决定。"))
RUN_OUT = say("limit_run_out", _("这项时限已于 %(day)s 届满，届满之后不能再延长。"))

KINDS = (Deadline, Pause, Extension)
ORGAN, GOVERNMENT = "organ", "government"


@dataclass(frozen=True, slots=True)
class Times:
    """What is known of a case's limits: all of them, its pauses and extensions."""

    rows: list[Deadline]
    pauses: list[Pause]
    extensions: list[Extension]

    @property
    def held_kinds(self) -> set[str]:
        return {row.kind for row in self.pauses if row.until_on is None}

    def statutory(self, kind: str) -> Deadline | None:
        """The limit of the law that runs now."""
        found = (r for r in self.rows if r.kind == kind and r.basis == Deadline.Basis.STATUTORY)
        return next((r for r in found if r.met_on is None and r.voided_at is None), None)

    def held(self, kind: str) -> Pause | None:
        return next((row for row in self.pauses if row.kind == kind and row.until_on is None), None)


def times(context: Context) -> Times:
    """One query for the whole batch, kept there."""
    batch = context.batch
    known: dict[str, Any] = batch.__dict__
    if "times" not in known:
        ids = [case.pk for case in batch.cases if case.pk]
        of_case = Q(case=OuterRef("pk"))
        parts = {model: packed(model._default_manager.filter(of_case).order_by("pk")) for model in KINDS}
        rows = (
            Case.objects.filter(pk__in=ids)
            .order_by()
            .annotate(**{m.__name__: part for m, part in parts.items()})
        )
        known["times"] = {
            pk: Times(unpacked(Deadline, limits), unpacked(Pause, pauses), unpacked(Extension, extensions))
            for pk, limits, pauses, extensions in rows.values_list("pk", *[model.__name__ for model in KINDS])
        }
    found: dict[int, Times] = known["times"]
    return found.get(context.case.pk or 0, Times([], [], []))


def grounds(context: Context, kind: str) -> dict[str, Text]:
    """The special procedures the pack knows for this limit, by code."""
    found = context.pack.matters[context.case.matter].pauses
    return {code: ground.text for code, ground in found.items() if kind in ground.kinds}


def extenders(context: Context, kind: str) -> dict[str, Cap]:
    """Who may extend the limit of this case, and by how much: the head of the organ; for matters handled jointly the head of
    the people's government (行政许可法 42)."""
    organ = context.pack.cap(context.case.matter, kind)
    # Who extends is named by the matter's own cap: a matter whose law knows no extension gets none from the bundle's.
    if organ is None or not organ.extension:
        return {}
    joint = context.pack.cap(BUNDLE, kind) if context.siblings else None
    return {ORGAN: organ, **({GOVERNMENT: joint} if joint and joint.extension else {})}


def time_problems(step: Step, context: Context, act: Act) -> list[Problem]:
    """Why the step may not hold, resume or extend a limit now."""
    if not (step.pauses or step.resumes or step.extends):
        return []
    known = times(context)
    found: list[Problem] = []
    if step.pauses:
        allowed = grounds(context, step.pauses.kind)
        if not allowed or (step.pauses.ground and step.pauses.ground not in allowed):
            found.append(Problem(NO_PAUSE))
        elif step.pauses.if_runs:
            pass
        elif known.held(step.pauses.kind):
            found.append(Problem(HELD))
        elif (limit := known.statutory(step.pauses.kind)) is None:
            found.append(Problem(NOT_RUNNING))
        elif limit.due_on < act.today:
            found.append(Problem(TOO_LATE, {"day": limit.due_on.isoformat()}))
    if step.resumes and known.held(step.resumes) is None:
        found.append(Problem(NOT_HELD))
    if step.extends:
        found += _extension_problems(known, context, step.extends, act.today)
    return found


def _extension_problems(known: Times, context: Context, kind: str, today: date) -> list[Problem]:
    limit = known.statutory(kind)
    if not extenders(context, kind):
        return [Problem(NO_EXTENSION)]
    if limit is None:
        return [Problem(NOT_RUNNING)]
    if any(row.kind == kind for row in known.extensions):
        return [Problem(EXTENDED)]
    if known.held(kind):
        return [Problem(HELD)]
    if limit.due_on < today:
        return [Problem(RUN_OUT, {"day": limit.due_on.isoformat()})]
    return []


def write(turns: Sequence[Turn], *, at: datetime) -> set[int]:
    """Begin and end pauses, enter extensions. Returns the ids of the cases whose limits must be derived anew."""
    touched: set[int] = set()
    pauses, extensions = [], []
    for step, context, act in turns:
        case = context.case
        if step.pauses:
            ground = step.pauses.ground or act.data["ground"]
            if ground not in grounds(context, step.pauses.kind):
                raise Blocked(Problem(NO_PAUSE))
            day, kind = act.effective_on, step.pauses.kind
            if _holds(step.pauses, context, day):
                pauses.append(Pause(case=case, kind=kind, ground=ground, from_on=day, told_on=act.today))
                touched.add(case.pk)
        if step.resumes:
            touched.add(case.pk)
        if step.extends:
            cap = extenders(context, step.extends)[act.data["extended_by"]]
            assert cap.extension
            assert cap.extension_by
            assert act.actor.user, "an extension has a person who answers for it"
            extensions.append(
                Extension(
                    case=case,
                    kind=step.extends,
                    amount=cap.extension,
                    reason=cap.extension_by.zh,
                    approved_by=act.actor.user,
                    at=at,
                )
            )
            touched.add(case.pk)
    _end({(c.case.pk, step.resumes) for step, c, _act in turns if step.resumes}, turns[0][2].today)
    Pause.objects.bulk_create(pauses)
    Extension.objects.bulk_create(extensions)
    if touched:
        for _step, context, _act in turns:
            context.batch.forget("times")
    return touched


def _holds(pause: Pauses, context: Context, day: date) -> bool:
    """Whether there is anything to hold: a limit that runs, and has not run out. What is late stays late."""
    limit = times(context).statutory(pause.kind)
    return limit is not None and limit.due_on >= day and times(context).held(pause.kind) is None


def _end(which: set[tuple[int, str]], day: date) -> None:
    """End the open pauses of these limits, ``day`` included."""
    if not which:
        return
    rows = Pause.objects.filter(case_id__in={pk for pk, _kind in which}, until_on__isnull=True)
    ids = [row.pk for row in rows if (row.case_id, row.kind) in which]
    Pause.objects.filter(pk__in=ids).update(until_on=day)


def end_all(case_ids: Iterable[int], day: date) -> None:
    """A case that has its result has no limit left to hold."""
    Pause.objects.filter(case_id__in=list(case_ids), until_on__isnull=True).update(until_on=day)
