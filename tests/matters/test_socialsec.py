"""Social insurance registration: every step, each refusal, its clocks and papers (law-notes 14, 15, 17, 18; 社保法 57, 58, 83)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from foreignwork.accounts.models import Organisation
from foreignwork.cases.models import CaseEvent, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import get
from foreignwork.cases.telling import Referral
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.outbox.models import OutboxMessage
from foreignwork.outbox.registry import handler_of
from foreignwork.policies.agreements import agreements
from foreignwork.vault import blobs
from foreignwork.workflow.perform import Invalid
from foreignwork.workflow.sweeps import sweep
from socialsec.models import InsuranceCover, InsuranceRegistration, State
from tests.matters.cast_matters import (
    actions,
    clock,
    file_together,
    filed,
    filed_beside,
    go,
    granted,
    invalid,
    issue_papers,
    later,
    papers,
    record,
    refuse_permit,
    refused,
    summary_of,
    text_of,
)
from tests.stage import AT, assemble, case_of
from tests.stories.acts import plain, text_of_pdf

TODAY = AT.date()
ALL_FIVE = ["pension", "medical", "injury", "unemployment", "maternity"]
DECLARED = {"contribution_base": "35000.00", "start_month": "2026-03", "insurances": ALL_FIVE}
ASSIGNED = {"number": "SWE0DX0000017"}
THREE = ["medical", "injury", "maternity"]
KOREA = {"agreement": "KOR", "certificate_until": "2028-03-01", "insurances": THREE}
REFUSAL = {"reasons": ["not_registrable"], "remark": "共享信息比对不一致"}
RETURN = {"ask_public_body_form": "on", "reason_public_body_form": "not_signed"}


def ready(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA), "S")


def submitted(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "submit", data=DECLARED)


def returned(cast: Cast) -> Any:
    return go(cast, submitted(cast), "handle", "return_items", data=RETURN)


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("socialsec")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends == set(matter.outcomes)
    assert all(step.cites for step in matter.steps.values())


def test_the_office_does_not_see_health_or_crime(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    mine = {row.code for row in bundle.items.all() if "socialsec" in row.for_matters}
    assert mine == {"insurance_form", "permit_proof", "public_body_form"}
    assert not {"duties", "email", "passport_expiry"} & set(get("socialsec").facts_needed)


# When it opens, and from when the 30 days run


def test_it_waits_for_the_permit_then_the_duty_runs_from_the_later_day(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    case = case_of(bundle, "S")
    assert (case.state, case.phase) == (State.AWAITING_PERMIT, Phase.UPCOMING)
    case = case_of(granted(cast, ANNA, firm="energy"), "S")
    found = clock(case, "register", "applicant")
    assert found is not None
    # Work began fourteen months ago, the document is of today: the later of the two (社保法 58).
    assert (case.state, case.duty_from) == (State.READY, TODAY)
    assert (found.started_on, found.amount, found.unit) == (TODAY, 30, "days")
    assert found.due_on == date(2026, 4, 9)
    assert actions(case) == ["queue", "become_ready"]


def test_abroad_the_duty_begins_with_entry_and_start_of_work(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")  # contract from 20 March
    case = case_of(bundle, "S")
    assert (case.state, clock(case, "register", "applicant")) == (State.READY, None)
    record(bundle, "entered", date(2026, 3, 25), at=later(16))
    found = clock(case, "register", "applicant")
    assert found is not None
    assert found.started_on == case_of(bundle, "S").duty_from == date(2026, 3, 25)
    record(bundle, "work_started", date(2026, 4, 1), at=later(22))
    found = clock(case, "register", "applicant")
    assert found is not None
    assert found.started_on == date(2026, 4, 1)
    assert case.deadlines.filter(kind="register", met_on__isnull=True, voided_at__isnull=True).count() == 1
    assert actions(case) == ["queue", "become_ready", "note_duty", "note_duty"]


def test_a_refused_permit_ends_it_unopened(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    case = case_of(bundle, "S")
    assert (case.state, case.outcome) == (State.NOT_STARTED, Outcome.ENDED)


def test_filed_together_a_refused_permit_closes_it_and_none_is_registered_before(cast: Cast) -> None:
    file_together(cast, "socialsec")
    bundle = filed(cast, ANNA)
    case = case_of(bundle, "S")
    assert (case.state, clock(case, "register", "applicant")) == (State.READY, None)  # no document yet
    other = case_of(filed(cast, ANNA, firm="energy"), "S")
    other = go(cast, other, "agent", "submit", data=DECLARED)
    assert refused(cast, other, "handle", "register", data=ASSIGNED) == ["gate_shut"]
    refuse_permit(cast, bundle)
    assert case_of(bundle, "S").state == State.NOT_STARTED


def test_with_the_permit_in_hand_it_is_filed_at_once(cast: Cast) -> None:
    bundle = granted(cast, ANNA)
    go(cast, case_of(bundle, "S"), "agent", "withdraw", data={"remark": "改期"})
    beside = filed_beside(cast, bundle, ANNA, "socialsec", at=later(1))
    case = case_of(beside, "S")
    found = clock(case, "register", "applicant")
    assert (case.state, actions(case)) == (State.READY, ["file"])
    assert found is not None
    assert found.started_on == Entitlement.objects.get(matter="permits").valid_from
    record(
        beside, "work_started", date(2026, 3, 2), at=later(2)
    )  # earlier than the permit: the day stays the same
    assert actions(case) == ["file"], "what is known already begins no second limit"


# Declaring


def test_a_late_declaration_is_accepted_and_noted_never_blocked(cast: Cast) -> None:
    case = ready(cast)
    late = later(40)
    assert sweep(at=late).moved == 0
    case = go(cast, case, "agent", "submit", at=late, data=DECLARED)
    assert (case.state, case.days_late) == (State.SUBMITTED, 10)
    assert case.events.latest("seq").data["days_late"] == 10
    assert "10 日" in str(summary_of(case, late)["逾期申报"])
    referral = Referral.objects.get(case=case)
    assert (referral.ground, referral.days, referral.on) == ("late_insurance", 10, late.date())
    assert papers(case) == ["LATE_REFERRAL"]
    told = text_of(case, "LATE_REFERRAL")
    assert "社会保险行政部门" in told["paragraphs"][1]
    assert "逾期10日" in told["paragraphs"][0]


def test_in_time_nothing_is_referred(cast: Cast) -> None:
    case = ready(cast)
    case = go(cast, case, "agent", "submit", at=later(30), data=DECLARED)
    assert case.days_late == 0
    assert not Referral.objects.exists()
    assert papers(case) == []


def test_the_declaration_starts_the_offices_limit_and_seals_the_base(cast: Cast) -> None:
    case = submitted(cast)
    found = clock(case, "handling", "statutory")
    assert found is not None
    assert (found.amount, found.unit) == (10, "wd")
    assert found.due_on == case.due_on == date(2026, 3, 24)
    event = CaseEvent.objects.filter(case=case).latest("seq")
    assert "contribution_base" not in event.data
    assert event.sealed == {"contribution_base": "35000.00"}
    assert summary_of(case, AT)["申报缴费基数（元/月）"] == "35000.00"
    assert case.start_month == date(2026, 3, 1)


def test_the_employer_itself_must_be_registered(cast: Cast) -> None:
    case = ready(cast)
    Organisation.objects.filter(pk=case.employer_id).update(insured_unit=False)
    assert refused(cast, case, "agent", "submit", data=DECLARED) == ["employer_not_insured"]


def test_the_materials_must_be_there(cast: Cast) -> None:
    case = ready(cast)
    case.bundle.items.filter(code="public_body_form").update(document=None)
    assert refused(cast, case, "agent", "submit", data=DECLARED) == ["material_not_in_hand"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contribution_base": "-1"}, "contribution_base"),
        ({"contribution_base": "viel"}, "contribution_base"),
        ({"start_month": "März"}, "start_month"),
        ({"start_month": "9999-01"}, "start_month"),
        ({"start_month": "2024-12"}, "start_month"),  # before any work
        ({"start_month": "2028-04"}, "start_month"),  # after the contract
        ({"from_injury": "2024-12"}, "from_injury"),
        ({"from_injury": "0000-13"}, "from_injury"),
        ({"insurances": ["pension", "medical", "injury", "unemployment"]}, "insurances"),  # maternity never
        ({"insurances": THREE}, "insurances"),  # left out without an exemption
        (KOREA, "agreement"),  # no certificate
        ({"insurances": []}, "insurances"),
        ({"insurances": ["nonsense"]}, "insurances"),
        ({"agreement": "ATL"}, "agreement"),
    ],
)
def test_all_five_insurances_unless_a_certificate_exempts(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    assert invalid(cast, ready(cast), "agent", "submit", data={**DECLARED, **change}) == {field}


def test_an_exemption_without_its_certificate_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        go(cast, ready(cast), "agent", "submit", data={**DECLARED, **KOREA})
    assert "没有有效的社会保障双边协定参保证明" in str(caught.value.form.errors["agreement"])


@pytest.fixture
def with_certificate(cast: Cast) -> Any:
    case = case_of(granted(cast, ANNA, treaty_exempt=True), "S")
    assert case.bundle.items.filter(code="coverage_certificate", document__isnull=False).exists()
    return case


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"insurances": ALL_FIVE}, "insurances"),  # which ones?
        ({"agreement": "DNK"}, "insurances"),  # Denmark: pension only
        ({"certificate_until": ""}, "certificate_until"),
        ({"certificate_until": "2026-03-01", "start_month": "2026-04"}, "certificate_until"),
        ({"certificate_until": "2031-03-01"}, "certificate_until"),  # five years from 1 March 2026 and a day
    ],
)
def test_what_the_agreement_does_not_give(
    cast: Cast, with_certificate: Any, change: dict[str, Any], field: str
) -> None:
    data = {**DECLARED, **KOREA, **change}
    assert invalid(cast, with_certificate, "agent", "submit", data=data) == {field}


def test_an_exemption_with_its_certificate(cast: Cast, with_certificate: Any) -> None:
    data = {**DECLARED, **KOREA, "certificate_until": "2031-02-28", "from_injury": "2026-02"}
    case = go(cast, with_certificate, "agent", "submit", data=data)
    event = case.events.latest("seq")
    assert (event.data["to_confirm"], event.data["agreements_version"]) == ([], agreements().version)
    shown = summary_of(case, AT)
    assert str(shown["基本养老保险"]) == "依照中韩社会保险协定免缴，至 2031-02-28"
    assert (str(shown["工伤保险"]), str(shown["生育保险"])) == ("自 2026-02 起", "自 2026-03 起")
    assert case.start_month == date(2026, 2, 1)
    case = go(cast, case, "handle", "register", data={"number": "KOR0DX0000017", "from_maternity": "2026-04"})
    rows = {row.insurance: row for row in InsuranceCover.objects.filter(registration__case=case)}
    assert set(rows) == set(ALL_FIVE)
    assert (rows["pension"].agreement, rows["pension"].exempt_until) == ("KOR", date(2031, 2, 28))
    months = [rows[code].start_month for code in ("injury", "medical", "maternity")]
    assert months == [date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
    assert Entitlement.objects.get(case=case).valid_from == date(2026, 2, 1)
    rows = [row[:4] for row in text_of(case, "INSURANCE_RESULT")["rows"]]
    assert ["1", "基本养老保险", "免缴", "中韩社会保险协定，参保证明至2031年2月28日"] in rows


@pytest.mark.parametrize("country", ["FRA", "KGZ", "ESP"])
def test_what_the_sources_do_not_settle_goes_to_an_officer(
    cast: Cast, with_certificate: Any, country: str
) -> None:
    """France: not known to be in force; Kyrgyzstan: unemployment; Spain: how long. Neither granted nor refused by the machine."""
    data = {**DECLARED, **KOREA, "agreement": country}
    case = go(cast, with_certificate, "agent", "submit", data=data)
    assert "unemployment" in case.events.latest("seq").data["to_confirm"]
    assert "失业保险" in str(summary_of(case, AT)["须由经办人员核实的免缴"])
    number = {"number": "FRA0DX0000017"}
    assert invalid(cast, case, "handle", "register", data=number) == {"exemption_settled"}
    case = go(cast, case, "handle", "register", data={**number, "exemption_settled": "on"})
    assert case.events.latest("seq").data["exemption_settled"] is True


def test_the_registration_form_is_made_by_the_house(cast: Cast) -> None:
    """职工社会保险参保登记表 (S003-85): nothing to hand in, printed from what was declared, kept as a material."""
    case = submitted(cast)
    row = OutboxMessage.objects.get(topic="notices.sheet", payload__code="insurance_form")
    assert set(row.payload) == {"case", "seq", "code"}  # nothing of the person in the queue
    handler_of(row.topic)(row.payload, AT)
    item = case.bundle.items.select_related("document__blob").get(code="insurance_form")
    data = blobs.read(item.document.blob)
    assert data.startswith(b"%PDF")
    words = text_of_pdf(data)
    permit = Entitlement.objects.get(matter="permits", dossier=case.dossier)
    for part in (
        "职工社会保险参保登记表",
        "ERIKSSON",
        "35000.00",
        "生育保险",
        "2026年3月",
        "用人单位（盖章）",
        permit.number,  # what stands in the register of permits is not typed again (S003-16)
        permit.post,
    ):
        assert plain(part) in words, part
    handler_of(row.topic)(row.payload, AT)  # again: the newest counts
    assert case.dossier.documents.filter(kind="insurance_form", replaced_by__isnull=True).count() == 1


# Return, registration, refusal


def test_items_are_returned_once_and_answered(cast: Cast) -> None:
    case = returned(cast)
    assert (case.state, case.phase) == (State.RETURNED, Phase.WAITING)
    assert text_of(case, "SUPPLEMENT")["rows"][0][2] == "缺少签字或者盖章"
    handling = clock(case, "handling", "statutory")
    assert handling is not None
    assert handling.met_on == TODAY
    assert refused(cast, case, "agent", "resubmit", at=later(1)) == ["supplement_unanswered"]
    upload(case.engagement, ANNA, "public_body_form", "采集表", scope="engagement", at=later(1))
    newest = case.dossier.documents.get(kind="public_body_form", replaced_by__isnull=True)
    case.bundle.items.filter(code="public_body_form").update(document=newest)
    case = go(cast, case, "agent", "resubmit", at=later(1))
    again = clock(case, "handling", "statutory")
    assert again is not None
    assert (case.state, again.started_on) == (State.SUBMITTED, later(1).date())


def test_a_duty_does_not_end_because_nobody_answers(cast: Cast) -> None:
    case = returned(cast)
    assert sweep(at=later(60)).moved == 0
    assert case_of(case.bundle, "S").state == State.RETURNED


def test_registration_seals_the_number(cast: Cast) -> None:
    case = submitted(cast)
    assert refused(cast, case, "decide", "register", data=ASSIGNED) == ["wrong_role"]
    case = go(cast, case, "handle", "register", data=ASSIGNED)
    assert (case.state, case.outcome) == (State.REGISTERED, Outcome.GRANTED)
    entitlement = Entitlement.objects.get(case=case)
    assert "DX0000017" not in entitlement.number
    assert (entitlement.valid_from, entitlement.valid_until) == (date(2026, 3, 1), None)
    row = InsuranceRegistration.objects.get(case=case)
    assert row.number == "SWE0DX0000017"
    raw = InsuranceRegistration.objects.values_list("number", flat=True).get()
    assert b"DX0000017" not in bytes(raw)
    event = CaseEvent.objects.filter(case=case).latest("seq")
    assert set(event.data) == {"start_month", "covers"}
    assert papers(case) == ["INSURANCE_RESULT"]
    assert ["社会保障号码", "SWE0DX0000017"] in [
        list(pair) for pair in text_of(case, "INSURANCE_RESULT")["facts"]
    ]


@pytest.mark.parametrize(("pack", "elsewhere"), [("gansu", False), ("dongguan", True)])
def test_medical_insurance_is_another_office_s_unless_the_pack_merges_them(
    db: None, pack: str, elsewhere: bool
) -> None:
    """经办条例 4, 60; law-notes 17: the part is passed on with a record, and the paper says who registers what."""
    cast = assemble(pack)
    case = go(cast, case_of(granted(cast, ANNA), "S"), "agent", "submit", data=DECLARED)
    case = go(cast, case, "handle", "register", data=ASSIGNED)
    found = list(Referral.objects.filter(case=case).values_list("ground", flat=True))
    assert found == (["medical_insurance"] if elsewhere else [])
    rows = {row[1]: row[-1] for row in text_of(case, "INSURANCE_RESULT")["rows"]}
    other = "医疗保障经办机构" if elsewhere else case.office.name_zh
    assert (rows["基本养老保险"], rows["基本医疗保险"], rows["生育保险"]) == (
        case.office.name_zh,
        other,
        other,
    )


def test_an_unusual_number_is_warned_about_not_refused(cast: Cast) -> None:
    case = submitted(cast)
    odd = {**ASSIGNED, "number": "x-17"}
    assert invalid(cast, case, "handle", "register", data={**ASSIGNED, "card": "卡"}) == {"card"}
    assert invalid(cast, case, "handle", "register", data=odd) == {"number_checked"}
    go(cast, case, "handle", "register", data={**odd, "number_checked": "on"})
    assert InsuranceRegistration.objects.get(case=case).number == "X-17"


def test_registration_needs_the_employer_registered_still(cast: Cast) -> None:
    case = submitted(cast)
    Organisation.objects.filter(pk=case.employer_id).update(insured_unit=False)
    assert refused(cast, case, "handle", "register", data=ASSIGNED) == ["employer_not_insured"]


def test_a_refusal_has_reasons_and_names_article_83(cast: Cast) -> None:
    case = submitted(cast)
    assert invalid(cast, case, "handle", "refuse", data={"remark": "x"}) == {"reasons"}
    case = go(cast, case, "handle", "refuse", data=REFUSAL)
    assert (case.state, case.outcome) == (State.NOT_REGISTERED, Outcome.REFUSED)
    paper = text_of(case, "INSURANCE_RESULT")
    assert "第八十三条" in paper["remedies"][0]
    assert "比对不一致" in paper["rows"][0][1]
    assert not Entitlement.objects.filter(case=case).exists()


def waiting(cast: Cast) -> Any:
    return case_of(filed(cast, ANNA), "S")


@pytest.mark.parametrize("from_", [waiting, ready, submitted, returned])
def test_the_employer_may_withdraw(cast: Cast, from_: Any) -> None:
    case = go(cast, from_(cast), "agent", "withdraw", data={"remark": "不再聘用"})
    assert (case.state, case.outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)


def resubmitted(cast: Cast) -> Any:
    case = returned(cast)
    upload(case.engagement, ANNA, "public_body_form", "采集表", scope="engagement", at=later(1))
    newest = case.dossier.documents.get(kind="public_body_form", replaced_by__isnull=True)
    case.bundle.items.filter(code="public_body_form").update(document=newest)
    return go(cast, case, "agent", "resubmit", at=later(1))


def withdrawn(cast: Cast) -> Any:
    return go(cast, returned(cast), "agent", "withdraw", data={"remark": "改期"})


def not_registered(cast: Cast) -> Any:
    return go(cast, submitted(cast), "handle", "refuse", data=REFUSAL)


@pytest.mark.parametrize("from_", [returned, resubmitted, withdrawn, not_registered])
def test_whatever_paper_there_is_can_be_served(cast: Cast, from_: Any) -> None:
    case = from_(cast)
    issue_papers(case, later(2))
    done = go(cast, case, "agent", "serve", at=later(2), data={"how": "online", "receiver": "王经办"})
    assert (done.state, papers(done)[-1]) == (case.state, "SERVICE_PROOF")


def test_the_result_is_served(cast: Cast) -> None:
    case = go(cast, submitted(cast), "handle", "register", data=ASSIGNED)
    how = {"how": "online", "receiver": "王经办"}
    assert refused(cast, case, "agent", "serve", data=how) == ["nothing_to_serve"]
    issue_papers(case, AT)
    case = go(cast, case, "agent", "serve", data=how)
    assert (case.state, papers(case)[-1]) == (State.REGISTERED, "SERVICE_PROOF")
