"""From the city's wish to the published result: plan, draw, visit, correction, publication, each by the people whose act it is."""

from __future__ import annotations

import json
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from foreignwork.accounts.models import Membership, User
from foreignwork.cases.models import CaseEvent
from foreignwork.demo.cast import Cast
from foreignwork.desk import seat as desk_seat
from foreignwork.notices.files import pdf_bytes
from foreignwork.notices.models import Notice
from foreignwork.portal import concerning as firm_views
from supervision import verifier
from supervision.models import Draw, DrawnObject, Inspection, Plan, Proposal
from supervision.views import results as public_views
from tests.matters.cast_supervision import VALUES, Oversight, drain, muster
from tests.stage import AT
from tests.stories.acts import Person
from tests.stories.telling import tells

TODAY = AT.date().isoformat()


@pytest.fixture
def office(real_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    monkeypatch.setattr(firm_views, "now", lambda: AT)
    monkeypatch.setattr(public_views, "now", lambda: AT)
    return muster(real_cast)


def sits(user: User | None) -> Person:
    browser = Client()
    if user is not None:
        browser.force_login(user)
    return Person(user, browser)


def does(who: Person, where: str, *args: Any, **data: Any) -> None:
    answer = who.sends(f"supervision:{where}", *args, **data)
    assert answer.status_code == 302, (where, answer.content.decode()[:2000])


def steps(who: Person, case: Inspection, action: str, **data: Any) -> Inspection:
    """A step at the desk, with the key and version of its page."""
    fresh = Inspection.objects.get(pk=case.pk)
    post = {"key": f"{action}-{fresh.version}", "version": fresh.version, **data}
    answer = who.sends("desk:step", fresh.number, action, **post)
    assert answer.status_code == 302, (action, answer.content.decode()[:3000])
    return Inspection.objects.get(pk=case.pk)


def said(case: Inspection, kind: str) -> str:
    """What a paper of the case says, read from the PDF itself."""
    document = pypdfium2.PdfDocument(pdf_bytes(Notice.objects.filter(case=case, kind=kind).latest("pk")))
    return "".join(page.get_textpage().get_text_range() for page in document)


@tells("supervision/drawn/confirm_corrected")
def test_from_plan_to_publication(office: Oversight, tmp_path: Any) -> None:
    planner, host, leader = (sits(office.people[name]) for name in ("planner", "host", "leader"))
    public = sits(None)

    # A problem found in the field becomes a task of the plan, approved by a second person and reported.
    does(planner, "propose", year=2026, kind="employer", title="岗位一致", problem="走访发现岗位不符。")
    does(planner, "answer", Proposal.objects.get().pk, accepted="yes", reason="列入计划")
    does(planner, "plan_begin", year=2026)
    plan = Plan.objects.get()
    task = {
        "name_zh": "岗位一致性抽查", "code": "posts", "kind": "employer", "items": ["post_as_permitted", "contract"],
        "percent_high": 20, "percent_normal": 5, "percent_low": 2, "cap": 6, "problem": "走访发现岗位不符。",
        "from_on": "2026-01-01", "until_on": "2026-12-31", "joint": ["police"],
    }  # fmt: skip
    does(planner, "part_new", plan.pk, **task)
    does(planner, "plan_submit", plan.pk)
    does(leader, "plan_approve", plan.pk, words="同意")
    does(planner, "plan_report", plan.pk, recipient="national", reference="甘科函〔2026〕1号", on=TODAY)
    does(planner, "plan_report", plan.pk, recipient="province", reference="甘科函〔2026〕2号", on=TODAY)

    # The draw: commitment first, numbers by two people, result.
    does(host, "draw_open", plan.parts.get().pk, dice=25, issue="2026030")
    drain()
    draw = Draw.objects.get()
    promised = draw.commitment.hash
    assert promised in public.looks_at("supervision:public_draw", draw.number)
    numbers = {
        "source_0": "".join(map(str, VALUES[0])),
        "source_1": " ".join(map(str, VALUES[1])),
        "source_2": "7",
        "happened_on": TODAY,
    }
    for person in (host, planner):
        does(person, "numbers", draw.pk, **numbers)
    drain()
    draw = Draw.objects.get()
    assert draw.state == "published"
    record = tmp_path / "record.json"
    record.write_bytes(public.browser.get(reverse("supervision:record", args=[draw.number])).getvalue())
    assert json.loads(record.read_text())["commit_hash"] == promised
    assert verifier.main([str(record)]) == 0

    # One visit: approved, dated, announced, two certificates, a problem, an order to correct.
    case = Inspection.objects.order_by("pk")[0]
    row = DrawnObject.objects.get(inspection=case)
    assert row.lead and row.second
    lead, second = sits(row.lead.user), sits(row.second.user)
    case = steps(leader, case, "approve", remark="同意")
    case = steps(leader, case, "assign", planned_on=TODAY)
    user = User.objects.create(username="firm-agent", kind="applicant", display_name="单位经办")
    Membership.objects.create(user=user, organisation=case.subject_org)
    firm = sits(user)
    assert case.number not in firm.looks_at("supervision:firm")
    case = steps(lead, case, "announce", planned_on=TODAY, prepare="花名册、劳动合同")
    assert case.number in firm.looks_at("supervision:firm")
    case = steps(lead, case, "arrive", on=TODAY, lead_shown="on", second_shown="on", met="王经理")
    case = steps(
        second, case, "record",
        result_post_as_permitted="to_follow", note_post_as_permitted="一人申报为工程师，实际从事销售。",
        result_contract="nothing_found", signed="signed", signer="王经理", both_signed="on", remark="查看工位。",
    )  # fmt: skip
    case = steps(leader, case, "order_correction", demand="办理岗位变更，或者恢复原岗位。")
    drain()
    assert "办理岗位变更" in said(case, "CORRECTION_ORDER").replace("\r\n", "")
    assert "一人申报为工程师" in said(case, "INSPECTION_RECORD").replace("\r\n", "")
    assert "责令改正通知书" in firm.looks_at("supervision:firm_case", case.number)
    answer = {"text": "已办理变更。", "key": "answer-1", "version": case.version}
    does(firm, "firm_step", case.number, "report_correction", **answer)
    case = steps(lead, case, "confirm_corrected", on=TODAY, remark="已变更，见变更许可。")

    # Publication: the firm and the coded result, nothing of people; internal papers never leave.
    assert case.number not in public.looks_at("supervision:public_results")
    case = steps(lead, case, "publish", term="light", checked="on")
    seen = public.looks_at("supervision:public_results")
    assert case.subject_org is not None
    assert case.subject_org.name_zh in seen
    assert "发现问题已责令改正" in seen
    assert "工程师" not in seen
    internal = Notice.objects.get(case=case, kind="INSPECTION_APPROVAL")
    firm.looks_at("supervision:firm_paper", case.number, internal.pk, status=404)
    actions = CaseEvent.objects.filter(case=case).order_by("seq").values_list("action", flat=True)
    assert list(actions) == [
        "propose_drawn", "approve", "assign", "announce", "arrive", "record", "order_correction", "report_correction",
        "confirm_corrected", "publish",
    ]  # fmt: skip

    # A visit of service is counted apart.
    visit = {"uscc": office.firms[0].uscc, "on": TODAY, "purpose": "政策宣讲", "joint": ["police"]}
    does(lead, "service_visit", **visit)
    assert "联合走访" in lead.looks_at("supervision:home")
    drain()
