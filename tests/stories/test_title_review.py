"""The review of title conditions to each of its ends: newcomers wait, committees answer late or never, results are looked at again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from foreignwork.cases.models import Entitlement
from foreignwork.demo.people import ANNA, BRUNO, CLARA
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_titles import APPLY, AWARDED, EVIDENCE, FAIL, HAND_OVER
from tests.stage import AT
from tests.stories import acts
from tests.stories.further import LATER, day_after, is_refused, permitted
from tests.stories.telling import Town, tells
from titles.models import TitleOutcome

LONG_AGO = {"work_started_on": "2025-01-10"}
THREE = ((ANNA, "university"), (CLARA, "energy"), (BRUNO, "stranger"))


def reviewed(town: Town, bundle: object) -> None:
    case = town.does(town.row(bundle, "T"), "agent", "submit", **APPLY)  # type: ignore[arg-type]
    town.does(case, "handle", "review", **acts.conditions_met(town.row(bundle, "T")), **EVIDENCE)  # type: ignore[arg-type]


@tells(
    "titles/review/become_eligible",
    "titles/review/pass_conditions",
    "titles/review/hand_over",
    "titles/review/chase_outcome",
    "titles/review/record_outcome",
)
def test_a_newcomer_waits_for_the_day_and_the_committee_is_silent_then_grants(town: Town) -> None:
    bundle = permitted(town, ANNA, "titles", work_started_on="2025-11-03")
    case = town.row(bundle, "T")
    assert "自 2026-05-04 起" in town.agent("university").looks_at("portal:case", case.number)
    is_refused(town, case, "agent", "submit", 422, "自 2026-05-04 起可以申报", **APPLY)
    # Six months minus a day, six months to the day: a sentence, and nothing has changed (S003-17: more than six).
    for day in ("2026-05-02", "2026-05-03"):
        town.goes_to(datetime.combine(date.fromisoformat(day), AT.timetz()))
        is_refused(town, case, "agent", "submit", 422, "自 2026-05-04 起可以申报", **APPLY)
        assert sweep(at=town.at).moved == 0
    town.goes_to(town.at + timedelta(days=1))
    assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
    town.let_the_worker_run()
    assert town.row(bundle, "T").state == "ready"

    reviewed(town, bundle)
    case = town.does(town.row(bundle, "T"), "decide", "pass_conditions")
    assert (case.state, case.outcome) == ("passed", "granted")
    due = case.deadlines.get(kind="handover")
    assert due.met_on is None
    is_refused(
        town,
        case,
        "handle",
        "hand_over",
        400,
        "请填写今天以后的日期",
        **{**HAND_OVER, "outcome_due": "2026-05-04"},
    )
    case = town.does(case, "handle", "hand_over", **{**HAND_OVER, "outcome_due": "2026-06-30"})
    due.refresh_from_db()
    assert (due.met_on, case.state) == (town.at.date(), "handed_over")

    # The body says nothing; it is asked once more, and then reports. What it decided stands where employer and person look.
    town.goes_to(day_after(date(2026, 6, 30), AT))
    town.does(case, "handle", "chase_outcome", outcome_due="2026-07-31")
    town.goes_to(day_after(date(2026, 7, 20), AT))
    before = {**AWARDED, "decided_on": "2026-05-03"}
    is_refused(town, case, "handle", "record_outcome", 400, "评审结果日期不能早于移交日期", **before)
    case = town.does(case, "handle", "record_outcome", **{**AWARDED, "decided_on": "2026-07-15"})
    assert case.state == "evaluated"
    page = town.agent("university").looks_at("portal:case", case.number)
    assert "副高级" in page
    assert "GS-2026-1" in page
    assert TitleOutcome.objects.get(case_id=case.pk).level == "associate"


@tells(
    "titles/review/fail_conditions",
    "titles/review/ask_reexamination",
    "titles/review/uphold",
    "titles/review/overturn",
    "titles/review/record_outcome",
    "titles/review/withdraw",
)
def test_not_passed_and_looked_at_again_the_committee_says_no_and_one_is_taken_back(town: Town) -> None:
    anna, clara, other = (
        permitted(town, who, "titles", firm=firm, **LONG_AGO, **HERE) for who, firm in THREE
    )
    for bundle in (anna, clara):
        reviewed(town, bundle)
        case = town.does(town.row(bundle, "T"), "decide", "fail_conditions", **FAIL)
        assert (case.state, case.outcome) == ("not_passed", "refused")
    assert "审核不通过" in town.agent("university").looks_at("portal:result", anna.number)
    assert not Entitlement.objects.filter(matter="titles").exists()
    is_refused(town, town.row(anna, "T"), "agent", "ask_reexamination", 400, "请", remark="")
    for bundle in (anna, clara):
        town.does(town.row(bundle, "T"), "agent", "ask_reexamination", remark="推荐报告已经盖章")
    decider = town.officer(town.row(anna, "T"), "decide")
    decider.looks_at("desk:step", town.row(anna, "T").number, "uphold", status=403)
    assert town.does(town.row(anna, "T"), "review", "uphold", remark="复查后维持").state == "upheld"
    case = town.does(town.row(clara, "T"), "review", "overturn", remark="推荐报告确已盖章")
    assert (case.state, case.outcome) == ("passed", "granted")
    town.does(case, "handle", "hand_over", **HAND_OVER)
    town.goes_to(AT + timedelta(days=80))
    no = {"evaluated": "not_awarded", "decided_on": "2026-05-20"}
    is_refused(
        town,
        town.row(clara, "T"),
        "handle",
        "record_outcome",
        400,
        "不能填写取得的级别",
        **no,
        certificate="GS-1",
    )
    assert town.does(town.row(clara, "T"), "handle", "record_outcome", **no).state == "evaluated"
    assert "评审未通过" in town.agent("energy").looks_at("portal:case", case.number)
    taken = town.does(town.row(other, "T"), "agent", "withdraw", remark="今年不申报")
    assert (taken.state, taken.outcome) == ("withdrawn", "withdrawn")


HERE = {"person_in_china": True, "in_china_ground": "changed_employer"}


@tells(
    "titles/review/request_supplement",
    "titles/review/answer_supplement",
    "titles/review/end_unanswered",
    "titles/review/close_unopened",
    "titles/review/become_ready",
)
def test_a_supplement_answered_or_not_and_a_permit_that_never_came(town: Town) -> None:
    anna, clara = (permitted(town, who, "titles", firm=firm, **LONG_AGO) for who, firm in THREE[:2])
    asked = {"ask_recommendation": "on", "reason_recommendation": "not_signed"}
    for bundle in (anna, clara):
        town.does(town.row(bundle, "T"), "agent", "submit", **APPLY)
        town.does(town.row(bundle, "T"), "handle", "request_supplement", **asked)
    town.goes_to(AT + LATER)
    again = {"file_recommendation": acts.sheet("推荐报告"), "do": "step"}
    assert town.does(town.row(anna, "T"), "agent", "answer_supplement", **again).state == "submitted"
    last = town.row(clara, "T").deadlines.get(kind="supplement").due_on
    town.goes_to(day_after(last, AT))
    assert (sweep(at=town.at).moved, sweep(at=town.at).moved) == (1, 0)
    town.let_the_worker_run()
    case = town.row(clara, "T")
    assert (case.state, case.outcome) == ("ended", "ended")
    assert "逾期未补正" in town.agent("energy").looks_at("portal:case", case.number)
    other = town.files("stranger", BRUNO, matters=("permits", "residence", "titles"))
    town.does(town.row(other), "agent", "withdraw", remark="人选变动")
    assert town.row(other, "T").state == "not_started"
