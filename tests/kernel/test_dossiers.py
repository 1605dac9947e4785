"""One dossier per passport and employer, equal passports linked for offices only, also after the passport changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foreignwork.accounts import who
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.dossiers import records
from foreignwork.dossiers.models import Dossier, DossierMatch
from tests.stage import AT

DAY = AT.date()
OTHER = replace(ANNA, number="DX0000777")


def test_two_employers_each_open_their_own_and_the_match_is_silent(cast: Cast) -> None:
    first = stage.engage(cast, "university", ANNA, at=AT).dossier
    second = stage.engage(cast, "energy", ANNA, at=AT).dossier
    assert first.pk != second.pk
    assert DossierMatch.objects.filter(dossier=first, other=second).exists()
    theirs = Dossier.objects.visible_to(who.actor(cast.agents["energy"], DAY))
    assert list(theirs) == [second]


def test_the_same_employer_is_led_to_the_dossier_it_has(cast: Cast) -> None:
    dossier = stage.engage(cast, "university", ANNA, at=AT).dossier
    with pytest.raises(records.AlreadyOpen) as found:
        stage.engage(cast, "university", ANNA, at=AT)
    assert found.value.dossier == dossier


def test_a_new_passport_is_found_and_linked_and_the_old_one_is_free(cast: Cast) -> None:
    mine = stage.engage(cast, "university", ANNA, at=AT).dossier
    theirs = stage.engage(cast, "energy", OTHER, at=AT).dossier
    records.add_version(mine, facts=OTHER.person_facts(DAY), by=None, at=AT)
    mine.refresh_from_db()
    assert mine.passport_index == records.passport_index(OTHER.person_facts(DAY))
    assert DossierMatch.objects.filter(dossier=mine, other=theirs).exists()
    assert DossierMatch.objects.filter(dossier=theirs, other=mine).exists()


def test_a_passport_of_another_own_dossier_is_refused_and_nothing_changes(cast: Cast) -> None:
    first = stage.engage(cast, "university", ANNA, at=AT).dossier
    second = stage.engage(cast, "university", OTHER, at=AT).dossier
    with pytest.raises(records.AlreadyOpen) as found:
        records.add_version(second, facts=ANNA.person_facts(DAY), by=None, at=AT)
    assert found.value.dossier == first
    assert second.versions.count() == 1
