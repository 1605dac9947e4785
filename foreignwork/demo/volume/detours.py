"""What else could have become of it: a few steps off the way towards a state nobody has come to, kept as a moment, then undone.

Refusals, ends and cases opened by an office are rare in lives that go on; played to the end, each would cost a life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import contexts
from foreignwork.cases.models import Case, concrete
from foreignwork.cases.phases import Phase
from foreignwork.cases.steps import Step
from foreignwork.deadlines.models import Deadline
from foreignwork.notices.issue import RENDER
from foreignwork.outbox.models import WAITING, OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.vault.models import Blob, DataKey
from foreignwork.workflow.sweeps import sweep

from . import goals

if TYPE_CHECKING:
    from .walk import Walk

NEAR = 4
"""Declared steps from which on a state is worth a detour; a case that is only opened for it may have further to go."""
LONGEST = 9
TRIES = 1
"""As often a state is tried for from the same place, by whatever life; a detour that soon led nowhere counts as little as it took."""
MOST = 8
"""As often in all."""
WHILE = timedelta(days=40)
PATIENCE = 3
"""Whiles for which one waits at a time: for what is only allowed later, or, in the state itself, until no limit beside it forbids
that the moment lies in some other week."""
ENDED = (Phase.DECIDED, Phase.CLOSED)
Begin = Callable[[], Case | None]


@dataclass(frozen=True, slots=True)
class Way:
    """A case that could be opened beside those of a life; ``begin`` gives None where that is not allowed after all."""

    matter: str
    sub_matter: str
    origin: str
    begin: Begin
    after: int = 0
    """how much went before: what was not allowed then may be later"""


def detours(walk: Walk) -> None:
    """From where the cases of this life stand now, and from what could be opened beside them."""
    for case in walk.every_case().exclude(phase=Phase.CLOSED).order_by("pk"):
        state, again = case.state, partial(_as_it_is, case.pk)
        for goal in goals.unseen(walk.seen.states):
            away = goals.away(goal, case, state)
            if away is not None and away <= NEAR:
                _detour(walk, goal, again, (case.sub_matter, state))
    for way in walk.ways() if goals.unseen(walk.seen.states) else ():
        for goal in goals.unseen(walk.seen.states):
            if goals.opens(goal, way.matter, way.sub_matter, way.origin):
                _detour(walk, goal, way.begin, (way.sub_matter, f"after {way.after}"))


def _as_it_is(pk: int) -> Case:
    return concrete(Case.objects.get(pk=pk))


def _detour(walk: Walk, goal: goals.State, begin: Begin, place: tuple[str, ...]) -> None:
    """One detour from this ``place`` (sub-matter and state), unless that was tried often enough or the goal is reached."""
    seen = walk.seen
    place = (walk.cast.firms[walk.firm].nature, *place)  # of a public body, other materials are asked
    if goal in seen.states or seen.tried.get((goal, place), 0) >= TRIES or seen.spent.get(goal, 0) >= MOST:
        return
    kept = walk.at, walk.taken, walk.goal
    walk.taken, walk.goal = list(walk.taken), goal
    turns, idle = 1, 0
    with _undone():
        case = begin()
        while case and turns <= LONGEST and idle <= PATIENCE:
            _work_off(walk.at, papers=False)
            if walk.news():
                _work_off(walk.at, papers=True)
                walk.look()
            if goal in seen.states:
                break
            if _stands(case, goal):
                _waits_there(walk, goal, case)
                break
            taken = len(walk.taken)
            if not _nearer(walk, goal, case):
                break
            turns, idle = turns + 1, 0 if len(walk.taken) > taken else idle + 1
    cost = turns / LONGEST
    seen.tried[goal, place] = seen.tried.get((goal, place), 0) + cost
    seen.spent[goal] = seen.spent.get(goal, 0) + cost
    walk.at, walk.taken, walk.goal = kept


def _stands(case: Case, goal: goals.State) -> bool:
    """Come to, though at a moment that no day of the past or of today could hold (``Seen.could_lie``)."""
    return (case.matter, _as_it_is(case.pk).state) == goal


def _waits_there(walk: Walk, goal: goals.State, case: Case) -> None:
    """Until the moment can be kept, or the case has gone on."""
    for _while in range(PATIENCE):
        if goal in walk.seen.states or not _waits(walk) or not _stands(case, goal):
            return
        _work_off(walk.at, papers=True)
        walk.look()


def _nearer(walk: Walk, goal: goals.State, case: Case) -> bool:
    """One step that leads there: somebody's, or the law's when its limit has run out."""
    case = _as_it_is(case.pk)
    state = case.state
    moment = walk.next_morning()
    assert walk.until is not None
    if moment > walk.until or not goals.reachable(goal, case, state):
        return False
    walk.at = moment
    walk.days_work()
    [context] = contexts([case], day_of(walk.at))
    offered = [(user, step) for user in walk.people_of(case) for step in walk.offers(context, user)]
    walk.rng.shuffle(offered)
    ways = [way for way in offered if goals.leaning(goal, case, state, way[1]) > 1]
    # Where no way is open, something beside it may be missing first: a nationality confirmed, a paper served.
    beside = [way for way in offered if _beside(walk, case, way[1])]
    if any(walk.attempt(case, *way) for way in ways) or _by_law(walk, goal, case, state):
        return True
    if _by_itself(goal, case, state):
        # Only the last step: what leads further comes by itself in the life that goes on.
        return goals.away(goal, case, state) == 1 and _elsewhere(walk, case)
    return any(walk.attempt(case, *way) for way in beside) or _waits(walk)


def _waits(walk: Walk) -> bool:
    """Some things are only allowed after a while."""
    moment = walk.at + WHILE
    if walk.until is None or moment > walk.until:
        return False
    walk.at = moment
    sweep(at=moment)
    return True


def _beside(walk: Walk, case: Case, step: Step) -> bool:
    return step.target is None and not step.recuses and f"{case.matter}.{step.name}" not in walk.taken


def _by_itself(goal: goals.State, case: Case, state: str) -> bool:
    """Whether the house takes the next step, once something has happened to the cases beside this one."""
    steps = case.matter_entry.steps_from(state, case.sub_matter, case.origin)
    return any(
        step.only_system and not step.when_due and goals.leaning(goal, case, state, step) > 1
        for step in steps
    )


def _elsewhere(walk: Walk, case: Case) -> bool:
    """A step of another case of this life; rather one that ends it."""
    others = [one for one in walk.open_cases() if one.pk != case.pk]
    ways = [
        (context.case, user, step)
        for context in contexts(others, day_of(walk.at))
        for user in walk.people_of(context.case)
        for step in walk.offers(context, user)
        if step.target is not None and str(step.target) != context.case.state
    ]
    walk.rng.shuffle(ways)
    ways.sort(key=lambda way: way[0].matter_entry.phases[str(way[2].target)] not in ENDED)
    return any(walk.attempt(*way) for way in ways)


def _by_law(walk: Walk, goal: goals.State, case: Case, state: str) -> bool:
    kinds = [
        step.when_due
        for step in case.matter_entry.steps_from(state, case.sub_matter, case.origin)
        if step.when_due and goals.leaning(goal, case, state, step) > 1
    ]
    running = Deadline.objects.running().not_held().filter(case=case, kind__in=kinds, fired_at__isnull=True)
    last = running.order_by("due_on").values_list("due_on", flat=True).first()
    if last is None:
        return False
    moment = datetime.combine(last + timedelta(days=1), time(9), tzinfo=walk.at.tzinfo)
    if walk.until is None or not walk.at < moment <= walk.until:
        return False
    walk.at = moment
    sweep(at=moment)
    return _as_it_is(case.pk).state != state


class _Undo(Exception):
    """Ends a detour."""


@contextmanager
def _undone() -> Iterator[None]:
    """Nothing stays of what is done inside but the files and the keys: a moment's rows are opened by them, and its copies show them."""
    kept: list[tuple[Any, set[Any]]] = [
        (model, set(model.objects.values_list("pk", flat=True))) for model in (DataKey, Blob)
    ]
    new: list[list[Any]] = []
    with suppress(_Undo), transaction.atomic():
        yield
        new = [list(model.objects.exclude(pk__in=known)) for model, known in kept]
        raise _Undo
    for (model, _known), rows in zip(kept, new, strict=True):
        model.objects.bulk_create(rows)


def _work_off(at: datetime, *, papers: bool) -> None:
    """What the relay would do; it commits, and so can't be called here. Papers are printed where somebody will see them."""
    messages = OutboxMessage.objects.filter(WAITING, available_at__lte=at).order_by("pk")
    if not papers:
        messages = messages.exclude(topic=RENDER)
    while waiting := list(messages.all()):
        for message in waiting:
            handler_of(message.topic)(message.payload, at)
            OutboxMessage.objects.filter(pk=message.pk).update(sent_at=at, attempts=1)
