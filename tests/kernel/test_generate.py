"""Volumes: what ``generate`` writes by COPY stands up to every invariant, reads like the kernel's own rows, and counts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foreignwork.accounts.uscc import validate_uscc
from foreignwork.cases import clock
from foreignwork.cases.models import Bundle, Case, CaseEvent, NumberSeries
from foreignwork.cases.phases import OPEN_PHASES
from foreignwork.demo.volume import people
from foreignwork.demo.volume.cells import earlier, pattern, worded
from foreignwork.dossiers.models import Dossier, DossierVersion, NameToken
from foreignwork.dossiers.mrz import parse
from foreignwork.dossiers.records import name_words
from foreignwork.notices.models import Notice
from foreignwork.vault.index import blind_index
from foreignwork.workflow.invariants import verify


def generate(settings: Any, **options: Any) -> str:
    settings.DEBUG = True
    out = StringIO()
    # Detours have a test of their own (test_detours).
    few = {"cases": 150, "walks": 3, "no_detours": True, "workers": 1, "places": ["gansu", "dongguan"]}
    call_command("generate", **few, **options, stdout=out)
    return out.getvalue()


def test_copies_stand_up_to_every_invariant(real_db: None, settings: Any) -> None:
    generate(settings, seed=7)
    assert verify(at=clock.now(), worked=True) == []
    assert Case.objects.count() >= 150
    assert Bundle.objects.values("number").distinct().count() == Bundle.objects.count()
    assert len(set(Case.objects.values_list("filed_at__year", flat=True))) >= 2, "several years"
    copied = Bundle.objects.exclude(pk__in=Bundle.objects.order_by("pk")[:3])
    ended = Case.objects.filter(office__jurisdiction__code="gansu", bundle__in=copied).exclude(
        phase__in=OPEN_PHASES
    )
    assert ended.filter(due_on__isnull=True).exists(), "the first place has a past, and nothing of it waits"
    person = DossierVersion.objects.filter(dossier__in=copied.values("dossier")).latest("pk")
    facts = person.facts
    tokens = set(NameToken.objects.filter(dossier=person.dossier_id).values_list("token", flat=True))
    assert tokens == {blind_index("name", word) for word in name_words(facts)}, (
        "found by each word of his name"
    )
    assert "·" in facts["name_zh"], "a name of his own, not his pattern's"
    assert parse(facts["mrz"], today=clock.today(clock.now())).number == facts["passport_number"]
    assert Dossier.objects.values("passport_index").distinct().count() == Dossier.objects.count()
    per_series = Counter(Notice.objects.values_list("office_id", "series", "year"))
    for (office, series, year), count in per_series.items():
        assert NumberSeries.objects.get(series=f"notice:{office}:{series}", year=year).last == count
    event = CaseEvent.objects.filter(sealed__isnull=False).order_by("-pk").first()
    assert event is not None
    assert event.sealed, "opens under the copy's own key"


def test_generate_refuses_a_portal_that_serves_people(db: None, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("generate", cases=10)


def test_credit_codes_are_well_formed_and_different() -> None:
    codes = [people.credit_code(number) for number in range(1, 500)]
    assert len(set(codes)) == len(codes)
    for code in codes:
        validate_uscc(code)


def test_words_and_days_inside_texts_follow() -> None:
    cell = worded("编号 GANSU-2026-000001-W", pattern(["GANSU-2026-000001"]))
    assert callable(cell)

    class Copy:
        words = {"GANSU-2026-000001": "GANSU-2024-000009"}

    assert cell(Copy()) == "编号 GANSU-2024-000009-W"  # type: ignore[arg-type]
    assert earlier({"on": "2026-03-10", "n": "12026-03-101"}, timedelta(days=7)) == {
        "on": "2026-03-03",
        "n": "12026-03-101",
    }
