"""Every end of a work permit's case that is no grant, by the people who bring it about, in their browsers."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from foreignwork.cases.models import Case, Entitlement
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.workflow.sweeps import sweep
from tests.matters.test_permit_kinds import again, before_expiry, new_facts
from tests.stage import AT, bring
from tests.stories.acts import then_it_is_refused
from tests.stories.telling import Town, tells

DAY = timedelta(days=1)
TELL = {"remark": "拟作出不利决定。经核查，有关材料系伪造。依据行政许可法。"}
FACTS = {"remark": "经核查，学历证书系伪造，不符合许可条件。"}


def granted(town: Town, firm: str, foreigner: object) -> Entitlement:
    """In force; the officers' part is told elsewhere."""
    case = town.row(town.files(firm, foreigner))  # type: ignore[arg-type]
    case = bring(town.cast, case, "granted", at=town.at)
    town.let_the_worker_run()
    return Entitlement.objects.select_related("case", "case__office", "case__receiver", "employer").get(
        case=case
    )


def about(permit: Entitlement, kind: str) -> str:
    return reverse("desk:open_case", args=[permit.pk, kind])


@tells(
    "permits/new_in_china/tell_not_required",
    "permits/new_abroad/decline",
    "permits/new_in_china/withdraw",
    "permits/warn/warn",
)
def test_not_needed_not_our_power_taken_back_and_a_warning_for_concealment(town: Town) -> None:
    anna, bruno, clara = (
        town.row(town.files(*who)) for who in (("university", ANNA), ("energy", BRUNO), ("stranger", CLARA))
    )
    told = town.does(anna, "reception", "tell_not_required", remark="其停留期间不从事工作。")
    assert (told.state_label, told.outcome) == ("不需要许可，不受理", "declined")
    reasons = {
        "reasons": ["not_competent"],
        "ask_whom": "天水市科学技术局",
        "remark": "应当向工作所在地提出。",
    }
    assert town.does(bruno, "reception", "decline", **reasons).state == "declined"
    assert town.does(clara, "agent", "withdraw", remark="人选变动").state == "withdrawn"
    assert [town.row(clara.bundle, letter).state for letter in "RST"] == ["not_started"] * 3  # type: ignore[arg-type]

    # What was concealed is found out: a warning, told before and decided by another (行政许可法 78).
    where = reverse("desk:open_after", args=[bruno.number, "warn"])
    case = town.opens(bruno, where, reasons=["concealment"], remark="学历证书查无此人。")
    then_it_is_refused(
        town.officer(case, "decide").sends("desk:step", case.number, "warn", key="k", version=1), 409
    )
    case = town.does(case, "review", "tell_office", **TELL)
    case = town.does(case, "agent", "waive_office_hearing")
    case = town.does(
        case,
        "decide",
        "warn",
        officers="王五（甘010001）、赵六（甘010002）",
        views="当事人没有提出意见。",
        **FACTS,
    )
    assert (case.state, case.outcome) == ("warned", "penalised")
    assert "警告" in town.agent("energy").looks_at("portal:case", case.number)


@tells(
    "permits/new_in_china/end_unanswered",
    "permits/new_abroad/terminate",
    "permits/new_in_china/refuse",
    "permits/warn/drop",
)
def test_unanswered_broken_off_refused_and_a_case_dropped(town: Town) -> None:
    anna, bruno, clara = (
        town.row(town.files(*who)) for who in (("university", ANNA), ("energy", BRUNO), ("stranger", CLARA))
    )
    town.does(anna, "reception", "request_supplement", ask_degree="on", reason_degree="missing")
    page = town.officer(bruno, "decide").looks_at("desk:step", bruno.number, "terminate")
    reason = (
        page.split('name="reason" value="')[1].split('"')[0]
        if 'name="reason" value="' in page
        else "applicant_gone"
    )
    ended = town.does(bruno, "decide", "terminate", reason=reason, remark="用人单位已经注销登记。")
    assert (ended.state, ended.outcome) == ("terminated", "ended")
    clara = bring(town.cast, clara, "second_reviewed", at=town.at)
    reasons = {"reasons": ["false_materials"], "remark": "学历证书系伪造。"}
    assert town.does(clara, "decide", "refuse", **reasons).state == "refused"
    where = reverse("desk:open_after", args=[clara.number, "warn"])
    case = town.opens(clara, where, reasons=["concealment"], remark="学历证书系伪造。")
    case = town.does(case, "decide", "drop", why="unproven", remark="经院校补充说明，不能认定故意隐瞒。")
    assert case.state == "office_closed"

    # Nobody answered: on its last day nothing, a day later the end with a reasoned paper, once.
    last = anna.deadlines.get(kind="supplement").due_on
    assert sweep(at=AT + (last - AT.date())).moved == 0
    town.goes_to(AT + (last - AT.date()) + DAY)
    assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
    town.let_the_worker_run()
    assert "逾期未补正" in town.agent("university").looks_at("portal:case", anna.number)


@tells(
    "permits/retract/retract",
    "permits/retract/strike_after",
    "permits/revoke/revoke",
    "permits/cancel_office/strike_off",
    "permits/cancel_office/drop",
)
def test_retracted_revoked_and_struck_off_without_the_persons_help(town: Town) -> None:
    anna, bruno, clara = (
        granted(town, *who) for who in (("university", ANNA), ("energy", BRUNO), ("stranger", CLARA))
    )
    stranger = town.officer(anna.case, "decide").browser.get(about(anna, "retract"))
    assert stranger.status_code == 403, "who decides does not open"
    dropped = town.opens(anna.case, about(anna, "cancel_office"), reasons=["work_ended"], remark="接到线索。")
    town.does(dropped, "decide", "drop", why="unproven", remark="经核实仍在岗。")

    retract = town.opens(
        anna.case, about(anna, "retract"), reasons=["facts_changed"], remark="园区规划调整。"
    )
    town.does(retract, "review", "tell_office", **TELL)
    town.does(retract, "agent", "waive_office_hearing")
    town.does(retract, "decide", "retract", compensation="按照实际损失予以补偿。", **FACTS)
    retract = town.does(retract, "review", "strike_after", remark="收回电子许可证")
    assert (retract.state, retract.outcome) == ("retracted", "retracted")

    revoke = town.opens(
        clara.case, about(clara, "revoke"), reasons=["not_qualified"], remark="学历证书系伪造。"
    )
    town.does(revoke, "review", "tell_office", **TELL)
    strike = town.opens(
        bruno.case, about(bruno, "cancel_office"), reasons=["work_ended"], remark="失去联系。"
    )
    town.does(
        strike, "review", "announce", since="2026-02-10", where="兰州日报第四版", remark="多次联系未果。"
    )
    # The rights and the announcement run out by themselves: not on the last day, the day after, once.
    for case, kind in ((revoke, "hearing_request"), (strike, "announcement")):
        last = case.deadlines.get(kind=kind).due_on
        town.goes_to(AT + (last - AT.date()))
        assert sweep(at=town.at).moved == 0
        town.goes_to(town.at + DAY)
        assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
        town.let_the_worker_run()
    assert town.does(revoke, "decide", "revoke", **FACTS).state == "revoked"
    assert town.does(strike, "decide", "strike_off", **FACTS).state == "struck_off"
    ended = Entitlement.objects.filter(pk__in=[anna.pk, bruno.pk, clara.pk])
    assert {row.end_reason for row in ended} == {"retract", "revoke", "strike_off"}


@tells("permits/extend/deem_renewed", "permits/new_abroad/lapse")
def test_the_law_renews_by_silence_and_what_is_not_used_lapses(town: Town) -> None:
    permit, abroad = granted(town, "university", ANNA), granted(town, "energy", BRUNO)
    town.goes_to(before_expiry(permit, 40))
    new_facts(permit, town.at, who=ANNA)
    case = town.row(again(town.cast, permit, "extend", at=town.at))
    town.let_the_worker_run()
    bring(town.cast, case, "first_reviewed", at=town.at)
    town.let_the_worker_run()

    # The officer judges that nobody came; before that day the house refuses.
    lapsed = town.does(abroad.case, "decide", "lapse", remark="逾期未入境。")
    assert (lapsed.state, lapsed.outcome) == ("lapsed", "lapsed")

    assert sweep(at=before_expiry(permit, 0)).moved == 0
    town.goes_to(before_expiry(permit, -1))
    assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
    town.let_the_worker_run()
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.outcome) == ("granted", "granted")
    assert "视为准予延续" in town.agent("university").looks_at("portal:case", case.number)
    decider = town.officer(town.row(case.bundle), "decide")  # type: ignore[arg-type]
    decider.looks_at("desk:step", case.number, "refuse", status=409)
