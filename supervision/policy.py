"""What supervision reads of a policy pack: ``[matters.supervision.own]``. Every number of the law or a place stands there, with
its source; what the sources do not state is marked ``uncertain`` and is for the authority to confirm."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from foreignwork.policies import own, workdays
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import Cites, Dated, OfficeCode, Reason, Shape, Slug, Table, Text

MATTER = "supervision"
Kind = Literal["person", "employer", "agency"]


class Number(Dated):
    """One number of supervision, e.g. the least share of a draw in millionths."""

    value: int
    unit: str = ""
    uncertain: bool = False
    note: Text | None = None
    cites: Cites


class Stratum(Shape):
    """A level of risk: what share of it is drawn by default, in millionths, and at least how many (S004-37)."""

    name: Text
    ppm: int = Field(ge=0, le=1_000_000)
    min: int = Field(0, ge=0)
    uncertain: bool = False
    cites: Cites


class Item(Dated):
    """A check item (抽查事项): what is checked, of whom, on what basis, how and how often (S004-27, -28)."""

    name: Text
    of: tuple[Kind, ...] = Field(min_length=1)
    basis: Text
    method: Text
    points: Text | None = None
    frequency: Text
    skill: Slug | None = None
    departments: tuple[Slug, ...] = Field((), description="who else may take part (S004-56)")
    local: bool = Field(False, description="added by this place to the national list (S004-28)")
    uncertain: bool = False
    cites: Cites


class Skill(Shape):
    name: Text
    cites: Cites


class Risk(Shape):
    """A rule by which leads are looked for; its code is the rule's name in leads.py, its numbers stand here (S004-65)."""

    name: Text
    evidence: Text
    numbers: Table[Slug, int] = Field(default_factory=dict, validate_default=True)
    on: bool = True
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @model_validator(mode="after")
    def _months(self) -> Risk:
        if "months" not in self.numbers:
            raise ValueError("a rule says how many months it looks back (numbers.months)")
        return self


class Term(Shape):
    """How long a result may be shown to the public (law-notes 23). Without ``most`` the source names no end."""

    name: Text
    least: int | None = Field(None, ge=0, description="months before a repair may be asked for")
    most: int | None = Field(None, ge=1, description="months after which it ends by itself")
    results: tuple[Slug, ...] = Field((), description="results that are proposed for this term")
    uncertain: bool = False
    note: Text | None = None
    cites: Cites


class Own(Shape):
    """The whole section."""

    registers_from: tuple[Slug, ...] = Field(
        (), description="matters whose entitlements make somebody an object of inspection (S004-32)"
    )
    draws: OfficeCode | None = Field(None, description="the provincial office that draws objects (S004-39)")
    numbers: Table[Slug, Number] = Field(default_factory=dict, validate_default=True)
    strata: Table[Slug, Stratum] = Field(default_factory=dict, validate_default=True)
    skills: Table[Slug, Skill] = Field(default_factory=dict, validate_default=True)
    items: Table[Slug, Item] = Field(default_factory=dict, validate_default=True)
    results: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    reasons: Annotated[
        Table[Slug, Table[Slug, Reason]],
        Field(
            description="why: unannounced, not_approved, cancelled, substitution, recusal, refused_to_sign …"
        ),
    ] = Field(default_factory=dict, validate_default=True)
    recipients: Table[Slug, Text] = Field(
        default_factory=dict,
        validate_default=True,
        description="to whom plan and registers are filed (S004-31)",
    )
    insured_by: Slug | Literal[""] | None = Field(
        None, description="the matter whose entitlements are insurance; empty where the place has none"
    )
    risks: Table[Slug, Risk] = Field(default_factory=dict, validate_default=True)
    publication: Table[Slug, Term] = Field(
        default_factory=dict,
        validate_default=True,
        description="terms of publication, by how grave a result is",
    )
    departments: Table[Slug, Text] = Field(
        default_factory=dict,
        validate_default=True,
        description="who takes part in joint inspections (S004-56)",
    )

    @model_validator(mode="after")
    def _skills_are_known(self) -> Own:
        for code, item in self.items.items():
            if item.skill is not None and item.skill not in self.skills:
                raise ValueError(f"items.{code}: there is no skill {item.skill!r}")
            for name in item.departments:
                if name not in self.departments:
                    raise ValueError(f"items.{code}: there is no department {name!r}")
        for code, term in self.publication.items():
            for name in term.results:
                if name not in self.results:
                    raise ValueError(f"publication.{code}: there is no result {name!r}")
        return self

    def term_of(self, result: str) -> str:
        """Code of the term proposed for a result; empty where the pack names none."""
        return next((code for code, term in self.publication.items() if result in term.results), "")

    def number(self, name: str) -> int:
        """A number of the section. KeyError where the pack states none."""
        return self.numbers[name].value

    def due(self, name: str, start: date) -> date | None:
        """The last day of a limit of the section that begins on ``start``; None where the pack states none."""
        found = self.numbers.get(name)
        return workdays.due(start, workdays.period(found.value, found.unit)).on if found else None


own.shape(MATTER, Own)


def of(pack: Pack | PolicyVersion) -> Own:
    """Supervision's own section; empty where the pack has no inspections."""
    rules = pack.pack if isinstance(pack, PolicyVersion) else pack
    entry = rules.matters.get(MATTER)
    return Own.model_validate(dict(entry.own) if entry else {})
