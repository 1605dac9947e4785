"""The day list of a window: who comes when, shutting a day to come, and never another office's window."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.appointments.models import Appointment, Closure
from foreignwork.cases import clock
from foreignwork.demo.cast import Cast
from foreignwork.workflow.visits import displace
from tests.matters.cast_matters import go
from tests.matters.cast_residence import RECEIPT, WINDOW, applied
from tests.stage import AT, case_of
from tests.stage import cast as cast


@pytest.fixture(autouse=True)
def _pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    original = clock.now
    for name, module in list(sys.modules.items()):
        if name.startswith("foreignwork") and getattr(module, "now", None) is original:
            monkeypatch.setattr(module, "now", lambda: AT)


def desk(cast: Cast, office: str, role: str = "handle") -> Client:
    browser = Client()
    browser.force_login(cast.officers[office, role])
    return browser


@pytest.fixture
def case(cast: Cast) -> Any:
    return applied(cast)


def key(cast: Cast, window: str = WINDOW) -> str:
    return f"{cast.jurisdiction.pk}-{window}"


def page(browser: Client, **asked: str) -> str:
    answer = browser.get(reverse("desk:days"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_comes_when(cast: Cast, case: Any, django_assert_max_num_queries: Any) -> None:
    browser = desk(cast, "lanzhou-exit-entry")
    with django_assert_max_num_queries(30):
        shown = page(browser, day="2026-03-12")
    assert case.number in shown
    assert "09:30" in shown and "已预约 1 人，共 24 个名额" in shown
    assert "登记未到场" not in shown, "its time has not come"
    assert case.number not in page(browser, day="2026-03-13")
    assert "不是工作日" in page(browser, day="2026-03-14")
    assert "2026" in page(browser, day="no day", window="x")


def test_another_office_sees_neither_the_window_nor_who_comes(cast: Cast, case: Any) -> None:
    shown = page(desk(cast, "tianshui-exit-entry"), day="2026-03-12", window=key(cast))
    assert case.number not in shown
    assert "天水" in shown and "兰州市公安局" not in shown


def test_a_day_to_come_is_shut_with_a_reason_and_opened_again(cast: Cast, case: Any) -> None:
    browser = desk(cast, "lanzhou-exit-entry")
    post = {"day": "2026-03-12", "window": key(cast), "do": "close"}
    refused = browser.post(reverse("desk:days"), post)
    assert refused.status_code == 400
    assert "请写明停办原因" in refused.content.decode()
    assert browser.post(reverse("desk:days"), {**post, "reason": "设\u202e备检修"}).status_code == 400
    for _twice in range(2):
        assert browser.post(reverse("desk:days"), {**post, "reason": "设备检修"}).status_code == 302
    assert Closure.objects.get().reason == "设备检修"
    assert "设备检修" in page(browser, day="2026-03-12")
    assert displace(at=AT) == 1
    assert case_of(case.bundle, "R").state == "ready_to_apply"
    assert browser.post(reverse("desk:days"), {**post, "do": "reopen"}).status_code == 302
    assert Closure.objects.get().reopened_at == AT
    assert Appointment.objects.get().status == "displaced", "what was taken away stays away"


@pytest.mark.parametrize("day", ["2026-03-10", "2026-03-09", "nonsense"])
def test_a_day_that_has_begun_is_not_shut(cast: Cast, case: Any, day: str) -> None:
    browser = desk(cast, "lanzhou-exit-entry")
    post = {"day": day, "window": key(cast), "do": "close", "reason": "设备检修"}
    answer = browser.post(reverse("desk:days"), post)
    assert answer.status_code == 400
    assert "不能停办" in answer.content.decode()
    assert not Closure.objects.exists()


def test_nobody_shuts_another_office_s_window(cast: Cast, case: Any) -> None:
    post = {"day": "2026-03-12", "window": key(cast), "do": "close", "reason": "x"}
    assert desk(cast, "tianshui-exit-entry").post(reverse("desk:days"), post).status_code == 404
    assert desk(cast, "lanzhou-exit-entry", "review").post(reverse("desk:days"), post).status_code == 403
    assert not Closure.objects.exists()


def test_the_window_knows_which_passports_it_keeps(cast: Cast, case: Any) -> None:
    where = reverse("desk:window")
    browser = desk(cast, "lanzhou-exit-entry")
    assert "窗口收存的护照" not in browser.get(where).content.decode()
    case = go(cast, case, "handle", "give_receipt", data=RECEIPT)
    shown = browser.get(where).content.decode()
    assert "窗口收存的护照" in shown and case.number in shown.partition("窗口收存的护照")[2]
    assert case.number not in desk(cast, "tianshui-exit-entry").get(where).content.decode()
    case = go(cast, case, "agent", "withdraw", data={"remark": "改期"})
    assert case.number in browser.get(where).content.decode(), "a passport does not vanish with the case"
    go(cast, case, "handle", "return_passport", data={"how": "counter", "receiver": "ANNA"})
    assert "窗口收存的护照" not in browser.get(where).content.decode()
