"""A life of cases by chance: whoever may do something does it, with data that its form accepts, until a wanted moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from django.db.models import Q

from foreignwork.accounts.models import Post, User
from foreignwork.accounts.who import Actor, actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, CaseQuerySet
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.cases.problems import CaseError
from foreignwork.cases.steps import Step
from foreignwork.demo.cast import Cast
from foreignwork.outbox.relay import relay
from foreignwork.policies import workdays
from foreignwork.workflow import ask
from foreignwork.workflow.expiring import expire
from foreignwork.workflow.perform import perform
from foreignwork.workflow.sweeps import sweep

from . import goals
from .detours import Way, detours
from .filling import accepted
from .harvest import Harvest
from .plan import Pattern

WEIGHT = {"primary": 12.0, "plain": 1.5, "danger": 0.6}
RARE = 0.01  # withdrawing and recusing happen, but seldom
NOTHING = 1.0  # a day on which nobody does anything: else whoever waits for another office would withdraw in the end
AGAIN = 0.4
"""What a step weighs the second time, the third …: some things can be done over and over."""
ASIDE = 0.1
"""What is not the usual way weighs so much less for a life that looks at it by detours."""
ENOUGH = 40
"""Steps after which a life is left where it is: by chance some things can be done over and over."""


@dataclass
class Seen:
    """What all walks of a volume have come to: (matter, state) → and the moments kept because a case stood somewhere new."""

    states: set[tuple[str, str]] = field(default_factory=set)
    moments: list[Pattern] = field(default_factory=list)
    tried: dict[tuple[goals.State, tuple[str, ...]], float] = field(default_factory=dict)
    """how often a detour towards a state was made from a place; one that could not even begin counts less"""
    spent: dict[goals.State, float] = field(default_factory=dict)
    """the same, from wherever"""
    could_lie: Callable[[Pattern], bool] = lambda _pattern: True
    """whether a moment fits into some week: a short limit that runs must not have run out by today"""
    long_ago: Callable[[Pattern], bool] = lambda pattern: pattern.at_rest
    """whether a life could have been led in former years"""


@dataclass(kw_only=True)
class Walk(ABC):
    """Cases on their way. ``at`` is the moment they have come to."""

    cast: Cast
    firm: str
    """its key in the cast"""
    rng: Random
    at: datetime
    seen: Seen
    taken: list[str] = field(default_factory=list)
    people: dict[frozenset[int], list[User]] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    until: datetime | None = None
    goal: goals.State | None = None
    strays: bool = False
    """goes the usual way, and looks on it at what else could have become of the cases (detours)"""
    plain: bool = False
    """takes no step aside, until everything is decided and waits for nobody"""

    @property
    def agent(self) -> User:
        """Who acts for the firm."""
        return self.cast.agents[self.firm]

    @abstractmethod
    def open_cases(self) -> list[Case]:
        """What is under way, by the oldest."""

    @abstractmethod
    def rows(self) -> Harvest:
        """Everything as it stands now."""

    @abstractmethod
    def ways(self) -> Iterable[Way]:
        """Cases that could be opened now, beside those under way."""

    def chapter(self) -> bool:
        """Something new begins: a further filing, a case an office opens. False when nothing does."""
        return False

    @abstractmethod
    def days_work(self) -> None:
        """What the matters' own tasks would do by the clock, as far as it concerns these cases."""

    @abstractmethod
    def stuck(self) -> None:
        """Nobody did anything today."""

    def go(self, *, turns: int, until: datetime) -> Walk:
        """At most ``turns`` days on which something happens, none after ``until``."""
        self.until = until
        self._settle()
        for _turn in range(turns):
            moment = self.next_morning()
            if moment > until or len(self.taken) >= ENOUGH:
                break
            self.at = moment
            self.days_work()
            self._settle()
            if not (self.open_cases() or self.chapter()):
                break
            before = len(self.taken)
            self._step()
            if len(self.taken) > before:
                work_off(self.at)
                self.look()
                if self.strays:
                    detours(self)
            if self.plain and self.lies():
                break
        return self

    def pattern(self) -> Pattern:
        return Pattern(self.rows(), self.at)

    def next_morning(self) -> datetime:
        moment = self.at + timedelta(days=self.rng.choice((1, 1, 1, 2, 3)))
        while not workdays.is_workday(moment.date()):
            moment += timedelta(days=1)
        return moment.replace(minute=self.rng.randrange(60))

    def _settle(self) -> None:
        settle(self.at)
        self.look()

    def lies(self) -> bool:
        """Whether this could be a life of years ago: nothing is on an officer's table, no limit runs."""
        if self.every_case().filter(Q(phase__in=OPEN_PHASES) | Q(due_on__isnull=False)).exists():
            return False
        return self.seen.long_ago(self.pattern())

    def news(self) -> set[goals.State]:
        """States in which one of these cases stands and none has stood before."""
        return set(self.every_case().values_list("matter", "state")) - self.seen.states

    def look(self) -> None:
        """A moment at which a case stands where none has stood before is kept."""
        if news := self.news():
            moment = Pattern(self.rows(), self.at, rare=True)
            if self.seen.could_lie(moment):
                self.seen.states |= news
                self.seen.moments.append(moment)

    @abstractmethod
    def every_case(self) -> CaseQuerySet:
        """All of it, closed ones too."""

    def _step(self) -> None:
        """One step of one case; the case the walk heads somewhere with is looked at first, more often than not."""
        self._head_for_something()
        found = self.open_cases()
        self.rng.shuffle(found)
        if self.goal and self.rng.random() < 0.7:
            found.sort(key=lambda case: not goals.reachable(self.goal, case, case.state))  # type: ignore[arg-type]
        if not any(self._step_of(context) for context in contexts(found, day_of(self.at))):
            self.stuck()

    def _step_of(self, context: Context) -> bool:
        """The candidates in a random order that prefers the usual way; the first that is accepted is taken."""
        ways = [(user, step) for user in self.people_of(context.case) for step in self.offers(context, user)]
        while ways:
            weights = [self._weight(context.case, step) for _user, step in ways]
            way = self.rng.choices([*ways, None], weights=[*weights, NOTHING])[0]
            if way is None:
                break
            ways.remove(way)
            if self.attempt(context.case, *way):
                return True
        return False

    def _weight(self, case: Case, step: Step) -> float:
        again = self.taken.count(f"{case.matter}.{step.name}")
        usual = _weight(step) * AGAIN**again
        if self.plain:
            return usual if step.tone == "primary" or (again < 4 and _notes(step)) else 0.0
        if self.strays:
            return usual if step.tone == "primary" else usual * ASIDE
        if self.goal is None:
            return usual
        factor = goals.leaning(self.goal, case, case.state, step)
        return max(usual, 1.0) * factor if factor > 1 else usual * factor

    def _head_for_something(self) -> None:
        """A goal as long as it is not reached, and one of the cases could reach it."""
        if self.strays or self.plain:
            return
        cases = [(case, case.state) for case in self.open_cases()]
        kept = self.goal is not None and self.goal not in self.seen.states
        if not (kept and any(goals.reachable(self.goal, case, state) for case, state in cases)):  # type: ignore[arg-type]
            self.goal = goals.choose(cases, self.seen.states, self.rng)

    def people_of(self, case: Case) -> list[User]:
        """Who may have a hand in it, also in the office entrusted with receiving."""
        if case.offices not in self.people:
            self.people[case.offices] = [self.agent, *self.staff(case.offices)]
        return self.people[case.offices]

    def staff(self, offices: frozenset[int]) -> list[User]:
        held = Post.objects.held_on(day_of(self.at)).filter(office__in=offices)
        return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))

    def actor(self, user: User) -> Actor:
        """What the cast holds does not change while it plays."""
        if user.pk not in self.actors:
            self.actors[user.pk] = actor(user, day_of(self.at))
        return replace(self.actors[user.pk], day=day_of(self.at))

    def offers(self, context: Context, user: User) -> list[Step]:
        found = ask.offers(context.case, self.actor(user), at=self.at, context=context)
        return [offer.step for offer in found if offer.allowed]

    def attempt(self, case: Case, user: User, step: Step) -> bool:
        context = contexts([case], day_of(self.at))[0]
        data = accepted(step.form, context, self.rng, self.at) if step.form else {}
        try:
            perform(case_id=case.pk, action=step.name, actor=self.actor(user), at=self.at, data=data)
        except CaseError:
            return False
        self.taken.append(f"{case.matter}.{step.name}")
        return True


def settle(at: datetime) -> None:
    """What the worker and the law do by themselves up to this moment, also about limits that have run out when they begin."""
    happened = True
    while happened:
        happened = bool(sweep(at=at).fired + expire(at=at))
        work_off(at)


def work_off(at: datetime) -> None:
    """The worker does what waits for it."""
    while relay(at=at).total:
        pass


def _notes(step: Step) -> bool:
    """What an officer notes on the usual way, and may have to before the next step."""
    turns_aside = (step.people, step.recuses, step.pauses, step.resumes, step.extends, step.books)
    return step.target is None and not any(turns_aside) and any(role.staff for role in step.by)


def _weight(step: Step) -> float:
    if step.recuses or step.tone == "danger" or step.name.startswith("withdraw"):
        return RARE
    return WEIGHT.get(step.tone, 1.0)
