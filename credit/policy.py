"""What credit reads of a policy pack: ``[matters.credit.own]``: which outcomes are put on file, which lists there are, on what basis.

No list without a legal basis that stands in the pack; a list whose basis is open (``uncertain``) cannot be switched on; and no
list bars anybody from applying unless a law says so (``law-notes`` 11; domain 7.2).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from foreignwork.policies import own
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import Cites, Dated, Shape, Slug, Table, Text

MATTER = "credit"
Measure = Literal["remind", "review", "originals", "bar"]
"""提示; closer review; paper originals; no application (only with ``bar_law``). Their words: ``texts.measure_<code>``."""


class Event(Dated):
    """An outcome that goes into somebody's file (归集, S004-50…52): a case that ended so, or a mark on what somebody holds.

    ``points`` order a list for the eye and decide nothing. ``months``: how long the entry counts.
    """

    text: Text
    matter: Slug | None = None
    states: tuple[Slug, ...] = ()
    outcomes: tuple[Slug, ...] = ()
    mark: Slug | None = Field(
        None, description="a mark on an entitlement: counts for the person and for who filed it"
    )
    adverse: bool
    points: int
    months: int = Field(ge=1)
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Event:
        if bool(self.mark) == bool(self.matter):
            raise ValueError("an event is of a matter or of a mark, one of the two")
        if self.matter and not (self.states or self.outcomes):
            raise ValueError("an event of a matter names its states or outcomes")
        return self


class List(Shape):
    """A list one can be put on; its sub-matter of the same name is the procedure, its limit ``listing`` the longest term."""

    name: Text
    basis: Text
    measures: tuple[Measure, ...] = Field(min_length=1)
    events: tuple[Slug, ...] = Field(min_length=1, description="entries that can found a listing")
    least: int = Field(0, ge=0, description="months before a repair may be asked for")
    published: bool = False
    bar_law: str = Field("", description="the law that lets the list bar applications; nothing else does")
    on: bool = False
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @model_validator(mode="after")
    def _has_its_basis(self) -> List:
        if self.on and self.uncertain:
            raise ValueError("a list whose basis is uncertain stays off")
        if "bar" in self.measures and not self.bar_law:
            raise ValueError("no list bars applications without a law (bar_law)")
        return self


class Own(Shape):
    """The whole section."""

    events: Table[Slug, Event] = Field(default_factory=dict, validate_default=True)
    lists: Table[Slug, List] = Field(default_factory=dict, validate_default=True)

    @model_validator(mode="after")
    def _events_are_known(self) -> Own:
        for code, entry in self.lists.items():
            for name in entry.events:
                if name not in self.events:
                    raise ValueError(f"lists.{code}: there is no event {name!r}")
                if not self.events[name].adverse:
                    raise ValueError(f"lists.{code}: {name!r} is no adverse event")
        return self


own.shape(MATTER, Own)


def of(pack: Pack | PolicyVersion) -> Own:
    """Credit's own section; empty where the place keeps no credit."""
    rules = pack.pack if isinstance(pack, PolicyVersion) else pack
    entry = rules.matters.get(MATTER)
    return Own.model_validate(dict(entry.own) if entry else {})
