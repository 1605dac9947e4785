"""The register at the desk: what one's own offices granted, one number with every term, no name of anybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.cases.models import Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.desk import seat as desk_seat
from tests.matters.test_permit_kinds import LATER, again
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: LATER)


def test_one_number_with_its_history(client: Client, cast: Cast) -> None:
    first = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    permit = Entitlement.objects.get(case_id=first.pk)
    on = LATER.date().isoformat()
    case = bring(
        cast,
        case_of(again(cast, permit, "change", at=LATER, changed=["contract"], changed_on=on)),
        "granted",
        at=LATER,
    )
    client.force_login(cast.officer(case, "review"), backend=BACKEND)
    page = client.get(reverse("desk:register")).content.decode()
    assert page.count(permit.number) >= 2
    assert ANNA.surname not in page
    only = client.get(reverse("desk:register"), {"standing": "ended", "matter": "permits"}).content.decode()
    assert only.count(f"/desk/register/{permit.pk}/") == 1
    entry = client.get(reverse("desk:register_entry", args=[permit.pk])).content.decode()
    for words in (first.number, case.number, "准予许可", "境内新办", "变更", "等待加载到社会保障卡"):
        assert words in entry
    assert ANNA.surname not in entry


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"matter": "nonsense"}, 400),
        ({"standing": "\x00"}, 400),
        ({"before": "9" * 40}, 200),
        ({"before": "x"}, 200),
    ],
)
def test_odd_addresses_are_no_error(client: Client, cast: Cast, query: dict[str, Any], status: int) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=AT))
    client.force_login(cast.officer(case, "review"), backend=BACKEND)
    assert client.get(reverse("desk:register"), query).status_code == status


def test_another_office_has_its_own_book(client: Client, cast: Cast) -> None:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    permit = Entitlement.objects.get(case_id=case.pk)
    other = next(
        user for (code, desk), user in cast.officers.items() if code != case.office.code and desk == "decide"
    )
    client.force_login(other, backend=BACKEND)
    assert permit.number not in client.get(reverse("desk:register")).content.decode()
    assert client.get(reverse("desk:register_entry", args=[permit.pk])).status_code == 404
