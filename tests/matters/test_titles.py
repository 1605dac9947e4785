"""Review of title application conditions: every step, each refusal, the wait for the months and its end (law-notes 16; S003-17)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from foreignwork.cases.models import Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import get
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.policies import loader
from foreignwork.workflow.sweeps import sweep
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
from tests.stage import AT, all_met, case_of
from titles.models import State, TitleOutcome

TODAY = AT.date()
APPLY = {"level": "associate", "series": "高等学校教师", "specialty": "材料科学", "recommended": "on"}
FAIL = {"reasons": ["experience_unproven"], "remark": "工作经历证明与合同不一致"}


def ready(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA), "T")


def submitted(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "submit", data=APPLY)


def reviewed(cast: Cast) -> Any:
    case = submitted(cast)
    return go(cast, case, "handle", "review", data=all_met(case))


def newcomer(cast: Cast) -> Any:
    """Abroad, permit granted, contract from 20 March."""
    return granted(cast, BRUNO, firm="energy")


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("titles")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends == set(matter.outcomes)
    assert all(step.cites for step in matter.steps.values())
    assert not any("passport" in name or "salary" in name or "birth" in name for name in matter.facts_needed)


@pytest.mark.parametrize("pack", loader.available())
def test_the_pack_says_the_months_once(pack: str) -> None:
    found = loader.load(pack, on=TODAY)
    limit = found.limit("titles", "eligible", "applicant")
    assert limit is not None
    assert (limit.amount, limit.unit) == (6, "months")
    assert not any("title" in name for name in found.values)


# Six months and more


def test_one_who_has_worked_long_enough_may_apply_when_the_permit_is_granted(cast: Cast) -> None:
    case = case_of(filed(cast, ANNA), "T")
    assert (case.state, case.phase) == (State.AWAITING_PERMIT, Phase.UPCOMING)
    case = ready_elsewhere(cast)
    assert (case.state, case.phase) == (State.READY, Phase.PREPARING)
    assert actions(case) == ["queue", "become_ready"]
    assert case.eligible_on == date(2025, 7, 11)  # started on 10 January 2025


def ready_elsewhere(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA, firm="energy"), "T")


@pytest.mark.parametrize(
    ("started", "state"),
    [
        ("2025-09-09", State.READY),  # six months ended yesterday: today is more than six months
        ("2025-09-10", State.WAITING_ELIGIBLE),  # exactly six months today: not yet
        ("2025-09-11", State.WAITING_ELIGIBLE),
    ],
)
def test_more_than_six_months_to_the_day(cast: Cast, started: str, state: str) -> None:
    case = case_of(granted(cast, ANNA, work_started_on=started), "T")
    assert case.state == state


def test_a_newcomer_waits_and_the_sweep_lets_the_case_go_on_by_itself(cast: Cast) -> None:
    case = case_of(granted(cast, ANNA, work_started_on="2025-11-03"), "T")
    found = clock(case, "eligible", "applicant")
    assert (case.state, case.phase, case.outcome) == (State.WAITING_ELIGIBLE, Phase.UPCOMING, "")
    assert case.eligible_on == date(2026, 5, 4)
    assert found is not None
    assert (found.started_on, found.due_on) == (date(2025, 11, 3), date(2026, 5, 3))
    assert str(summary_of(case, AT)["可以申报"]) == "自 2026-05-04 起"
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["wrong_state"]
    assert sweep(at=later(54)).moved == 0  # 3 May: exactly six months
    assert sweep(at=later(55)).moved == 1  # 4 May: more than six months
    case = case_of(case.bundle, "T")
    assert (case.state, actions(case)[-1]) == (State.READY, "become_eligible")
    assert sweep(at=later(56)).moved == 0  # once


def test_abroad_the_day_is_an_estimate_until_the_entry_and_the_start_are_recorded(cast: Cast) -> None:
    bundle = newcomer(cast)
    case = case_of(bundle, "T")
    assert (case.state, case.eligible_on) == (
        State.WAITING_ELIGIBLE,
        date(2026, 9, 21),
    )  # permit from 20 March
    # Nobody entered: the months are over on paper, the case goes on waiting.
    assert sweep(at=later(200)).moved == 0
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    record(bundle, "entered", date(2026, 10, 12), at=later(220))
    case = case_of(bundle, "T")
    assert (actions(case)[-1], case.eligible_on) == ("recount", date(2027, 4, 13))
    record(bundle, "work_started", date(2026, 10, 19), at=later(224))
    case = case_of(bundle, "T")
    assert case.eligible_on == date(2027, 4, 20)
    running = case.deadlines.filter(kind="eligible", met_on__isnull=True, voided_at__isnull=True)
    assert [row.started_on for row in running] == [date(2026, 10, 19)]
    assert sweep(at=later(406)).moved == 1  # 20 April 2027
    assert case_of(bundle, "T").state == State.READY


def test_an_earlier_start_recorded_later_opens_it_at_once(cast: Cast) -> None:
    bundle = granted(cast, ANNA, work_started_on="2026-01-05")
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    record(bundle, "work_started", date(2025, 3, 3), at=later(1))
    case = case_of(bundle, "T")
    assert (case.state, case.eligible_on) == (State.READY, date(2025, 9, 4))
    assert not case.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()


def test_a_refused_permit_ends_it_unopened(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    case = case_of(bundle, "T")
    assert (case.state, case.outcome) == (State.NOT_STARTED, Outcome.ENDED)


def test_filed_together_it_waits_for_the_permit_all_the_same(cast: Cast) -> None:
    """A valid permit is a condition of the application: the months alone do not open it."""
    file_together(cast, "titles")
    bundle = filed(cast, ANNA)
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    assert sweep(at=later(1)).moved == 0
    assert case_of(bundle, "T").state == State.WAITING_ELIGIBLE
    refuse_permit(cast, bundle, at=later(1))
    assert case_of(bundle, "T").state == State.NOT_STARTED


def test_with_the_permit_in_hand_the_months_are_counted_at_once(cast: Cast) -> None:
    bundle = granted(cast, ANNA, work_started_on="2025-11-03")
    go(cast, case_of(bundle, "T"), "agent", "withdraw", data={"remark": "改期"})
    again = filed_beside(cast, bundle, ANNA, "titles")
    case = case_of(again, "T")
    found = clock(case, "eligible", "applicant")
    assert (case.state, actions(case)) == (State.WAITING_ELIGIBLE, ["file"])
    assert str(summary_of(case, AT)["可以申报"]) == "自 2026-05-04 起"
    assert found is not None
    assert found.due_on == date(2026, 5, 3)
    assert sweep(at=later(55)).moved == 1
    assert case_of(again, "T").state == State.READY


# Application, review, result


def test_the_application_names_level_and_series_and_starts_the_promise(cast: Cast) -> None:
    case = ready(cast)
    assert invalid(cast, case, "agent", "submit", data={}) == {"level", "series", "recommended"}
    assert refused(cast, case, "handle", "submit", data=APPLY) == ["wrong_role"]
    case = go(cast, case, "agent", "submit", data=APPLY)
    promised = clock(case, "handling", "promised")
    assert promised is not None
    assert (promised.amount, promised.unit) == (15, "wd")
    assert clock(case, "handling", "statutory") is None  # not a licence; no statutory limit
    assert summary_of(case, AT)["申报级别"] == "副高级"


def test_the_recommendation_report_must_be_there_and_in_date(cast: Cast) -> None:
    case = ready(cast)
    item = case.bundle.items.get(code="recommendation")
    item.document.valid_until = date(2026, 3, 9)
    item.document.save(update_fields=["valid_until"])
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["title_item_expired"]
    item.document = None
    item.save(update_fields=["document"])
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["title_item_missing"]


def test_review_is_condition_by_condition(cast: Cast) -> None:
    case = submitted(cast)
    partial = all_met(case)
    partial.pop("condition_status")
    assert invalid(cast, case, "handle", "review", data=partial) == {"condition_status"}
    unmet = {**all_met(case), "condition_recommended": "not_met", "remark": ""}
    assert invalid(cast, case, "handle", "review", data=unmet) == {"remark"}
    case = go(cast, case, "handle", "review", data={**unmet, "remark": "推荐报告未盖章"})
    assert case.state == State.REVIEWED
    assert refused(cast, case, "decide", "pass_conditions") == ["title_condition_open"]
    case = go(cast, case, "decide", "send_back", data={"remark": "已补盖章，请复核"})
    assert case.state == State.SUBMITTED
    case = go(cast, case, "handle", "review", data=all_met(case))
    assert go(cast, case, "decide", "pass_conditions").state == State.PASSED


def test_passing_issues_an_outcome_without_passport_number(cast: Cast) -> None:
    case = go(cast, reviewed(cast), "decide", "pass_conditions")
    assert (case.state, case.outcome) == (State.PASSED, Outcome.GRANTED)
    entitlement = Entitlement.objects.get(case=case)
    assert (entitlement.matter, entitlement.valid_until, entitlement.exclusive) == ("titles", None, False)
    row = TitleOutcome.objects.get(case=case)
    assert (row.level, row.series, row.passed_on) == ("associate", "高等学校教师", TODAY)
    assert papers(case) == ["TITLE_RESULT"]
    paper = text_of(case, "TITLE_RESULT")
    assert "评审委员会组建单位" in paper["paragraphs"][1]
    assert "DX0000017" not in str(paper)


def test_the_paper_is_chinese_whatever_the_officer_reads(cast: Cast) -> None:
    case = reviewed(cast)
    with override("en"):
        case = go(cast, case, "decide", "pass_conditions")
    facts = dict(text_of(case, "TITLE_RESULT")["facts"])
    assert facts["申报级别"] == "副高级"


def test_not_passing_has_reasons_and_the_way_to_complain(cast: Cast) -> None:
    case = reviewed(cast)
    assert invalid(cast, case, "decide", "fail_conditions", data={}) == {"reasons", "remark"}
    case = go(cast, case, "decide", "fail_conditions", data=FAIL)
    assert (case.state, case.outcome) == (State.NOT_PASSED, Outcome.REFUSED)
    paper = text_of(case, "TITLE_RESULT")
    assert "复查" in paper["remedies"][0]
    assert not any("行政复议" in line for line in paper["remedies"])
    assert paper["rows"][0][1] == "工作经历不能证明"


def test_the_reviewer_does_not_decide(cast: Cast) -> None:
    case = reviewed(cast)
    officer = cast.officer(case, "handle")
    officer.posts.create(office=case.office, role="decider", from_on=date(2025, 1, 1))
    assert refused(cast, case, "handle", "pass_conditions") == ["hand_repeated"]


def test_a_start_corrected_after_the_review_stops_the_result(cast: Cast) -> None:
    case = reviewed(cast)
    record(case.bundle, "work_started", date(2025, 12, 1), at=AT)
    assert refused(cast, case, "decide", "pass_conditions") == ["title_work_too_short"]


def queued(cast: Cast) -> Any:
    return case_of(filed(cast, ANNA), "T")


def waiting(cast: Cast) -> Any:
    return case_of(newcomer(cast), "T")


@pytest.mark.parametrize("from_", [queued, waiting, ready, submitted, reviewed])
def test_the_employer_may_withdraw(cast: Cast, from_: Any) -> None:
    case = go(cast, from_(cast), "agent", "withdraw", data={"remark": "不再申报"})
    assert (case.state, case.outcome) == (State.WITHDRAWN, Outcome.WITHDRAWN)
    assert not case.deadlines.filter(met_on__isnull=True, voided_at__isnull=True).exists()


@pytest.mark.parametrize(("action", "data"), [("pass_conditions", {}), ("fail_conditions", FAIL)])
def test_the_result_is_served(cast: Cast, action: str, data: dict[str, Any]) -> None:
    case = go(cast, reviewed(cast), "decide", action, data=data)
    how = {"how": "online", "receiver": "王经办"}
    assert refused(cast, case, "agent", "serve", data=how) == ["nothing_to_serve"]
    issue_papers(case, AT)
    assert papers(go(cast, case, "agent", "serve", data=how))[-1] == "SERVICE_PROOF"
