"""Titles, first room: the wait for the months, what counts towards them and what does not (law-notes 16; S003-17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from foreignwork.cases.models import Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.problems import Blocked
from foreignwork.cases.registry import get
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.policies import loader
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_matters import (
    actions,
    clock,
    drain,
    file_together,
    filed,
    filed_beside,
    go,
    granted,
    invalid,
    later,
    opened_beneath,
    record,
    refuse_permit,
    refused,
    summary_of,
)
from tests.matters.cast_titles import (
    APPLY,
    EVIDENCE,
    TODAY,
    newcomer,
    submitted,
)
from tests.stage import AT, all_met, bring, case_of
from titles.models import State


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("titles")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends | {State.REEXAMINATION} == set(
        matter.outcomes
    )  # the refusal stands while it is looked at again
    assert all(step.cites for step in matter.steps.values())
    assert not any("passport" in name or "salary" in name or "birth" in name for name in matter.facts_needed)


@pytest.mark.parametrize("pack", loader.available())
def test_the_pack_says_the_months_once(pack: str) -> None:
    found = loader.load(pack, on=TODAY)
    if "titles" not in found.matters:
        return
    limit = found.limit("titles", "eligible", "applicant")
    assert limit is not None
    assert (limit.amount, limit.unit) == (6, "months")
    assert not [name for name, value in found.values.items() if "title" in name and value.unit == "months"]


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
    assert refused(cast, case, "agent", "submit", data=APPLY) == ["title_work_too_short"]
    assert refused(cast, case, "agent", "submit", at=later(54), data=APPLY) == ["title_work_too_short"]
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


@pytest.mark.parametrize("days", [54, 55])
def test_the_employer_may_apply_on_the_day_itself_before_the_sweep(cast: Cast, days: int) -> None:
    """Six months minus a day: refused, with the day; more than six months: taken, though no night sweep has run."""
    case = case_of(granted(cast, ANNA, work_started_on="2025-11-03"), "T")
    if days == 54:
        with pytest.raises(Blocked) as caught:
            go(cast, case, "agent", "submit", at=later(days), data=APPLY)
        assert "自 2026-05-04 起可以申报" in caught.value.problems[0].sentence
        return
    case = go(cast, case, "agent", "submit", at=later(days), data=APPLY)
    assert case.state == State.SUBMITTED
    assert not case.deadlines.filter(kind="eligible", met_on__isnull=True, voided_at__isnull=True).exists()


# The register of permits


def with_earlier_permit(cast: Cast, bundle: Any, first: date, until: date) -> None:
    """An ended work permit of the same person at the same employer, from another case."""
    other = case_of(opened_beneath(cast, bundle, ANNA, "permits"), "W")
    Entitlement.objects.create(
        matter="permits",
        case=other,
        dossier_id=bundle.dossier_id,
        employer_id=bundle.employer_id,
        number="X1",
        valid_from=first,
        valid_until=until,
        status="ended",
        ended_on=until + timedelta(days=1),
    )


def unanswered(cast: Cast) -> Any:
    """A permit in force from 20 March 2026 and nothing said of earlier work."""
    return granted(cast, replace(ANNA, worked_months=0))


def test_the_months_are_counted_from_the_register_of_permits(cast: Cast) -> None:
    case = case_of(unanswered(cast), "T")
    assert (case.state, case.eligible_on) == (State.WAITING_ELIGIBLE, date(2026, 9, 21))
    event = case.events.latest("seq")
    assert (event.data["gap_days"], event.data["claimed"]) == (0, False)
    assert str(summary_of(case, AT)["工作年限的依据"]) == "工作许可登记"


@pytest.mark.parametrize(
    ("first", "opens"),
    [
        (
            date(2025, 7, 1),
            date(2026, 1, 2),
        ),  # the six months were over before the ten days between the permits
        (date(2025, 9, 10), date(2026, 3, 21)),  # 11 March, and ten days later
    ],
)
def test_days_between_two_permits_do_not_count(cast: Cast, first: date, opens: date) -> None:
    bundle = filed(cast, replace(ANNA, worked_months=0))
    with_earlier_permit(cast, bundle, first, date(2026, 3, 9))  # the new one begins on 20 March
    bring(cast, case_of(bundle, "W"), "granted")
    drain(AT)
    case = case_of(bundle, "T")
    assert case.eligible_on == opens
    assert str(summary_of(case, AT)["许可间断"]) == "10 日，不计入工作年限"
    if case.state == State.READY:
        case = go(cast, case, "agent", "submit", data=APPLY)
        case = go(
            cast, case, "handle", "review", data=all_met(case)
        )  # the register proves it: no evidence asked
        assert go(cast, case, "decide", "pass_conditions").state == State.PASSED


def test_what_is_only_claimed_needs_evidence_an_officer_accepts(cast: Cast) -> None:
    case = submitted(cast)
    assert "须由审核人员核实" in str(summary_of(case, AT)["工作年限的依据"])
    assert invalid(cast, case, "handle", "review", data=all_met(case)) == {"evidence"}
    case = go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})
    event = case.events.latest("seq")
    assert event.data["evidence_accepted"] is True
    assert "evidence" not in event.data  # what is written is sealed
    assert event.sealed["evidence"] == EVIDENCE["evidence"]
