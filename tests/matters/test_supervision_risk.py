"""Leads from the data, each with evidence and a person's judgement; strata; joint visits; forms that act once; the plan as a workbook."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from foreignwork.accounts import roles
from foreignwork.accounts.models import Office, Organisation, User
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, CLARA
from foreignwork.desk import seat as desk_seat
from foreignwork.dossiers.models import Document, EngagementVersion
from foreignwork.policies import workdays
from foreignwork.policies.models import PolicyVersion
from supervision import judging, leads, policy, registers
from supervision.models import Inspection, LeadJudgement, RiskLead, RiskLevel, ServiceVisit, Subject
from tests.stage import AT, case_of
from tests.stage import cast as cast

from .cast_supervision import Oversight, approved_part, muster, staff
from .test_supervision_inspection import TODAY, reported

LATER = AT + timedelta(days=200)


@pytest.fixture
def house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Oversight:
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: AT)
    return muster(cast, firms=4)


def held(
    house: Oversight, person: Any, firm: str = "university", letter: str = "W", **changes: Any
) -> Entitlement:
    """A permit (or insurance) in the tables as a grant leaves it; how it is granted is told elsewhere."""
    bundle = stage.file(house.cast, firm, person, at=AT)
    case = case_of(bundle, letter)
    values = {
        "matter": case.matter, "case_id": case.pk, "dossier": bundle.dossier, "employer": bundle.employer,
        "number": f"N{case.pk}", "category": "A", "post": "教授", "valid_from": TODAY, "valid_until": date(2027, 3, 9),
        **changes,
    }  # fmt: skip
    return Entitlement.objects.create(**values)


def look(house: Oversight, at: Any = AT) -> dict[str, RiskLead]:
    registers.refresh(house.cast.jurisdiction, at=at)
    leads.look_for_leads(house.cast.jurisdiction, at=at)
    return {
        row.rule: row for row in RiskLead.objects.select_related("subject__organisation", "subject__dossier")
    }


def changed(entitlement: Entitlement, **facts: Any) -> None:
    case = Case.objects.get(pk=entitlement.case_id)
    old = EngagementVersion.objects.get(pk=case.engagement_version_id)
    EngagementVersion.objects.create(
        engagement=old.engagement, seq=old.seq + 1, facts={**(old.facts or {}), **facts}, created_at=AT,
        data_key_id=old.data_key_id,
    )  # fmt: skip


def test_pay_and_post_against_what_was_granted_on(house: Oversight) -> None:
    row = held(house, ANNA)
    declared = EngagementVersion.objects.get(pk=row.case.engagement_version_id).facts["annual_salary_cny"]
    Entitlement.objects.filter(pk=row.pk).update(
        post=EngagementVersion.objects.get(pk=row.case.engagement_version_id).facts["post_title"]
    )
    assert not look(house)
    changed(row, annual_salary_cny=int(float(declared) * 0.5), post_title="销售")
    found = look(house)
    assert set(found) == {"pay_lowered", "post_changed"}
    lead = found["pay_lowered"]
    assert lead.evidence == {"permit": row.number, "less": 50}, "percent only: the amounts stay sealed"
    assert lead.subject.dossier == row.dossier
    assert len(look(house)) == RiskLead.objects.count() == 2, "the same occasion is a lead once"


def test_few_insured_and_still_insured(house: Oversight) -> None:
    row = held(house, ANNA)
    insured = Entitlement.objects.create(
        matter="socialsec", case_id=case_of(row.case.bundle, "S").pk, dossier=row.dossier, employer=row.employer,
        number="S1", valid_from=TODAY,
    )  # fmt: skip
    other = held(house, CLARA, firm="university")
    third = held(house, CLARA, firm="energy")
    Entitlement.objects.filter(pk=third.pk).update(employer=row.employer)
    found = look(house, LATER)
    assert found["few_insured"].evidence == {"permits": 3, "insured": 1}
    assert "still_insured" not in found
    Entitlement.objects.filter(pk=row.pk).update(status="ended", ended_on=TODAY)
    found = look(house, LATER)
    assert found["still_insured"].evidence == {"permit": row.number, "ended": TODAY.isoformat()}
    assert insured.pk
    assert other.pk


def test_the_same_file_and_the_same_phone_across_firms(house: Oversight) -> None:
    one, two = held(house, ANNA), held(house, CLARA, firm="energy")
    assert "same_file" not in look(house)
    first = Document.objects.filter(dossier=one.dossier).order_by("pk")[0]
    twin = Document.objects.filter(dossier=two.dossier, kind=first.kind).order_by("pk")[0]
    type(first.blob).objects.filter(pk=twin.blob_id).update(content_hmac=first.blob.content_hmac)
    Organisation.objects.filter(pk__in=[firm.pk for firm in house.firms[:3]]).update(phone="0931-1234567")
    found = look(house)
    assert found["same_file"].evidence == {"material": first.kind, "firms": 2}
    assert found["same_phone"].evidence == {"firms": 3}
    stored = "".join(str(row.evidence) + row.key for row in RiskLead.objects.all())
    assert "1234567" not in stored


def test_agencies_complaints_and_a_good_record(house: Oversight) -> None:
    bundle = stage.file(house.cast, "university", ANNA, at=AT)
    agency = Organisation.objects.get(name_zh="示例代办")
    type(bundle).objects.filter(pk=bundle.pk).update(agency=agency)
    Case.objects.filter(bundle=bundle).update(outcome="refused")
    cases = [reported(house, source_ref=f"12345-{n}") for n in range(2)]
    found = look(house)
    assert found["complaints"].evidence == {"n": 2}
    assert "agency_pattern" not in found, "fewer than the pack's ten"
    own = policy.of(PolicyVersion.objects.in_force("gansu", TODAY))
    few = dict(own.risks["agency_pattern"].numbers) | {"least": 1}
    (one,) = leads.agency_pattern(leads.Look(house.cast.jurisdiction, TODAY, own, few))
    assert one.about == ("agency", agency.pk)
    assert one.evidence["percent"] == 100

    for case in cases:
        Case.objects.filter(pk=case.pk).update(
            state="cleared", phase="decided", outcome="ended", decided_at=AT
        )
    assert look(house)["good_record"].evidence == {"n": 2}
    Case.objects.filter(pk=cases[0].pk).update(state="penalised")
    (again,) = [
        list(leads.good_record(leads.Look(house.cast.jurisdiction, TODAY, own, {"months": 12, "least": 1})))
    ]
    assert again == []


def test_looking_costs_the_same_however_many(house: Oversight) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            leads.look_for_leads(house.cast.jurisdiction, at=AT)
        return len(made)

    Organisation.objects.filter(pk__in=[firm.pk for firm in house.firms[:3]]).update(phone="1")
    registers.refresh(house.cast.jurisdiction, at=AT)
    queries()
    few = queries()
    Organisation.objects.filter(name_zh__startswith="示例企业").update(phone="2")
    reported(house)
    assert queries() <= few + 3  # savepoint and insert of what is new
    assert queries() == few


# --- judging ----------------------------------------------------------------------------------------------------------


def signed_in(house: Oversight, name: str) -> Client:
    browser = Client()
    browser.force_login(house.people[name])
    return browser


@pytest.fixture
def lead(house: Oversight) -> RiskLead:
    subject = Subject.objects.get(organisation=house.firms[0])
    return RiskLead.objects.create(
        jurisdiction=house.cast.jurisdiction, subject=subject, rule="complaints", key="k", evidence={"n": 2},
        found_on=TODAY, found_at=AT,
    )  # fmt: skip


def test_a_person_judges_and_only_then_the_stratum_changes(house: Oversight, lead: RiskLead) -> None:
    planner, where = signed_in(house, "planner"), reverse("supervision:lead", args=[lead.pk])
    assert lead.number in planner.get(reverse("supervision:leads")).content.decode()
    assert "一年内 2 次" in planner.get(where).content.decode()
    assert not RiskLevel.objects.exists()
    for wrong in (
        {"kind": "level", "remark": "x"},
        {"kind": "dismissed"},
        {"kind": "none", "remark": "x"},
        {},
    ):
        assert planner.post(where, wrong).status_code == 400
    judged = {"kind": "level", "level": "high", "remark": "两次投诉均属实。"}
    assert signed_in(house, "inspector-1").post(where, judged).status_code == 403
    assert planner.post(where, judged).status_code == 302
    row = RiskLevel.objects.get(subject=lead.subject, until_on=None)
    assert (row.level, row.judged_by, row.grounds[0]["lead"]) == (
        "high",
        house.people["planner"],
        lead.number,
    )
    assert planner.post(where, judged).status_code == 422, "judged once"
    assert lead.number not in planner.get(reverse("supervision:leads")).content.decode()
    assert lead.number in planner.get(reverse("supervision:leads") + "?all=1&after=%00").content.decode()


def test_a_lead_is_to_be_judged_by_a_day_of_the_pack(
    house: Oversight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No number here: the pack's, as it was when the lead was found; late ones are marked, counted and come first."""
    Organisation.objects.filter(pk__in=[firm.pk for firm in house.firms[:3]]).update(phone="0931-1")
    leads.look_for_leads(house.cast.jurisdiction, at=AT)
    own = policy.of(PolicyVersion.objects.in_force("gansu", TODAY))
    found = RiskLead.objects.filter(rule="same_phone")
    due = own.due("lead_judgement", TODAY)
    assert {row.due_on for row in found} == {due} and due == workdays.add(
        TODAY, workdays.WorkingDays(own.number("lead_judgement"))
    ).on
    assert own.numbers["lead_judgement"].uncertain
    where, home = reverse("supervision:leads"), reverse("supervision:home")
    planner = signed_in(house, "planner")
    on_time = planner.get(where).content.decode()
    assert due.isoformat() in on_time and "超期" not in on_time
    assert "3 条数据监测线索待判断" in planner.get(home).content.decode()
    monkeypatch.setattr(desk_seat, "moment_of", lambda _request: LATER)
    late = planner.get(where).content.decode()
    assert late.count("row-overdue") == 3 and f"超期：{due.isoformat()}" in late
    assert late.index(found[0].number) < late.index(found[2].number), "who waits longest comes first"
    assert "3 条超期" in planner.get(home).content.decode()
    assert "线索待判断" not in signed_in(house, "inspector-1").get(home).content.decode(), (
        "not for him to judge"
    )
    by = house.people["planner"]
    judging.judge(found[0], "dismissed", level="", remark="x", by=by, at=LATER)
    assert planner.get(where + "?all=1").content.decode().count("row-overdue") == 2, "judged is not late"


def test_a_city_s_office_sees_the_leads_of_its_own_city(house: Oversight) -> None:
    """The least data to each office: firms by their city, people by the firm that they are found under."""
    Organisation.objects.filter(pk=house.firms[1].pk).update(city="tianshui")
    here, there = (Subject.objects.get(organisation=house.firms[n]) for n in (1, 0))
    person = held(house, ANNA)  # at a firm of Lanzhou
    registers.refresh(house.cast.jurisdiction, at=AT)
    about = [here, there, Subject.objects.get(dossier=person.dossier)]
    rows = [
        RiskLead.objects.create(
            jurisdiction=house.cast.jurisdiction, subject=one, rule="complaints", key="k", evidence={"n": 2},
            found_on=TODAY, found_at=AT,
        )
        for one in about
    ]  # fmt: skip
    office = Office.objects.get(code="tianshui-exit-entry")
    browser = Client()
    browser.force_login(staff(house.cast, "city", office, roles.inspection_planner))

    def seen() -> list[bool]:
        page = browser.get(reverse("supervision:leads")).content.decode()
        return [row.number in page for row in rows]

    def opened(name: str, numbers: list[int]) -> list[int]:
        return [browser.get(reverse(f"supervision:{name}", args=[pk])).status_code for pk in numbers]

    assert seen() == [True, False, False]
    assert opened("lead", [row.pk for row in rows]) == [200, 404, 404]
    assert opened("subject", [one.pk for one in about]) == [200, 404, 404]
    listed = browser.get(reverse("supervision:objects")).content.decode()
    assert house.firms[1].uscc in listed and house.firms[0].uscc not in listed
    Organisation.objects.filter(pk=person.employer_id).update(city="tianshui")
    registers.refresh(house.cast.jurisdiction, at=AT)
    assert seen() == [True, False, True], "the person follows the firm"
    page = signed_in(house, "planner").get(reverse("supervision:leads")).content.decode()
    assert all(row.number in page for row in rows), "the province sees all"


def test_only_who_was_faster_is_an_answer(house: Oversight, lead: RiskLead) -> None:
    """What else the database refuses is not said to be a judgement, and bad input is no error of ours."""
    mine = {"by": house.people["planner"], "at": AT, "remark": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        judging.judge(lead, "level", level="", **mine)
    with pytest.raises(IntegrityError), transaction.atomic():
        judging.judge(lead, "dismissed", level="", **{**mine, "remark": ""})

    def by_nobody() -> None:
        gone = {**mine, "by": User(pk=10**9, username="gone")}
        judging.judge(lead, "dismissed", level="", **gone)
        connection.check_constraints()

    with pytest.raises(IntegrityError), transaction.atomic():
        by_nobody()
    planner, where = signed_in(house, "planner"), reverse("supervision:lead", args=[lead.pk])
    for remark in ("长" * 501, "a\x00b"):
        assert planner.post(where, {"kind": "dismissed", "remark": remark}).status_code == 400
    assert planner.post(where, {"kind": "level", "level": "l" * 500, "remark": "x"}).status_code == 400
    assert not LeadJudgement.objects.exists()


def test_a_lead_becomes_an_inspection_with_its_number(house: Oversight, lead: RiskLead) -> None:
    planner, where = signed_in(house, "planner"), reverse("supervision:lead", args=[lead.pk])
    answer = planner.post(where, {"kind": "inspect", "remark": "需要现场核实。", "key": "one"})
    assert answer["Location"].endswith(f"?lead={lead.pk}")
    again = planner.post(where, {"kind": "inspect", "remark": "需要现场核实。", "key": "one"})
    assert again["Location"] == answer["Location"], "pressed twice, judged once"
    assert LeadJudgement.objects.count() == 1
    page = planner.get(answer["Location"]).content.decode()
    assert f'value="{lead.number}"' in page
    assert f'value="{house.firms[0].uscc}"' in page
    sent = {
        "uscc": house.firms[0].uscc, "source": "lead", "source_ref": lead.number, "source_on": TODAY.isoformat(),
        "items": ["contract"], "joint": ["police", "labour"], "grounds": "线索核实。", "key": "two",
    }  # fmt: skip
    assert planner.post(reverse("supervision:open"), sent).status_code == 302
    case = Inspection.objects.get()
    assert (case.source, case.source_ref, case.joint) == ("lead", lead.number, ["police", "labour"])
    assert (
        planner.post(reverse("supervision:open"), {**sent, "joint": ["nobody"], "key": "3"}).status_code
        == 400
    )


def test_a_level_is_entered_with_its_grounds_and_its_past_stays(house: Oversight, lead: RiskLead) -> None:
    leader, subject = signed_in(house, "leader"), lead.subject
    where = reverse("supervision:level", args=[subject.pk])
    assert leader.post(where, {"level": "high"}).status_code == 400
    assert leader.post(where, {"level": "low", "remark": "连续两年未发现问题。"}).status_code == 302
    with pytest.raises(Blocked):
        judging.set_level(subject, "low", grounds={}, by=house.people["leader"], at=AT)
    judging.set_level(
        subject, "high", grounds={"remark": "投诉"}, by=house.people["leader"], at=AT + timedelta(days=5)
    )
    past = RiskLevel.objects.on(TODAY).get(subject=subject)
    assert (past.level, past.until_on) == ("low", TODAY + timedelta(days=4))
    page = leader.get(reverse("supervision:subject", args=[subject.pk])).content.decode()
    assert "连续两年未发现问题。" in page
    assert leader.get(reverse("supervision:subject", args=[999999])).status_code == 404


# --- the rest of the issue --------------------------------------------------------------------------------------------


def test_a_service_visit_pressed_twice_is_one_record(house: Oversight) -> None:
    inspector, where = signed_in(house, "inspector-1"), reverse("supervision:service_visit")
    assert 'name="key"' in inspector.get(where).content.decode()
    sent = {"uscc": house.firms[0].uscc, "on": TODAY.isoformat(), "purpose": "宣讲", "key": "press"}
    assert [inspector.post(where, sent).status_code for _twice in range(2)] == [302, 302]
    assert ServiceVisit.objects.count() == 1
    assert inspector.post(where, {**sent, "purpose": "另一件事"}).status_code == 422, (
        "the same key, other content"
    )
    inspector.post(where, {**sent, "key": "x\x00"})
    ahead = {**sent, "key": "ahead", "on": (TODAY + timedelta(days=1)).isoformat()}
    assert inspector.post(where, ahead).status_code == 400, (
        "a visit yet to come is none for the year's report"
    )


def test_the_plan_is_a_workbook_whose_text_is_no_formula(house: Oversight) -> None:
    part = approved_part(house, problem="=1+1")
    answer = signed_in(house, "planner").get(reverse("supervision:plan", args=[part.plan_id]) + "?as=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.values)
    assert rows[0][0] == "任务"
    assert rows[1][0] == "工作许可专项"
    assert sheet["D2"].data_type == "s"
    assert sheet["D2"].value == "=1+1"
