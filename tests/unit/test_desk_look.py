"""Every desk page as a picture, in Chinese at 1280 and 390 px and in English: nothing runs over the edge, nothing breaks CSP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.models import Notice
from tests.stage import AT, all_met, bring, case_of
from tests.stage import real_cast as real_cast

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)


@pytest.fixture
def cases(real_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, Case]:
    """Three people at three points, and enough rows for a full page."""
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    anna = case_of(stage.file(real_cast, "university", ANNA, at=AT - timedelta(days=1)))
    bruno = case_of(stage.file(real_cast, "energy", BRUNO, at=AT - timedelta(days=5)))
    clara = case_of(stage.file(real_cast, "university", CLARA, at=AT - timedelta(days=12)))
    ask = _asking(clara)
    stage.act(
        clara,
        real_cast.officer(clara, "reception"),
        "request_supplement",
        at=AT - timedelta(days=9),
        data=ask,
    )
    bring(real_cast, bruno, "first_reviewed", at=AT - timedelta(days=3))
    found = all_met(bruno) | {"remark": "学历认证尚缺原件核对，其余符合。"}
    found[[name for name in found if name.startswith("condition_")][1]] = "not_met"
    reviewer = real_cast.officer(bruno, "review")
    stage.act(case_of(bruno.bundle), reviewer, "second_review", at=AT - timedelta(days=1), data=found)
    _papers(bruno)
    _fill(anna)
    return {"anna": anna, "bruno": bruno, "clara": clara}


def _asking(case: Case) -> dict[str, str]:
    items = [row for row in case.bundle.items.all() if case.matter in row.for_matters]
    code = next(row.code for row in items if not row.by_system and not row.on_paper)
    reason = next(iter(case.policy_version.pack.supplement_reasons))
    return {
        f"ask_{code}": "on",
        f"reason_{code}": reason,
        f"note_{code}": "第 2 页缺少单位公章，请重新扫描。",
    }


def _papers(case: Case) -> None:
    """One paper issued, one failed."""
    rows = Notice.objects.filter(case_id=case.pk)
    rows.update(status="issued", issued_at=AT)
    rows.filter(pk=rows.order_by("pk")[0].pk).update(status="failed", failure="FontError")


def _fill(case: Case) -> None:
    names = [field.attname for field in Case._meta.concrete_fields if not field.primary_key]
    row = Case.objects.get(pk=case.pk)
    values = {name: getattr(row, name) for name in names} | {"bundle_id": row.bundle_id}
    days = [AT.date() + timedelta(days=offset) for offset in (-4, 0, 1, 9, 3)]
    Case.objects.bulk_create(
        Case(**{**values, "number": f"GANSU-2026-{900000 + n}-X", "due_on": days[n % 5]}) for n in range(60)
    )


def enter(page: Any, user: User, url: str) -> None:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def photograph(
    page: Any, url: str, path: str, name: str, folder: Path, *, widths: tuple[int, ...] = WIDTHS
) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{url}{path}")
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        page.screenshot(path=folder / f"desk-{name}-{width}.png", full_page=True)
        assert over <= 0, f"{name} runs {over} px over the edge at {width} px"


def test_pages_fit_and_break_no_rule_of_the_browser(
    page: Any, live_url: str, real_cast: Cast, cases: dict[str, Case], screenshots: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    anna, bruno, clara = cases["anna"], cases["bruno"], cases["clara"]
    assert anna.bundle is not None
    by_desk = {
        "reception": {
            "home": "/desk/?tab=office",
            "home-empty": "/desk/?tab=upcoming",
            "case": reverse("desk:case", args=[anna.number]),
            "case-waiting": reverse("desk:case", args=[clara.number]),
            "supplement": reverse("desk:step", args=[anna.number, "request_supplement"]),
            "bundle": reverse("desk:bundle", args=[bruno.bundle.number]),
            "window": reverse("desk:window"),
            "entry": reverse("desk:entry", args=[bruno.number]),
            "search": reverse("desk:search"),
        },
        "decide": {
            "case-decide": reverse("desk:case", args=[bruno.number]),
            "refuse": reverse("desk:step", args=[bruno.number, "refuse"]),
            "overview": reverse("desk:overview"),
            "papers": reverse("desk:failed_papers"),
            "messages": reverse("desk:quarantine"),
        },
    }
    for desk, pages in by_desk.items():
        enter(page, real_cast.officer(anna, desk), live_url)
        for name, path in pages.items():
            photograph(page, live_url, path, name, screenshots)
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_url}])
        for name, path in pages.items():
            photograph(page, live_url, path, f"{name}-en", screenshots)
    assert not complaints, complaints


def test_a_review_by_clicking(
    page: Any, live_url: str, real_cast: Cast, cases: dict[str, Case], screenshots: Path
) -> None:
    anna = cases["anna"]
    bring(real_cast, case_of(anna.bundle), "accepted")
    enter(page, real_cast.officer(anna, "review"), live_url)
    page.goto(f"{live_url}/desk/")
    page.get_by_role("link", name=anna.number).click()
    with page.expect_navigation():
        page.locator(".action-go", has_text="一级审查").click()
    with page.expect_navigation():
        page.locator("main .panel button.button").click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.screenshot(path=screenshots / "desk-review-errors-1280.png", full_page=True)
    for group in page.locator("[role=radiogroup]").all():
        group.get_by_role("radio", name="符合", exact=True).check()
    page.locator("textarea").fill("各项条件均符合")
    page.screenshot(path=screenshots / "desk-review-1280.png", full_page=True)
    page.locator("main .panel button.button").click()
    expect(page.locator(".banner-success")).to_be_visible()
    page.screenshot(path=screenshots / "desk-case-done-1280.png", full_page=True)
    assert Case.objects.get(pk=anna.pk).state == "first_reviewed"


def test_a_pdf_opens_in_the_browser(
    page: Any, live_url: str, real_cast: Cast, cases: dict[str, Case]
) -> None:
    """The sandbox of the policy does not stop the browser's own viewer."""
    anna = cases["anna"]
    enter(page, real_cast.officer(anna, "reception"), live_url)
    page.goto(live_url + reverse("desk:case", args=[anna.number]))
    with page.context.expect_page() as opened:
        page.locator(".materials .action-link").first.click()
    assert "/documents/" in opened.value.url
