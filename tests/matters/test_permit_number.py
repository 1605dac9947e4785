"""一人一码，终身不变: the number outlives the permit, the employer and the passport."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from foreignwork.cases.models import Case, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Dossier, DossierMatch
from tests.stage import AT, bring, case_of

RENEWED = replace(ANNA, number="DX7700001")
"""The same person with the next passport."""


def test_one_number_over_three_employers_and_two_passports(cast: Cast) -> None:
    """The first employer knows the old passport only, the third the new one only; the second has seen both."""
    first = stage.engage(cast, "energy", ANNA, at=AT - timedelta(days=300)).dossier
    Dossier.objects.filter(pk=first.pk).update(opened_at=AT - timedelta(days=300))
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    given = Entitlement.objects.get(case_id=case.pk)
    assert given.number == first.code, "that of the oldest dossier"
    facts = {**case.dossier.versions.latest("seq").facts, **RENEWED.person_facts(AT.date())}
    records.add_version(case.dossier, facts=facts, by=cast.agents["university"], at=AT)
    Entitlement.objects.filter(pk=given.pk).update(status="ended", ended_on=AT.date(), end_reason="cancel")
    Case.objects.exclude(pk=case.pk).update(phase="closed", outcome="ended")

    third = stage.engage(cast, "stranger", RENEWED, at=AT + timedelta(days=1)).dossier
    linked = set(DossierMatch.objects.filter(dossier=third).values_list("other", flat=True))
    assert linked == {first.pk, case.dossier_id}, "also the one that never saw this passport"
    form = stage.filing(cast, third.engagements.get(), RENEWED, at=AT + timedelta(days=1))
    stage.hand_in(cast, form, RENEWED, at=AT + timedelta(days=1))
    agent = stage.actor(cast.agents["stranger"], AT + timedelta(days=1))
    later = case_of(stage.file_bundle(form, actor=agent, at=AT + timedelta(days=1)))
    later = bring(cast, later, "granted", at=AT + timedelta(days=1))
    assert Entitlement.objects.get(case_id=later.pk).number == given.number


def test_a_link_found_later_does_not_change_a_number_that_was_given(cast: Cast) -> None:
    """An older dossier of the person comes to light after the grant; the next permit here keeps the number."""
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    given = Entitlement.objects.get(case_id=case.pk)
    assert given.number == case.dossier.code
    older = stage.engage(cast, "energy", ANNA, at=AT).dossier
    Dossier.objects.filter(pk=older.pk).update(opened_at=AT - timedelta(days=900))
    Entitlement.objects.filter(pk=given.pk).update(status="ended", ended_on=AT.date(), end_reason="cancel")
    Case.objects.exclude(pk=case.pk).update(phase="closed", outcome="ended")
    Case.objects.filter(pk=case.pk).update(phase="decided")
    form = stage.filing(cast, case.engagement, ANNA, at=AT)
    agent = stage.actor(cast.agents["university"], AT)
    again = bring(cast, case_of(stage.file_bundle(form, actor=agent, at=AT)), "granted")
    assert Entitlement.objects.get(case_id=again.pk).number == given.number != older.code
