"""Invented people say what fits together: answers to what a purpose asks, data for forms that chance would hardly fill in."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django import forms

from foreignwork.cases.clock import today
from foreignwork.demo import cast as stage
from foreignwork.demo import scenes
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.demo.volume import goals
from foreignwork.demo.volume.filings import answered, file_again
from foreignwork.demo.volume.filling import fill
from foreignwork.policies.pack import PURPOSE
from foreignwork.workflow.opening import full_answers
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

LATER = AT + timedelta(days=60)


def test_every_question_that_must_be_answered_is(cast: Cast) -> None:
    pack, engagement = cast.policy.pack, stage.engage(cast, "university", ANNA, at=AT)
    for option in pack.options(PURPOSE):
        purpose = str(option.value)
        form = stage.filing(
            cast, engagement, ANNA, at=AT, matters=pack.offered({PURPOSE: purpose}), purpose=purpose
        )
        facts = full_answers(answered(form, pack, Random(1), today(AT)))
        given = pack.with_defaults(facts)
        assert not [
            code for code, one in pack.asked(facts) if one.required and given.get(code) in (None, "", [])
        ]


def test_what_is_held_is_cancelled_and_what_is_not_is_left(cast: Cast) -> None:
    """The permit is held, a residence permit is not: the filing is about the permit alone."""
    bundle = stage.file(cast, "university", ANNA, at=AT)
    bring(cast, case_of(bundle), "granted")
    agent = stage.actor(cast.agents["university"], LATER)
    held = bundle.dossier.documents.count()
    filed = file_again(cast, bundle, ANNA, "cancel", actor=agent, rng=Random(1), at=LATER)
    assert filed is not None
    assert {case.matter for case in filed.cases.all()} == {"permits"}
    assert filed.cases.get().sub_matter == "cancel"
    new = {row.kind for row in bundle.dossier.documents.order_by("pk")[held:]}
    wanted = set(filed.items.filter(document__isnull=False).values_list("code", flat=True))
    assert new and new <= wanted, "what was refused, or is there already, is not handed in"
    assert file_again(cast, bundle, ANNA, "replace", actor=agent, rng=Random(1), at=LATER) is None
    assert bundle.dossier.documents.count() == held + len(new)


class Plain(forms.Form):
    first = forms.CharField()
    second = forms.CharField()


class Finer(Plain):
    third = forms.CharField()


def test_what_is_usually_said_holds_for_finer_forms_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "_usual", {})
    scenes.usual(Plain)(lambda form, rng, at: {"second": "both"})
    data = fill(Finer(), Random(1), AT)
    assert (data["second"], set(data)) == ("both", {"first", "second", "third"})


def test_an_opening_may_turn_out_to_be_of_any_sub_matter(db: None) -> None:
    assert goals.opens(("supervision", "not_approved"), "supervision", "", "inspection")
    assert not goals.opens(("supervision", "not_approved"), "supervision", "", "applied")
    assert not goals.opens(("supervision", "not_approved"), "credit", "", "inspection")
    assert not goals.opens(("permits", "cancelled"), "permits", "retract", "ex_officio")
