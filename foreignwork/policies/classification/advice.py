"""``advise(pack, facts)``: which class a person may apply for, by which routes, with how many points.

Facts come from ``facts.read``. It advises: the officer decides (domain 1.5; PIPL 24).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..pack import Pack
from ..rules_classification import POINTS
from ..schema import Text
from ..schema_classification import Classification, Evidence, Factor
from .points import FactorScore, score
from .routes import Judge, Missing, RouteFinding, Status, distinct, filled


class NoStandard(LookupError):
    """This pack has no classification."""


@dataclass(frozen=True, slots=True)
class Advice:
    """``category`` empty = no class by what was stated. ``possible`` = higher classes an officer might decide on."""

    category: str
    possible: tuple[str, ...]
    sentences: tuple[Text, ...]
    routes: tuple[RouteFinding, ...]
    factors: tuple[FactorScore, ...]
    points: int
    evidence: Mapping[str, Evidence]
    uncertain: tuple[Text, ...]
    standard: Classification
    general: Mapping[str, tuple[Missing, ...]]
    """By class: its own needs (age, catalogue) that do not hold or were not stated."""

    def of(self, *statuses: Status) -> list[RouteFinding]:
        return [route for route in self.routes if route.status in statuses]

    @property
    def quota(self) -> Text | None:
        """How many of the class advised may come, and of which age."""
        entry = self.standard.classes.get(self.category)
        return filled(entry.quota, self.standard) if entry else None

    @property
    def reached(self) -> list[RouteFinding]:
        """The routes met of the class advised."""
        return [route for route in self.routes if route.met and route.category == self.category]


def advise(pack: Pack, facts: Mapping[str, Any]) -> Advice:
    """The advice for one person. ``facts`` as ``facts.read`` gives them; what is not stated never counts.

    Raises NoStandard when the pack has no classification.
    """
    standard = pack.classification
    if standard is None:
        raise NoStandard(pack.meta.code)
    known = _with_known(standard, facts)
    factors = tuple(score(code, factor, known) for code, factor in _ordered(standard))
    points = sum(factor.score for factor in factors)
    known[POINTS] = points
    judge = Judge(standard, known)
    routes = tuple(
        judge.route(code, route)
        for name in standard.class_codes()
        for code, route in standard.routes_of(name)
    )
    met = [route.category for route in routes if route.met]
    category = met[0] if met else ""
    order = standard.class_codes()
    above = order[: order.index(category)] if category else order
    possible = tuple(c for c in above if any(r.category == c and r.status == "discretion" for r in routes))
    wanted = {name for route in routes if route.status != "open" for name in route.evidence}
    return Advice(
        category=category,
        possible=possible,
        sentences=tuple(_sentences(standard, category, possible, routes)),
        routes=routes,
        factors=factors,
        points=points,
        evidence={name: entry for name, entry in standard.evidence.items() if name in wanted},
        uncertain=distinct(t for r in routes if r.status != "open" for t in r.uncertain),
        standard=standard,
        general={name: judge.lacking(name) for name in order},
    )


def _with_known(standard: Classification, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, completed by what holds for everyone in this place."""
    known = dict(facts)
    for code, fact in standard.facts.items():
        if fact.known:
            known[code] = tuple(dict.fromkeys((*facts.get(code, ()), *fact.known)))
    return known


def _ordered(standard: Classification) -> list[tuple[str, Factor]]:
    return sorted(standard.points.factors.items(), key=lambda item: item[1].order)


def _sentences(
    standard: Classification, category: str, possible: tuple[str, ...], routes: tuple[RouteFinding, ...]
) -> Iterable[Text]:
    if category:
        met = [route for route in routes if route.met and route.category == category]
        yield _sentence(standard, "advised", category, met)
    for code in possible:
        yield _sentence(
            standard, "relaxed", code, [r for r in routes if r.category == code and r.status == "discretion"]
        )
    if not category and not possible:
        yield standard.texts["none"]


def _sentence(standard: Classification, name: str, code: str, routes: list[RouteFinding]) -> Text:
    names = Text(zh="；".join(r.text.zh for r in routes), en="; ".join(r.text.en for r in routes))
    return standard.texts[name].filled({"class": standard.classes[code].text, "routes": names})
