"""Whether a route is met, nearly met, or for an officer to say; with reasons, what is missing, and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..rules_classification import POINTS
from ..schema import Text
from ..schema_classification import Classification, ClassRoute, Factor, Figure, Ground, Need, Number, Test
from . import points

Status = Literal["met", "discretion", "near", "open"]
"""A route's: met; all but one thing the authority may relax or the source leaves open; one thing missing; further away."""

MONTHS = {"CNY/month": 12, "CNY/year": 1}  # a year's pay is compared with a year's wages


@dataclass(frozen=True, slots=True)
class Missing:
    """A need that does not hold. ``stated`` False = nothing was said of it, or a figure of the place is not on file."""

    need: Text
    stated: bool
    note: Text | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteFinding:
    """What became of one route. ``grounds`` are the alternatives met; ``reasons`` the needs that hold."""

    code: str
    category: str
    text: Text
    status: Status
    grounds: tuple[Text, ...]
    reasons: tuple[Text, ...]
    missing: tuple[Missing, ...]
    evidence: tuple[str, ...]
    uncertain: tuple[Text, ...]
    cites: tuple[str, ...]

    @property
    def met(self) -> bool:
        return self.status == "met"


def distinct(texts: Iterable[Text]) -> tuple[Text, ...]:
    return tuple({text.zh: text for text in texts}.values())


@dataclass(frozen=True, slots=True)
class _Held:
    """The needs of one group, sorted by whether they hold."""

    reasons: tuple[Text, ...] = ()
    missing: tuple[tuple[Need | None, Missing], ...] = ()
    telling: bool = False  # some need holds that is not true of almost everybody


class Judge:
    def __init__(self, standard: Classification, facts: Mapping[str, Any]) -> None:
        self.standard, self.facts = standard, facts

    def lacking(self, category: str) -> tuple[Missing, ...]:
        """The needs of a class itself that do not hold."""
        held = self._held(self.standard.classes[category].needs.values())
        return tuple(entry for _need, entry in held.missing)

    def route(self, code: str, route: ClassRoute) -> RouteFinding:
        """Needs of the class, of the route, and of its best alternative."""
        general = self._held(self.standard.classes[route.of].needs.values())
        own = self._held(route.needs.values())
        chosen, alternatives = self._grounds(code, route)
        missing = [*general.missing, *own.missing, *alternatives.missing]
        status = self._status(route, own, alternatives, missing)
        texts = [self._note(route.text, route.note)] if route.uncertain else []
        texts += [self._note(ground.text, ground.note) for ground in chosen if ground.uncertain]
        texts += [
            self._note(need.text, need.note)
            for need, _m in missing
            if need is not None and need.uncertain and status == "discretion"
        ]
        names = [*route.evidence, *(name for ground in chosen for name in ground.evidence)]
        names += [
            name
            for held in (*self.standard.classes[route.of].needs.values(), *route.needs.values())
            for name in held.evidence
        ]
        if any(test.fact == POINTS for need in route.needs.values() for test in need.any):
            names += [n for f in self.standard.points.factors.values() if self._scores(f) for n in f.evidence]
        return RouteFinding(
            code=code,
            category=route.of,
            text=self._filled(route.text),
            status=status,
            grounds=tuple(self._filled(ground.text) for ground in chosen),
            reasons=(*own.reasons, *alternatives.reasons) if status != "open" else (),
            missing=tuple(entry for _need, entry in missing),
            evidence=tuple(dict.fromkeys(names)),
            uncertain=distinct(texts),
            cites=route.cites,
        )

    def _status(
        self, route: ClassRoute, own: _Held, other: _Held, missing: list[tuple[Need | None, Missing]]
    ) -> Status:
        if not missing:
            return "discretion" if route.uncertain else "met"
        hard = [entry for entry in missing if not self._soft(entry[0])]
        relaxed = [need for need, _entry in missing if need and need.relaxable and self._soft(need)]
        if len(hard) > 1 or len(relaxed) > 1:
            return "open"
        if not hard:
            return "discretion"
        need = hard[0][0]
        if route.near is not None and need is not None and own.missing:
            gap = min(self._number(test.at_least) - self.facts[POINTS] for test in need.any)
            return "near" if gap <= route.near else "open"
        begun = own.telling or other.telling or not (own.missing or other.missing)
        return "near" if begun else "open"

    def _soft(self, need: Need | None) -> bool:
        """What the source leaves open, or what is known not to hold but may be relaxed: for an officer to say."""
        return need is not None and (need.uncertain or (need.relaxable and self._contradicted(need)))

    def _grounds(self, code: str, route: ClassRoute) -> tuple[list[Ground], _Held]:
        """The alternatives met; if none is, the one with least missing stands for them."""
        if not route.grounds:
            return [], _Held()
        ticked = self.facts.get(route.ticked_by or "", ())
        met: list[Ground] = []
        reasons: list[Text] = []
        nearest: _Held | None = None
        for name, ground in sorted(route.grounds.items(), key=lambda item: item[1].order):
            if not ground.needs:
                if name in ticked:
                    met.append(ground)
                continue
            held = self._held(ground.needs.values())
            if not held.missing:
                met.append(ground)
                reasons += held.reasons
            elif held.reasons and (nearest is None or len(held.missing) < len(nearest.missing)):
                nearest = held
        if met:
            return met, _Held(tuple(reasons), telling=True)
        if nearest is not None:
            return [], nearest
        return [], _Held(missing=((None, Missing(self.standard.texts["one_of"], stated=bool(ticked))),))

    def _held(self, needs: Iterable[Need]) -> _Held:
        reasons: list[Text] = []
        missing: list[tuple[Need | None, Missing]] = []
        telling = False
        for need in needs:
            results = [self._test(test) for test in need.any]
            text = self._filled(need.text)
            if True in results:
                reasons.append(text)
                telling = telling or not need.general
            else:
                entry = Missing(
                    text,
                    stated=False in results,
                    note=need.note or self._open_figure(need),
                    evidence=need.evidence,
                )
                missing.append((need, entry))
        return _Held(tuple(reasons), tuple(missing), telling)

    def _contradicted(self, need: Need) -> bool:
        return any(self._test(test) is False for test in need.any)

    def _test(self, test: Test) -> bool | None:
        """None = it cannot be told: the fact is not stated, or the place's figure is not on file."""
        value = self.facts.get(test.fact)
        if value is None:
            return None
        if test.is_ is not None:
            return bool(value == test.is_)
        if test.one_of:
            return (
                bool({value} & set(test.one_of))
                if isinstance(value, str)
                else bool(set(value) & set(test.one_of))
            )
        if test.times is not None and test.of is not None:
            wage = self._wage(test.of)
            return None if wage is None else bool(value >= self._number(test.times) * wage)
        if test.at_least is not None:
            return bool(value >= self._number(test.at_least))
        if test.at_most is not None:
            return bool(value <= self._number(test.at_most))
        return bool(value < self._number(test.below))

    def _number(self, number: Number | None) -> int:
        if isinstance(number, str):
            number = self.standard.figures[number].amount
        assert number is not None, "checked on load"
        return number

    def _wage(self, name: str) -> int | None:
        """A year's wages: the pack's figure, else the one the applicant knows from its publication."""
        figure: Figure = self.standard.figures[name]
        amount = figure.amount
        if amount is None:
            asked = (code for code, fact in self.standard.facts.items() if fact.figure == name)
            amount = next((self.facts[code] for code in asked if code in self.facts), None)
        return None if amount is None else amount * MONTHS[figure.unit]

    def _open_figure(self, need: Need) -> Text | None:
        names = [test.of for test in need.any if test.of and self._wage(test.of) is None]
        return (
            self._note(self.standard.figures[names[0]].text, self.standard.figures[names[0]].note)
            if names
            else None
        )

    def _scores(self, factor: Factor) -> bool:
        return points.score("", factor, self.facts).score > 0

    def _filled(self, text: Text) -> Text:
        return filled(text, self.standard)

    def _note(self, text: Text, note: Text | None) -> Text:
        text = self._filled(text)
        return text if note is None else Text(zh=f"{text.zh}：{note.zh}", en=f"{text.en}: {note.en}")


def filled(text: Text, standard: Classification) -> Text:
    """The text with the figures of the place; most texts name none."""
    if "{" not in text.zh and "{" not in text.en:
        return text
    return text.filled(
        {name: f"{f.amount:,}" for name, f in standard.figures.items() if f.amount is not None}
    )
