"""Shape of a policy pack: one jurisdiction's rules as data (decisions 11, 13; law-notes overrule).

Every model is frozen and refuses unknown keys. No legal number lives in Python: numbers, limits and their
caps are read from the TOML, each with ``cites`` (law article, source-document row). Matters, offices,
materials, questions and reasons are keys in the data; code never names one. ``loader.py`` resolves
inheritance and dates before these models see a pack.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from . import workdays

Basis = Literal["statutory", "promised", "applicant"]
Unit = Literal["wd", "days", "months"]
Level = Literal["national", "province", "city", "district", "town"]

BUNDLE = "bundle"  # limits and caps of the whole filing (一件事) rather than of one matter
ANY = "*"  # a limit for every matter that has no own one

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
OfficeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Kind = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*$")]

K = TypeVar("K")
V = TypeVar("V")
Table = Annotated[
    Mapping[K, V], AfterValidator(lambda m: MappingProxyType(dict(m))), PlainSerializer(lambda m: dict(m))
]


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Cites = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several), Field(min_length=1)
]

Answer = str | bool | int
When = Mapping[str, Any]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Dated(Shape):
    """An entry in force from a day until a day, both included; empty = unbounded."""

    from_: date | None = Field(None, alias="from")
    to: date | None = None


class Text(Shape):
    """A text in both languages; the Chinese one is authentic."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __str__(self) -> str:
        return self.zh

    def pick(self, language: str | None) -> str:
        """``language`` as Django spells it, e.g. ``get_language()``; anything but English is Chinese."""
        return self.en if (language or "").startswith("en") else self.zh

    def filled(self, values: Mapping[str, Text | str | int]) -> Text:
        """Both languages with ``{name}`` replaced; an unknown name is a KeyError. Values are never read as
        templates.
        """

        def fill(template: str, language: str) -> str:
            def one(match: re.Match[str]) -> str:
                value = values[match[1]]
                return value.pick(language) if isinstance(value, Text) else str(value)

            return PLACEHOLDER.sub(one, template)

        return Text(zh=fill(self.zh, "zh"), en=fill(self.en, "en"))

    def placeholders(self) -> set[str]:
        return set(PLACEHOLDER.findall(self.zh)) | set(PLACEHOLDER.findall(self.en))


PLACEHOLDER = re.compile(r"\{(\w+)\}")


def matches(when: When, answers: Mapping[str, Any]) -> bool:
    """Every condition holds. A missing answer never matches; a list on either side matches when it shares a
    value.
    """
    for key, wanted in when.items():
        if key not in answers:
            return False
        given = answers[key]
        have = set(given) if isinstance(given, list | tuple | set | frozenset) else {given}
        want = set(wanted) if isinstance(wanted, list | tuple) else {wanted}
        if not have & want:
            return False
    return True


def possible(when: When, answers: Mapping[str, Any]) -> bool:
    """Nothing answered so far contradicts ``when``: like ``matches``, but a missing answer may still come."""
    return matches({key: wanted for key, wanted in when.items() if key in answers}, answers)


class Place(Shape):
    """The jurisdiction a pack rules over."""

    code: OfficeCode
    name: Text


class Meta(Shape):
    code: Slug
    version: str = Field(min_length=1, max_length=40)
    name: Text
    base: bool = Field(
        False, description="only inherited from: rules no place itself, needs no offices, may set caps"
    )
    jurisdiction: Place | None = None
    hotline: str = Field("", description="phone for enquiries and complaints (咨询投诉)")
    cites: Cites


class Office(Shape):
    """A competent office. ``uncertain`` = name, seal or series abbreviation is not in the sources, confirm
    before use.
    """

    name: Text
    department: Text
    level: Level | None = Field(None, description="level of power (行使层级, S000-05, S003-62)")
    phone: str = ""
    address: Text | None = None
    short: str = Field("", description="abbreviation in notice numbers, e.g. 甘科")
    seal: str = Field(min_length=1, description="name on the office's seal, Chinese")
    special_seal: str = Field(
        "", description="name on the special seal for acceptance papers (行政许可法 32), Chinese"
    )
    government: Text = Field(description="本级人民政府: hears reconsideration (行政复议法 24)")
    court: Text = Field(description="the court a suit goes to")
    reconsideration_online: str = Field(
        "", description="internet channel for reconsideration (行政复议法 22); empty = not known"
    )
    uncertain: bool = False
    cites: Cites


class SubMatter(Shape):
    """One kind of case of a matter; ``when`` names the answers that lead to it, first of all the purpose."""

    name: Text
    when: Table[str, Any] = Field(default_factory=dict, validate_default=True)
    about: bool | Literal["if_held"] = Field(
        False,
        description="the case concerns what the person holds already of this matter (an extension, a change); "
        "if_held: where it is on file",
    )
    categories: tuple[str, ...] = Field(
        (),
        description="classes it is open to; a single one need not be asked for. Empty: all of the matter's",
    )
    origin: Literal["applied", "ex_officio", "inspection", "historic"] = Field(
        "applied",
        description="who begins: an applicant, or the office itself (no answers lead to it); "
        "historic: no new case, kept for old ones and for statistics",
    )
    cites: Cites


class Gate(Shape):
    """Which matters must have been granted, and by when: before this one is filed or before it is decided."""

    needs: tuple[Slug, ...] = Field(min_length=1)
    at: Literal["before_filing", "before_decision"]
    when: Table[str, Any] = Field(default_factory=dict, validate_default=True)
    cites: Cites


class Reason(Dated):
    """A coded reason or condition: events store the code, papers print the text."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    of: Literal["employer", "person", "both", "office"] = "both"
    within: tuple[Slug, ...] = Field((), description="sub-matters it belongs to; empty: all")
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)

    def belongs_to(self, sub_matter: str) -> bool:
        return not self.within or sub_matter in self.within


class Remedy(Dated):
    """Where one may turn. Placeholders: government, court, office, online, and any value of the pack."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    final: bool = Field(False, description="no reconsideration and no suit (出境入境管理法 36)")
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Referral(Dated):
    """What is passed on to another authority (移送), and to whom; the words stand in the paper."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    authority: Text
    uncertain: bool = False
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class PauseGround(Reason):
    """A special procedure whose time does not count (行政许可法 45), and the kinds of limits it holds."""

    kinds: tuple[Slug, ...] = Field(min_length=1)


class Ground(Reason):
    """A legal ground on which the office itself begins a case of these sub-matters."""

    within: tuple[Slug, ...] = Field(min_length=1)


class Commitment(Dated):
    """What is promised in writing instead of proved (告知承诺); its version is that of the pinned pack."""

    when: Table[str, Any] = Field(min_length=1)
    materials: tuple[Slug, ...] = Field(min_length=1)
    text: Text
    consequence: Text
    cites: Cites


class Matter(Shape):
    """One matter of the bundle: what it is called, in which order it goes, who stamps it, why it may fail.

    ``levels`` are those to which the power is given; empty = not limited. ``uncertain_for`` names the entries
    of this table that the sources of the place do not state.
    """

    name: Text
    order: int
    required: bool = False
    required_when: Table[str, Any] = Field(
        default_factory=dict, validate_default=True, description="answers under which ``required`` holds"
    )
    opened_by: Literal["applicant", "office"] = Field(
        "applicant", description="office: opened by an officer only, never part of a filing"
    )
    own: Table[str, Any] = Field(
        default_factory=dict,
        validate_default=True,
        description="what this matter alone reads; its shape is the matter's (policies/own.py)",
    )
    categories: tuple[str, ...] = ()
    sub_matters: Table[Slug, SubMatter] = Field(default_factory=dict, validate_default=True)
    gates: tuple[Gate, ...] = ()
    stages: tuple[Slug, ...] = Field(min_length=1)
    hands: tuple[tuple[Slug, ...], ...] = ()
    distinct_people: int = Field(1, ge=1)
    conditions: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    decline_reasons: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    refusal_reasons: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    office_grounds: Table[Slug, Ground] = Field(default_factory=dict, validate_default=True)
    commitments: Table[Slug, Commitment] = Field(default_factory=dict, validate_default=True)
    # Special procedures; a matter that names none has no limit that can be held.
    pauses: Table[Slug, PauseGround] = Field(default_factory=dict, validate_default=True)
    remedies: Table[Slug, Slug] = Field(
        default_factory=dict,
        validate_default=True,
        description="act (refusal, decline, ended …) -> code in [remedies]",
    )
    basis: Text | None = Field(None, description="legal basis as the guide prints it")
    stage_names: Table[Slug, Text] = Field(default_factory=dict, validate_default=True)
    levels: tuple[Level, ...] = ()
    uncertain_for: tuple[Slug, ...] = ()
    cites: Cites


class Limit(Dated):
    """One time limit. ``amount`` empty = not stated by the source. ``published_limit`` = shown, no clock."""

    matter: str
    kind: Slug
    basis: Basis
    sub_matter: Slug | None = None
    category: str | None = None
    amount: int | None = Field(None, ge=0)
    unit: Unit = "wd"
    starts: Slug | None = Field(
        None, description="the event it runs from, e.g. receipt, acceptance, decision, entry"
    )
    published_limit: bool = False
    uncertain: bool = False
    note: Text | None = None
    cites: Cites

    @property
    def key(self) -> tuple[str, str, str, str | None, str | None, bool]:
        return (self.matter, self.kind, self.basis, self.sub_matter, self.category, self.published_limit)

    @property
    def period(self) -> workdays.Period:
        """Its length, in days that cannot be mistaken for the other kind. Only for a limit that states its amount."""
        assert self.amount is not None, f"{self.label} states no amount"
        return workdays.period(self.amount, self.unit)

    @property
    def label(self) -> str:
        """For error messages, e.g. ``permits/decision/statutory/A``."""
        parts = (self.matter, self.kind, self.basis, self.sub_matter, self.category)
        return "/".join(part for part in parts if part)


class Cap(Dated):
    """What the law allows at most for the limits of ``kinds`` together; only base packs set caps."""

    matter: str
    kinds: tuple[Slug, ...] = Field(min_length=1)
    amount: int = Field(ge=0)
    unit: Unit = "wd"
    extension: int | None = Field(None, description="once longer by this much")
    extension_by: Text | None = Field(None, description="who allows the extension")
    cites: Cites


class Route(Dated):
    """Which office decides; ``received_by`` = an entrusted office that only receives (行政许可法 24)."""

    matter: Slug
    category: str | None = None
    sub_matter: Slug | None = None
    city: str | None = None
    office: OfficeCode
    received_by: OfficeCode | None = None
    uncertain: bool = False
    note: Text | None = None
    cites: Cites


class Delegation(Dated):
    """A power given by one body to another (S001-03): ``authorised`` to decide in its own name, ``entrusted``
    with receiving in the name of the one that decides (行政许可法 24: to be published).
    """

    kind: Literal["authorised", "entrusted"]
    by: Text = Field(description="who gave it")
    office: OfficeCode = Field(description="who holds it")
    matters: tuple[Slug, ...] = Field(min_length=1)
    document: Text | None = None
    uncertain: bool = False
    cites: Cites


class Value(Dated):
    """A number (or list of numbers) of the law, by itself or ``by`` a key such as a category."""

    value: int | str | tuple[int, ...] | None = None
    by: Table[str, int] = Field(default_factory=dict, validate_default=True)
    unit: str = ""
    uncertain: bool = False
    uncertain_for: tuple[str, ...] = ()
    note: Text | None = None
    cites: Cites


class Notice(Shape):
    """One kind of paper. ``series`` may hold ``{short}``, the office's abbreviation; ``seal``: which seal it
    bears.
    """

    title: Text
    series: str = Field(min_length=1)
    seal: Literal["office", "special"] = "office"
    remedies: Slug | None = Field(None, description="the act whose remedies the paper must name")
    cites: Cites
