"""A further filing of somebody who is known: of one purpose, with answers to whatever that purpose asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from foreignwork.accounts.who import Actor
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Bundle
from foreignwork.cases.problems import CaseError
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import Foreigner
from foreignwork.policies.pack import PURPOSE, Pack
from foreignwork.policies.schema_filing import Question
from foreignwork.workflow.opening import (
    ITEM_EXPIRED,
    ITEM_MISSING,
    Filing,
    file_bundle,
    full_answers,
    items_of,
)

LATELY = (0, 3, 12)
"""Days since what a filing reports has happened."""
FILES = {ITEM_MISSING, ITEM_EXPIRED}
"""What a filing is refused for that new files mend."""


def file_again(
    cast: Cast, bundle: Bundle, foreigner: Foreigner, purpose: str, *, actor: Actor, rng: Random, at: datetime
) -> Bundle | None:
    """All that the purpose asks for, or what of it the person holds already; None where nothing of it is accepted.

    Files are handed in where nothing else is missing, and undone with what is refused after all: they would stay in the dossier.
    """
    pack = cast.policy.pack
    for matters in _tries(pack, purpose):
        form = stage.filing(cast, bundle.engagement, foreigner, at=at, matters=matters, purpose=purpose)
        form = answered(form, pack, rng, day_of(at))
        try:
            return file_bundle(form, actor=actor, at=at)
        except CaseError as refused:
            if any(problem.code not in FILES for problem in refused.problems):
                continue
            wanted = {problem.field for problem in refused.problems}
        held = tuple({item.code for item in items_of(form, pack)} - wanted)
        with suppress(CaseError), transaction.atomic():
            stage.hand_in(cast, form, foreigner, at=at, leave_out=held)
            return file_bundle(form, actor=actor, at=at)
    return None


def _tries(pack: Pack, purpose: str) -> Iterator[tuple[str, ...]]:
    chosen = {PURPOSE: purpose}
    every = tuple(pack.required_matters(chosen)) or tuple(pack.offered(chosen))
    yield every
    if len(every) > 1:
        yield from ((matter,) for matter in every)


def answered(form: Filing, pack: Pack, rng: Random, today: date) -> Filing:
    """The filing with the class it is open to, and an answer to each question that has to be answered and is not."""
    only = pack.only_class(form.matters, full_answers(form))
    found: dict[str, Any] = {**form.answers, **({"category": only} if only else {})}
    for _round in pack.questions:  # an answer may raise the next question
        form = replace(form, answers=dict(found))
        facts = full_answers(form)
        given = pack.with_defaults(facts)
        for code, question in pack.asked(facts):
            if question.required and given.get(code) in (None, "", []):
                found[code] = _answer(pack, code, question, facts, rng, today)
        if found == form.answers:
            break
    return form


def _answer(
    pack: Pack, code: str, question: Question, facts: dict[str, Any], rng: Random, today: date
) -> Any:
    if question.type == "date":
        return (today - timedelta(days=rng.choice(LATELY))).isoformat()
    if question.type == "bool":
        return rng.random() < 0.5
    values = [option.value for option in pack.options(code, facts)]
    if not values:
        return None
    return rng.sample(values, 1) if question.type == "multi" else rng.choice(values)
