"""The points table: each factor by the highest of its terms, never above its cap (domain 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..schema import Text
from ..schema_classification import Factor, Term


@dataclass(frozen=True, slots=True)
class FactorScore:
    """One line of the points table. ``stated`` False = nothing was said of it, so it counts nothing."""

    code: str
    text: Text
    score: int
    cap: int
    stated: bool
    uncertain: bool
    note: Text | None
    evidence: tuple[str, ...]


def score(code: str, factor: Factor, facts: Mapping[str, Any]) -> FactorScore:
    scores = [_of_term(term, facts[term.fact]) for term in factor.terms if term.fact in facts]
    return FactorScore(
        code=code,
        text=factor.text,
        score=min(max(scores, default=0), factor.cap),
        cap=factor.cap,
        stated=bool(scores),
        uncertain=factor.uncertain,
        note=factor.note,
        evidence=factor.evidence,
    )


def _of_term(term: Term, value: Any) -> int:
    if term.bands:
        return next((band.score for band in term.bands if band.holds(value)), 0)
    if term.scores:
        chosen = value if isinstance(value, tuple) else (value,)
        return max((term.scores.get(one, 0) for one in chosen), default=0)
    if term.ramp:
        return term.ramp.score + term.ramp.each * (value - term.ramp.start) if value >= term.ramp.start else 0
    if term.any:
        return term.any if value else 0
    return int(value)
