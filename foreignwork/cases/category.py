"""The class a case claims, beside what the facts on file support: a finding for the reviewer, never a decision.

Only what is on file counts: the age on the day of filing, the salary of the contract, and answers that are facts of the
pack's classification. Most routes rest on papers, so the usual finding is "to be checked", with the proof to look for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from dateutil.relativedelta import relativedelta

from foreignwork.policies.classification.advice import Advice, advise
from foreignwork.policies.classification.facts import FactsError, read
from foreignwork.policies.classification.routes import RouteFinding
from foreignwork.policies.schema import Text

from .clock import today as day_of
from .context import Context

Standing = Literal["supported", "open", "doubtful"]


@dataclass(frozen=True, slots=True)
class ClassFinding:
    """``standing``: supported by the facts on file; open = they do not tell; doubtful = they contradict the class.

    contrary   conditions of the class which the facts on file contradict
    routes     routes of the class which they meet
    others     the other routes of the class, whose proof the reviewer looks for
    higher     a higher class they meet already, or empty
    """

    claimed: str
    standing: Standing
    contrary: tuple[Text, ...]
    routes: tuple[RouteFinding, ...]
    others: tuple[RouteFinding, ...]
    higher: str
    advice: Advice

    @property
    def name(self) -> Text:
        return self.advice.standard.classes[self.claimed].text


def class_finding(context: Context) -> ClassFinding | None:
    """What the facts on file say of the class claimed; None when the case claims none of the standard's classes, or its matter knows
    none: whoever handles what follows a permit does not look at the class again."""
    claimed, standard = context.case.category, context.pack.classification
    entry = context.pack.matters.get(context.case.matter)
    if standard is None or claimed not in standard.classes or entry is None or not entry.categories:
        return None
    advice = advise(context.pack, facts_on_file(context))
    lacking = advice.general[claimed]
    contrary = tuple(entry.need for entry in lacking if entry.stated)
    own = [route for route in advice.routes if route.category == claimed]
    met = tuple(route for route in own if set(route.missing) <= set(lacking) and not _uncertain(route))
    higher = advice.category if advice.category in _above(standard.class_codes(), claimed) else ""
    return ClassFinding(
        claimed=claimed,
        standing="doubtful" if contrary else "supported" if met else "open",
        contrary=contrary,
        routes=() if contrary else met,
        others=tuple(route for route in own if route not in met),
        higher=higher,
        advice=advice,
    )


def facts_on_file(context: Context) -> dict[str, Any]:
    """Facts of the classification that the house holds of this case."""
    standard = context.pack.classification
    assert standard is not None
    asked = dict(standard.asked())
    known: dict[str, Any] = {name: value for name, value in context.answers.items() if name in asked}
    filed = day_of(context.case.filed_at) if context.case.filed_at else context.today
    if born := context.person.get("birth_date"):
        known["age"] = relativedelta(filed, date.fromisoformat(born)).years
    if salary := context.work.get("annual_salary_cny"):
        known["annual_salary_cny"] = int(salary)
    found: dict[str, Any] = {}
    for name, value in known.items():
        try:
            found |= read({name: value}, context.pack)
        except FactsError:  # not asked in this place, or beyond what the standard reckons with
            continue
    return found


def _above(order: list[str], claimed: str) -> list[str]:
    return order[: order.index(claimed)]


def _uncertain(route: RouteFinding) -> bool:
    return route.status == "discretion"
