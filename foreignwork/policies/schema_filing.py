"""Shape of what a filing asks for: materials, waivers, questions, counters, and what the guide states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .schema import Answer, Cites, Dated, OfficeCode, Shape, Slug, Table, Text


class Material(Dated):
    """One row of the list of materials; ``called`` = the name another matter's own list gives to the same
    paper.
    """

    name: Text
    source: Literal["applicant", "system", "shared"]
    form: Literal["electronic", "paper"]
    copies: int = Field(1, ge=0)
    spec: str = ""
    hint: Text | None = None
    order: int
    used_by: tuple[Slug, ...] = Field(min_length=1)
    called: Table[Slug, Text] = Field(default_factory=dict, validate_default=True)
    when: Table[str, Any] = Field(default_factory=dict, validate_default=True)
    used_when: Table[Slug, Mapping[str, Any]] = Field(
        default_factory=dict, validate_default=True, description="matter -> further conditions of its own"
    )
    valid_months: int | None = Field(None, ge=1, description="must have been issued within so many months")
    sensitive: bool = False
    scope: Literal["person", "engagement"] = "engagement"
    uncertain: bool = False
    cites: Cites

    def asked_when(self, matter: str) -> dict[str, Any]:
        """The conditions under which ``matter`` needs it: those for all, and its own."""
        return {**self.when, **self.used_when.get(matter, {})}


class Waiver(Dated):
    """Materials that need not be handed in when the conditions hold; ``matters`` empty = whichever asks for
    them. ``evidence``: materials that show the conditions, asked for instead.
    """

    waives: tuple[Slug, ...] = Field(min_length=1)
    matters: tuple[Slug, ...] = ()
    when: Table[str, Any] = Field(min_length=1)
    evidence: tuple[Slug, ...] = ()
    reason: Text
    cites: Cites


class Gap(Dated):
    """容缺受理: materials that may follow after the acceptance, if the applicant says so when filing. Only what is
    ``offered`` can be chosen; ``due``: before the decision (limit ``gap``) or after the entry (``gap_after_entry``).
    """

    matters: tuple[Slug, ...] = Field(min_length=1)
    materials: tuple[Slug, ...] = Field(min_length=1)
    when: Table[str, Any] = Field(min_length=1)
    due: Literal["decision", "entry"]
    offered: bool = False
    text: Text = Field(description="what is undertaken; its version is that of the pinned pack")
    consequence: Text
    uncertain: bool = False
    cites: Cites

    @property
    def limit_kind(self) -> str:
        return "gap" if self.due == "decision" else "gap_after_entry"


class Option(Shape):
    value: Answer
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    locked: bool = False
    when: Table[str, Any] = Field(
        default_factory=dict, validate_default=True, description="answers under which it can be chosen"
    )

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Catalogue(Shape):
    """A list one chooses from in a form (职称系列): codes are stored, texts are shown."""

    name: Text
    options: tuple[Option, ...] = Field(min_length=1)
    uncertain: bool = False
    cites: Cites


class Question(Dated):
    """A question of the filing form, or (``source`` other than applicant) a fact the portal supplies."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    help: Text | None = None
    type: Literal["choice", "multi", "bool", "date"]
    order: int
    source: Literal["applicant", "organisation", "dossier"] = "applicant"
    asked: bool = True
    required: bool = True
    default: Answer | None = None
    held_of: Slug | None = Field(
        None, description="known to be yes when the dossier has, or had, something granted by this matter"
    )
    options: tuple[Option, ...] = ()
    options_from: Literal["matters", "gaps"] | None = None
    when: Table[str, Any] = Field(default_factory=dict, validate_default=True)
    cites: Cites

    @property
    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class Session(Shape):
    """Opening hours within a day, ``09:00`` to ``11:30``."""

    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    end: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

    @model_validator(mode="after")
    def _in_order(self) -> Session:
        if self.start >= self.end:
            raise ValueError("a session ends after it starts")
        return self


class Booking(Dated):
    """Visits by appointment: each time seats ``seats`` people for ``minutes``.

    ``notice`` and ``ahead`` are working days: from which day on, and how far ahead, one may book. ``purposes``: what is
    done at the one visit.
    """

    matters: tuple[Slug, ...] = Field(min_length=1)
    purposes: tuple[Literal["papers", "biometrics", "interview"], ...] = Field(min_length=1)
    sessions: tuple[Session, ...] = Field(min_length=1)
    minutes: int = Field(ge=5, le=240)
    seats: int = Field(ge=1, le=500)
    notice: int = Field(1, ge=1, le=30)
    ahead: int = Field(ge=1, le=120)
    uncertain: bool = False
    cites: Cites

    @model_validator(mode="after")
    def _possible(self) -> Booking:
        if self.ahead < self.notice:
            raise ValueError("no day can be booked: ahead is less than notice")
        return self


class Window(Dated):
    """A counter one can go to: of one office, or a joint one of several. ``booking``: how a visit is booked there;
    ``counters`` how many places it has; ``planned`` = announced, not open yet.
    """

    name: Text
    address: Text | None = None
    matters: tuple[Slug, ...] = ()
    city: str | None = None
    counters: int | None = Field(None, ge=1)
    planned: bool = False
    phone: str = ""
    hours: Text | None = None
    offices: tuple[OfficeCode, ...] = ()
    booking: Booking | None = None
    uncertain: bool = False
    cites: Cites


class Processing(Dated):
    """What is told before personal information is handled, for the offices of ``matters`` (个人信息保护法 17, 23, 30, 35).

    ``basis`` duty: an office needs it for its statutory duty, so it is told and not asked (13(三)); consent: asked for by
    itself, can be refused and withdrawn. A changed ``text`` needs a new ``version``.
    """

    name: Text
    text: Text
    matters: tuple[Slug, ...] = Field(min_length=1)
    basis: Literal["duty", "consent"]
    version: str = Field(min_length=1, max_length=40)
    uncertain: bool = False
    cites: Cites


class Delivery(Shape):
    """A way to receive the result."""

    name: Text
    matters: tuple[Slug, ...] = ()
    cites: Cites


class Instant(Shape):
    """即来即办: whether, and for which sub-matters and classes, decisions are made on the spot (still by the
    same number of people). ``by_appointment`` = for those who booked a day (S001-10).
    """

    offered: bool = False
    matters: tuple[Slug, ...] = ()
    sub_matters: tuple[Slug, ...] = ()
    categories: tuple[str, ...] = ()
    by_appointment: bool = False
    note: Text | None = None
    cites: Cites


class Effect(Shape):
    """A published before/after pair of the bundle (联办效能)."""

    name: Text
    before: int
    after: int
    unit: Text
    cites: Cites


class Fact(Shape):
    """A line of the guide's table that is no rule: level, online depth, intermediaries … (S003-59…67)."""

    name: Text
    text: Text
    order: int = 0
    uncertain: bool = False
    cites: Cites


class Channel(Shape):
    """An entrance for filing and enquiries: a site, an app, a phone line."""

    name: Text
    kind: Literal["site", "app", "phone", "counter"]
    text: str = Field("", description="address or number, where the source gives it")
    uncertain: bool = False
    cites: Cites


class Law(Shape):
    """An entry of the register of legal bases (S000-02, S003-109)."""

    name: Text
    issuer: Text
    number: str = ""
    issued: date | None = None
    in_force: date | None = None
    kind: Literal["law", "regulation", "rule", "policy"]
    openness: Literal["public", "on_request", "closed"] | None = None
    note: Text | None = None
    cites: Cites


class Conflict(Shape):
    """Where sources disagree, and what this pack does until a legal officer settles it.

    ``where`` names the entries that hold the answer, e.g. ``matters.titles.conditions.status``; a path that leads
    nowhere is refused. Empty = the answer is no entry of a pack.
    """

    question: Text
    answer: Text
    where: tuple[str, ...] = ()
    settled: bool = False
    cites: Cites


class Guide(Shape):
    """What the service guide (办事指南) states besides the rules themselves."""

    lead: OfficeCode | None = None
    joint: tuple[OfficeCode, ...] = ()
    facts: Table[Slug, Fact] = Field(default_factory=dict, validate_default=True)
    channels: Table[Slug, Channel] = Field(default_factory=dict, validate_default=True)
    applicants: Text | None = None
    case_kind: Text | None = None
    on_site_reason: Text | None = None
    effects: Table[Slug, Effect] = Field(default_factory=dict, validate_default=True)
    cites: Cites
