"""What steps grant and end: Entitlements and the matters' own register rows. Called inside ``carry_out`` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import stands
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Blocked, Problem, say
from foreignwork.cases.steps import NEW, Act, Draft, Step
from foreignwork.dossiers.models import Dossier

ACTIVE_EXISTS = say(
    "active_exists", _("此人已有一份有效的同类许可或登记，不能再核发一份。请先办理变更、延续或注销。")
)
ABOUT_ENDED = say("about_ended", _("本办件所涉及的许可或登记（%(number)s）已经终止，不能再据此办理。"))


@dataclass(slots=True)
class Turn:
    """One step of one case that was asked and allowed; ``source`` is the state it left."""

    step: Step
    context: Context
    act: Act
    source: str = NEW


def grant(turns: Sequence[Turn]) -> None:
    """End what the steps end or supersede, then enter what they grant: one statement for each kind.

    Raises Blocked when what a case is about has ended meanwhile, or the person holds one of the kind already.
    """
    drafts = [(turn, turn.step.issues(turn.context, turn.act)) for turn in turns if turn.step.issues]
    granted = [(turn, draft) for turn, draft in drafts if draft is not None]
    taking = {turn.context.case.pk for turn, _draft in granted}
    ending = [turn for turn in turns if turn.step.ends or turn.context.case.pk in taking]
    _look_again([turn for turn, _draft in granted])
    _end([turn for turn in ending if turn.context.case.about_id])
    _lapse([turn for turn in ending if turn.step.ends and not turn.context.case.about_id])
    _enter(granted)


def _look_again(turns: Sequence[Turn]) -> None:
    """Ask the rules of a step once more where they looked at what the person holds at other employers: now with all the
    person's dossiers locked, so that two offices granting at the same moment cannot both find nothing there."""
    asked = [turn for turn in turns if "held_elsewhere" in turn.context.batch.__dict__]
    known = {turn.context.case.dossier_id or 0: turn.context.batch for turn in asked}
    linked = {pk: [other.pk for other in batch.matches.get(pk, [])] for pk, batch in known.items()}
    ids = {one for pk, others in linked.items() if others for one in (pk, *others)}
    if not ids:
        return
    list(Dossier.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    for batch in known.values():
        batch.__dict__.pop("held_elsewhere", None)
    for turn in asked:
        if linked[turn.context.case.dossier_id or 0]:
            found = [one for rule in turn.step.needs for one in rule(turn.context, turn.act)]
            if found:
                raise Blocked(*found)


def _end(turns: Sequence[Turn]) -> None:
    """Lock and end what the cases are about: two cases about the same thing cannot both go through."""
    if not turns:
        return
    ids = sorted({turn.context.case.about_id or 0 for turn in turns})
    rows = {row.pk: row for row in Entitlement.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    for turn in turns:
        case = turn.context.case
        row = rows[case.about_id or 0]
        if row.status != Entitlement.Status.ACTIVE:
            raise Blocked(Problem(ABOUT_ENDED, {"number": row.number}))
        row.status, row.ended_on = Entitlement.Status.ENDED, turn.act.effective_on
        row.end_reason, row.ended_by_id = turn.step.name, case.pk
        known = turn.context.about
        if known is not None:  # papers of the same step must not read it as valid
            known.status, known.ended_on = row.status, row.ended_on
    Entitlement.objects.bulk_update(rows.values(), ["status", "ended_on", "end_reason", "ended_by"])


def _lapse(turns: Sequence[Turn]) -> None:
    """A step that ends something in a case about nothing held ends what the case itself granted (过期失效)."""
    for turn in turns:
        Entitlement.objects.filter(case_id=turn.context.case.pk, status=Entitlement.Status.ACTIVE).update(
            status=Entitlement.Status.ENDED,
            ended_on=turn.act.effective_on,
            end_reason=turn.step.name,
            ended_by_id=turn.context.case.pk,
        )


def _replace(turn: Turn, held: Entitlement) -> None:
    """What still stands gives way to what is granted anew, on the day of the grant: the person is never without."""
    row = Entitlement.objects.select_for_update().get(pk=held.pk)
    if row.status != Entitlement.Status.ACTIVE:
        raise Blocked(Problem(ABOUT_ENDED, {"number": row.number}))
    held.status, held.ended_on = Entitlement.Status.ENDED, turn.act.effective_on
    held.end_reason, held.ended_by_id = turn.step.name, turn.context.case.pk
    held.save(update_fields=["status", "ended_on", "end_reason", "ended_by"])


def _run_out(turn: Turn, held: Entitlement) -> None:
    """What ran out and was never renewed makes room for what is granted anew; it ended on its own last day."""
    held.status, held.ended_on = Entitlement.Status.ENDED, held.valid_until
    held.end_reason, held.ended_by_id = turn.step.name, turn.context.case.pk
    held.save(update_fields=["status", "ended_on", "end_reason", "ended_by"])


def _enter(granted: Sequence[tuple[Turn, Draft]]) -> None:
    new: list[Entitlement] = []
    for turn, draft in granted:
        case = turn.context.case
        assert case.dossier_id is not None, "only a case about a person grants something"
        held = turn.context.entitlement(case.matter) if case.matter_entry.one_active else None
        replaced = held if held and draft.replaces and stands(turn.context, held) else None
        if replaced:
            _replace(turn, replaced)
        elif held and stands(turn.context, held):
            raise Blocked(Problem(ACTIVE_EXISTS))
        elif held:
            _run_out(turn, held)
        new.append(
            Entitlement(
                matter=case.matter,
                case_id=case.pk,
                dossier_id=case.dossier_id,
                employer_id=case.employer_id,
                number=draft.number,
                category=draft.category,
                post=draft.post,
                valid_from=draft.valid_from,
                valid_until=draft.valid_until,
                exclusive=case.matter_entry.one_active,
                supersedes_id=replaced.pk if replaced else case.about_id,
            )
        )
    try:
        Entitlement.objects.bulk_create(new)
    except IntegrityError:  # another case of the same person was faster
        raise Blocked(Problem(ACTIVE_EXISTS)) from None
    registers: dict[type[Model], list[Model]] = {}
    for (turn, _draft), entitlement in zip(granted, new, strict=True):
        turn.context.batch.entitlements.setdefault(entitlement.dossier_id, []).append(entitlement)
        if make := turn.context.case.matter_entry.register:
            made = make(turn.context.case, entitlement)
            for row in made if isinstance(made, Sequence) else [made]:
                registers.setdefault(type(row), []).append(row)
    for model, rows in registers.items():
        model._default_manager.bulk_create(rows)
