"""Shape of the section ``classification``: which class (A, B, C) a person may apply for, and by which route.

The facts that are asked, the routes, the points table, thresholds and evidence are data (domain 1); the engine in
``classification/`` only evaluates them. Money is in whole yuan (or the currency the fact names), periods in the
unit the fact names. Tables are keyed, so that a local pack replaces or drops a single need of a single route.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .schema import Cites, Dated, Shape, Slug, Table, Text
from .schema_filing import Option

ClassCode = str
RouteCode = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9_]*$")]
Number = int | Slug
"""A number, or the name of a figure of the section (what varies by place and year)."""


class Worded(Shape):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Figure(Dated):
    """A number that varies by place or year. ``amount`` empty = not stated by the source of this pack."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    amount: int | None = Field(None, ge=0)
    unit: Literal[
        "years",
        "months",
        "times",
        "points",
        "hours",
        "percent",
        "people",
        "CNY",
        "CNY/month",
        "CNY/year",
        "USD",
    ]
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Section(Worded):
    """A part of the form."""

    order: int
    lead: Text | None = None


class Fact(Dated):
    """One thing the advisor asks. ``options_from`` = the alternatives of that route; ``figure`` = asked only where the
    pack does not hold that figure; ``less_than`` = must lie below that other fact, else the two contradict each other.
    """

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    help: Text | None = None
    type: Literal["bool", "int", "choice", "multi"]
    section: Slug
    order: int
    min: int = 0
    max: int | None = None
    unit: Text | None = None
    options: tuple[Option, ...] = ()
    options_from: RouteCode | None = None
    known: tuple[str, ...] = Field((), description="choices that hold for everyone in this place")
    figure: Slug | None = None
    less_than: Slug | None = None
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.type == "int" and (self.max is None or self.max < self.min):
            raise ValueError("a whole number needs min and max, in this order")
        if self.known and self.type != "multi":
            raise ValueError("only a fact with several choices can be known in part")
        if self.type in ("choice", "multi") and bool(self.options) == bool(self.options_from):
            raise ValueError("a choice needs either options or options_from")
        return self


class Test(Shape):
    """One comparison of one fact. ``times`` with ``of`` compares a yearly amount with a multiple of a wage."""

    __test__ = False  # pytest: no test class

    fact: Slug
    is_: bool | None = Field(None, alias="is")
    one_of: tuple[str, ...] = ()
    at_least: Number | None = None
    at_most: Number | None = None
    below: Number | None = None
    times: Number | None = None
    of: Slug | None = None

    @property
    def operators(self) -> list[str]:
        found = [n for n in ("is_", "at_least", "at_most", "below", "times") if getattr(self, n) is not None]
        return found + (["one_of"] if self.one_of else [])

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.operators) != 1 or (self.times is None) != (self.of is None):
            raise ValueError("a test compares in exactly one way (times goes with of)")
        return self


class Need(Worded):
    """Something that must hold: any of its tests. ``relaxable`` = the authority may relax it (酌情放宽); ``general`` =
    true of so many that it alone brings nobody near the route.
    """

    any: tuple[Test, ...] = Field(min_length=1)
    relaxable: bool = False
    general: bool = False
    uncertain: bool = False
    note: Text | None = None
    evidence: tuple[Slug, ...] = ()


class Ground(Dated):
    """One of several alternatives of a route; without ``needs`` of its own it is simply stated by the applicant."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    order: int
    needs: Table[Slug, Need] = Field(default_factory=dict, validate_default=True)
    evidence: tuple[Slug, ...] = ()
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class ClassRoute(Dated):
    """A way into a class: all ``needs``, and any of ``grounds`` if there are some. ``near`` = within so many points."""

    of: ClassCode
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    order: int
    ticked_by: Slug | None = Field(
        None, description="the fact in which alternatives without needs are chosen"
    )
    needs: Table[Slug, Need] = Field(default_factory=dict, validate_default=True)
    grounds: Table[Slug, Ground] = Field(default_factory=dict, validate_default=True)
    evidence: tuple[Slug, ...] = ()
    near: int | None = None
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class PersonClass(Worded):
    """A class; the first by ``order`` whose route is met is advised. ``needs`` hold for every route of it."""

    order: int
    quota: Text
    treatment: Text | None = None
    needs: Table[Slug, Need] = Field(default_factory=dict, validate_default=True)
    cites: Cites


class Band(Shape):
    """Points for a number in a band: ``at_least`` and ``at_most`` are inside it, ``below`` is not."""

    at_least: int | None = None
    at_most: int | None = None
    below: int | None = None
    score: int = Field(ge=0)

    def holds(self, value: int) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )


class Ramp(Shape):
    """``score`` at ``start``, ``each`` more for every further one."""

    start: int
    score: int
    each: int


class Term(Shape):
    """What a fact scores: by bands, by the option chosen, rising, once for any, or as it stands."""

    fact: Slug
    bands: tuple[Band, ...] = ()
    scores: Table[str, int] = Field(default_factory=dict, validate_default=True)
    ramp: Ramp | None = None
    any: int | None = None
    itself: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [self.bands, self.scores, self.ramp, self.any, self.itself]
        if sum(bool(way) for way in ways) != 1:
            raise ValueError("a term scores in exactly one way")
        return self


class Factor(Dated):
    """One line of the points table; the highest of its terms counts, never more than ``cap``."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    order: int
    cap: int = Field(ge=0)
    terms: tuple[Term, ...] = Field(min_length=1)
    evidence: tuple[Slug, ...] = ()
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Points(Shape):
    name: Text
    total: int = Field(ge=0, description="the sum of all caps, as the table itself states it")
    factors: Table[Slug, Factor]
    cites: Cites


class Evidence(Worded):
    """What proves something. ``material`` = the row of the list of materials by which it is handed in."""

    material: Slug | None = None
    uncertain: bool = False
    cites: Cites


class Classification(Shape):
    name: Text
    disclaimer: Text
    sections: Table[Slug, Section]
    facts: Table[Slug, Fact]
    figures: Table[Slug, Figure] = Field(default_factory=dict, validate_default=True)
    evidence: Table[Slug, Evidence] = Field(default_factory=dict, validate_default=True)
    classes: Table[ClassCode, PersonClass] = Field(min_length=1)
    routes: Table[RouteCode, ClassRoute] = Field(min_length=1)
    points: Points
    texts: Table[Slug, Text]
    cites: Cites

    def class_codes(self) -> list[ClassCode]:
        """Classes in the order in which they are tried: the highest first."""
        return sorted(self.classes, key=lambda code: self.classes[code].order)

    def routes_of(self, code: ClassCode) -> list[tuple[str, ClassRoute]]:
        found = [(name, route) for name, route in self.routes.items() if route.of == code]
        return sorted(found, key=lambda item: item[1].order)

    def options(self, fact: str) -> tuple[Option, ...]:
        """The choices of a fact; those of ``options_from`` are the route's alternatives without needs of their own."""
        entry = self.facts[fact]
        if entry.options_from is None:
            return entry.options
        grounds = self.routes[entry.options_from].grounds.items()
        return tuple(
            Option(value=code, zh=ground.zh, en=ground.en)
            for code, ground in sorted(grounds, key=lambda item: item[1].order)
            if not ground.needs
        )

    def asked(self) -> list[tuple[str, Fact]]:
        """The facts to ask for, section by section; a figure the pack holds is not asked."""
        found = [
            (code, fact)
            for code, fact in self.facts.items()
            if fact.figure is None or self.figures[fact.figure].amount is None
        ]
        return sorted(found, key=lambda item: (self.sections[item[1].section].order, item[1].order))
