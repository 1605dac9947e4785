"""Carrying out turns that were asked and allowed: move, remember, time, paper, outbox. Only ``perform`` and ``opening`` call it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import IntegrityError
from django.db.models import Max, Model

from foreignwork.accounts import roles
from foreignwork.appointments import book
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.events import ASSISTED, digest
from foreignwork.cases.fields import StateField
from foreignwork.cases.models import (
    Case,
    CaseEvent,
    Recusal,
    StageHand,
    SupplementItem,
    transaction_id,
)
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import HAND_REPEATED, NotAllowed, Problem
from foreignwork.cases.telling import EntitlementMark, Referral
from foreignwork.deadlines import clocks, recount
from foreignwork.deadlines.recount import MOVED_LIMITS
from foreignwork.dossiers.models import DossierVersion, EngagementVersion
from foreignwork.notices.issue import issue, to_render
from foreignwork.notices.models import Notice
from foreignwork.notices.service import internal
from foreignwork.notices.sheets import to_make
from foreignwork.outbox.put import put
from foreignwork.rows import filled, insert_many, insert_together, next_ids, update_together
from foreignwork.vault.fields import SealedField

from . import people, standings
from .announcing import announcements
from .ask import hand_of
from .granting import Turn, grant

KERNEL_COLUMNS = (
    "state",
    "phase",
    "outcome",
    "office_id",
    "receiver_id",
    "category",
    "assignee_id",
    "dossier_version_id",
    "engagement_version_id",
    "filed_at",
    "accepted_on",
    "decided_at",
    "closed_at",
    "due_on",
    "version",
    "head_hash",
)


def carry_out(turns: Sequence[Turn], *, at: datetime) -> list[CaseEvent]:
    """Everything that follows from the steps, in the order the design gives. Returns the events, in the order of ``turns``."""
    if not turns:
        return []
    before = {id(turn.context.case): _values(turn.context.case) for turn in turns}
    _repin(turns)
    recount.run([(turn.step, turn.context, turn.act) for turn in turns], today=day_of(at))
    for turn in turns:
        _move(turn, at=at)
    events = [_event(turn, at=at) for turn in turns]
    fresh = [turn.context.case for turn in turns if turn.context.case._state.adding]
    _give_ids(fresh)
    for turn, event in zip(turns, events, strict=True):
        event.case_id = turn.context.case.pk
        event.hash = digest(event, _ciphertext(event))
        turn.context.case.head_hash = event.hash
    insert_many(events)
    for turn, event in zip(turns, events, strict=True):
        event.case = turn.context.case
    _hands(turns, at=at)
    _recusals(turns, at=at)
    _supplements(turns, at=at)
    people.before_saving(turns, at=at)
    clocks.run([(turn.step, turn.context, turn.act) for turn in turns], at=at)
    book.run([(turn.step, turn.context, turn.act) for turn in turns], at=at)
    _insert(fresh)
    _save([turn for turn in turns if turn.context.case not in fresh], before)
    grant(turns)
    _own_rows(turns)
    standings.run(turns)
    _referrals(turns, events, at=at)
    _marks(turns, events)
    papers = issue(
        [(turn.step, turn.context, turn.act, event) for turn, event in zip(turns, events, strict=True)],
        at=at,
    )
    made = to_make([(turn.step, event) for turn, event in zip(turns, events, strict=True)])
    put([*announcements(turns, events), *to_render(papers), *made], at=at)
    _serve(turns, at=at)
    people.after_papers(turns)
    return events


def _repin(turns: Sequence[Turn]) -> None:
    """Filing and supplements take the newest versions of the facts (design, decision 3)."""
    cases = [turn.context.case for turn in turns if turn.step.repins and turn.context.case.pk]
    if not cases:
        return
    for turn in turns:
        turn.context.batch.forget("person_versions", "work_versions")
    person = _newest(DossierVersion, "dossier_id", [case.dossier_id for case in cases])
    work = _newest(EngagementVersion, "engagement_id", [case.engagement_id for case in cases])
    for case in cases:
        case.dossier_version_id = person.get(case.dossier_id, case.dossier_version_id)
        case.engagement_version_id = work.get(case.engagement_id, case.engagement_version_id)


def _newest(model: Any, owner: str, ids: Sequence[Any]) -> dict[Any, int]:
    rows = model.objects.filter(**{f"{owner}__in": ids}).values(owner).annotate(newest=Max("id"))
    return {row[owner]: row["newest"] for row in rows}


def _move(turn: Turn, *, at: datetime) -> None:
    """Call the step; set phase, outcome and the kernel's dates from the new state."""
    case, matter = turn.context.case, turn.context.case.matter_entry
    turn.source = case.state
    getattr(case, turn.step.name)(turn.act)
    if turn.step.target is not None:
        # The field is protected: outside a transition only its own setter moves it.
        StateField.set_state(Case._meta.get_field("state"), case, turn.context.landing(case.state))
    case.phase = matter.phases[case.state]
    outcome = matter.outcomes.get(case.state, case.outcome or Outcome.NONE)
    if outcome and not case.decided_at:
        case.decided_at = at
    case.outcome = outcome
    if case.phase == Phase.CLOSED and not case.closed_at:
        case.closed_at = at
    opened = not turn.source and case.origin != Case.Origin.APPLIED
    if (turn.step.name == matter.files or opened) and not case.filed_at:
        case.filed_at = at
    case.version += 1


def _event(turn: Turn, *, at: datetime) -> CaseEvent:
    """The event; what people wrote is sealed, only fields the form names as clear stay readable."""
    case, act = turn.context.case, turn.act
    clear_names = getattr(turn.step.form, "clear", ()) if turn.step.form else ()
    if turn.step.recounts:
        clear_names = (*clear_names, MOVED_LIMITS)
    clear = {name: act.data[name] for name in clear_names if act.data.get(name) not in (None, "")}
    assistance = act.actor.assistance
    private = {
        name: value for name, value in act.data.items() if name not in clear and value not in (None, "", [])
    }
    event = filled(
        CaseEvent,
        {
            "crypt_id": uuid.uuid4(),
            "data_key_id": case.data_key_id,
            "case_id": case.pk,
            "seq": case.version,
            "at": at,
            "effective_on": act.effective_on,
            "actor_id": act.actor.user_id,
            "role": act.role,
            "office_id": case.office_of(roles.ALL[act.role]) if act.role in roles.ALL else case.office_id,
            "action": turn.step.name,
            "source": turn.source,
            "target": case.state,
            "dossier_version_id": case.dossier_version_id,
            "data": _plain(clear) | ({ASSISTED: assistance.pk} if assistance else {}),
            "prev_hash": case.head_hash,
        },
    )
    event.sealed = _plain(private) if private else None
    return event


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON-able values: dates as ISO text, models as their keys."""
    return {
        name: value.isoformat()
        if hasattr(value, "isoformat")
        else value.pk
        if hasattr(value, "pk")
        else value
        for name, value in values.items()
    }


def _ciphertext(event: CaseEvent) -> bytes | None:
    """Encrypt now, so that the chain hashes the very bytes that are stored."""
    field = CaseEvent._meta.get_field("sealed")
    assert isinstance(field, SealedField)
    return field.sealed(event)


def _give_ids(cases: Sequence[Case]) -> None:
    """Primary keys before the rows: the hash of an event names its case."""
    without = [case for case in cases if case.pk is None]
    if without:
        for case, pk in zip(without, next_ids({Case: len(without)})[Case], strict=True):
            case.pk = case.id = pk


def _insert(cases: Sequence[Case]) -> None:
    """Insert new cases as their first step left them: kernel rows and the matters' own rows by one statement."""
    parents = []
    own: dict[type[Case], list[Case]] = {}
    now = transaction_id()
    for case in cases:
        case.xid = now
        parents.append(Case(**{f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields}))
        case.case_ptr_id = case.pk  # type: ignore[attr-defined]
        own.setdefault(type(case), []).append(case)
    insert_together(parents, *own.values())


def _hands(turns: Sequence[Turn], *, at: datetime) -> None:
    """Write down who took which hand; the database forbids a person twice and a hand twice.

    A clerk who acts for the applicant gets a row of her own, so that she can never get a hand (ADR 0015).
    """
    rows = []
    for turn in turns:
        hand, user_id = hand_of(turn.context, turn.step), turn.act.actor.user_id
        if turn.act.actor.assistance and user_id:
            if all(row.user_id != user_id for row in turn.context.hands):
                mark = f"{StageHand.FOR_APPLICANT}{user_id}"
                rows.append(StageHand(case_id=turn.context.case.pk, hand=mark, user_id=user_id, since=at))
            continue
        if hand and user_id and all(row.hand != hand for row in turn.context.hands):
            rows.append(StageHand(case_id=turn.context.case.pk, hand=hand, user_id=user_id, since=at))
    try:
        StageHand.objects.bulk_create(rows)
    except IntegrityError:
        raise NotAllowed(Problem(HAND_REPEATED)) from None


def _recusals(turns: Sequence[Turn], *, at: datetime) -> None:
    """Who declared that he must keep away; what he wrote stands sealed in the event."""
    gone = [
        Recusal(case_id=turn.context.case.pk, user=turn.act.actor.user, reason="self", at=at)
        for turn in turns
        if turn.step.recuses
    ]
    if gone:
        Recusal.objects.bulk_create(gone)
        StageHand.objects.filter(case_id__in=[row.case_id for row in gone], user=gone[0].user).delete()


def _supplements(turns: Sequence[Turn], *, at: datetime) -> None:
    """Items asked for, and items answered by what now lies in the bundle."""
    asked, answered = [], []
    for turn in turns:
        case, context = turn.context.case, turn.context
        if turn.step.asks:
            number = max((row.round for row in context.supplements), default=0) + 1
            asked += [
                SupplementItem(
                    case_id=case.pk, data_key_id=case.data_key_id, round=number, asked_at=at, **item
                )
                for item in turn.act.data["items"]
            ]
        if turn.step.answers:
            documents = {row.code: row.document_id for row in context.items}
            for row in context.open_supplements:
                row.answered_at, row.document_id = at, documents.get(row.item)
                answered.append(row)
    if asked:
        SupplementItem.objects.bulk_create(asked)
    if answered:
        SupplementItem.objects.bulk_update(answered, ["answered_at", "document"])


def _referrals(turns: Sequence[Turn], events: Sequence[CaseEvent], *, at: datetime) -> None:
    """What the steps pass on to another authority; the case itself goes on (law-notes 18)."""
    rows = []
    for turn, event in zip(turns, events, strict=True):
        lead = turn.step.refers(turn.context, turn.act) if turn.step.refers else None
        if lead:
            rows.append(
                Referral(
                    case_id=event.case_id,
                    seq=event.seq,
                    ground=lead.ground,
                    days=lead.days,
                    on=turn.act.effective_on,
                    at=at,
                )
            )
    if rows:
        Referral.objects.bulk_create(rows)


def _marks(turns: Sequence[Turn], events: Sequence[CaseEvent]) -> None:
    """What the steps note on entitlements, of whichever matter."""
    rows = [
        EntitlementMark(
            entitlement_id=mark.entitlement.pk,
            kind=mark.kind,
            note=mark.note,
            on=turn.act.effective_on,
            case_id=event.case_id,
            seq=event.seq,
        )
        for turn, event in zip(turns, events, strict=True)
        if turn.step.marks
        for mark in turn.step.marks(turn.context, turn.act)
    ]
    if rows:
        EntitlementMark.objects.bulk_create(rows)


@cache
def _columns(model: type[Case]) -> tuple[str, ...]:
    """What a step may change: the kernel's columns and those of the matter."""
    return (*KERNEL_COLUMNS, *(f.attname for f in model._meta.local_concrete_fields if not f.primary_key))


def _values(case: Case) -> dict[str, Any]:
    """As they stand in the row, which asks no descriptor for each."""
    held = case.__dict__
    return {name: held[name] for name in _columns(type(case))}


def _save(turns: Sequence[Turn], before: Mapping[int, dict[str, Any]]) -> None:
    """One statement for the kernel's columns of all cases (those that changed in any of them), one more for those of the
    matter if a step changed them."""
    if not turns:
        return
    now = transaction_id()
    rows = [turn.context.case for turn in turns]
    kernel: set[str] = set()
    by_model: dict[type[Case], tuple[list[Case], set[str]]] = {}
    for row in rows:
        row.xid = now
        old = before[id(row)]
        changed = {name for name, value in _values(row).items() if old[name] != value}
        kernel |= changed.intersection(KERNEL_COLUMNS)
        changed.difference_update(KERNEL_COLUMNS)
        if changed:
            group = by_model.setdefault(type(row), ([], set()))
            group[0].append(row)
            group[1].update(changed)
    update_together(rows, [*sorted(kernel), "xid"], model=Case)
    for model, (changed_rows, names) in by_model.items():
        model._default_manager.bulk_update(changed_rows, sorted(names))


def _own_rows(turns: Sequence[Turn]) -> None:
    """Rows of the matters' own tables that the steps bring; one statement for each table."""
    added: dict[type[Model], list[Model]] = {}
    for turn in turns:
        for row in turn.step.adds(turn.context, turn.act) if turn.step.adds else ():
            added.setdefault(type(row), []).append(row)
    for model, rows in added.items():
        model._default_manager.bulk_create(rows)


def _serve(turns: Sequence[Turn], *, at: datetime) -> None:
    """Record the service of the cases' issued papers (送达); proofs of service themselves are not served, nor what stays
    between offices.

    The turns of one set share their step and its data, so one statement serves them all.
    """
    serving = [turn for turn in turns if turn.step.serves]
    if serving:
        first = serving[0]
        kept = {kind.code for kind in first.step.sends} | internal(first.context.case.matter_entry)
        Notice.objects.filter(
            case_id__in=[turn.context.case.pk for turn in serving], status=Notice.Status.ISSUED
        ).exclude(kind__in=kept).update(
            status=Notice.Status.SERVED, served_at=at, served_how=first.act.data["how"]
        )
