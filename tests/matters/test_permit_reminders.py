"""Reminders before a permit runs out: on the pack's days, to employer and person, each once, in words on their first page."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.expiry import Reminder, due
from foreignwork.cases.models import Case, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, CLARA
from foreignwork.workflow.reminders import remind
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def permit(cast: Cast) -> Entitlement:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    permit = Entitlement.objects.get(case_id=case.pk)
    stage.give_account(cast, permit.dossier, ANNA)
    return permit


def before(permit: Entitlement, days: int) -> datetime:
    assert permit.valid_until is not None
    return AT + (permit.valid_until - timedelta(days=days) - day_of(AT))


def kinds(permit: Entitlement, to: str = "employer") -> list[str]:
    return sorted(Reminder.objects.filter(entitlement=permit, to=to).values_list("kind", flat=True))


def test_each_day_of_the_pack_reminds_both_once(permit: Entitlement) -> None:
    told = []
    for days in (91, 90, 89, 61, 60, 31, 30, 29, 1, 0):
        at = before(permit, days)
        remind(at=at)
        assert remind(at=at) == 0, "repeated: nothing more"
        told.append((days, len(kinds(permit))))
    assert told == [(91, 0), (90, 2), (89, 2), (61, 2), (60, 3), (31, 3), (30, 4), (29, 5), (1, 5), (0, 5)]
    assert kinds(permit) == kinds(permit, "person")
    assert kinds(permit) == ["expires_30", "expires_60", "expires_90", "window_closed", "window_opens"]
    assert remind(at=before(permit, -1)) == 0


def test_after_a_pause_of_the_worker_nobody_gets_three_at_once(permit: Entitlement) -> None:
    remind(at=before(permit, 40))
    assert kinds(permit) == ["expires_60", "window_opens"]


def test_a_set_larger_than_a_page_is_reminded_of_to_the_last(cast: Cast, permit: Entitlement) -> None:
    second = bring(cast, case_of(stage.file(cast, "university", CLARA, at=AT)), "granted")
    Entitlement.objects.filter(case_id=second.pk).update(valid_until=permit.valid_until)
    at = before(permit, 60)
    assert remind(at=at, limit=1) > 0
    assert (
        kinds(Entitlement.objects.get(case_id=second.pk)) == kinds(permit) == ["expires_60", "window_opens"]
    )
    assert remind(at=at) == 0


def test_what_is_ended_or_being_extended_is_not_reminded_of(cast: Cast, permit: Entitlement) -> None:
    other = case_of(stage.file(cast, "university", CLARA, at=AT))
    Case.objects.filter(pk=other.pk).update(about=permit)
    assert remind(at=before(permit, 60)) == 0
    Case.objects.filter(pk=other.pk).update(about=None)
    Entitlement.objects.filter(pk=permit.pk).update(status="ended", ended_on=day_of(AT))
    assert remind(at=before(permit, 60)) == 0


def test_the_number_of_queries_does_not_grow(cast: Cast, permit: Entitlement) -> None:
    at = before(permit, 60)
    with CaptureQueriesContext(connection) as one:
        remind(at=at)
    second = bring(cast, case_of(stage.file(cast, "university", CLARA, at=AT)), "granted")
    Entitlement.objects.filter(case_id=second.pk).update(valid_until=permit.valid_until)
    with CaptureQueriesContext(connection) as two:
        assert remind(at=at) > 0
    assert len(two) == len(one)


def test_the_first_page_says_what_to_do_and_by_when(
    client: Client, cast: Cast, permit: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = before(permit, 60)
    remind(at=at)
    monkeypatch.setattr(clock, "now", lambda: at)
    client.force_login(cast.agents["university"], backend=BACKEND)
    page = client.get(reverse("portal:home")).content.decode()
    assert "到期提醒" in page
    assert "还有 60 天" in page
    assert "前申请延期" in page
    own = Client()
    own.force_login(permit.dossier.holder, backend=BACKEND)  # type: ignore[arg-type]
    assert "还有 60 天" in own.get(reverse("portal:home")).content.decode()
    stranger = Client()
    stranger.force_login(cast.agents["stranger"], backend=BACKEND)
    assert "到期提醒" not in stranger.get(reverse("portal:home")).content.decode()


def test_a_matter_without_numbers_is_left_alone(cast: Cast) -> None:
    until = date(2026, 12, 31)
    assert due(cast.policy.pack, "titles", until, until) == []
