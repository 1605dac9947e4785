"""Inspections asked for and answered by forms that no page of ours sent, or that were sent twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Membership, User
from foreignwork.cases.models import Case, CaseEvent
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.portal import concerning as firm_views
from supervision.models import Inspection
from tests.matters.cast_supervision import Oversight, muster
from tests.stage import AT
from tests.stage import cast as cast

STRANGE = ["a\x00b", "键", "x" * 65, "' OR 1=1"]


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    monkeypatch.setattr(firm_views, "now", lambda: AT)
    return muster(cast)


def wish(house: Oversight) -> dict[str, Any]:
    return {
        "uscc": house.firms[0].uscc,
        "source": "complaint",
        "source_ref": "12345-1",
        "source_on": AT.date().isoformat(),
        "items": ["contract"],
        "grounds": "投诉",
    }


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_wish_sent_twice_from_its_page_is_one_inspection(house: Oversight) -> None:
    planner, page = signed_in(house.people["planner"]), reverse("supervision:open")
    shown = re.search(r'name="key" value="([^"]+)"', planner.get(page).content.decode())
    assert shown
    first, second = (planner.post(page, {**wish(house), "key": shown[1]}) for _turn in range(2))
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Inspection.objects.count() == 1


@pytest.mark.parametrize("key", STRANGE)
def test_a_strange_key_opens_an_inspection_or_says_why_not(house: Oversight, key: str) -> None:
    answer = signed_in(house.people["planner"]).post(reverse("supervision:open"), {**wish(house), "key": key})
    assert answer.status_code == 302


@pytest.mark.parametrize("key", STRANGE)
def test_an_answer_of_the_firm_without_its_key_has_seen_nothing(house: Oversight, key: str) -> None:
    signed_in(house.people["planner"]).post(reverse("supervision:open"), wish(house))
    case = Inspection.objects.get()
    Inspection.objects.filter(pk=case.pk).update(announced=True)
    Case.objects.filter(pk=case.pk).update(state="correcting", phase="waiting")
    agent = User.objects.create(username="firm-agent", kind="applicant", display_name="单位经办")
    Membership.objects.create(user=agent, organisation=house.firms[0])
    before = CaseEvent.objects.count()
    answer = signed_in(agent).post(
        reverse("supervision:firm_step", args=[case.number, "report_correction"]),
        {"key": key, "version": case.version, "text": "已改正"},
    )
    assert answer.status_code == 409
    assert CaseEvent.objects.count() == before
