"""Every page of supervision as a picture, in Chinese at 1280 and 390 px and in English: nothing runs over the edge, nothing breaks CSP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Membership, User
from foreignwork.cases.models import Case
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.portal import concerning as firm_views
from supervision import ceremony, planning
from supervision.models import Draw, Inspection, PlanPart, RiskLead, Subject
from tests.matters.cast_supervision import (
    SOURCES,
    VALUES,
    Oversight,
    approved_part,
    drain,
    drawn,
    muster,
    part_values,
)
from tests.stage import AT
from tests.stage import real_cast as real_cast

pytestmark = pytest.mark.browser


@pytest.fixture
def house(real_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    monkeypatch.setattr(firm_views, "now", lambda: AT)
    return muster(real_cast)


def enter(page: Any, user: User | None, url: str) -> None:
    page.context.clear_cookies()
    if user is not None:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]
        )


def photograph(page: Any, url: str, path: str, name: str, folder: Path, widths: tuple[int, ...]) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{url}{path}")
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        page.screenshot(path=folder / f"supervision-{name}-{width}.png", full_page=True)
        assert over <= 0, f"{name} runs {over} px over the edge at {width} px"


def half_drawn(house: Oversight, first: Draw) -> Draw:
    """A second task, committed, with one entry typed."""
    plan = planning.adjust(first.part.plan, reason="增加第二轮", actor=house.actor("planner"), at=AT)
    planning.set_part(plan, None, actor=house.actor("planner"), at=AT, **part_values(code="second"))
    planning.submit(plan, actor=house.actor("planner"), at=AT)
    planning.approve(plan, remark="", actor=house.actor("leader"), at=AT)
    part = PlanPart.objects.select_related("plan__jurisdiction").get(plan=plan, code="second")
    draw = ceremony.open_draw(part, sources=SOURCES, actor=house.actor("host"), at=AT)
    drain()
    draw = Draw.objects.get(pk=draw.pk)
    ceremony.type_numbers(draw, VALUES, AT.date(), actor=house.actor("host"), at=AT)
    return draw


def test_pages_fit_and_break_no_rule_of_the_browser(
    page: Any, live_url: str, house: Oversight, screenshots: Path
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    draw = drawn(house, approved_part(house))
    half = half_drawn(house, draw)
    case = Inspection.objects.filter(draw=draw).order_by("pk")[0]
    Inspection.objects.filter(pk=case.pk).update(announced=True, planned_on=AT.date())
    Case.objects.filter(pk=case.pk).update(state="correcting", phase="waiting")
    done = Inspection.objects.filter(draw=draw).order_by("pk")[1]
    Inspection.objects.filter(pk=done.pk).update(
        published_on=AT.date(), visited_on=AT.date(), result="nothing_found"
    )
    assert case.subject_org is not None
    lead = RiskLead.objects.create(
        jurisdiction=house.cast.jurisdiction, subject=Subject.objects.get(organisation=case.subject_org),
        rule="few_insured", key="6:1", evidence={"permits": 6, "insured": 1}, found_on=AT.date(), found_at=AT,
    )  # fmt: skip
    agent = User.objects.create(username="firm", kind="applicant", display_name="经办")
    Membership.objects.create(user=agent, organisation=case.subject_org)
    at = {name: reverse(f"supervision:{name}") for name in (
        "home", "open", "items", "objects", "inspectors", "plans", "enlist", "service_visits", "service_visit",
        "public_draws", "public_results", "firm", "leads",
    )}  # fmt: skip
    pages: dict[str, tuple[User | None, dict[str, str]]] = {
        "public": (None, {
            "public-draws": at["public_draws"],
            "public-draw": reverse("supervision:public_draw", args=[draw.number]),
            "public-half": reverse("supervision:public_draw", args=[half.number]),
            "public-results": at["public_results"],
            "open-data": reverse("supervision:open_data"),
            "public-credit": reverse("credit:public"),
        }),
        "planner": (house.people["planner"], {
            "home": at["home"],
            "open": at["open"],
            "items": at["items"],
            "objects": at["objects"],
            "inspectors": at["inspectors"],
            "inspector": reverse("supervision:inspector", args=[house.inspectors[0].pk]),
            "plans": at["plans"],
            "plan": reverse("supervision:plan", args=[half.part.plan_id]),
            "case": reverse("desk:case", args=[case.number]),
            "visit": at["service_visit"],
            "visits": at["service_visits"],
            "leads": at["leads"],
            "lead": reverse("supervision:lead", args=[lead.pk]),
            "subject": reverse("supervision:subject", args=[lead.subject_id]),
            "level": reverse("supervision:level", args=[lead.subject_id]),
            "evidence": reverse("supervision:evidence", args=[case.number]),
            "plan-task": reverse("supervision:part", args=[half.part.plan_id, half.part_id]),
            "credit": reverse("credit:home"),
            "credit-file": reverse("credit:file", args=[case.subject_org.uscc]),
        }),
        "host": (house.people["host"], {
            "draws": reverse("supervision:draws"),
            "draw": reverse("supervision:draw", args=[draw.pk]),
            "stage": reverse("supervision:stage", args=[draw.pk]),
            "stage-half": reverse("supervision:stage", args=[half.pk]),
            "numbers": reverse("supervision:numbers", args=[half.pk]),
            "cancel": reverse("supervision:draw_cancel", args=[half.pk]),
        }),
        "inspector": (house.people["inspector-1"], {"phones": reverse("supervision:phones")}),
        "firm": (agent, {
            "firm": at["firm"],
            "firm-case": reverse("supervision:firm_case", args=[case.number]),
            "firm-credit": reverse("credit:firm"),
        }),
    }  # fmt: skip
    for user, paths in pages.values():
        enter(page, user, live_url)
        for name, path in paths.items():
            photograph(page, live_url, path, name, screenshots, (1280, 390))
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_url}])
        for name, path in paths.items():
            photograph(page, live_url, path, f"{name}-en", screenshots, (390,))
    assert not complaints, complaints
