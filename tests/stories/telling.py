"""Which ends the stories tell, so that none is forgotten; and a town that plays quickly on days of its own choice.

``@tells("permits/extend/grant")`` says of a story that in it a case of this matter and sub-matter took this step. The story must
be true to it at its end; ``test_told.py`` compares what all stories tell with the flows and packs.
A story with a parameter says in ``each`` what every value of it tells.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest
from django.test import Client

from foreignwork.accounts.models import User
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case, CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo import papers
from foreignwork.demo.people import Foreigner
from foreignwork.desk import seat
from foreignwork.notices import effects, sheets
from foreignwork.notices.render import Rendered
from tests.stage import AT, case_of
from tests.stories.acts import House, Person, said, tries

TOLD: dict[str, tuple[str, ...]] = {}
"""Story → what it tells, as matter/sub-matter/step."""
BLANK = papers.sheet("样张", ["样张"])


def tells(
    *reached: str, each: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def declare(story: Callable[..., None]) -> Callable[..., None]:
        TOLD[f"{story.__module__}.{story.__name__}"] = (*reached, *each.values())

        @functools.wraps(story)
        def told(*args: Any, **rest: Any) -> None:
            story(*args, **rest)
            own = [each[value] for value in rest.values() if isinstance(value, str) and value in each]
            then_it_was_so((*reached, *own))

        return told

    return declare


def then_it_was_so(reached: tuple[str, ...]) -> None:
    """Every case the story tells of took its step."""
    rows = CaseEvent.objects.values_list("case__matter", "case__sub_matter", "action").distinct()
    missing = set(reached) - {"/".join(row) for row in rows}
    assert not missing, missing


class Town(House):
    """A house whose clock the story sets, and whose press prints blank sheets: what stands on the papers, and how they look, is
    tested kind by kind elsewhere. Nobody stays signed in from one day to another."""

    def goes_to(self, at: datetime) -> datetime:
        self.at = at
        self.people.clear()
        return at

    def enter(self, user: User) -> Person:
        if user.username not in self.people:
            browser = Client()
            browser.force_login(user)
            self.people[user.username] = Person(user, browser)
        return self.people[user.username]

    def files(self, firm: str, foreigner: Foreigner, **answers: Any) -> Bundle:
        bundle = stage.file(self.cast, firm, foreigner, at=self.at, **answers)
        self.let_the_worker_run()
        return bundle

    def does(self, case: Case, desk: str, step: str, **data: Any) -> Case:
        """``desk`` (or the "agent") takes the step on its page; the worker does what follows. For cases without a bundle too."""
        case = Case.objects.select_related("office", "receiver").get(pk=case.pk)
        person = self.agent_for(case) if desk == "agent" else self.officer(case, desk)
        answer = tries(person, case, step, **data)
        assert answer.status_code == 302, (step, answer.status_code, said(answer))
        self.let_the_worker_run()
        return Case.objects.select_related("office", "receiver").get(pk=case.pk)

    def agent_for(self, case: Case) -> Person:
        return self.agent(next(key for key, firm in self.cast.firms.items() if firm.pk == case.employer_id))

    def opens(self, about: Case, where: str, **data: Any) -> Case:
        """An officer opens a case of the office on its page ``where`` (about what ``about`` granted, or after it)."""
        desk = "handle" if about.matter == "residence" else "review"
        officer = self.officer(about, desk)
        key = f"open-{Case.objects.count()}"
        answer = officer.browser.post(where, {**data, "key": key})
        assert answer.status_code == 302, said(answer)
        self.let_the_worker_run()
        return Case.objects.select_related("office", "receiver").exclude(origin="applied").latest("pk")

    def row(self, bundle: Bundle, letter: str = "W") -> Case:
        return case_of(bundle, letter)


@contextmanager
def playing(cast: stage.Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    town = Town(cast, AT)
    monkeypatch.setattr(clock, "now", lambda: town.at)
    monkeypatch.setattr(seat, "moment_of", lambda _request: town.at)
    monkeypatch.setattr(effects, "render", lambda *args, **rest: Rendered(BLANK, 1))
    monkeypatch.setattr(sheets, "render", lambda *args, **rest: Rendered(BLANK, 1))
    monkeypatch.setattr(effects, "sign", lambda pdf, *args, **rest: pdf)
    yield town
