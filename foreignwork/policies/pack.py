"""A resolved pack and the questions one may ask it. Build with ``loader.load`` or ``PolicyVersion.pack``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from pydantic import Field

from . import gaps
from .schema import (
    ANY,
    BUNDLE,
    Basis,
    Cap,
    Delegation,
    Gate,
    Kind,
    Limit,
    Matter,
    Meta,
    Notice,
    Office,
    OfficeCode,
    Reason,
    Referral,
    Remedy,
    Route,
    Shape,
    Slug,
    Table,
    Text,
    Value,
    matches,
    possible,
)
from .schema_classification import Classification
from .schema_filing import (
    Catalogue,
    Conflict,
    Delivery,
    Gap,
    Guide,
    Instant,
    Law,
    Material,
    Option,
    Processing,
    Question,
    Waiver,
    Window,
)

PURPOSE = "purpose"
LICENCE = "licence"
"""The remedies of 行政许可法 38: a matter that owes them decides on a licence."""
"""The question that stands before all others: something new, an extension, a change, a cancellation …"""


class NoOffice(LookupError):
    """No office of the pack is competent for this matter, category and city."""


class Pack(Shape):
    """All rules of one jurisdiction on one day. Immutable; safe to share between threads and requests."""

    meta: Meta
    offices: Table[OfficeCode, Office] = Field(default_factory=dict, validate_default=True)
    matters: Table[Slug, Matter]
    limits: tuple[Limit, ...] = ()
    caps: tuple[Cap, ...] = ()
    routing: tuple[Route, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    materials: Table[Slug, Material] = Field(default_factory=dict, validate_default=True)
    waivers: Table[str, Waiver] = Field(default_factory=dict, validate_default=True)
    gaps: Table[Slug, Gap] = Field(default_factory=dict, validate_default=True)
    values: Table[Slug, Value] = Field(default_factory=dict, validate_default=True)
    remedies: Table[Slug, Remedy] = Field(default_factory=dict, validate_default=True)
    supplement_reasons: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    referrals: Table[Slug, Referral] = Field(default_factory=dict, validate_default=True)
    end_reasons: Table[Slug, Reason] = Field(default_factory=dict, validate_default=True)
    notices: Table[Kind, Notice] = Field(default_factory=dict, validate_default=True)
    catalogues: Table[Slug, Catalogue] = Field(default_factory=dict, validate_default=True)
    questions: Table[Slug, Question] = Field(default_factory=dict, validate_default=True)
    texts: Table[Slug, Text] = Field(default_factory=dict, validate_default=True)
    windows: Table[Slug, Window] = Field(default_factory=dict, validate_default=True)
    processing: Table[Slug, Processing] = Field(default_factory=dict, validate_default=True)
    delivery: Table[Slug, Delivery] = Field(default_factory=dict, validate_default=True)
    instant: Instant | None = None
    guide: Guide | None = None
    classification: Classification | None = None
    laws: Table[Slug, Law] = Field(default_factory=dict, validate_default=True)
    conflicts: Table[str, Conflict] = Field(default_factory=dict, validate_default=True)

    # Matters

    def matter(self, code: str) -> Matter:
        """The matter ``code``; KeyError when this pack has none such."""
        return self.matters[code]

    def matter_codes(self) -> list[str]:
        """Codes of the matters one may file, in the order in which they are handled and shown."""
        filed = [code for code, matter in self.matters.items() if matter.opened_by == "applicant"]
        return sorted(filed, key=lambda code: (self.matters[code].order, code))

    def fitting(
        self, matter: str, answers: Mapping[str, Any], held: Collection[str] | None = None
    ) -> list[str]:
        """Sub-matters the answers given so far still allow. ``held``: matters of which the person holds something;
        without it a sub-matter about something held fits anybody.
        """
        facts = self.with_defaults(answers)
        return [
            code
            for code, sub in self.matters[matter].sub_matters.items()
            if sub.origin == "applied"
            and possible(sub.when, facts)
            and (sub.about is not True or held is None or matter in held)
        ]

    def offered(self, answers: Mapping[str, Any], held: Collection[str] | None = None) -> list[str]:
        """Matters that can be applied for under these answers: one of their sub-matters fits, or they have none."""
        return [
            code
            for code in self.matter_codes()
            if not self.matters[code].sub_matters or self.fitting(code, answers, held)
        ]

    def concerns_held(self, answers: Mapping[str, Any], matters: Collection[str] | None = None) -> bool:
        """Whether something the person holds already comes into it (for ``matters``; default: any)."""
        return any(
            self.matters[code].sub_matters[sub].about
            for code in (self.matters if matters is None else matters)
            for sub in self.fitting(code, answers)
        )

    def purposes_about(self, matter: str) -> list[Option]:
        """The purposes that can be chosen for something held of ``matter``: what its page offers as buttons."""
        if PURPOSE not in self.questions:
            return []
        subs = [sub for sub in self.matters[matter].sub_matters.values() if sub.about]
        return [
            option
            for option in self.options(PURPOSE)
            if any(PURPOSE in sub.when and possible(sub.when, {PURPOSE: option.value}) for sub in subs)
        ]

    def required_matters(
        self, answers: Mapping[str, Any] | None = None, held: Collection[str] | None = None
    ) -> list[str]:
        """Matters that cannot be left out under these answers (none given: a new filing)."""
        facts = self.with_defaults(answers or {})
        return [
            code
            for code in self.offered(facts, held)
            if self.matters[code].required and matches(self.matters[code].required_when, facts)
        ]

    def sub_matter_for(self, matter: str, answers: Mapping[str, Any]) -> str | None:
        """The first sub-matter whose conditions the answers meet; None when none does."""
        facts = self.with_defaults(answers)
        return next(
            (
                code
                for code, sub in self.matters[matter].sub_matters.items()
                if sub.origin == "applied" and matches(sub.when, facts)
            ),
            None,
        )

    def gate(self, matter: str, answers: Mapping[str, Any] | None = None) -> Gate | None:
        """The first gate that applies: which other matters must have been granted, and at which point."""
        gates = self.matters[matter].gates
        facts = self.with_defaults(answers or {}) if gates else {}
        return next((gate for gate in gates if matches(gate.when, facts)), None)

    @cached_property
    def gated_at_decision(self) -> tuple[str, ...]:
        """Matters that some gate holds back only at the decision, whatever the answers."""
        return tuple(
            code
            for code, matter in self.matters.items()
            if any(gate.at == "before_decision" for gate in matter.gates)
        )

    # Time

    @cached_property
    def _clocks(self) -> dict[tuple[str, str], list[Limit]]:
        """The limits that are clocks, by kind and basis: a sweep asks for them thousands of times."""
        found: dict[tuple[str, str], list[Limit]] = {}
        for entry in self.limits:
            if not entry.published_limit:
                found.setdefault((entry.kind, entry.basis), []).append(entry)
        return found

    def limit(
        self, matter: str, kind: str, basis: Basis, sub_matter: str | None = None, category: str | None = None
    ) -> Limit | None:
        """The most specific limit, or None. An own entry beats ``*``; sub-matter outweighs category.

        Published figures (``published_limit``) are never returned. ``amount`` may be None: not stated.
        """
        best: Limit | None = None
        rank = (-1, -1, -1)
        for entry in self._clocks.get((kind, basis), ()):
            if (
                entry.matter in (matter, ANY)
                and entry.sub_matter in (None, sub_matter)
                and entry.category in (None, category)
            ):
                own = (entry.matter != ANY, entry.sub_matter is not None, entry.category is not None)
                if own > rank:
                    best, rank = entry, own
        return best

    def clock_limit(
        self, matter: str, kind: str, basis: Basis, sub_matter: str | None = None, category: str | None = None
    ) -> Limit | None:
        """The limit by which a clock runs, and which the guide publishes: the matter's own, else what is promised for the
        whole filing. None when there is none, or when its length is not stated.
        """
        found = self.limit(matter, kind, basis, sub_matter, category)
        if found is None and basis == "promised":
            found = self.limit(BUNDLE, kind, basis, category=category)
            law = self.limit(matter, kind, "statutory", sub_matter, category)
            if (
                found
                and law
                and found.unit == law.unit
                and (found.amount or 0) > (law.amount or found.amount or 0)
            ):
                return None  # to take longer than the law allows is no promise
        return found if found is not None and found.amount is not None else None

    def published_limits(self, matter: str = BUNDLE) -> list[Limit]:
        """Figures shown to the public without being a clock (law-notes 7)."""
        return [entry for entry in self.limits if entry.published_limit and entry.matter == matter]

    def cap(self, matter: str, kind: str) -> Cap | None:
        """What the law allows at most, with the extension and who may grant it."""
        return next((cap for cap in self.caps if cap.matter == matter and kind in cap.kinds), None)

    def value(self, name: str, by: str | None = None) -> int:
        """A number of the pack, e.g. ``value("permit_max_years", "A")``. KeyError when there is none."""
        entry = self.values[name]
        found = entry.value if by is None else entry.by[by]
        if not isinstance(found, int):
            raise KeyError(f"{name} is no single number")
        return found

    # Offices and papers

    def deliveries(self, matter: str) -> dict[str, Delivery]:
        """The ways in which papers of the matter may reach the applicant; an entry without matters is for all."""
        return {code: way for code, way in self.delivery.items() if not way.matters or matter in way.matters}

    def office_for(
        self, matter: str, category: str | None = None, city: str | None = None, sub_matter: str | None = None
    ) -> str:
        """Code of the office that decides. Raises NoOffice."""
        return self.route_for(matter, category, city, sub_matter).office

    def receiver_for(
        self, matter: str, category: str | None = None, city: str | None = None, sub_matter: str | None = None
    ) -> str:
        """Code of the office that receives the papers: the entrusted one where there is one, else the
        deciding one.
        """
        route = self.route_for(matter, category, city, sub_matter)
        return route.received_by or route.office

    def route_for(
        self, matter: str, category: str | None = None, city: str | None = None, sub_matter: str | None = None
    ) -> Route:
        """The rule that names most of category, sub-matter and city; the first of equals. Raises NoOffice."""
        found = [
            rule
            for rule in self.routing
            if rule.matter == matter
            and rule.category in (None, category)
            and rule.sub_matter in (None, sub_matter)
            and rule.city in (None, city)
        ]
        if not found:
            raise NoOffice(f"{self.meta.code}: no office for {matter}, category {category}, city {city}")
        return max(found, key=lambda r: sum(x is not None for x in (r.category, r.sub_matter, r.city)))

    def phone_for(self, office: str) -> str:
        """The office's phone, else the jurisdiction's hotline, else empty."""
        return self.offices[office].phone or self.meta.hotline

    def series(self, kind: str, office: str) -> str:
        """The words before the year in a notice number, e.g. 甘科外受."""
        return self.notices[kind].series.replace("{short}", self.offices[office].short)

    def seal(self, kind: str, office: str, matter: str) -> str:
        """Name on the seal of this paper: always the deciding office's, whoever received (law-notes 21). The special seal of
        licensing stands on no paper of a matter that is no licence, though the office has one (law-notes 6)."""
        entry = self.offices[office]
        licence = LICENCE in self.matters[matter].remedies.values()
        special = entry.special_seal if licence and self.notices[kind].seal == "special" else ""
        return special or entry.seal

    def remedy(self, matter: str, act: str, office: str) -> Text | None:
        """The remedies text for an act (``refusal``, ``decline``, ``ended`` …) of ``office``, filled; None
        where none is owed.
        """
        code = self.matters[matter].remedies.get(act)
        if code is None:
            return None
        entry = self.offices[office]
        online: Text | str = entry.reconsideration_online or self.texts["reconsideration_online_unknown"]
        numbers = {name: value.value for name, value in self.values.items() if isinstance(value.value, int)}
        return self.remedies[code].text.filled(
            {
                **numbers,
                "government": entry.government,
                "court": entry.court,
                "office": entry.name,
                "online": online,
            }
        )

    def remedy_is_final(self, matter: str, act: str) -> bool:
        code = self.matters[matter].remedies.get(act)
        return code is not None and self.remedies[code].final

    # Filing

    def asked(self, answers: Mapping[str, Any] | None = None) -> list[tuple[str, Question]]:
        """The questions to put to the applicant, in order, given what is answered so far."""
        facts = self.with_defaults(answers or {})
        found = [
            (code, q)
            for code, q in self.questions.items()
            if q.asked
            and q.source == "applicant"
            and matches(q.when, facts)
            and (q.options_from != "gaps" or gaps.options(self, facts))
        ]
        return sorted(found, key=lambda item: (item[1].order, item[0]))

    def options(
        self,
        question: str,
        answers: Mapping[str, Any] | None = None,
        held: Collection[str] | None = None,
    ) -> tuple[Option, ...]:
        """The choices of a question. Those made of the pack's matters: all of them, or with ``answers`` those that fit;
        required ones are ``locked``.
        """
        entry = self.questions[question]
        if entry.options_from == "matters":
            locked = self.required_matters(answers, held)
            codes = self.matter_codes() if answers is None else self.offered(answers, held)
            return tuple(
                Option(value=code, zh=m.name.zh, en=m.name.en, locked=code in locked)
                for code, m in ((c, self.matters[c]) for c in codes)
            )
        if entry.options_from == "gaps":
            return gaps.options(self, self.with_defaults(answers or {}), every=answers is None)
        if answers is None:
            return entry.options
        facts = self.with_defaults(answers)
        return tuple(option for option in entry.options if possible(option.when, facts))

    def only_class(self, matters: Collection[str], answers: Mapping[str, Any]) -> str | None:
        """The class that follows from what is applied for, where a sub-matter is open to a single one."""
        for code in matters:
            sub = self.matters[code].sub_matters.get(self.sub_matter_for(code, answers) or "")
            if sub and len(sub.categories) == 1:
                return sub.categories[0]
        return None

    def with_defaults(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers, completed by the questions' defaults where nothing was answered."""
        filled = {code: q.default for code, q in self.questions.items() if q.default is not None}
        return {**filled, **{k: v for k, v in answers.items() if v is not None}}
