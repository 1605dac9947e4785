"""What must hold about offices, powers, counters and the register of conflicts: yields ``(key, reason)`` faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .pack import NoOffice, Pack
from .schema import Matter, Route

Fault = tuple[str, str]


def offices(pack: Pack) -> Iterator[Fault]:
    """Every case finds a competent office, at a level that has the power; no two offices' numbers collide."""
    for rule in pack.routing:
        yield from _route(pack, rule)
    cities = [str(option.value) for option in pack.options("city")] if "city" in pack.questions else [None]
    for code in pack.matter_codes():
        matter = pack.matters[code]
        for sub, category, city in product(
            matter.sub_matters or (None,), matter.categories or (None,), cities
        ):
            try:
                pack.office_for(code, category, city, sub)
            except NoOffice:
                yield f"matters.{code}", f"no competent office for {sub}, category {category}, city {city}"
    shorts = [office.short for office in pack.offices.values() if office.short]
    for code, office in pack.offices.items():
        if shorts.count(office.short) > 1:
            yield f"offices.{code}.short", f"{office.short!r} is used twice, numbers would collide"
    for kind, notice in pack.notices.items():
        for code, office in pack.offices.items():
            if "{short}" in notice.series and not office.short:
                yield f"offices.{code}.short", f"needed for the numbers of {kind}"
    if pack.guide:
        for named in filter(None, (pack.guide.lead, *pack.guide.joint)):
            if named not in pack.offices:
                yield "guide", f"there is no office {named!r}"


def _route(pack: Pack, rule: Route) -> Iterator[Fault]:
    at = f"routing[{rule.matter}]"
    matter = pack.matters.get(rule.matter)
    for named in (rule.office, rule.received_by):
        if named is not None and named not in pack.offices:
            yield at, f"there is no office {named!r}"
            return
    if matter is None:
        yield at, "there is no such matter"
        return
    if rule.category is not None and rule.category not in matter.categories:
        yield at, f"there is no category {rule.category!r}"
    elif rule.sub_matter is not None and rule.sub_matter not in matter.sub_matters:
        yield at, f"there is no sub-matter {rule.sub_matter!r}"
    if "city" in pack.questions and rule.city not in (None, *(o.value for o in pack.options("city"))):
        yield at, f"{rule.city!r} is no answer to 'city'"
    yield from _power(pack, rule, matter)


def _power(pack: Pack, rule: Route, matter: Matter) -> Iterator[Fault]:
    """The power lies at that level (S000-05); who receives for another was entrusted with it (行政许可法 24)."""
    at, level = f"routing[{rule.matter}]", pack.offices[rule.office].level
    if matter.levels and level not in matter.levels:
        yield at, f"{rule.office!r} is of level {level}, the power lies at {', '.join(matter.levels)}"
    entrusted = [
        entry.office
        for entry in pack.delegations
        if entry.kind == "entrusted" and rule.matter in entry.matters
    ]
    if rule.received_by and rule.received_by not in entrusted:
        yield at, f"{rule.received_by!r} receives without an entrustment in [[delegations]] (行政许可法 24)"


def places(pack: Pack) -> Iterator[Fault]:
    """Counters, ways of delivery, decisions on the spot and delegations name matters, classes and offices that exist."""
    named = [
        *((f"windows.{code}", entry.matters) for code, entry in pack.windows.items()),
        *((f"delivery.{code}", entry.matters) for code, entry in pack.delivery.items()),
        *((f"processing.{code}", entry.matters) for code, entry in pack.processing.items()),
        *((f"delegations[{entry.office}]", entry.matters) for entry in pack.delegations),
    ]
    for at, matters in named:
        for matter in matters:
            if matter not in pack.matters:
                yield at, f"there is no matter {matter!r}"
    cities = {option.value for option in pack.options("city")} if "city" in pack.questions else set()
    for code, window in pack.windows.items():
        if window.city is not None and window.city not in cities:
            yield f"windows.{code}.city", f"{window.city!r} is no answer to 'city'"
    for entry in pack.delegations:
        if entry.office not in pack.offices:
            yield f"delegations[{entry.office}]", f"there is no office {entry.office!r}"
    if pack.instant:
        chosen = [pack.matters[code] for code in pack.instant.matters if code in pack.matters]
        if len(chosen) != len(pack.instant.matters):
            yield "instant.matters", "names a matter that the pack does not have"
        for sub in pack.instant.sub_matters:
            if not any(sub in matter.sub_matters for matter in chosen):
                yield "instant.sub_matters", f"there is no sub-matter {sub!r}"
        for category in pack.instant.categories:
            if not any(category in matter.categories for matter in chosen):
                yield "instant.categories", f"there is no category {category!r}"


def conflicts(pack: Pack) -> Iterator[Fault]:
    """Each settled or open conflict leads to entries that are there."""
    for code, conflict in pack.conflicts.items():
        for path in conflict.where:
            if not leads_somewhere(pack, path):
                yield f"conflicts.{code}.where", f"{path!r} leads to no entry of the pack"
    for code, matter in pack.matters.items():
        for name in matter.uncertain_for:
            if name not in Matter.model_fields:
                yield f"matters.{code}.uncertain_for", f"a matter has no {name!r}"


def leads_somewhere(pack: Pack, path: str) -> bool:
    """``values.min_age.value``, ``limits[permits/decision/statutory/C]``, ``routing[permits]``, ``caps[bundle]``."""
    list_name, bracket, label = path.removesuffix("]").partition("[")
    if bracket:
        entries = getattr(pack, list_name, ()) or ()
        return any(label in (getattr(entry, "label", ""), getattr(entry, "matter", "")) for entry in entries)
    node: Any = pack
    for part in path.split("."):
        node = node.get(part) if isinstance(node, Mapping) else getattr(node, part, None)
        if node is None:
            return False
    return True
