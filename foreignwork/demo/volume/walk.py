"""A bundle's life by chance: whoever may do something does it, with data that its form accepts, until a wanted moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from django import forms

from foreignwork.accounts.models import Post, User
from foreignwork.accounts.who import Actor, actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Bundle, Case, concrete
from foreignwork.cases.phases import Phase
from foreignwork.cases.problems import CaseError
from foreignwork.cases.steps import Step
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import Foreigner
from foreignwork.outbox.relay import relay
from foreignwork.policies import workdays
from foreignwork.workflow.ask import offers
from foreignwork.workflow.facts import record
from foreignwork.workflow.perform import perform
from foreignwork.workflow.sweeps import sweep

WORDS = "样例：情况属实，按规定办理。"
WEIGHT = {"primary": 12.0, "plain": 1.5, "danger": 0.6}
RARE = 0.05  # withdrawing and recusing happen, but seldom
NOTHING = 1.0  # a day on which nobody does anything: else whoever waits for another office would withdraw in the end
ENOUGH = 40
"""Steps after which a bundle is left where it is: by chance some things can be done over and over."""


@dataclass
class Walk:
    """One bundle on its way. ``at`` is the moment it has come to."""

    cast: Cast
    bundle: Bundle
    foreigner: Foreigner
    rng: Random
    at: datetime
    taken: list[str] = field(default_factory=list)
    people: dict[frozenset[int], list[User]] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)

    def go(self, *, turns: int, until: datetime) -> Walk:
        """At most ``turns`` steps, none after ``until``."""
        self._settle()
        for _turn in range(turns):
            moment = self._next_morning()
            if moment > until:
                break
            self.at = moment
            self._settle()
            if not self._open() or len(self.taken) >= ENOUGH:
                break
            self._step()
            self._settle()
        return self

    def _next_morning(self) -> datetime:
        moment = self.at + timedelta(days=self.rng.choice((1, 1, 1, 2, 3)))
        while not workdays.is_workday(moment.date()):
            moment += timedelta(days=1)
        return moment.replace(minute=self.rng.randrange(60))

    def _settle(self) -> None:
        settle(self.at)

    def _open(self) -> list[Case]:
        return [concrete(row) for row in self.bundle.cases.exclude(phase=Phase.CLOSED).order_by("pk")]

    def _step(self) -> None:
        """One step of one case: the candidates in a random order that prefers the usual way; the first accepted is taken."""
        ways = []
        for context in contexts(self._open(), day_of(self.at)):  # read once for all who look at the case
            for user in self._people(context.case):
                ways += [(context.case, user, step) for step in self._offers(context, user)]
        while ways:
            chosen = self.rng.choices(
                [*ways, None], weights=[*[_weight(step) for _case, _user, step in ways], NOTHING]
            )
            way = chosen[0]
            if way is None:
                break
            ways.remove(way)
            if self._try(*way):
                return
        if (
            self.foreigner.in_china is False
            and not self.bundle.dossier.dated_facts.filter(kind="entered").exists()
        ):
            record(
                dossier=self.bundle.dossier, kind="entered", on=day_of(self.at), by=self._agent, at=self.at
            )

    @cached_property
    def _agent(self) -> User:
        return next(
            self.cast.agents[key]
            for key, firm in self.cast.firms.items()
            if firm.pk == self.bundle.employer_id
        )

    def _people(self, case: Case) -> list[User]:
        """Who may have a hand in it, also in the office entrusted with receiving."""
        if case.offices not in self.people:
            held = Post.objects.held_on(day_of(self.at)).filter(office__in=case.offices)
            self.people[case.offices] = [self._agent, *User.objects.filter(pk__in=held.values("user"))]
        return self.people[case.offices]

    def _actor(self, user: User) -> Actor:
        """What the cast holds does not change while it plays."""
        if user.pk not in self.actors:
            self.actors[user.pk] = actor(user, day_of(self.at))
        return replace(self.actors[user.pk], day=day_of(self.at))

    def _offers(self, context: Context, user: User) -> list[Step]:
        found = offers(context.case, self._actor(user), at=self.at, context=context)
        return [offer.step for offer in found if offer.allowed]

    def _try(self, case: Case, user: User, step: Step) -> bool:
        if step.answers:
            self._upload_asked(case)
        context = contexts([case], day_of(self.at))[0]
        data = fill(step.form(context=context), self.rng, self.at) if step.form else {}  # type: ignore[call-arg]
        try:
            perform(case_id=case.pk, action=step.name, actor=self._actor(user), at=self.at, data=data)
        except CaseError:
            return False
        self.taken.append(f"{case.matter}.{step.name}")
        return True

    def _upload_asked(self, case: Case) -> None:
        context = contexts([case], day_of(self.at))[0]
        for row in context.open_supplements:
            material = context.pack.materials[row.item]
            assert case.engagement is not None
            stage.upload(
                case.engagement, self.foreigner, row.item, material.name.zh, scope=material.scope, at=self.at
            )
        for item in context.items:
            if item.code in {row.item for row in context.open_supplements}:
                newest = self.bundle.dossier.documents.filter(kind=item.code).order_by("-pk").first()
                item.document = newest
                item.save(update_fields=["document"])


def settle(at: datetime) -> None:
    """What the worker and the law do by themselves up to this moment."""
    sweep(at=at)
    while relay(at=at).total:
        pass


def _weight(step: Step) -> float:
    if step.recuses or step.tone == "danger" or step.name.startswith("withdraw"):
        return RARE
    return WEIGHT.get(step.tone, 1.0)


def fill(form: forms.Form, rng: Random, at: datetime) -> dict[str, Any]:
    """Data a step's form may accept: what it proposes itself, else the first good choice, today, or a few words."""
    asked = False
    data: dict[str, Any] = {}
    for name, entry in form.fields.items():
        proposed = form.get_initial_for_field(entry, name)
        if isinstance(entry, forms.BooleanField):
            if entry.required or not asked:
                data[name], asked = "on", True
        elif isinstance(entry, forms.MultipleChoiceField):
            data[name] = [rng.choice(_values(entry))]
        elif isinstance(entry, forms.ChoiceField):
            values = [value for value in _values(entry) if value]
            usual = "met" if "met" in values and rng.random() < 0.97 else rng.choice(values or [""])
            data[name] = str(proposed) if proposed not in (None, "") else usual
        elif proposed not in (None, ""):
            data[name] = proposed
        elif isinstance(entry, forms.DateField):
            data[name] = day_of(at).isoformat()
        elif isinstance(entry, (forms.IntegerField, forms.DecimalField, forms.FloatField)):
            data[name] = entry.min_value if entry.min_value is not None else 1
        elif isinstance(entry, forms.CharField) and (entry.required or rng.random() < 0.5):
            data[name] = WORDS[: entry.max_length or None]
    return data


def _values(entry: forms.ChoiceField) -> list[str]:
    """The values a person could choose, those of groups included."""
    found: list[str] = []
    for value, label in list(entry.choices):  # type: ignore[arg-type]
        found += [str(inner) for inner, _words in label] if isinstance(label, list | tuple) else [str(value)]
    return found
