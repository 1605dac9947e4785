"""An inspection as a case: four lawful starts, two with certificates, record, correction, 立案 before a penalty (law-notes 22)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from foreignwork.accounts import who
from foreignwork.accounts.models import Membership, User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.problems import Blocked, CaseError, NotAllowed, WrongState
from foreignwork.deadlines.models import Deadline
from foreignwork.demo.cast import Cast
from foreignwork.notices.models import Notice
from foreignwork.workflow.invariants import verify
from foreignwork.workflow.office_cases import Opening, open_case
from foreignwork.workflow.perform import Invalid, perform
from supervision import rules
from supervision.models import DrawnObject, Finding, Inspection, Inspector, Interest, Subject, Substitution
from tests.stage import AT
from tests.stage import cast as cast

from .cast_supervision import Oversight, approved_part, drain, drawn, muster

TODAY = AT.date()


@pytest.fixture
def house(cast: Cast) -> Oversight:
    return muster(cast)


def act(
    house: Oversight, case: Inspection, name: str | User, action: str, at: Any = AT, **data: Any
) -> Inspection:
    user = house.people[name] if isinstance(name, str) else name
    perform(case_id=case.pk, action=action, actor=who.actor(user, day_of(at)), at=at, data=data)
    return Inspection.objects.get(pk=case.pk)


def reported(house: Oversight, by: str = "planner", **changes: Any) -> Inspection:
    firm = house.firms[0]
    data = {
        "source": "complaint",
        "source_ref": "12345-0001",
        "source_on": TODAY.isoformat(),
        "items": ["post_as_permitted"],
        "subjects": [Subject.objects.get(organisation=firm).pk],
        "grounds": "接到投诉，反映岗位与许可不符。",
        **changes,
    }
    case = open_case(
        Opening(
            matter="supervision",
            sub_matter="reported",
            origin="inspection",
            office=house.office,
            subject_org=firm,
            data=data,
        ),
        actor=house.actor(by),
        at=AT,
    )
    return Inspection.objects.get(pk=case.pk)


def assigned(house: Oversight, case: Inspection | None = None) -> Inspection:
    case = case or reported(house)
    case = act(house, case, "leader", "approve", remark="同意")
    one, two = house.inspectors[:2]
    extra = {} if case.draw_id else {"lead": one.pk, "second": two.pk}
    return act(house, case, "leader", "assign", planned_on=TODAY.isoformat(), **extra)


CARRIED_OUT = {"performance": "警告自本决定书送达之日起生效。"}
ARRIVED = {"on": TODAY.isoformat(), "lead_shown": "on", "second_shown": "on", "met": "张经理"}


def on_site(house: Oversight) -> Inspection:
    case = assigned(house)
    case = act(house, case, "inspector-1", "announce", planned_on=TODAY.isoformat(), prepare="花名册")
    return act(house, case, "inspector-1", "arrive", **ARRIVED)


def recorded(house: Oversight, result: str = "to_follow") -> Inspection:
    case = on_site(house)
    return act(
        house,
        case,
        "inspector-1",
        "record",
        result_post_as_permitted=result,
        note_post_as_permitted="" if result == "nothing_found" else "两人实际从事销售。",
        signed="signed",
        signer="张经理",
        both_signed="on",
        remark="查看了工位和花名册。",
    )


def said_in(case: Inspection, kind: str) -> dict[str, Any]:
    """What the newest paper of this kind says, as it was frozen."""
    return dict(Notice.objects.filter(case=case, kind=kind).latest("pk").body.context)


def firm_user(house: Oversight) -> User:
    user = User.objects.create(username="firm-agent", kind="applicant", display_name="单位经办")
    Membership.objects.create(user=user, organisation=house.firms[0])
    return user


# --- starts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {"source": ""}, {"source": "draw"}, {"source": "visit"}, {"source_ref": ""}, {"source_ref": " "},
    {"items": []}, {"items": ["invented"]}, {"source_on": "9999-01-01"}, {"source_on": "2026-03-11"},
    {"grounds": ""}, {"source_ref": "a\x00b"},
])  # fmt: skip
def test_no_start_but_the_four_each_with_its_source(house: Oversight, changes: dict[str, Any]) -> None:
    """S004-22: any other start is refused; an officer cannot pretend a draw."""
    with pytest.raises(Invalid):
        reported(house, **changes)
    assert not Inspection.objects.exists()


@pytest.mark.parametrize("source", ["complaint", "lead", "transfer"])
def test_the_three_starts_besides_the_draw(house: Oversight, source: str) -> None:
    case = reported(house, source=source)
    assert (case.source, case.source_ref, case.state) == (source, "12345-0001", "proposed")
    assert list(case.subjects.values_list("subject__organisation", flat=True)) == [house.firms[0].pk]
    assert verify(at=AT) == []


def test_the_database_knows_the_four_starts_too(house: Oversight) -> None:
    case = reported(house)
    for change in ({"source": "visit"}, {"source_ref": ""}, {"source": "draw"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Inspection.objects.filter(pk=case.pk).update(**change)


def test_applicants_and_approving_staff_open_nothing(house: Oversight) -> None:
    """S004-104."""
    office = house.office.code
    for user in (
        house.cast.officers[office, "decide"],
        house.cast.officers[office, "handle"],
        firm_user(house),
    ):
        house.people["other"] = user
        with pytest.raises(NotAllowed):
            reported(house, by="other")


# --- approval and team ------------------------------------------------------------------------------------------------


def test_who_asks_does_not_approve(house: Oversight) -> None:
    case = reported(house)
    with pytest.raises(NotAllowed):
        act(house, case, "planner", "approve")
    case = act(house, case, "leader", "disapprove", reason="no_basis", remark="来源不清")
    assert (case.state, case.phase, case.outcome) == ("not_approved", "closed", "declined")
    assert verify(at=AT) == []


def test_only_fit_inspectors_are_sent(house: Oversight) -> None:
    """S004-33, -81; 处罚法 42, 43: certificate valid on the day of the visit, no interest in the firm, two different people."""
    case = act(house, reported(house), "leader", "approve")
    one, two, three, four = house.inspectors
    day = TODAY.isoformat()
    Interest.objects.create(
        inspector=three, organisation=house.firms[0], ground="worked_for", from_on=TODAY, recorded_at=AT
    )
    four.certificates.update(until_on=TODAY + timedelta(days=1))
    for lead, second, on in (
        (one, one, day),
        (one, three, day),
        (one, four, "2026-03-20"),
        (one, two, "2026-03-09"),
    ):
        with pytest.raises(Invalid):
            act(house, case, "leader", "assign", planned_on=on, lead=lead.pk, second=second.pk)
    case = act(house, case, "leader", "assign", planned_on=day, lead=one.pk, second=four.pk)
    assert (case.lead, case.second) == (one, four)


def test_only_the_two_who_were_sent_act(house: Oversight) -> None:
    """谁抽查、谁录入 (S004-50)."""
    case = assigned(house)
    with pytest.raises(Blocked) as refused:
        act(house, case, "inspector-3", "announce", planned_on=TODAY.isoformat())
    assert refused.value.problems[0].code == rules.NOT_ON_TEAM


def test_unannounced_needs_a_reason_and_the_leader(house: Oversight) -> None:
    case = assigned(house)
    with pytest.raises(NotAllowed):
        act(house, case, "inspector-1", "go_unannounced", reason="evidence")
    with pytest.raises(Invalid):
        act(house, case, "leader", "go_unannounced", reason="")
    case = act(house, case, "leader", "go_unannounced", reason="evidence")
    assert (case.state, case.announced) == ("notified", False)
    assert not Notice.objects.filter(case=case, kind="INSPECTION_NOTICE").exists()


def test_both_show_their_certificates_first(house: Oversight) -> None:
    """处罚法 55; S004-81: shown and recorded, with the numbers from the register."""
    case = assigned(house)
    case = act(house, case, "inspector-1", "announce", planned_on=TODAY.isoformat())
    for missing in ("lead_shown", "second_shown", "met"):
        with pytest.raises(Invalid):
            act(house, case, "inspector-1", "arrive", **{**ARRIVED, missing: ""})
    Inspector.objects.get(pk=house.inspectors[1].pk).certificates.update(until_on=TODAY - timedelta(days=1))
    with pytest.raises(Invalid):
        act(house, case, "inspector-1", "arrive", **ARRIVED)
    house.inspectors[1].certificates.update(until_on=date(2027, 1, 1))
    case = act(house, case, "inspector-1", "arrive", **ARRIVED)
    event = CaseEvent.objects.get(case=case, action="arrive")
    numbers = {row.number for one in house.inspectors[:2] for row in one.certificates.all()}
    assert set(event.data["certificates"]) == numbers
    assert case.visited_on == TODAY


# --- record -----------------------------------------------------------------------------------------------------------


def test_the_record_holds_a_finding_for_every_item(house: Oversight) -> None:
    """S004-46: item by item; a problem needs its facts; refusal to sign needs its reason; both inspectors sign."""
    case = on_site(house)
    good = {
        "result_post_as_permitted": "nothing_found",
        "signed": "signed",
        "signer": "张经理",
        "both_signed": "on",
    }
    for change in (
        {"result_post_as_permitted": ""},
        {"result_post_as_permitted": "to_follow"},
        {"signer": ""},
        {"both_signed": ""},
        {"signed": "whatever"},
    ):
        with pytest.raises(Invalid):
            act(house, case, "inspector-1", "record", **{**good, **change})
    case = act(house, case, "inspector-2", "record", **{**good, "signed": "refused", "signer": ""})
    [finding] = Finding.objects.filter(inspection=case)
    assert (finding.item, finding.result, finding.follow_up_id) == (
        "post_as_permitted",
        "nothing_found",
        house.office.pk,
    )
    assert Notice.objects.filter(case=case, kind="INSPECTION_RECORD").count() == 1
    assert verify(at=AT) == []


def test_a_clean_visit_is_closed_and_due_for_publication(house: Oversight) -> None:
    """law-notes 23: publication within 20 working days, from the pack."""
    case = recorded(house, "nothing_found")
    case = act(house, case, "inspector-1", "clear")
    assert (case.state, case.phase, case.result) == ("cleared", "decided", "nothing_found")
    limit = Deadline.objects.running().get(case=case, kind="publication")
    assert (limit.amount, limit.unit) == (20, "wd")
    assert verify(at=AT) == []


def test_a_problem_is_not_closed_as_clean_nor_a_clean_visit_corrected(house: Oversight) -> None:
    case = recorded(house)
    with pytest.raises(Blocked) as refused:
        act(house, case, "inspector-1", "clear")
    assert refused.value.problems[0].code == rules.PROBLEM_FOUND


def test_what_is_written_of_people_is_sealed(house: Oversight) -> None:
    case = recorded(house)
    [finding] = Finding.objects.filter(inspection=case)
    assert finding.detail == {"note": "两人实际从事销售。"}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT detail::text FROM supervision_finding")
        assert "销售".encode().hex() not in cursor.fetchone()[0]


def test_another_department_s_result_is_reused(house: Oversight) -> None:
    """S004-54: with its paper, as a finding of its own."""
    case = assigned(house)
    case = act(
        house, case, "inspector-1", "reuse", item="post_as_permitted", department="市公安局", reference="公检〔2026〕3号",
        on="2026-03-01", result="nothing_found",
    )  # fmt: skip
    [finding] = Finding.objects.filter(inspection=case)
    assert (finding.reused_from, finding.found_on) == ("市公安局", date(2026, 3, 1))
    assert case.state == "assigned"


def test_a_visit_that_could_not_take_place(house: Oversight) -> None:
    case = assigned(house)
    case = act(house, case, "leader", "go_unannounced", reason="urgent")
    case = act(house, case, "inspector-1", "report_not_done", result="unreachable", remark="登记地址无人。")
    assert (case.state, case.result) == ("not_done", "unreachable")


# --- correction ---------------------------------------------------------------------------------------------------------


def test_correction_with_a_limit_answer_and_re_inspection(house: Oversight) -> None:
    """责令改正 (处罚法 28, S000-35): limit of the pack, the firm answers, the two re-inspect."""
    case = recorded(house)
    case = act(house, case, "leader", "order_correction", demand="办理岗位变更，或者恢复原岗位。")
    limit = Deadline.objects.running().get(case=case, kind="correction")
    assert (case.phase, limit.basis, limit.amount) == ("waiting", "applicant", 15)
    case = act(house, case, firm_user(house), "report_correction", text="已办理岗位变更。")
    later = AT + timedelta(days=7)
    case = act(house, case, "inspector-2", "confirm_corrected", at=later, on="2026-03-17", remark="已变更。")
    assert (case.state, case.corrected_on) == ("corrected", date(2026, 3, 17))
    assert not Deadline.objects.running().filter(case=case, kind="correction").exists()
    assert {"CORRECTION_ORDER", "REINSPECTION_RECORD"} <= set(
        Notice.objects.filter(case=case).values_list("kind", flat=True)
    )
    order = said_in(case, "CORRECTION_ORDER")
    assert order["rows"][0][1:] == ["实际岗位、职责、地点、用人单位与许可一致", "两人实际从事销售。"], (
        "what is to be put right, and no word of a penalty"
    )
    assert order["number"] in dict(said_in(case, "REINSPECTION_RECORD")["facts"]).values()
    assert dict(said_in(case, "INSPECTION_RECORD")["facts"])["单位接待人"] == "张经理"
    drain(later)
    assert set(Notice.objects.filter(case=case).values_list("status", flat=True)) == {"issued"}
    assert verify(at=later) == []


def test_the_firm_does_not_learn_the_number_of_a_complaint(house: Oversight) -> None:
    """It could lead to who complained; the approval form, which stays in the house, holds it."""
    case = on_site(house)
    for kind, held in (("INSPECTION_NOTICE", False), ("INSPECTION_APPROVAL", True)):
        body = Notice.objects.get(case=case, kind=kind).body.context
        assert ("12345-0001" in str(body)) is held, kind


def test_a_stranger_answers_nothing(house: Oversight) -> None:
    case = act(house, recorded(house), "leader", "order_correction", demand="改正。")
    with pytest.raises(NotAllowed):
        act(house, case, house.cast.agents["stranger"], "report_correction", text="x")


# --- 立案, statement, hearing, decision ------------------------------------------------------------------------------------


def told(house: Oversight, *, hearing: str = "yes") -> Inspection:
    case = act(house, recorded(house), "leader", "file_case", remark="涉嫌违法，应当立案。")
    return act(house, case, "inspector-1", "tell", facts="两人从事销售。", intended="警告。", hearing=hearing)


def test_no_penalty_and_no_transfer_without_filing(house: Oversight) -> None:
    """law-notes 22: 立案 before a penalty or transfer."""
    case = recorded(house)
    for action in ("penalise", "transfer", "tell"):
        with pytest.raises(WrongState):
            act(house, case, "leader", action)
    case = act(house, case, "leader", "file_case", remark="涉嫌违法。")
    with pytest.raises(WrongState):
        act(house, case, "leader", "penalise")
    case = act(house, case, "leader", "transfer", to="市公安局", remark="涉嫌非法就业。")
    assert case.state == "transferred"
    assert Notice.objects.filter(case=case, kind="TRANSFER").exists()


def test_no_decision_before_the_party_was_heard(house: Oversight) -> None:
    """处罚法 44–45, 62: statement and defence, or its limit run out."""
    case, user = told(house, hearing="no"), firm_user(house)
    decide = {"reasons": ["unlawful_work"], "remark": "事实清楚，予以警告。", **CARRIED_OUT}
    with pytest.raises(Blocked) as refused:  # 处罚法 63: a warning alone gives no right to a hearing
        act(house, case, user, "ask_hearing", text="要求听证。")
    assert refused.value.problems[0].code == rules.NO_RIGHT_TO_HEARING
    with pytest.raises(Blocked) as refused:
        act(house, case, "leader", "penalise", **decide)
    assert refused.value.problems[0].code == rules.MUST_HEAR
    case = act(house, case, user, "state_defence", text="已自行改正，请从轻。")
    case = act(house, case, "leader", "penalise", **decide)
    assert (case.state, case.phase) == ("penalised", "decided")
    paper = said_in(case, "PENALTY")  # 处罚法 59: facts, kind and basis, how to carry it out, remedies
    assert "警告自本决定书送达之日起生效" in str(paper["paragraphs"])
    assert "六十日" in str(paper["remedies"]) or "60日" in str(paper["remedies"])
    assert verify(at=AT) == []


def test_a_statement_does_not_cut_the_days_to_ask_for_a_hearing(house: Oversight) -> None:
    """处罚法 64(一): five days from being told, unless the party says that it wants none."""
    case = told(house)
    user = firm_user(house)
    case = act(house, case, user, "state_defence", text="已自行改正，请从轻。")
    with pytest.raises(Blocked) as refused:
        act(house, case, "leader", "acquit", remark="轻微并已改正。")
    assert refused.value.problems[0].code == rules.HEARING_OPEN
    case = act(house, case, user, "state_defence", text="不要求听证。", no_hearing="on")
    case = act(house, case, "leader", "acquit", remark="轻微并已改正。")
    assert case.state == "not_penalised"


def test_papers_between_offices_are_neither_served_nor_shown_to_the_firm(house: Oversight) -> None:
    """Approval form, filing and transfer stay among offices; what is transferred is listed in its paper."""
    case = act(house, told(house), "leader", "transfer", to="兰州市公安局", remark="涉嫌非法就业。")
    paper = Notice.objects.get(case=case, kind="TRANSFER")
    [row] = paper.body.context["rows"]
    assert row[1:] == [
        "实际岗位、职责、地点、用人单位与许可一致",
        "发现问题待后续处理（立案或者移送）",
        "两人实际从事销售。",
    ]
    Notice.objects.filter(case=case).update(status="issued")
    case = act(house, case, "inspector-1", "serve", how="counter", receiver="王经理")
    stays = {"INSPECTION_APPROVAL", "CASE_FILED", "TRANSFER", "SERVICE_PROOF"}
    left = Notice.objects.filter(case=case, status="issued").values_list("kind", flat=True)
    assert set(left) == stays - {"SERVICE_PROOF"}
    proof = Notice.objects.get(case=case, kind="SERVICE_PROOF").body.context["rows"]
    assert {row[1] for row in proof} == {"行政检查通知书", "现场检查笔录", "行政处罚事先告知书"}


def test_the_limit_run_out_opens_the_decision(house: Oversight) -> None:
    case = told(house)
    last = Deadline.objects.get(case=case, kind="statement").due_on
    late = AT + (last - TODAY) + timedelta(days=1)
    case = act(house, case, "leader", "acquit", at=late, remark="情节轻微并已改正。")
    assert case.state == "not_penalised"


def test_a_hearing_asked_for_in_time_is_held_by_an_outsider(house: Oversight) -> None:
    """处罚法 63–65: asked for within five working days, chaired by who did not investigate, before the decision."""
    case = told(house)
    user = firm_user(house)
    with pytest.raises(Blocked):
        act(house, case, "leader", "hold_hearing", on=TODAY.isoformat(), minutes="x")
    case = act(house, case, user, "ask_hearing", text="要求听证。")
    with pytest.raises(Blocked) as refused:
        act(house, case, "leader", "acquit", remark="x")
    assert refused.value.problems[0].code == rules.HEARING_DUE
    with pytest.raises(Blocked) as refused:
        act(house, case, "planner", "hold_hearing", minutes="x")
    assert refused.value.problems[0].code == rules.HEARING_NOT_TOLD
    told_of = {"place": "科技大厦", "chair": "法制处干部"}
    with pytest.raises(Invalid) as early:  # seven working days before, 处罚法 64(二)
        act(house, case, "planner", "announce_hearing", on="2026-03-18", **told_of)
    assert "2026-03-19" in str(early.value.form.errors)
    case = act(house, case, "planner", "announce_hearing", on="2026-03-19", **told_of)
    assert Notice.objects.filter(case=case, kind="INSPECTION_HEARING").exists()
    with pytest.raises(Blocked):
        act(house, case, "planner", "hold_hearing", minutes="x")
    held = AT + timedelta(days=9)
    case = act(house, case, "planner", "hold_hearing", at=held, minutes="听取双方意见。")
    late = AT + timedelta(days=30)
    with pytest.raises(Blocked) as refused:
        act(house, case, user, "ask_hearing", at=late, text="再次要求。")
    assert refused.value.problems[0].code == rules.HEARING_LATE


# --- drawn visits -------------------------------------------------------------------------------------------------------


def test_a_drawn_visit_goes_to_the_two_drawn(house: Oversight) -> None:
    draw = drawn(house, approved_part(house))
    case = Inspection.objects.filter(draw=draw).order_by("pk")[0]
    row = DrawnObject.objects.get(inspection=case)
    case = assigned(house, case)
    assert (case.lead_id, case.second_id) == (row.lead_id, row.second_id)


def test_a_substitute_is_the_next_in_the_draw_s_order(house: Oversight) -> None:
    """draw.md 9: for that slot only; the record shows it and still verifies; nobody chooses."""
    draw = drawn(house, approved_part(house))
    case = assigned(house, Inspection.objects.filter(draw=draw).order_by("pk")[0])
    before = (case.lead_id, case.second_id)
    case = act(house, case, "leader", "substitute", slot="lead", reason="illness")
    assert case.lead_id not in before
    assert case.second_id == before[1]
    [change] = Substitution.objects.filter(draw=draw)
    assert (change.outgoing_id, change.incoming_id) == (before[0], case.lead_id)
    assert verify(at=AT) == []
    case = act(house, case, "leader", "substitute", slot="second", reason="illness")
    with pytest.raises(Invalid):  # four inspectors: nobody is left
        act(house, case, "leader", "substitute", slot="lead", reason="illness")
    assert verify(at=AT) == []


def test_only_the_leader_replaces_and_only_for_a_reason(house: Oversight) -> None:
    draw = drawn(house, approved_part(house))
    case = assigned(house, Inspection.objects.filter(draw=draw).order_by("pk")[0])
    with pytest.raises(NotAllowed):
        act(house, case, "planner", "substitute", slot="lead", reason="illness")
    for data in ({"slot": "lead", "reason": ""}, {"slot": "boss", "reason": "illness"}, {}):
        with pytest.raises(CaseError):
            act(house, case, "leader", "substitute", **data)
