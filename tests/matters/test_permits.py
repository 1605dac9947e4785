"""The work permit: every edge of the flow is walked, and what the law asks of each is seen in the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from foreignwork.cases.models import Case, CaseEvent, Entitlement, SupplementItem
from foreignwork.cases.problems import Blocked, NotAllowed
from foreignwork.deadlines.models import Deadline
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.notices.models import Notice, NoticeBody
from foreignwork.workflow import facts
from foreignwork.workflow.effects import dossier_dated
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.perform import Invalid, perform
from foreignwork.workflow.sweeps import sweep
from permits.models import PermitCase, WorkPermit
from tests.stage import AT, all_met, bring, case_of


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(stage.file(cast, "university", ANNA, at=AT))


def body(case: Case, kind: str) -> dict[str, object]:
    return dict(NoticeBody.objects.get(notice__case=case, notice__kind=kind).context)


def kinds(case: Case) -> list[str]:
    return list(Notice.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))


def reason_of(case: Case, table: str) -> str:
    pack = case.policy_version.pack
    return str(
        next(
            iter(
                pack.supplement_reasons if table == "supplement" else getattr(pack.matters["permits"], table)
            )
        )
    )


def ask(case: Case, *codes: str) -> dict[str, object]:
    data: dict[str, object] = {}
    for code in codes:
        data |= {
            f"ask_{code}": True,
            f"reason_{code}": reason_of(case, "supplement"),
            f"note_{code}": "请补充",
        }
    return data


def test_the_whole_way_with_three_people(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "granted")
    people = CaseEvent.objects.filter(case=case).exclude(role="applicant").values_list("actor", flat=True)
    assert len(set(people)) == 3
    assert kinds(case) == ["RECEIPT", "ACCEPTANCE", "GRANT", "E_PERMIT"]
    permit = WorkPermit.objects.get(case=case)
    entitlement = permit.entitlement
    assert (entitlement.category, entitlement.status) == ("B", "active")
    assert entitlement.valid_until == date(2028, 3, 19)  # the contract ends before the two years of class B
    assert permit.number == case.dossier.code
    decision = Deadline.objects.get(case=case, kind="decision", basis="statutory")
    assert (decision.amount, decision.met_on) == (15, AT.date())  # new B: 15 working days (S000-55)
    delivery = Deadline.objects.get(case=case, kind="delivery")
    assert delivery.amount == 10 and delivery.met_on is None  # 行政许可法 44
    assert verify(at=AT) == []


def test_a_supplement_names_everything_meets_the_limit_and_is_answered_item_by_item(
    cast: Cast, case: Case
) -> None:
    officer = cast.officer(case, "reception")
    case = stage.act(case, officer, "request_supplement", at=AT, data=ask(case, "degree", "no_crime"))
    assert case.phase == "waiting" and case.due_on is None
    assert Deadline.objects.get(case=case, kind="acceptance", basis="statutory").met_on == AT.date()
    assert Deadline.objects.get(case=case, kind="supplement").basis == "applicant"
    rows = body(case, "SUPPLEMENT")["rows"]
    assert len(rows) == 2 and "请补充" in rows[0][2]  # type: ignore[arg-type, index]

    later = AT + timedelta(days=3)
    agent = cast.agents["university"]
    engagement = case.engagement
    stage.upload(engagement, ANNA, "degree", "学位证书", scope="person", at=later)
    case.bundle.items.filter(code="degree").update(document=engagement.dossier.documents.latest("pk"))
    with pytest.raises(Blocked) as refused:
        stage.act(case, agent, "answer_supplement", at=later)
    assert refused.value.problems[0].code == "item_unanswered" and refused.value.problems[0].params["n"] == 1

    stage.upload(engagement, ANNA, "no_crime", "无犯罪记录证明", scope="person", at=later)
    case.bundle.items.filter(code="no_crime").update(document=engagement.dossier.documents.latest("pk"))
    case = stage.act(case, agent, "answer_supplement", at=later)
    assert case.state == "filed" and case.received_on == later.date()  # type: ignore[attr-defined]
    assert not SupplementItem.objects.filter(case=case, answered_at=None).exists()
    fresh = Deadline.objects.get(case=case, kind="acceptance", basis="statutory", met_on=None)
    assert fresh.started_on == later.date()  # the resubmission opens a new limit (decisions 9)

    with pytest.raises(Invalid):  # a new item that could have been named the first time (law-notes 4)
        stage.act(case, officer, "request_supplement", at=later, data=ask(case, "contract"))
    case = stage.act(case, officer, "request_supplement", at=later, data=ask(case, "degree"))
    assert case.state == "supplement"
    assert verify(at=AT) == []


def test_an_unanswered_supplement_ends_the_filing_with_a_reasoned_paper(cast: Cast, case: Case) -> None:
    stage.act(case, cast.officer(case, "reception"), "request_supplement", at=AT, data=ask(case, "degree"))
    limit = Deadline.objects.get(case=case, kind="supplement")
    day_after = AT.replace(
        year=limit.due_on.year, month=limit.due_on.month, day=limit.due_on.day
    ) + timedelta(days=1)
    assert sweep(at=day_after - timedelta(days=1)).moved == 0
    assert sweep(at=day_after).moved == 1
    case = case_of(case.bundle)
    assert (case.state, case.outcome, case.phase) == ("ended", "ended", "closed")
    assert body(case, "FILING_ENDED")["remedies"]


def test_nobody_answers_and_the_filing_is_accepted_as_of_the_day_of_receipt_once(
    cast: Cast, case: Case
) -> None:
    """行政许可法 32(4). Filed Tuesday 10 March; the fifth working day is the 17th; on the 18th the law acts."""
    assert sweep(at=AT + timedelta(days=7)).moved == 0
    assert sweep(at=AT + timedelta(days=8)).moved == 1
    assert sweep(at=AT + timedelta(days=9)).moved == 0
    case = case_of(case.bundle)
    assert case.state == "accepted" and case.accepted_on == AT.date()
    event = CaseEvent.objects.get(case=case, action="deem_accepted")
    assert (event.role, event.actor, event.effective_on) == ("system", None, AT.date())
    decision = Deadline.objects.get(case=case, kind="decision", basis="statutory")
    assert decision.started_on == AT.date()  # the decision limit runs from the day of receipt
    assert "逾期不告知" in str(body(case, "ACCEPTANCE")["basis"])
    assert not case.hands.exists()  # a deemed step is nobody's hand


def test_a_provisional_date_never_fires(cast: Cast, case: Case) -> None:
    Deadline.objects.filter(case=case).update(provisional=True)
    swept = sweep(at=AT + timedelta(days=30))
    assert (swept.moved, swept.provisional > 0) == (0, True)


def test_declined_with_reasons_and_remedies(cast: Cast, case: Case) -> None:
    data = {
        "reasons": ["not_competent"],
        "remark": "不属于本机关职权范围",
        "ask_whom": "上海市科学技术委员会",
    }
    case = stage.act(case, cast.officer(case, "reception"), "decline", at=AT, data=data)
    assert (case.state, case.outcome) == ("declined", "declined")
    paper = body(case, "DECLINE")
    assert paper["rows"] and any("六十日" in line or "60" in line for line in paper["remedies"])  # type: ignore[attr-defined]


def test_refused_with_reasons_facts_and_remedies(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "second_reviewed")
    decider = cast.officer(case, "decide")
    with pytest.raises(Invalid) as refused:
        stage.act(case, decider, "refuse", at=AT, data={"reasons": [reason_of(case, "refusal_reasons")]})
    assert "第三十八条" in str(refused.value.form.errors["remark"])
    data = {"reasons": [reason_of(case, "refusal_reasons")], "remark": "经核实，工作资历不足两年。"}
    case = stage.act(case, decider, "refuse", at=AT, data=data)
    paper = body(case, "REFUSAL")
    assert case.outcome == "refused" and "工作资历不足" in str(paper["paragraphs"]) and paper["remedies"]
    assert not Entitlement.objects.exists()


def test_an_unmet_condition_stops_the_grant_and_can_be_reviewed_again(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "accepted")
    review, decider = cast.officer(case, "review"), cast.officer(case, "decide")
    data = all_met(case)
    first = next(name for name in data if name.startswith("condition_"))
    case = stage.act(
        case, review, "first_review", at=AT, data=data | {first: "not_met", "remark": "材料不能证明"}
    )
    case = stage.act(case, review, "second_review", at=AT, data=data)
    with pytest.raises(Blocked) as refused:
        stage.act(case, decider, "grant", at=AT)
    assert refused.value.problems[0].code == "condition_open"
    case = stage.act(case, decider, "send_back", at=AT, data={"remark": "请重新核实"})
    assert case.state == "accepted"
    case = bring(cast, case, "granted")
    assert verify(at=AT) == []


def test_an_officer_who_declares_recusal_may_not_go_on_and_his_hand_is_free(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "pre_reviewed")
    officer = cast.officer(case, "reception")
    case = stage.act(case, officer, "recuse", at=AT, data={"remark": "与申请人有亲属关系"})
    with pytest.raises(NotAllowed) as refused:
        stage.act(case, officer, "accept", at=AT)
    assert refused.value.problems[0].code == "recused"
    other = cast.officer(case, "handle")
    other.posts.create(office=case.office, role="acceptance_officer", from_on=date(2025, 1, 1))
    assert stage.act(case, other, "accept", at=AT).state == "accepted"
    assert verify(at=AT) == []


def test_withdrawn_by_the_applicant_only(cast: Cast, case: Case) -> None:
    with pytest.raises(NotAllowed):
        stage.act(case, cast.officer(case, "reception"), "withdraw", at=AT, data={"remark": "撤回"})
    case = stage.act(case, cast.agents["university"], "withdraw", at=AT, data={"remark": "人选变动"})
    assert (case.state, case.outcome, case.due_on) == ("withdrawn", "withdrawn", None)
    assert not Deadline.objects.running().filter(case=case).exists()


def test_service_needs_a_paper_and_leaves_a_proof(cast: Cast, case: Case) -> None:
    case = bring(cast, case, "granted")
    agent = cast.agents["university"]
    with pytest.raises(Blocked) as refused:
        stage.act(case, agent, "serve", at=AT, data={"how": "online", "receiver": "王经办"})
    assert refused.value.problems[0].code == "nothing_to_serve"
    Notice.objects.filter(case=case).update(status="issued", issued_at=AT)
    case = stage.act(case, agent, "serve", at=AT, data={"how": "online", "receiver": "王经办"})
    assert set(Notice.objects.filter(case=case, status="served").values_list("kind", flat=True)) == {
        "RECEIPT", "ACCEPTANCE", "GRANT", "E_PERMIT",
    }  # fmt: skip
    assert len(body(case, "SERVICE_PROOF")["rows"]) == 4  # type: ignore[arg-type]
    assert Deadline.objects.get(case=case, kind="delivery").met_on == AT.date()


def test_abroad_the_notification_comes_first_and_the_card_after_the_entry(cast: Cast) -> None:
    """law-notes 14: 通知 → Z visa → entry → electronic card."""
    bundle = stage.file(cast, "energy", BRUNO, at=AT)
    case = bring(cast, case_of(bundle), "granted")
    assert kinds(case) == ["RECEIPT", "ACCEPTANCE", "GRANT", "PERMIT_NOTICE"]
    entry = AT + timedelta(days=40)
    facts.record(bundle.dossier, kind="entered", on=entry.date(), by=cast.agents["energy"], at=entry)
    dossier_dated({"dossier": bundle.dossier_id}, entry)
    dossier_dated({"dossier": bundle.dossier_id}, entry)
    assert kinds(case)[-1] == "E_PERMIT" and kinds(case).count("E_PERMIT") == 1
    assert PermitCase.objects.get(pk=case.pk).card_issued_on == entry.date()
    # The card ends nothing: the decision still has to be served, and its limit is neither met nor dropped.
    delivery = case.deadlines.get(kind="delivery")
    assert delivery.met_on is None and delivery.voided_at is None
    assert verify(at=AT) == []


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (replace(ANNA, born=date(2010, 1, 1)), "too_young"),
        (replace(ANNA, extra={"passport_expiry": "2026-06-01"}), "passport_short"),
    ],
)
def test_what_the_pack_forbids_at_filing(cast: Cast, person: object, code: str) -> None:
    with pytest.raises(Blocked) as refused:
        stage.file(cast, "university", person, at=AT)  # type: ignore[arg-type]
    assert code in {problem.code for problem in refused.value.problems}
    assert not Case.objects.exists()


def test_a_second_open_filing_and_a_second_active_permit_are_refused(cast: Cast, case: Case) -> None:
    form, agent = stage.filing(cast, case.engagement, ANNA, at=AT), stage.actor(cast.agents["university"], AT)
    with pytest.raises(Blocked) as refused:
        stage.file_bundle(form, actor=agent, at=AT)
    assert {problem.code for problem in refused.value.problems} == {"open_already"}
    bring(cast, case, "granted")
    Case.objects.exclude(pk=case.pk).update(phase="closed", outcome="ended")
    again = stage.filing(cast, case.engagement, ANNA, at=AT)
    with pytest.raises(Blocked) as refused:
        stage.file_bundle(again, actor=stage.actor(cast.agents["university"], AT), at=AT)
    assert "permit_active" in {problem.code for problem in refused.value.problems}


def test_the_age_of_eighteen_is_counted_to_the_day(cast: Cast) -> None:
    birthday = AT.date() - relativedelta(years=18)
    with pytest.raises(Blocked):
        stage.file(cast, "university", replace(ANNA, born=birthday + timedelta(days=1)), at=AT)
    assert stage.file(cast, "university", replace(ANNA, born=birthday, number="DX0000099"), at=AT)


def test_a_step_of_another_persons_case_does_not_exist_for_a_stranger(cast: Cast, case: Case) -> None:
    stranger = stage.actor(cast.agents["stranger"], AT)
    assert not Case.objects.visible_to(stranger).filter(pk=case.pk).exists()
    with pytest.raises(NotAllowed):
        perform(case_id=case.pk, action="withdraw", actor=stranger, at=AT, data={"remark": "x"})
