"""The vocabulary of ``flow.py``: a step, who may take it, and everything that follows from it.

``@step`` wraps django-fsm's ``transition``; ``workflow.perform`` is the only caller of the wrapped methods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.utils.functional import Promise
from django_fsm import transition

from foreignwork.accounts.roles import Role
from foreignwork.accounts.who import Actor

from .problems import Problem

if TYPE_CHECKING:
    from django import forms

    from .context import Context
    from .models import Case, Entitlement

OUR_SOURCES = re.compile(r"(S\d{3}-|law-notes|domain)")
ANYWHERE = "*"
"""The source of the kernel's own steps: every state of the matter."""
NEW = ""
"""The state of a case that is not opened yet: steps from NEW open it."""

Method = TypeVar("Method", bound=Callable[..., None])
Rule = Callable[["Context", "Act"], list[Problem]]


@dataclass(slots=True)
class Act:
    """One performance of a step: who, when, with which (validated) data. ``effective_on`` is the day it counts from."""

    actor: Actor
    role: str
    at: datetime
    today: date
    effective_on: date
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entitlement to be issued: what a decided case grants (decisions 1). ``replaces``: it takes the place of the one of
    its kind the person still holds at this employer, where only one may be held."""

    number: str
    category: str
    post: str
    valid_from: date
    valid_until: date | None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """A finding of a step that another authority must learn of; ``ground`` is a key of the pack's ``referrals``."""

    ground: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something another office learned about what a person holds (the permit stands on the card): ``kind`` is a word of the
    pack's texts (``mark_<kind>``); ``note`` a code, never words about the person."""

    entitlement: Entitlement
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """A credit standing that a step begins or ends: every matter sees it, no matter writes it elsewhere. ``reference`` is the
    case's number; ``ends``: the standing of that reference is over from today."""

    organisation_id: int
    kind: str
    reference: str
    basis: str = ""
    from_on: date | None = None
    until_on: date | None = None
    measures: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Starts:
    """A clock that does not run from the step's own day: ``on`` gives the day, or None when it cannot start yet."""

    kind: str
    on: Callable[[Context, Act], date | None]


@dataclass(frozen=True, slots=True)
class Pauses:
    """A special procedure whose days do not count in the limit ``kind`` (行政许可法 45). ``ground`` is the pack's key of the
    procedure; empty: the step's form chooses it as ``ground``. A pack that names no such ground allows no pause.
    ``if_runs``: where the limit does not run, or is held already, there is nothing to hold and the step goes on."""

    kind: str
    ground: str = ""
    if_runs: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a flow declares of one step. ``target`` None keeps the state."""

    name: str
    label: str | Promise
    sources: tuple[str, ...]
    target: str | None
    by: tuple[Role, ...]
    needs: tuple[Rule, ...] = ()
    form: type[forms.Form] | None = None
    stage: str = ""
    passes: bool = False
    starts: tuple[str | Starts, ...] = ()
    meets: tuple[str, ...] = ()
    sends: tuple[Any, ...] = ()
    issues: Callable[[Context, Act], Draft | None] | None = None
    ends: bool = False
    within: tuple[str, ...] = ()
    makes: tuple[Any, ...] = ()
    takes: Callable[[Context], Sequence[str]] | None = None
    refers: Callable[[Context, Act], Lead | None] | None = None
    marks: Callable[[Context, Act], Sequence[Mark]] | None = None
    adds: Callable[[Context, Act], Sequence[models.Model]] | None = None
    stands: Callable[[Context, Act], Stand | None] | None = None
    opens: str = ""
    when_due: str = ""
    when_open: bool = False
    when_shut: bool = False
    asks: bool = False
    answers: bool = False
    serves: bool = False
    recuses: bool = False
    repins: bool = False
    pauses: Pauses | None = None
    resumes: str = ""
    extends: str = ""
    restarts: tuple[str, ...] = ()
    assigns: Role | None = None
    people: str = ""
    alerts: str | Promise = ""
    recounts: bool = False
    origins: tuple[str, ...] = ()
    books: str = ""
    effective: Callable[[Case], date] | None = None
    cites: str = ""
    tone: str = "plain"

    @property
    def law(self) -> str:
        """The articles for people: without the rows of our source documents and notes."""
        parts = (part.strip() for part in self.cites.split("；"))
        return "；".join(part for part in parts if not OUR_SOURCES.match(part))

    def belongs_to(self, sub_matter: str, origin: str = "") -> bool:
        """Whether cases of ``sub_matter`` (that began by ``origin``; empty: however they began) know this step."""
        return (not self.within or sub_matter in self.within) and (
            not origin or not self.origins or origin in self.origins
        )

    @property
    def only_system(self) -> bool:
        return all(role.code == "system" for role in self.by)


def step(
    *,
    source: str | Iterable[str],
    target: str | None,
    by: Role | Sequence[Role],
    label: str | Promise,
    needs: Sequence[Rule] = (),
    form: type[forms.Form] | None = None,
    stage: str = "",
    passes: bool = False,
    starts: Sequence[str | Starts] = (),
    meets: Sequence[str] = (),
    sends: Sequence[Any] = (),
    issues: Callable[[Context, Act], Draft | None] | None = None,
    ends: bool = False,
    within: Sequence[str] = (),
    makes: Sequence[Any] = (),
    takes: Callable[[Context], Sequence[str]] | None = None,
    refers: Callable[[Context, Act], Lead | None] | None = None,
    marks: Callable[[Context, Act], Sequence[Mark]] | None = None,
    adds: Callable[[Context, Act], Sequence[models.Model]] | None = None,
    stands: Callable[[Context, Act], Stand | None] | None = None,
    opens: str = "",
    when_due: str = "",
    when_open: bool = False,
    when_shut: bool = False,
    asks: bool = False,
    answers: bool = False,
    serves: bool = False,
    recuses: bool = False,
    repins: bool = False,
    pauses: Pauses | None = None,
    resumes: str = "",
    extends: str = "",
    restarts: Sequence[str] = (),
    assigns: Role | None = None,
    people: str = "",
    alerts: str | Promise = "",
    recounts: bool = False,
    origins: Sequence[str] = (),
    books: str = "",
    effective: Callable[[Case], date] | None = None,
    cites: str = "",
    tone: str = "plain",
) -> Callable[[Method], Method]:
    """Declare a step of a flow. ``by`` has no default: a step without a role does not import.

    source, target   states; target None keeps the state (assign, serve, note)
    by               roles, any of which may take the step
    needs            pure rules ``(context, act) -> list[Problem]``; they gate and they explain
    form             the form that validates the step's data, in ``perform`` itself
    stage            a stage of the pack; its *hand* keeps people apart (三名以上不同的工作人员, S000-39)
    passes           where the pack's chain has no such stage (S001-18), the case goes on to ``target`` by itself
    starts, meets    kinds of deadlines, whose lengths are the pack's
    sends            notice kinds; issues: the entitlement the step grants (None: nothing). In a case about something held
                     it takes the place of that
    ends             what the case is about ends on the day the step counts from
    within           sub-matters that know this step; empty: all of them
    makes            materials the house fills in itself (a registration form), made after the step
    takes            materials whose files the step's page takes, besides those of an open supplement notice
    refers           what another authority must be told of (a duty done late): accepted here, referred there
    adds             rows of the matter's own that the step brings (findings of an inspection), unsaved; they may refer to the case
    stands           the credit standing of an organisation that begins or ends, for every matter to see
    opens            a part of it that another office registers: its sub-matter, begun there by the system where the pack has it
    marks            what is noted on somebody's entitlement, of this or another matter: how matters tell each other things
    when_due         the system takes this step when the deadline of this kind runs out
    when_open/shut   the system takes it when the gate to the sibling matters opens, or can no longer open
    asks, answers    a supplement is requested / answered item by item; serves: records the service of papers
    recuses          the actor keeps away from the case from now on (回避), and lets go of its hand
    books            what becomes of the visit at the window: take, move, cancel, miss, attend,
                     pass (if its day has come), settle (the same, and a later one is given back), displace
    repins           the case takes the newest version of the facts (filing, supplement)
    pauses, resumes  a special procedure holds a limit, told in writing (so the step must send a paper); the limit goes on
    recounts         the running limits are derived anew from the calendar; the event says from which day to which
    extends          the limit of this kind becomes longer, once, by whom and by how much the pack's caps say
    restarts         limits of these kinds that run are dropped; the step starts them anew (a class changed in review)
    assigns          the role whose officer with the fewest open cases gets the case next
    people           who has the case from now on: reassign (data: officer), set_aside (officer, upheld), reroute (to the office
                     competent for the case's class)
    alerts           what leaders are told of such a step in their list of alerts (廉政提醒); empty: nothing
    origins          how the cases began that know this step; empty: all of them. A step from NEW that names one opens such a case
    effective        the day the step counts from, when it is not today (deemed acceptance: the day of receipt)
    tone             how the button looks: primary, plain, danger
    """
    roles_ = (by,) if isinstance(by, Role) else tuple(by)
    if not roles_:
        raise TypeError("a step needs at least one role")
    if (pauses or extends) and not sends:
        raise TypeError("who holds or extends a limit says so in writing: the step must send a paper")
    if passes and not (stage and target):
        raise TypeError("a step that may be passed over has a stage and a target")
    sources = (source,) if isinstance(source, str) else tuple(source)

    def declare(method: Method) -> Method:
        declared = Step(
            name=method.__name__,
            label=label,
            sources=sources,
            target=target,
            by=roles_,
            needs=tuple(needs),
            form=form,
            stage=stage,
            passes=passes,
            starts=tuple(starts),
            meets=tuple(meets),
            sends=tuple(sends),
            makes=tuple(makes),
            takes=takes,
            issues=issues,
            ends=ends,
            within=tuple(within),
            refers=refers,
            marks=marks,
            adds=adds,
            stands=stands,
            opens=opens,
            when_due=when_due,
            when_open=when_open,
            when_shut=when_shut,
            asks=asks,
            answers=answers,
            serves=serves,
            recuses=recuses,
            repins=repins,
            pauses=pauses,
            resumes=resumes,
            extends=extends,
            restarts=tuple(restarts),
            assigns=assigns,
            people=people,
            alerts=alerts,
            recounts=recounts,
            origins=tuple(origins),
            books=books,
            effective=effective,
            cites=cites,
            tone=tone,
        )
        wrapped: Method = transition(field="state", source=list(sources), target=target)(method)
        wrapped.step = declared  # type: ignore[attr-defined]
        return wrapped

    return declare


def steps_of(flow: type) -> dict[str, Step]:
    """All steps a flow class declares (its bases included), by name, in order of declaration."""
    found: dict[str, Step] = {}
    for cls in reversed(flow.__mro__):
        for name, member in vars(cls).items():
            declared = getattr(member, "step", None)
            if isinstance(declared, Step):
                found[name] = declared
    return found
