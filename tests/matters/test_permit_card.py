"""证卡融合 and the page a holder shows: each exchange noted on the permit, each code short-lived and telling little."""

from __future__ import annotations

import json
import stat
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from foreignwork.cases import clock
from foreignwork.cases.models import Entitlement
from foreignwork.cases.telling import EntitlementMark
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.portal import credential
from permits.card_exchange import receive, send, waiting
from tests.stage import AT, bring, case_of
from tests.stage import cast as cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def permit(cast: Cast) -> Entitlement:
    case = bring(cast, case_of(stage.file(cast, "university", ANNA, at=AT)), "granted")
    return Entitlement.objects.get(case_id=case.pk)


def marks(permit: Entitlement) -> list[str]:
    return list(
        EntitlementMark.objects.filter(entitlement=permit).order_by("id").values_list("kind", flat=True)
    )


def test_a_grant_waits_for_the_card_goes_out_once_and_comes_back_with_a_receipt(permit: Entitlement) -> None:
    assert marks(permit) == ["card_pending"]
    batch, lines = send(at=AT)
    assert [line["permit"] for line in lines] == [permit.number]
    text = json.dumps(lines, ensure_ascii=False)
    assert ANNA.surname not in text, "no fact of the person leaves"
    assert ANNA.number not in text
    assert send(at=AT)[1] == [], "sent once"
    taken = receive([{"case": permit.case.number, "result": "loaded", "receipt": "R-1"}], at=AT)
    assert (taken.done, taken.refused) == (1, [])
    assert marks(permit) == ["card_pending", "card_sent", "card_loaded"]
    assert EntitlementMark.objects.latest("id").note == "R-1"
    assert waiting(again=True) == []
    assert receive([{"case": permit.case.number, "result": "loaded", "receipt": "R-1"}], at=AT).done == 0, (
        "once"
    )
    assert batch.startswith("CARD-")


def test_a_failure_is_noted_and_can_be_sent_again(permit: Entitlement) -> None:
    send(at=AT)
    receive([{"case": permit.case.number, "result": "failed", "receipt": "071"}], at=AT)
    assert waiting() == []
    assert [row.pk for row in waiting(again=True)] == [permit.pk]
    assert len(send(at=AT, again=True)[1]) == 1


def test_bad_lines_are_named_and_stop_no_other(permit: Entitlement) -> None:
    send(at=AT)
    good = {"case": permit.case.number, "result": "loaded", "receipt": "R-2"}
    bad: list[Any] = [
        5,
        {},
        {"case": "x\x00"},
        {**good, "result": "maybe"},
        {**good, "receipt": "drop table;"},
    ]
    taken = receive([*bad, good], at=AT)
    assert taken.done == 1
    assert [number for number, _why in taken.refused] == [1, 2, 3, 4, 5]


def test_the_files_are_private_and_never_overwritten(permit: Entitlement, tmp_path: Path) -> None:
    out, back = tmp_path / "out.json", tmp_path / "in.json"
    call_command("card_exchange", "send", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with pytest.raises(CommandError):
        call_command("card_exchange", "send", str(out))
    back.write_text("[]", "utf-8")
    with pytest.raises(CommandError):
        call_command("card_exchange", "receive", str(back))
    receipt = {"case": permit.case.number, "result": "loaded", "receipt": "R-3"}
    back.write_text(json.dumps({"receipts": [receipt]}), "utf-8")
    call_command("card_exchange", "receive", str(back))
    assert marks(permit)[-1] == "card_loaded"


def test_the_holder_shows_a_code_and_the_third_party_learns_little(
    client: Client, cast: Cast, permit: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = AT + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(cast.agents["university"], backend=BACKEND)
    page = client.get(reverse("portal:credential", args=[permit.pk])).content.decode()
    assert "<svg" in page
    assert permit.number in page
    assert "电子社保卡" in page
    assert "等待加载到社会保障卡" in page
    seen = Client().get(reverse("portal:shown", args=[credential.token_of(permit)]))
    told = seen.content.decode()
    assert seen.status_code == 200
    assert "证件状态：有效" in told.replace("\n", "")
    assert permit.number[-4:] in told
    for secret in (permit.number, ANNA.surname, ANNA.number, permit.post, permit.dossier.code):
        assert secret not in told
    assert "no-store" in seen["Cache-Control"] or "no-cache" in seen["Cache-Control"]


def test_a_code_runs_out_and_a_forged_one_is_not_ours(
    permit: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.time()
    old = credential.token_of(permit)

    def after(minutes: int) -> Any:
        monkeypatch.setattr(signing.time, "time", lambda: began + 60 * minutes)
        return Client().get(reverse("portal:shown", args=[old]))

    assert after(9).status_code == 200
    late = after(11)
    assert late.status_code == 410
    assert "二维码已过期" in late.content.decode()
    monkeypatch.undo()
    other = signing.dumps(permit.pk, salt="another")
    ours = [signing.dumps(value, salt=credential.SALT) for value in ("x", 10**15, 10**40, None)]
    for bad in ("x", other, old + "x", *ours):
        assert Client().get(reverse("portal:shown", args=[bad])).status_code == 404


def test_an_ended_permit_is_not_shown_as_valid(client: Client, cast: Cast, permit: Entitlement) -> None:
    Entitlement.objects.filter(pk=permit.pk).update(status="ended", ended_on=AT.date())
    client.force_login(cast.agents["university"], backend=BACKEND)
    assert (
        "credential-code" not in client.get(reverse("portal:credential", args=[permit.pk])).content.decode()
    )
    told = Client().get(reverse("portal:shown", args=[credential.token_of(permit)])).content.decode()
    assert "已终止" in told
    assert "verify-ok" not in told
