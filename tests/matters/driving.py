"""Driving a case through its whole flow: forms filled in by their fields, actors found by role, savepoints to go back.

``Driver.explore`` takes every step it can from where a case stands, and from every state so reached, and writes down each
edge (step, source) that was really taken by ``perform``, those that brought the case there included. On the way it keeps
one frozen paper of each kind and step, and one form of each kind the house fills in: what people would hold in their hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

from django import forms
from django.db import transaction

from foreignwork.accounts import who
from foreignwork.accounts.models import User
from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Case, CaseEvent, concrete
from foreignwork.cases.problems import CaseError
from foreignwork.cases.steps import Step
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.notices import sheets
from foreignwork.notices.models import Notice
from foreignwork.outbox.models import OutboxMessage
from foreignwork.workflow import ask
from foreignwork.workflow.perform import perform


class _Back(Exception):
    """Leaves a savepoint."""


Special = Callable[[Context, datetime], Mapping[str, Any]]


@dataclass
class Driver:
    """``special`` gives what a field's own kind does not tell; ``before`` prepares a step; ``when`` says at which moment;
    ``people`` act beside the employer's agent and the officers of the case's offices.
    """

    cast: Cast
    special: Mapping[str, Special] = field(default_factory=dict)
    before: Mapping[str, Callable[[Case, datetime], None]] = field(default_factory=dict)
    when: Mapping[str, timedelta] = field(default_factory=dict)
    people: list[User] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    history: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    papers: dict[tuple[str, str], Notice] = field(default_factory=dict)
    sheets: dict[str, dict[str, Any]] = field(default_factory=dict)
    actors: dict[tuple[int, date], Actor] = field(default_factory=dict)

    def start(self, case: Case, at: datetime) -> None:
        """What brought the case here was taken by ``perform`` too; then everything that leads on."""
        self.history |= set(CaseEvent.objects.filter(case=case).values_list("action", "source"))
        self.keep(case)
        self.explore(case, at)

    def explore(self, case: Case, at: datetime) -> None:
        for step in case.matter_entry.steps_from(case.state, case.sub_matter, case.origin):
            edge = (step.name, case.state)
            if edge in self.taken:
                continue
            with self.apart():
                done = self._take(case, step, at)
                if done is not None:
                    self.keep(done)
                    self.taken.add(edge)
                    self.refused.pop(edge, None)
                    self.explore(done, at + self.when.get(step.name, timedelta()) + timedelta(minutes=5))

    def _take(self, case: Case, step: Step, at: datetime) -> Case | None:
        """By the first who may; the reason is kept of each who may not. Asked before it is tried: a question is cheap."""
        at = at + self.when.get(step.name, timedelta())
        if prepare := self.before.get(step.name):
            prepare(case, at)
        fresh = self._fresh(case, at)
        for actor in self._actors(fresh.case, step, at):
            try:
                act = ask.act_for(actor, step, fresh.case, at=at, data={})
                if no := ask.objection(step, fresh, act):
                    raise no
                with transaction.atomic():
                    data = self._filled(step, fresh, at)
                    return self._row(
                        perform(case_id=case.pk, action=step.name, actor=actor, at=at, data=data)
                    )
            except CaseError as no:
                self.refused.setdefault((step.name, case.state), f"{type(no).__name__} {no} {_errors(no)}")
        return None

    def _fresh(self, case: Case, at: datetime) -> Context:
        return contexts([self._row(case)], today(at))[0]

    @staticmethod
    def _row(case: Case) -> Case:
        found = Case.objects.select_related("office", "receiver").get(pk=case.pk)
        row = concrete(found)
        row.office, row.receiver = found.office, found.receiver
        return row

    def keep(self, case: Case) -> None:
        """One paper of each kind and step, with its frozen content, and one of each form the house fills in."""
        rows = Notice.objects.filter(case_id=case.pk).select_related("body", "event", "office").order_by("pk")
        for notice in rows:
            self.papers.setdefault((notice.kind, notice.event.action), notice)
        for row in OutboxMessage.objects.filter(topic=sheets.MAKE, payload__case=case.pk).order_by("pk"):
            if row.payload["code"] not in self.sheets:
                self.sheets[row.payload["code"]] = _sheet(row.payload)

    def _actors(self, case: Case, step: Step, at: datetime) -> Iterator[Actor]:
        if step.only_system:
            yield who.system(today(at))
            return
        places = {case.office.code, case.receiver.code if case.receiver else ""}
        users = [
            self.cast.agents[key] for key, firm in self.cast.firms.items() if firm.pk == case.employer_id
        ]
        users += [user for (code, _desk), user in self.cast.officers.items() if code in places]
        users += self.people
        for user in users:
            actor = self.actors.get((user.pk, today(at))) or stage.actor(user, at)
            self.actors[user.pk, today(at)] = actor
            if ask.role_for(actor, step, case):
                yield actor
        if any(role.code == "system" for role in step.by):
            yield who.system(today(at))

    def _filled(self, step: Step, context: Context, at: datetime) -> dict[str, Any]:
        if step.form is None:
            return {}
        form = step.form(context=context)  # type: ignore[call-arg]
        data = {
            name: value
            for name, one in form.fields.items()
            if (value := _plausible(name, one, at)) is not None
        }
        if special := self.special.get(step.name):
            data |= dict(special(context, at))
        return data

    @staticmethod
    def apart() -> Any:
        """A scene of its own: whatever happens in it is undone."""
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


def _sheet(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the house would print: its own handler, stopped before the press."""
    body: dict[str, Any] = {}

    def stop(template: str, context: Mapping[str, Any], **rest: Any) -> None:
        body.update(context)
        raise _Back

    with suppress(_Back), mock.patch.object(sheets, "render", stop):
        sheets.make_sheet(payload, datetime.now(UTC))
    return body


WORDS = {
    "remark": "经核查材料和有关情况，事实清楚，依据充分。",
    "text": "对拟认定的事实有不同意见，附说明材料。",
    "record": "电话询问用人单位人事负责人，岗位与申请一致。",
    "attended": "张三（用人单位代表）、李四（审查人员）",
    "place": "第一会议室",
    "where": "本机关门户网站公告栏",
    "compensation": "按照实际损失予以补偿，另行书面通知。",
    "officers": "王五、赵六",
    "note": "经核实情况属实",
}
"""What people write, by the name of the field; else a word."""


def _plausible(name: str, one: forms.Field, at: datetime) -> Any:
    """A value the field takes by its kind; nothing where the page itself fills it in."""
    if isinstance(one.widget, forms.HiddenInput):
        return None
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
        return WORDS.get(name, "情况说明")
    return None


def _errors(no: CaseError) -> str:
    form = getattr(no, "form", None)
    return str(dict(form.errors)) if form is not None else ""
