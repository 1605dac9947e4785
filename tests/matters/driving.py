"""Driving a case through its whole flow: forms filled in by their fields, actors found by role, savepoints to go back.

``Driver.explore`` takes every step it can from where a case stands, and from every state so reached, and writes down each
edge (step, source) that was really taken by ``perform``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction

from foreignwork.accounts import who
from foreignwork.accounts.models import User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, concrete
from foreignwork.cases.problems import CaseError
from foreignwork.cases.steps import Step
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.workflow import ask
from foreignwork.workflow.perform import perform


class _Back(Exception):
    """Leaves a savepoint."""


Special = Callable[[Context, datetime], Mapping[str, Any]]


@dataclass
class Driver:
    """``special`` gives what a field's own kind does not tell; ``before`` prepares a step; ``when`` says at which moment."""

    cast: Cast
    special: Mapping[str, Special] = field(default_factory=dict)
    before: Mapping[str, Callable[[Case, datetime], None]] = field(default_factory=dict)
    when: Mapping[str, timedelta] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)

    def explore(self, case: Case, at: datetime) -> None:
        for step in case.matter_entry.steps_from(case.state, case.sub_matter, case.origin):
            edge = (step.name, case.state)
            if edge in self.taken:
                continue
            with self._going_back():
                done = self._take(case, step, at)
                if done is not None:
                    self.taken.add(edge)
                    self.refused.pop(edge, None)
                    self.explore(done, at + self.when.get(step.name, timedelta()) + timedelta(minutes=5))

    def _take(self, case: Case, step: Step, at: datetime) -> Case | None:
        at = at + self.when.get(step.name, timedelta())
        if prepare := self.before.get(step.name):
            prepare(case, at)
        for actor in self._actors(case, step, at):
            try:
                with transaction.atomic():
                    fresh = self._fresh(case, at)
                    data = self._filled(step, fresh, at)
                    done = concrete(perform(case_id=case.pk, action=step.name, actor=actor, at=at, data=data))
                    done.office = Case.objects.select_related("office").get(pk=case.pk).office
                    return done
            except CaseError as no:
                self.refused.setdefault((step.name, case.state), f"{type(no).__name__} {no} {_errors(no)}")
        return None

    def _fresh(self, case: Case, at: datetime) -> Context:
        row = concrete(case)
        row.office = Case.objects.select_related("office").get(pk=case.pk).office
        return contexts([row], today(at))[0]

    def _actors(self, case: Case, step: Step, at: datetime) -> Iterator[Actor]:
        if step.only_system:
            yield who.system(today(at))
            return
        firm = next(key for key, row in self.cast.firms.items() if row.pk == case.employer_id)
        users = [self.cast.agents[firm]]
        users += [user for (code, _desk), user in self.cast.officers.items() if code == case.office.code]
        users += list(
            User.objects.filter(kind="staff", posts__office=case.office, username__startswith="extra")
        )
        for user in users:
            actor = stage.actor(user, at)
            if ask.role_for(actor, step, case):
                yield actor
        if any(role.code == "system" for role in step.by):
            yield who.system(today(at))

    def _filled(self, step: Step, context: Context, at: datetime) -> dict[str, Any]:
        if step.form is None:
            return {}
        form = step.form(context=context)  # type: ignore[call-arg]
        data = {
            name: value for name, one in form.fields.items() if (value := _plausible(one, at)) is not None
        }
        if special := self.special.get(step.name):
            data |= dict(special(context, at))
        return data

    @staticmethod
    def _going_back() -> Any:
        return _Savepoint()


class _Savepoint:
    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is not None:
            self.block.__exit__(kind, error, trace)
            return False
        self.block.__exit__(_Back, _Back(), None)
        return False


def _plausible(one: forms.Field, at: datetime) -> Any:
    """A value the field takes by its kind."""
    if isinstance(one, forms.MultipleChoiceField):
        return [str(value) for value, _label in one.choices][:1]
    if isinstance(one, forms.ChoiceField):
        return next((str(value) for value, _label in one.choices if value not in ("", None)), None)
    if isinstance(one, forms.BooleanField):
        return "on"
    if isinstance(one, forms.DateField):
        return today(at).isoformat()
    if isinstance(one, forms.IntegerField):
        return str(max(one.min_value or 1, 1))
    if isinstance(one, forms.CharField):
        return "说明"
    return None


def _errors(no: CaseError) -> str:
    form = getattr(no, "form", None)
    return str(dict(form.errors)) if form is not None else ""
