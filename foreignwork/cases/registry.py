"""The registry of matters, filled by ``autodiscover_modules("matter")``. The kernel finds matters here and names none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import Promise

from .phases import Outcome, Phase
from .steps import ANYWHERE, NEW, Step, steps_of

if TYPE_CHECKING:
    from .context import Context
    from .findings import Finding
    from .models import Case, Entitlement


@dataclass(frozen=True)
class Matter:
    """A matter (事项) as the kernel knows it.

    code      the app label; also the key of the matter in the policy packs
    letter    one letter for case numbers
    model     the subclass of Case; its flow is declared by its bases
    phases    every state → phase (total; a test proves it)
    outcomes  the states that end a case → outcome
    files     the step that opens a case for review; ``queues`` the one that opens it before its gate
    register  makes the matter's own register rows for an Entitlement (a WorkPermit …), unsaved; a row comes before those
              that point to it
    one_active  whether a person may hold only one active entitlement of this matter
    facts_needed  names of facts an office of this matter may see (least data to each office)
    checks    what the machine compares for the officers (findings, never decisions)
    limits    its own kinds of limits in words; ``own_limits``: those that bind the applicant, as sentences with %(day)s
    urlconf   addresses of the matter's own screens, mounted under its code; ``pages``: kind of user → (url name, label) of
              those that belong into the navigation
    register_pages  (url name, label) of its own screens that belong to the register at the desk
    keeps     cases in which the office keeps something of the person's (a passport), as a condition on Case
    attends   states in which the applicant must come in person → what to do, as a sentence
    """

    code: str
    letter: str
    label: str | Promise
    order: int
    model: type[Case]
    states: type[models.TextChoices]
    phases: Mapping[str, Phase]
    outcomes: Mapping[str, Outcome]
    files: str
    queues: str = ""
    register: Callable[[Case, Entitlement], models.Model | Sequence[models.Model]] | None = None
    one_active: bool = True
    facts_needed: tuple[str, ...] = ()
    summary: Callable[[Context], list[tuple[str | Promise, Any]]] | None = None
    checks: tuple[Callable[[Context], list[Finding]], ...] = ()
    keeps: models.Q | None = None
    attends: Mapping[str, str | Promise] = field(default_factory=dict)
    limits: Mapping[str, str | Promise] = field(default_factory=dict)
    own_limits: Mapping[str, str | Promise] = field(default_factory=dict)
    urlconf: str = ""
    register_pages: Sequence[tuple[str, str | Promise]] = ()
    pages: Mapping[str, Sequence[tuple[str, str | Promise]]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Those of the flow, and the kernel's own, which start from every state."""
        return {
            name: replace(step, sources=tuple(self.states.values)) if step.sources == (ANYWHERE,) else step
            for name, step in steps_of(self.model).items()
        }

    @cached_property
    def passing(self) -> list[Step]:
        """Steps that lead past a stage which a place's chain may lack."""
        return [step for step in self.steps.values() if step.passes]

    def opening_step(self, origin: str, sub_matter: str) -> Step | None:
        """The step by which an office itself opens a case of this origin, if the flow declares one."""
        return next(
            (
                step
                for step in self.steps.values()
                if step.sources == (NEW,) and origin in step.origins and step.belongs_to(sub_matter, origin)
            ),
            None,
        )

    def state_label(self, state: str) -> str:
        return "" if state == NEW else str(self.states(state).label)

    def timer_step(self, kind: str, sub_matter: str = "", origin: str = "") -> Step | None:
        """The step the system takes when a deadline of ``kind`` runs out, if the flow declares one."""
        found = (step for step in self.steps.values() if step.when_due == kind)
        return next((step for step in found if step.belongs_to(sub_matter, origin)), None)

    def steps_from(self, state: str, sub_matter: str, origin: str = "") -> list[Step]:
        """The steps a case of ``sub_matter`` (that began by ``origin``) can take from ``state``, in order of declaration."""
        return [s for s in self.steps.values() if state in s.sources and s.belongs_to(sub_matter, origin)]


_MATTERS: dict[str, Matter] = {}


def register(matter: Matter) -> Matter:
    """Enter a matter; each state must map to a phase and each step lead to a known state."""
    missing = set(matter.states.values) - set(matter.phases)
    if missing:
        raise ValueError(f"{matter.code}: states without a phase: {sorted(missing)}")
    for step in matter.steps.values():
        unknown = ({*step.sources, step.target or NEW} - {NEW}) - set(matter.states.values)
        if unknown:
            raise ValueError(f"{matter.code}.{step.name}: unknown states {sorted(unknown)}")
    for name in filter(None, (matter.files, matter.queues)):
        if matter.steps[name].sources != (NEW,):
            raise ValueError(f"{matter.code}.{name} must start from NEW")
    _MATTERS[matter.code] = matter
    return matter


def get(code: str) -> Matter:
    return _MATTERS[code]


def all_matters() -> list[Matter]:
    """In the order the screens show them."""
    return sorted(_MATTERS.values(), key=lambda matter: matter.order)


def limit_words(kind: str, *, own: bool = False) -> str | Promise | None:
    """What some matter calls its kind of limit; None when none names it. ``own``: the sentence for the applicant."""
    for matter in all_matters():
        found = (matter.own_limits if own else matter.limits).get(kind)
        if found:
            return found
    return None
