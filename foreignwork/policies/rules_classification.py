"""What must hold inside ``classification``: every name leads somewhere, every test fits its fact, the points add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .schema import Text
from .schema_classification import Band, Classification, Factor, Need, Term, Test

Fault = tuple[str, str]

POINTS = "points"
"""The fact that is not asked but reckoned: the sum of the points table."""
NUMERIC = {"at_least", "at_most", "below", "times"}
TEXT_WORDS = {"class", "routes"}


def faults(section: Classification, materials: Iterable[str], categories: Iterable[str]) -> Iterator[Fault]:
    """``materials`` = codes of the pack's list, ``categories`` = the classes its matters know."""
    known = set(categories)
    for code in section.classes:
        if known and code not in known:
            yield f"classification.classes.{code}", f"no matter of the pack has a category {code!r}"
    yield from _facts(section)
    yield from _needs(section)
    yield from _routes(section)
    yield from _points(section)
    yield from _evidence(section, set(materials))
    for name in ("advised", "relaxed", "none", "one_of"):
        if name not in section.texts:
            yield f"classification.texts.{name}", "this sentence is missing"
    for name, text in section.texts.items():
        if text.placeholders() - TEXT_WORDS:
            yield (
                f"classification.texts.{name}",
                f"unknown placeholder {{{min(text.placeholders() - TEXT_WORDS)}}}",
            )


def _facts(section: Classification) -> Iterator[Fault]:
    for code, fact in section.facts.items():
        at = f"classification.facts.{code}"
        if code == POINTS:
            yield at, "this name is reserved for the sum of the points"
        if fact.section not in section.sections:
            yield at, f"there is no section {fact.section!r}"
        if fact.options_from is not None and fact.options_from not in section.routes:
            yield at, f"there is no route {fact.options_from!r}"
        elif fact.type in ("choice", "multi") and not section.options(code):
            yield at, "a choice needs options"
        if set(fact.known) - {str(option.value) for option in fact.options}:
            yield at, f"{min(set(fact.known))!r} is no answer to it"
        if any(not isinstance(option.value, str) for option in fact.options):
            yield at, "the options of a fact are words"
        if fact.figure is not None and fact.figure not in section.figures:
            yield at, f"there is no figure {fact.figure!r}"
        if fact.less_than is not None and (
            fact.less_than not in section.facts
            or "int" not in (fact.type, section.facts[fact.less_than].type)
        ):
            yield at, f"cannot be compared with {fact.less_than!r}"


def needs_of(section: Classification) -> Iterator[tuple[str, Need]]:
    """(key, need) of every class, route and alternative."""
    for code, entry in section.classes.items():
        yield from ((f"classification.classes.{code}.needs.{n}", need) for n, need in entry.needs.items())
    for code, route in section.routes.items():
        at = f"classification.routes.{code}"
        yield from ((f"{at}.needs.{n}", need) for n, need in route.needs.items())
        for name, ground in route.grounds.items():
            yield from ((f"{at}.grounds.{name}.needs.{n}", need) for n, need in ground.needs.items())


def _needs(section: Classification) -> Iterator[Fault]:
    for at, need in needs_of(section):
        for test in need.any:
            yield from ((at, reason) for reason in _test(section, test))
    worded: list[tuple[str, Text]] = [(at, need.text) for at, need in needs_of(section)]
    worded += [(f"classification.classes.{code}", entry.quota) for code, entry in section.classes.items()]
    for code, route in section.routes.items():
        at = f"classification.routes.{code}"
        worded.append((at, route.text))
        worded += [(f"{at}.grounds.{name}", ground.text) for name, ground in route.grounds.items()]
    figures = {name for name, figure in section.figures.items() if figure.amount is not None}
    for at, text in worded:
        if text.placeholders() - figures:
            yield at, f"there is no figure {min(text.placeholders() - figures)!r} to print"


def _test(section: Classification, test: Test) -> Iterator[str]:
    if test.fact != POINTS and test.fact not in section.facts:
        yield f"there is no fact {test.fact!r}"
        return
    kind = "int" if test.fact == POINTS else section.facts[test.fact].type
    operator = test.operators[0]
    fits = {"bool": {"is_"}, "int": NUMERIC, "choice": {"one_of"}, "multi": {"one_of"}}[kind]
    if operator not in fits:
        yield f"{test.fact!r} cannot be compared by {operator.rstrip('_')}"
    if test.one_of and kind in ("choice", "multi"):
        allowed = {option.value for option in section.options(test.fact)}
        for value in test.one_of:
            if value not in allowed:
                yield f"{value!r} is no answer to {test.fact!r}"
    for number in (test.at_least, test.at_most, test.below, test.times):
        if isinstance(number, str) and number not in section.figures:
            yield f"there is no figure {number!r}"
    if test.of is not None and (
        test.of not in section.figures or section.figures[test.of].unit not in ("CNY/month", "CNY/year")
    ):
        yield f"{test.of!r} is no figure of a wage by month or year"


def _routes(section: Classification) -> Iterator[Fault]:
    for code, route in section.routes.items():
        at = f"classification.routes.{code}"
        if route.of not in section.classes:
            yield at, f"there is no class {route.of!r}"
        if not route.needs and not route.grounds:
            yield at, "a route without needs or alternatives would always be met"
        stated = [name for name, ground in route.grounds.items() if not ground.needs]
        asks = section.facts.get(route.ticked_by or "")
        if stated and (asks is None or asks.options_from != code):
            yield f"{at}.ticked_by", f"nobody asks for the alternatives {stated[0]!r} …"


def _points(section: Classification) -> Iterator[Fault]:
    at = "classification.points"
    total = sum(factor.cap for factor in section.points.factors.values())
    if total != section.points.total:
        yield f"{at}.total", f"the caps of the factors add up to {total}, not {section.points.total}"
    for code, factor in section.points.factors.items():
        for term in factor.terms:
            yield from ((f"{at}.factors.{code}", reason) for reason in _term(section, factor, term))


def _term(section: Classification, factor: Factor, term: Term) -> Iterator[str]:
    fact = section.facts.get(term.fact)
    if fact is None:
        yield f"there is no fact {term.fact!r}"
        return
    highest = max([band.score for band in term.bands] + list(term.scores.values()) + [term.any or 0])
    if highest > factor.cap:
        yield f"{highest} points are more than the cap of {factor.cap}"
    if (term.bands or term.ramp or term.itself) and fact.type != "int":
        yield f"{term.fact!r} is no number"
    if term.scores:
        if fact.type not in ("choice", "multi"):
            yield f"{term.fact!r} is no choice"
            return
        for value in set(term.scores) - {str(option.value) for option in section.options(term.fact)}:
            yield f"{value!r} is no answer to {term.fact!r}"
    if term.any is not None and fact.type not in ("bool", "multi"):
        yield f"{term.fact!r} is neither yes/no nor several choices"
    if term.bands and fact.max is not None:
        yield from _bands(term.bands, fact.min, fact.max)


def _bands(bands: tuple[Band, ...], lowest: int, highest: int) -> Iterator[str]:
    """Bands must not overlap, and no possible number may fall between them."""
    edges = {lowest, highest}
    for band in bands:
        for edge in (band.at_least, band.at_most, band.below):
            if edge is not None:
                edges |= {edge - 1, edge, edge + 1}
    for value in sorted(edge for edge in edges if lowest <= edge <= highest):
        count = sum(band.holds(value) for band in bands)
        if count != 1:
            yield f"{value} lies in {count} bands, not in one"
            return


def _evidence(section: Classification, materials: set[str]) -> Iterator[Fault]:
    for code, entry in section.evidence.items():
        if entry.material is not None and entry.material not in materials:
            yield f"classification.evidence.{code}", f"there is no material {entry.material!r}"
    holders: list[tuple[str, Any]] = list(needs_of(section))
    holders += [(f"classification.points.factors.{code}", f) for code, f in section.points.factors.items()]
    for code, route in section.routes.items():
        holders.append((f"classification.routes.{code}", route))
        grounds: Mapping[str, Any] = route.grounds
        holders += [
            (f"classification.routes.{code}.grounds.{name}", ground) for name, ground in grounds.items()
        ]
    for at, holder in holders:
        for name in holder.evidence:
            if name not in section.evidence:
                yield at, f"there is no evidence {name!r}"
