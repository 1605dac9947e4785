"""The pages of supervision: each opens for whom it is, refuses in words, keeps what was typed, and bad input is never a 500."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import User
from foreignwork.cases import registry
from foreignwork.cases.models import Case
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.desk.limits import KINDS
from foreignwork.portal import concerning as firm_views
from supervision import inspectors, verifier
from supervision.models import (
    Draw,
    DrawnObject,
    EntropyEntry,
    Inspection,
    InspectorEntry,
    Plan,
    Proposal,
    ServiceVisit,
)
from supervision.views.cases import figures
from tests.matters.cast_supervision import VALUES, Oversight, approved_part, drain, drawn, muster
from tests.stage import AT
from tests.stage import cast as cast

TODAY = AT.date().isoformat()


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    monkeypatch.setattr(firm_views, "now", lambda: AT)
    return muster(cast)


@dataclass
class At:
    """Somebody at a browser."""

    browser: Client

    def sees(self, name: str, status: int = 200, query: str = "", **where: Any) -> str:
        answer = self.browser.get(reverse(f"supervision:{name}", kwargs=where) + query)
        assert answer.status_code == status, (name, answer.status_code)
        return answer.getvalue().decode()

    def sends(self, name: str, status: int = 302, where: dict[str, Any] | None = None, **data: Any) -> Any:
        answer = self.browser.post(reverse(f"supervision:{name}", kwargs=where or {}), data)
        assert answer.status_code == status, (name, answer.status_code, answer.content.decode()[:3000])
        return answer


def at(house: Oversight, who: str | User | None) -> At:
    browser = Client()
    if who is not None:
        browser.force_login(house.people[who] if isinstance(who, str) else who)
    return At(browser)


PART = {
    "name_zh": "工作许可专项",
    "code": "permits",
    "kind": "employer",
    "items": ["valid_documents", "post_as_permitted"],
    "percent_high": "20",
    "percent_normal": "5",
    "percent_low": "2",
    "cap": "6",
    "from_on": "2026-01-01",
    "until_on": "2026-12-31",
}


def test_a_plan_is_drawn_up_approved_by_another_adjusted_and_reported(house: Oversight) -> None:
    """S004-29…-31, all through the pages."""
    planner, leader = at(house, "planner"), at(house, "leader")
    planner.sends("propose", year=2026, kind="employer", title="岗位一致", problem="走访发现岗位不符。")
    wanted = Proposal.objects.get()
    planner.sends("answer", where={"pk": wanted.pk}, accepted="yes", reason="列入年度计划")
    planner.sends("answer", 422, where={"pk": wanted.pk}, accepted="no", reason="再答")
    planner.sends("plan_begin", year=2026)
    planner.sends("plan_begin", 422, year=2026)
    plan = Plan.objects.get()
    planner.sends("plan_submit", 403, where={"pk": plan.pk})  # empty
    planner.sends("part_new", where={"pk": plan.pk}, **PART)
    again = planner.sends("part_new", 422, where={"pk": plan.pk}, **PART)
    assert "代码“permits”" in again.content.decode()
    leader.sends("part_new", 403, where={"pk": plan.pk}, **{**PART, "code": "x"})
    part = plan.parts.get()
    assert part.min_ppm == 50_000
    planner.sends("part", where={"pk": plan.pk, "part": part.pk}, **{**PART, "cap": "5"})
    leader.sends("plan_approve", 422, where={"pk": plan.pk})  # not submitted
    planner.sends("plan_submit", where={"pk": plan.pk})
    planner.sends("plan_approve", 403, where={"pk": plan.pk})
    leader.sends("plan_send_back", where={"pk": plan.pk}, words="补充依据")
    assert "补充依据" in planner.sees("plan", pk=plan.pk)
    planner.sends("plan_submit", where={"pk": plan.pk})
    leader.sends("plan_approve", where={"pk": plan.pk}, words="同意")
    planner.sends("part", 422, where={"pk": plan.pk, "part": part.pk}, **PART)
    assert plan.parts.get().cap == 5
    report = {"recipient": "national", "reference": "甘科函〔2026〕1号", "on": TODAY}
    planner.sends("plan_report", where={"pk": plan.pk}, **report)
    planner.sends("plan_report", 422, where={"pk": plan.pk}, **report)
    planner.sends("plan_adjust", where={"pk": plan.pk}, words="增加二轮")
    assert Plan.objects.get(revision=2).parts.count() == 1
    text = planner.sees("plan", pk=plan.pk, query="?as=csv")
    assert "工作许可专项" in text
    assert planner.sees("plans").count("第 1 版")


@pytest.mark.parametrize("change", [
    {"percent_normal": "101"}, {"percent_normal": "-1"}, {"cap": "0"}, {"cap": "9" * 40}, {"items": ["nothing"]},
    {"items": []}, {"kind": "ghost"}, {"kind": "agency"}, {"from_on": "9999-12-31"}, {"until_on": "2025-01-01"},
    {"name_zh": ""}, {"name_zh": "a\x00b"}, {"code": "空 格"}, {"districts": ["atlantis"]}, {"name_zh": "长" * 300},
])  # fmt: skip
def test_a_bad_task_is_refused_and_kept(house: Oversight, change: dict[str, Any]) -> None:
    planner = at(house, "planner")
    planner.sends("plan_begin", year=2026)
    plan = Plan.objects.get()
    answer = planner.sends("part_new", 400, where={"pk": plan.pk}, **{**PART, **change})
    assert not plan.parts.exists()
    assert "2026-01-01" in answer.content.decode() or "from_on" in change


def test_a_draw_by_the_pages_from_the_plan_to_the_verifier(house: Oversight, tmp_path: Any) -> None:
    part = approved_part(house)
    host, planner, public = at(house, "host"), at(house, "planner"), at(house, None)
    assert "24" in host.sees("draw_open", part=part.pk)
    planner.sends("draw_open", 403, where={"part": part.pk}, dice="25", issue="2026030")
    host.sends("draw_open", 422, where={"part": part.pk}, dice="1", issue="2026030")
    host.sends("draw_open", 400, where={"part": part.pk}, dice="x", issue="<script>")
    host.sends("draw_open", where={"part": part.pk}, dice="25", issue="2026030")
    draw = Draw.objects.get()
    assert "正在冻结名录" in host.sees("draw", pk=draw.pk)
    drain()
    draw = Draw.objects.get()
    assert draw.commitment.hash in public.sees("public_draw", number=draw.number)
    public.sees("record", 404, number=draw.number)
    assert json.loads(public.sees("commitment", number=draw.number))["commit_hash"] == draw.commitment.hash
    numbers = {
        "source_0": "".join(map(str, VALUES[0])),
        "source_1": " ".join(map(str, VALUES[1])),
        "source_2": "7",
        "happened_on": TODAY,
    }
    host.sends("numbers", 400, where={"pk": draw.pk}, **{**numbers, "source_1": "1; DROP"})
    host.sends("numbers", 422, where={"pk": draw.pk}, **{**numbers, "source_1": "1 2 3"})
    host.sends("numbers", where={"pk": draw.pk}, **numbers)
    page = planner.sees("numbers", pk=draw.pk)
    assert numbers["source_0"] not in page
    # With the key that every page of ours carries: what differed stays on the record, or one could try until it agrees.
    slip = {**numbers, "source_2": "8", "key": "pressed-twice"}
    for _twice in range(2):
        differs = planner.sends("numbers", 422, where={"pk": draw.pk}, **slip)
        assert "第 3 个来源的第 1 个数字" in differs.content.decode()
        assert EntropyEntry.objects.count() == 2
    host.sends("numbers", where={"pk": draw.pk}, **numbers)
    planner.sends("numbers", where={"pk": draw.pk}, **numbers)
    drain()
    draw = Draw.objects.get()
    assert "已公布结果" in host.sees("draw", pk=draw.pk)
    assert draw.result.reveal in host.sees("stage", pk=draw.pk)
    seen = public.sees("public_draw", number=draw.number)
    [first, *_rest] = DrawnObject.objects.filter(draw=draw).order_by("place")
    assert first.subject.organisation.name_zh in seen
    record, program = tmp_path / "r.json", tmp_path / "verifier.py"
    record.write_text(public.sees("record", number=draw.number))
    program.write_text(public.sees("verifier"))
    assert verifier.main([str(record)]) == 0
    assert draw.number in public.sees("public_draws")
    assert "已抽取" in host.sees("plans")


def test_a_draw_is_cancelled_in_public(house: Oversight) -> None:
    part = approved_part(house)
    at(house, "host").sends("draw_open", where={"part": part.pk}, dice="25", issue="2026030")
    drain()
    draw = Draw.objects.get()
    at(house, "host").sends("draw_cancel", 403, where={"pk": draw.pk}, reason="event_failed")
    at(house, "leader").sends("draw_cancel", where={"pk": draw.pk}, reason="event_failed", remark="停开")
    seen = at(house, None).sees("public_draw", number=draw.number)
    assert "声明的公开随机事件没有举行" in seen
    assert "cancelled" in at(house, None).sees("record", number=draw.number)


def test_nobody_sees_a_draw_before_its_commitment(house: Oversight) -> None:
    part = approved_part(house)
    at(house, "host").sends("draw_open", where={"part": part.pk}, dice="25", issue="2026030")
    at(house, None).sees("public_draw", 404, number="GANSU-2026-01")


def test_every_limit_that_a_step_starts_has_words() -> None:
    """A clerk reads “作出处罚决定”, never the code of a limit."""
    nameless = {
        f"{matter.code}/{kind}"
        for matter in registry.all_matters()
        for step in matter.steps.values()
        for one in step.starts
        if (kind := getattr(one, "kind", one)) not in KINDS and registry.limit_words(kind) is None
    }
    assert nameless == set()


@pytest.mark.parametrize(
    "query", ["?on=2026-03-01", "?on=9999-99-99", "?on=x%00", "?kind=ghost", "?after=99999999999999999999"]
)
def test_registers_of_any_day_and_of_none(house: Oversight, query: str) -> None:
    for name in ("items", "objects", "inspectors"):
        shown = at(house, "planner").sees(name, query=query)
        if name == "objects" and query == "?on=2026-03-01":
            assert "兰州市" in shown
            assert ">lanzhou<" not in shown, "a district is read by its name"


def test_inspectors_are_entered_by_the_pages(house: Oversight) -> None:
    leader = at(house, "leader")
    user = house.people["inspector-1"]
    one = house.inspector_of(user)
    leader.sends(
        "enlist", user=user.pk, districts=["tianshui"], skills=["labour"], on="2026-03-20", reason="换区"
    )
    assert InspectorEntry.objects.filter(inspector=one).count() == 2
    same = house.people["inspector-2"]
    leader.sends("enlist", 422, user=same.pk, districts=["lanzhou"], skills=["permits", "labour", "documents"],
                 on="2026-03-20", reason="x")  # fmt: skip
    for what, data in (
        ("certificate", {"number": "甘99", "issuer": "省厅", "from_on": TODAY, "until_on": "2028-01-01"}),
        ("training", {"on": TODAY, "subject": "法律", "hours": "8"}),
        ("interest", {"uscc": house.firms[0].uscc, "ground": "shares", "from_on": TODAY}),
    ):
        leader.sends("inspector_record", where={"pk": one.pk, "what": what}, **data)
    leader.sends("inspector_record", 422, where={"pk": one.pk, "what": "certificate"}, number="甘99", issuer="x",
                 from_on=TODAY, until_on=TODAY)  # fmt: skip
    at(house, user).sends("inspector_record", where={"pk": one.pk, "what": "interest"},
                          uscc=house.firms[1].uscc, ground="relative", from_on=TODAY)  # fmt: skip
    at(house, user).sends("inspector_record", 403, where={"pk": one.pk, "what": "training"}, on=TODAY, subject="x",
                          hours="1")  # fmt: skip
    assert "甘99" in leader.sees("inspector", pk=one.pk)
    leader.sends("file_register", recipient="national", reference="备〔2026〕1号", on=TODAY)
    assert "备〔2026〕1号" in leader.sees("inspectors")
    assert leader.sees("inspectors", query="?as=csv").count("\n") >= 4
    gone = {"on": "2026-04-01", "reason": "调离"}
    where = {"pk": one.pk, "what": "leaving"}
    at(house, user).sends("inspector_record", 403, where=where, **gone)
    leader.sends("inspector_record", where=where, **gone)
    assert InspectorEntry.objects.get(inspector=one, until_on="2026-04-01").reason_out == "调离"
    leader.sends("inspector_record", 422, where=where, **gone)  # twice: nobody is there any more
    assert "移出检查人员名录库" not in leader.sees("inspector", pk=one.pk)


def test_a_spreadsheet_runs_nothing(house: Oversight) -> None:
    from supervision.views.room import as_csv

    assert "'=1+1" in as_csv("x", ["a"], [["=1+1"], ["-2"], ["好"]]).content.decode()


def test_an_inspection_is_opened_on_a_complaint_by_the_page(house: Oversight) -> None:
    planner, firm = at(house, "planner"), house.firms[0]
    good = {
        "uscc": firm.uscc,
        "source": "complaint",
        "source_ref": "12345-1",
        "source_on": TODAY,
        "items": ["contract"],
        "grounds": "投诉",
        "key": "k1",
    }
    for change in (
        {"uscc": "nobody"},
        {"source": "draw"},
        {"source": "visit"},
        {"source_ref": ""},
        {"items": []},
    ):
        planner.sends("open", 400, **{**good, **change})
    planner.sends("open", **good)
    planner.sends("open", **good)  # pressed twice
    case = Inspection.objects.get()
    assert case.subject_org == firm
    page = planner.browser.get(reverse("desk:case", args=[case.number]))
    assert page.status_code == 200
    assert firm.name_zh in page.content.decode()
    assert case.number in planner.sees("home")
    at(house, "leader").sees("home")


def test_a_service_visit_is_what_it_is(house: Oversight) -> None:
    """law-notes 22: counted apart, alone and joint (S000-33, -36)."""
    inspector = at(house, "inspector-1")
    data = {"uscc": house.firms[0].uscc, "on": TODAY, "purpose": "政策宣讲", "told": "介绍一件事"}
    inspector.sends("service_visit", **data)
    inspector.sends("service_visit", **data, joint=["police"])
    inspector.sends("service_visit", 400, **{**data, "on": "9999-01-01"})
    assert ServiceVisit.objects.count() == 2
    assert not Case.objects.filter(matter="supervision").exists()
    assert "政策宣讲" in inspector.sees("service_visits")

    # The year's figures: 52 alone and 7 joint are 59 (S000-29, -33, -36).
    ServiceVisit.objects.bulk_create(
        ServiceVisit(
            office=house.office, organisation=house.firms[n % 24], on=AT.date(), purpose="x", at=AT,
            joint=["police", "foreign_affairs"] if n < 6 else [], by=house.people["inspector-1"],
        )
        for n in range(57)
    )  # fmt: skip
    room: Any = SimpleNamespace(jurisdiction=house.cast.jurisdiction, seat=SimpleNamespace(today=AT.date()))
    shown = dict(figures(room))
    assert (shown["独立走访"], shown["联合走访"]) == (52, 7)
    assert (shown["本年检查"], shown["被检查单位"]) == (0, 0)


def test_an_inspector_leaves_the_register_by_the_page(house: Oversight) -> None:
    """S004-35: with day and reason; the register of the days before still shows him."""
    one, client = house.inspectors[0], Client()
    where = reverse("supervision:inspector_record", args=[one.pk, "leaving"])
    client.force_login(house.people["leader"])
    assert where in client.get(reverse("supervision:inspector", args=[one.pk])).content.decode()
    assert client.post(where, {"on": TODAY}).status_code == 400, "without a reason"
    assert client.post(where, {"on": "2020-01-01", "reason": "调离"}).status_code == 422, "before he entered"
    assert client.post(where, {"on": TODAY, "reason": "调离"}).status_code == 302
    there = [
        any(row.inspector == one for row in inspectors.register_on(house.cast.jurisdiction, day))
        for day in (AT.date(), AT.date() + timedelta(days=1))
    ]
    assert there == [True, False]
    assert client.post(where, {"on": TODAY, "reason": "调离"}).status_code == 422, "gone already"


def test_other_officers_and_strangers(house: Oversight) -> None:
    decider = house.cast.officers["gansu-kjt", "reception"]
    for name in ("home", "items", "plans", "draws"):
        at(house, decider).sees(name, 403)
        at(house, house.cast.agents["stranger"]).sees(name, 404)
        at(house, None).sees(name, 302)


def test_the_firm_sees_its_inspection_only_once_it_is_announced(house: Oversight) -> None:
    from foreignwork.accounts.models import Membership

    draw = drawn(house, approved_part(house))
    case = Inspection.objects.filter(draw=draw).order_by("pk")[0]
    user = User.objects.create(username="firm", kind="applicant", display_name="经办")
    Membership.objects.create(user=user, organisation=case.subject_org)
    firm = at(house, user)
    assert case.number not in firm.sees("firm")
    firm.sees("firm_case", 404, number=case.number)
    Inspection.objects.filter(pk=case.pk).update(announced=True)
    Case.objects.filter(pk=case.pk).update(state="notified")
    assert case.number in firm.sees("firm")
    Inspection.objects.filter(pk=case.pk).update(visited_on=AT.date())
    page = firm.sees("firm_case", number=case.number)
    assert "/evidence/" not in page, "what was brought home is the office's"
    assert "&lt;a" not in page
    assert "办理送达" not in page, "no paper waits, and a firm signs for papers, it does not serve them"
    at(house, house.cast.agents["stranger"]).sees("firm_case", 404, number=case.number)
    firm.sends("firm_step", 404, where={"number": case.number, "step": "arrive"})
    firm.sends(
        "firm_step", 409, where={"number": case.number, "step": "report_correction"}, text="x", version="1"
    )
