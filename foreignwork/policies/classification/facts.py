"""What the advisor is told: the JSON schema of its input, and a reader that refuses with sentences, never a traceback.

Both are made from the pack's ``classification.facts``, so a place that asks more is understood without code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ..inputs import DIALECT, InputError, object_of
from ..pack import Pack
from ..schema_classification import Classification, Fact


class FactsError(InputError):
    """The input cannot be used. ``problems``: one sentence each, naming the fact."""


def parse(text: str, pack: Pack) -> dict[str, Any]:
    """Facts from JSON text. Raises InputError."""
    return read(object_of(text, such_as='{"age": 38, "education": "master"}'), pack)


def read(document: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """The facts as ``advice.advise`` takes them; null means not stated. Raises FactsError with all problems."""
    standard = pack.classification
    if standard is None:
        raise FactsError(f"The pack {pack.meta.code} has no classification.")
    asked = dict(standard.asked())
    facts: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in document.items():
        if name not in asked:
            problems.append(_unknown(name, standard, asked))
        elif value is not None:
            problem = _problem(name, asked[name], value, standard)
            if problem:
                problems.append(problem)
            else:
                facts[name] = tuple(value) if isinstance(value, list | tuple) else value
    problems += contradictions(facts, standard)
    if problems:
        raise FactsError(*problems)
    return facts


def _unknown(name: str, standard: Classification, asked: Mapping[str, Fact]) -> str:
    if name in standard.facts:
        return f"{name!r} is not asked here: the rules of this place hold the figure themselves."
    close = get_close_matches(name[:80], asked, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else " See --schema for what is asked."
    return f"There is no fact {name[:80]!r}.{hint}"


def _problem(name: str, fact: Fact, value: Any, standard: Classification) -> str:
    """What is wrong with one value; empty when it is good."""
    if fact.type == "bool":
        return "" if isinstance(value, bool) else f"{name!r} must be true or false."
    if fact.type == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{name!r} must be a whole number from {fact.min} to {fact.max}."
        if not fact.min <= value <= (fact.max or 0):
            return f"{name!r} must lie between {fact.min} and {fact.max}."
        return ""
    allowed = [str(option.value) for option in standard.options(name)]
    if fact.type == "choice":
        return "" if value in allowed else f"{name!r} must be one of: {', '.join(allowed)}."
    if not isinstance(value, list | tuple) or any(one not in allowed for one in value):
        return f"{name!r} must be a list of: {', '.join(allowed)}."
    return "" if len(set(value)) == len(value) else f"{name!r} names the same choice twice."


def contradictions(facts: Mapping[str, Any], standard: Classification) -> list[str]:
    """Facts that cannot both be true."""
    return [
        f"{name!r} ({facts[name]}) must be less than {other!r} ({facts[other]})."
        for name, other in pairs(standard)
        if name in facts and other in facts and facts[name] >= facts[other]
    ]


def pairs(standard: Classification) -> Iterator[tuple[str, str]]:
    """(fact, fact it must stay below)."""
    return ((name, fact.less_than) for name, fact in standard.facts.items() if fact.less_than)


def json_schema(pack: Pack) -> dict[str, Any]:
    """The JSON schema (2020-12) of the input under this pack. Raises FactsError when it has no classification."""
    standard = pack.classification
    if standard is None:
        raise FactsError(f"The pack {pack.meta.code} has no classification.")
    return {
        "$schema": DIALECT,
        "title": standard.name.en,
        "description": standard.disclaimer.en,
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(name, fact, standard) for name, fact in standard.asked()},
    }


def _property(name: str, fact: Fact, standard: Classification) -> dict[str, Any]:
    found: dict[str, Any] = {"title": fact.en, "description": _described(fact)}
    options = (
        [str(option.value) for option in standard.options(name)] if fact.type in ("choice", "multi") else []
    )
    if fact.type == "bool":
        return found | {"type": ["boolean", "null"]}
    if fact.type == "int":
        return found | {"type": ["integer", "null"], "minimum": fact.min, "maximum": fact.max}
    if fact.type == "choice":
        return found | {"enum": [*options, None]}
    return found | {"type": ["array", "null"], "items": {"enum": options}, "uniqueItems": True}


def _described(fact: Fact) -> str:
    unit = f"（{fact.unit.zh}）" if fact.unit else ""
    help_ = f" {fact.help.en}." if fact.help else ""
    return f"{fact.zh}{unit}.{help_}"
