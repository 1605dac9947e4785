"""The rows of the service guide: limits, materials, offices, remedies of one matter, as the engine itself finds them.

``subs`` are the kinds of cases they are for: all an applicant can begin, or the one he asks about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from django.utils.translation import gettext

from foreignwork.cases import registry
from foreignwork.cases.law import in_words
from foreignwork.cases.phases import Outcome
from foreignwork.cases.steps import Starts
from foreignwork.policies.pack import NoOffice, Pack
from foreignwork.policies.schema import BUNDLE, Basis, Limit, Matter, SubMatter, Text, matches
from foreignwork.policies.schema_filing import Material

from . import words

Place = tuple[str | None, str | None]
"""A category and a city, or a sub-matter and a category, either of which may not matter."""
Subs = Mapping[str, SubMatter]


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


def applied_subs(matter: Matter) -> dict[str, SubMatter]:
    """The kinds of cases an applicant can begin."""
    return {code: sub for code, sub in matter.sub_matters.items() if sub.origin == "applied"}


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


def limits(pack: Pack, code: str, kinds_of: Subs) -> Iterator[LimitRow]:
    matter = pack.matters[code]
    subs: list[str | None] = [*kinds_of] or [None]
    categories: list[str | None] = [*matter.categories] or [None]
    for kind in kinds_started(code):
        groups: dict[tuple[Limit | None, ...], list[Place]] = {}
        for sub, category in product(subs, categories):
            found = tuple(stated(pack, code, kind, basis, sub, category) for basis in get_args(Basis))
            if any(found):
                groups.setdefault(found, []).append((sub, category))
        for (statutory, promised, applicant), places in groups.items():
            first = next(entry for entry in (statutory, promised, applicant) if entry)
            yield LimitRow(
                kind=word_of_kind(kind),
                fits=_fits(pack, matter, kinds_of, places, len(subs) * len(categories)),
                starts=words.word(words.STARTS, first.starts),
                statutory=figure(statutory),
                promised=figure(promised),
                applicant=figure(applicant),
                whole=promised is not None and promised.matter == BUNDLE,
            )


def stated(
    pack: Pack, code: str, kind: str, basis: Basis, sub: str | None, category: str | None
) -> Limit | None:
    """What the clock runs by; else the entry that says the sources do not state it."""
    return pack.clock_limit(code, kind, basis, sub, category) or pack.limit(code, kind, basis, sub, category)


def word_of_kind(kind: str) -> str:
    return words.word(words.KINDS, kind)


def _fits(pack: Pack, matter: Matter, kinds_of: Subs, places: list[Place], all_of_them: int) -> list[str]:
    """``A类``, ``境外新办``, or ``境外新办 A类`` where both matter; empty when the rows cover everything."""
    if len(places) == all_of_them:
        return []
    subs = list(dict.fromkeys(sub for sub, _category in places))
    categories = list(dict.fromkeys(category for _sub, category in places))
    whole = len(subs) * len(categories) == len(places)
    if whole and len(subs) == max(len(kinds_of), 1):
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


def figure(entry: Limit | None) -> Figure | None:
    if entry is None:
        return None
    return Figure(
        span=gettext("来源未载明") if entry.amount is None else words.span(entry.amount, entry.unit),
        uncertain=entry.uncertain or entry.amount is None,
        note=words.picked(entry.note),
        cites=in_words("；".join(entry.cites)),
    )


# Materials


def materials(pack: Pack, code: str, subs: Subs) -> Iterator[MaterialRow]:
    matter = pack.matters[code]
    rows = [(name, entry) for name, entry in pack.materials.items() if code in entry.used_by]
    for name, entry in sorted(rows, key=lambda row: (row[1].order, row[0])):
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


def offices(pack: Pack, code: str, kinds_of: Subs) -> list[OfficeRow]:
    """Every competent office once, with the classes and cities for which it is: found as a filing finds it."""
    matter = pack.matters[code]
    cities: list[str | None] = (
        [str(option.value) for option in pack.options("city")] if "city" in pack.questions else [None]
    )
    categories: list[str | None] = [*matter.categories] or [None]
    special = {rule.sub_matter for rule in pack.routing if rule.matter == code}
    subs: list[str | None] = [None, *(sub for sub in kinds_of if sub in special)]
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


def results(pack: Pack, code: str) -> list[Text]:
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


def remedies(pack: Pack, code: str) -> list[RemedyRow]:
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
