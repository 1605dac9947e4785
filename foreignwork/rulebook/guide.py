"""The service guide (办事指南) of one place on one day, read from the very pack that cases of that day are handled under.

Nothing is written here that the pack does not say: limits come from ``Pack.clock_limit`` (what the clocks ask), offices from
``Pack.route_for``, remedies from ``Pack.remedy``, materials from ``pack.materials``. Sources: S000-23…26, S003-49…67, -76, -109.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, get_args

from django.utils.translation import gettext

from foreignwork.cases import registry
from foreignwork.cases.law import in_words
from foreignwork.cases.phases import Outcome
from foreignwork.cases.steps import Starts
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import NoOffice, Pack
from foreignwork.policies.schema import BUNDLE, Basis, Limit, Matter, Reason, SubMatter, Text, matches
from foreignwork.policies.schema_filing import Channel, Delivery, Fact, Material, Window

from . import process, words

Place = tuple[str | None, str | None]
"""A category and a city, either of which may not matter."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One limit as people read it: ``span`` (15个工作日), and what to know about it."""

    span: str
    uncertain: bool
    note: str
    cites: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A kind of limit; ``fits``: for which sub-matters and classes, empty = for all. ``whole``: the promise is the filing's."""

    kind: str
    fits: list[str]
    starts: str
    statutory: Figure | None
    promised: Figure | None
    applicant: Figure | None
    whole: bool


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One row of the list. ``needed``: per sub-matter, whether always, on what conditions, or not at all."""

    code: str
    name: Text
    entry: Material
    source: str
    form: str
    only_for: list[Text]
    conditions: list[str]
    waivers: list[tuple[str, list[str]]]
    has_form: bool


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """A competent office with what it is competent for; ``receiver`` is entrusted with receiving only (许可法 24)."""

    name: Text
    phone: str
    address: Text | None
    fits: list[str]
    receiver: Text | None
    uncertain: bool


@dataclass(frozen=True, slots=True)
class RemedyRow:
    acts: str
    text: Text
    offices: list[Text]


@dataclass(frozen=True, slots=True)
class MatterGuide:
    code: str
    entry: Matter
    lane: process.Lane
    basis: str
    conditions: list[tuple[str, list[Reason]]]
    sub_matters: list[tuple[Text, list[str]]]
    materials: list[MaterialRow]
    limits: list[LimitRow]
    offices: list[OfficeRow]
    results: list[Text]
    refusals: list[Reason]
    remedies: list[RemedyRow]
    delivery: list[Delivery]
    windows: list[Window]
    instant: list[str] | None

    @property
    def own_limits(self) -> list[LimitRow]:
        """The limits that bind the applicant, not the office."""
        return [row for row in self.limits if row.applicant]


@dataclass(frozen=True, slots=True)
class Guide:
    """``published``: figures shown and never a clock (law-notes 7). ``open_points``: how many entries await confirmation."""

    version: PolicyVersion
    pack: Pack
    rounds: list[process.Round]
    promised: Figure | None
    published: list[Figure]
    matters: list[MatterGuide] = field(default_factory=list)

    @property
    def title(self) -> str:
        return gettext("%(name)s办事指南") % {"name": words.picked(self.pack.meta.name)}

    @property
    def lead(self) -> Text | None:
        said = self.pack.guide
        return self.pack.offices[said.lead].name if said and said.lead else None

    @property
    def joint(self) -> list[Text]:
        said = self.pack.guide
        return [self.pack.offices[office].name for office in said.joint] if said else []

    @property
    def facts(self) -> list[Fact]:
        said = self.pack.guide
        return sorted(said.facts.values(), key=lambda fact: fact.order) if said else []

    @property
    def channels(self) -> list[Channel]:
        said = self.pack.guide
        return list(said.channels.values()) if said else []

    @property
    def basis(self) -> str:
        return in_words("；".join(self.pack.meta.cites))

    @property
    def uncertain(self) -> bool:
        rows = [row for matter in self.matters for row in matter.limits]
        figures = [one for row in rows for one in (row.statutory, row.promised, row.applicant) if one]
        offices = [row for matter in self.matters for row in matter.offices]
        return any(one.uncertain for one in figures) or any(row.uncertain for row in offices)


def guide_of(version: PolicyVersion, *, only: str = "") -> Guide:
    """The guide of a version, in the active language; ``only`` one matter's part. KeyError for an unknown matter."""
    pack = version.pack
    codes = process.applied_for(pack)
    if only:
        codes = [codes[codes.index(only)]] if only in codes else [_unknown(only)]
    promised = pack.clock_limit(BUNDLE, "decision", "promised")
    return Guide(
        version=version,
        pack=pack,
        rounds=process.rounds(pack),
        promised=_figure(promised),
        published=[figure for entry in pack.published_limits() if (figure := _figure(entry))],
        matters=[matter_guide(pack, code) for code in codes],
    )


def _unknown(code: str) -> str:
    raise KeyError(code)


def applied_subs(matter: Matter) -> dict[str, SubMatter]:
    """The kinds of cases an applicant can begin."""
    return {code: sub for code, sub in matter.sub_matters.items() if sub.origin == "applied"}


def matter_guide(pack: Pack, code: str) -> MatterGuide:
    entry = pack.matters[code]
    instant = pack.instant
    return MatterGuide(
        code=code,
        entry=entry,
        lane=process.lane(pack, code),
        basis=words.picked(entry.basis) or in_words("；".join(entry.cites)),
        conditions=_conditions(entry),
        sub_matters=[(sub.name, words.condition(pack, sub.when)) for sub in applied_subs(entry).values()],
        materials=list(_materials(pack, code)),
        limits=list(_limits(pack, code)),
        offices=_offices(pack, code),
        results=_results(pack, code),
        refusals=list(entry.refusal_reasons.values()),
        remedies=_remedies(pack, code),
        delivery=list(pack.deliveries(code).values()),
        windows=[window for window in pack.windows.values() if not window.matters or code in window.matters],
        instant=_instant(pack, code, entry) if instant and instant.offered else None,
    )


def _instant(pack: Pack, code: str, entry: Matter) -> list[str] | None:
    """Which kinds and classes are decided on the spot, in words; empty = all; None = none of this matter's."""
    offer = pack.instant
    if offer is None or (offer.matters and code not in offer.matters):
        return None
    subs = applied_subs(entry)
    return [words.picked(subs[sub].name) for sub in offer.sub_matters if sub in subs] + [
        words.category(pack, category) for category in offer.categories if category in entry.categories
    ]


# Who may apply


def _conditions(matter: Matter) -> list[tuple[str, list[Reason]]]:
    heads = {
        "employer": gettext("用人单位"),
        "person": gettext("外国人本人"),
        "both": gettext("用人单位和外国人"),
        "office": gettext("由主管部门核实"),
    }
    found = [
        (heads[of], [reason for reason in matter.conditions.values() if reason.of == of]) for of in heads
    ]
    return [(head, reasons) for head, reasons in found if reasons]


# Limits


def kinds_started(code: str) -> list[str]:
    """The kinds of clocks the matter's flow starts, in its order: what the pack states beyond them is no clock."""
    if code not in {entry.code for entry in registry.all_matters()}:
        return []
    named = [
        entry.kind if isinstance(entry, Starts) else entry
        for step in registry.get(code).steps.values()
        for entry in step.starts
    ]
    return list(dict.fromkeys(named))


def _limits(pack: Pack, code: str) -> Iterator[LimitRow]:
    matter = pack.matters[code]
    subs: list[str | None] = [*applied_subs(matter)] or [None]
    categories: list[str | None] = [*matter.categories] or [None]
    for kind in kinds_started(code):
        groups: dict[tuple[Limit | None, ...], list[Place]] = {}
        for sub, category in product(subs, categories):
            found = tuple(pack.clock_limit(code, kind, basis, sub, category) for basis in get_args(Basis))
            if any(found):
                groups.setdefault(found, []).append((sub, category))
        for (statutory, promised, applicant), places in groups.items():
            first = next(entry for entry in (statutory, promised, applicant) if entry)
            yield LimitRow(
                kind=word_of_kind(kind),
                fits=_fits(pack, matter, places, len(subs) * len(categories)),
                starts=words.word(words.STARTS, first.starts),
                statutory=_figure(statutory),
                promised=_figure(promised),
                applicant=_figure(applicant),
                whole=promised is not None and promised.matter == BUNDLE,
            )


def word_of_kind(kind: str) -> str:
    return words.word(words.KINDS, kind)


def _fits(pack: Pack, matter: Matter, places: list[Place], all_of_them: int) -> list[str]:
    """``A类``, ``境外新办``, or ``境外新办 A类`` where both matter; empty when the rows cover everything."""
    if len(places) == all_of_them:
        return []
    subs = list(dict.fromkeys(sub for sub, _category in places))
    categories = list(dict.fromkeys(category for _sub, category in places))
    whole = len(subs) * len(categories) == len(places)
    if whole and len(subs) == max(len(applied_subs(matter)), 1):
        return [words.category(pack, category) for category in categories if category]
    if whole and len(categories) == max(len(matter.categories), 1):
        return [words.picked(matter.sub_matters[sub].name) for sub in subs if sub]
    return [
        " ".join(
            part
            for part in (
                words.picked(matter.sub_matters[sub].name) if sub else "",
                words.category(pack, category) if category else "",
            )
            if part
        )
        for sub, category in places
    ]


def _figure(entry: Limit | None) -> Figure | None:
    if entry is None or entry.amount is None:
        return None
    return Figure(
        span=words.span(entry.amount, entry.unit),
        uncertain=entry.uncertain,
        note=words.picked(entry.note),
        cites=in_words("；".join(entry.cites)),
    )


# Materials


def _materials(pack: Pack, code: str) -> Iterator[MaterialRow]:
    matter = pack.matters[code]
    rows = [(name, entry) for name, entry in pack.materials.items() if code in entry.used_by]
    for name, entry in sorted(rows, key=lambda row: (row[1].order, row[0])):
        subs = applied_subs(matter)
        fitting = [sub for sub, one in subs.items() if may_be_needed(entry, code, one.when)]
        conditions = {
            key: value
            for key, value in entry.asked_when(code).items()
            if not all(key in matter.sub_matters[sub].when for sub in fitting)
        }
        if subs and not fitting:
            continue
        yield MaterialRow(
            code=name,
            name=entry.called.get(code, entry.name),
            entry=entry,
            source=words.word(words.SOURCES, entry.source),
            form=words.word(words.FORMS, entry.form),
            only_for=[matter.sub_matters[sub].name for sub in fitting] if len(fitting) < len(subs) else [],
            conditions=words.condition(pack, conditions),
            waivers=[
                (words.picked(waiver.reason), words.condition(pack, waiver.when))
                for waiver in pack.waivers.values()
                if name in waiver.waives and (not waiver.matters or code in waiver.matters)
            ],
            has_form=entry.source == "system" and len(entry.used_by) == 1,
        )


def may_be_needed(material: Material, matter: str, answers: Mapping[str, Any]) -> bool:
    """Whether some filing with these answers needs the material: no answer already given speaks against it."""
    known, when = dict(answers), material.asked_when(matter)
    return all(key not in known or matches({key: wanted}, known) for key, wanted in when.items())


# Offices and results


def _offices(pack: Pack, code: str) -> list[OfficeRow]:
    """Every competent office once, with the classes and cities for which it is: found as a filing finds it."""
    matter = pack.matters[code]
    cities: list[str | None] = (
        [str(option.value) for option in pack.options("city")] if "city" in pack.questions else [None]
    )
    categories: list[str | None] = [*matter.categories] or [None]
    special = {rule.sub_matter for rule in pack.routing if rule.matter == code}
    subs: list[str | None] = [None, *(sub for sub in applied_subs(matter) if sub in special)]
    found: dict[tuple[str, str | None], list[Place]] = {}
    only: dict[tuple[str, str | None], dict[str, None]] = {}
    for sub, category, city in product(subs, categories, cities):
        try:
            route = pack.route_for(code, category, city, sub)
        except NoOffice:
            continue
        where = (route.office, route.received_by)
        places = found.setdefault(where, [])
        if sub is None:
            places.append((category, city))
        elif route.sub_matter == sub:
            only.setdefault(where, {})[words.picked(matter.sub_matters[sub].name)] = None
    rows = []
    for (office, receiver), places in found.items():
        entry = pack.offices[office]
        rows.append(
            OfficeRow(
                name=entry.name,
                phone=pack.phone_for(office),
                address=entry.address,
                fits=[
                    *(_places(pack, places, categories, cities) if places else []),
                    *only.get((office, receiver), ()),
                ],
                receiver=pack.offices[receiver].name if receiver else None,
                uncertain=entry.uncertain,
            )
        )
    return rows


def _places(
    pack: Pack, places: list[Place], categories: list[str | None], cities: list[str | None]
) -> list[str]:
    """Classes by city, as briefly as they can be said; empty = everywhere and for every class."""
    if len(places) == len(categories) * len(cities):
        return []
    by_city: dict[str | None, list[str]] = {}
    for category, city in places:
        by_city.setdefault(city, []).append(words.category(pack, category) if category else "")
    by_classes: dict[tuple[str, ...], list[str]] = {}
    for city, of_city in by_city.items():
        by_classes.setdefault(tuple(of_city), []).append(words.answer(pack, "city", city) if city else "")
    said = []
    for classes, names in by_classes.items():
        what = words.listed(one for one in classes if one) if len(classes) < len(categories) else ""
        where = words.listed(name for name in names if name) if len(names) < len(cities) else ""
        said.append(
            gettext("%(where)s：%(what)s") % {"where": where, "what": what}
            if where and what
            else where + what
        )
    return said


def _results(pack: Pack, code: str) -> list[Text]:
    """The papers sent by the steps that grant."""
    if code not in {entry.code for entry in registry.all_matters()}:
        return []
    matter = registry.get(code)
    granting = [
        step
        for step in matter.steps.values()
        if step.target and matter.outcomes.get(step.target) == Outcome.GRANTED
    ]
    kinds = dict.fromkeys(kind.code for step in granting for kind in step.sends)
    return [pack.notices[kind].title for kind in kinds if kind in pack.notices]


# Remedies


def _remedies(pack: Pack, code: str) -> list[RemedyRow]:
    """Acts with one and the same remedy stand together; where bodies differ by office, each office has its own row."""
    matter = pack.matters[code]
    offices = list(dict.fromkeys(rule.office for rule in pack.routing if rule.matter == code))
    by_remedy: dict[str, list[str]] = {}
    for act, remedy in matter.remedies.items():
        by_remedy.setdefault(remedy, []).append(act)
    rows = []
    for acts in by_remedy.values():
        said: dict[Text, list[Text]] = {}
        for office in offices:
            text = pack.remedy(code, acts[0], office)
            if text is not None:
                said.setdefault(text, []).append(pack.offices[office].name)
        names = words.listed(words.word(words.ACTS, act) for act in acts)
        rows += [RemedyRow(names, text, held if len(said) > 1 else []) for text, held in said.items()]
    return rows
