"""The work-type residence permit: every step, each refusal, its clocks and papers (law-notes 14, 15, 18, 19; 条例 16–20)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import get
from foreignwork.demo.cast import Cast, upload
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.workflow.sweeps import sweep
from residence.models import State
from tests.matters.cast_matters import (
    actions,
    clock,
    filed,
    filed_beside,
    go,
    granted,
    invalid,
    later,
    papers,
    record,
    refuse_permit,
    refused,
    summary_of,
    text_of,
)
from tests.matters.cast_residence import (
    SLOT,
    TODAY,
    VISIT,
    WINDOW,
    applied,
    ready,
)
from tests.stage import AT, case_of


def test_every_state_has_a_phase_and_every_end_an_outcome() -> None:
    matter = get("residence")
    assert set(matter.phases) == set(State)
    ends = {state for state, phase in matter.phases.items() if phase in (Phase.DECIDED, Phase.CLOSED)}
    assert ends == set(matter.outcomes)
    assert all(step.cites for step in matter.steps.values())
    assert not {"annual_salary_cny", "duties", "email"} & set(matter.facts_needed)


# Before the permit, and what opens the case


def test_it_waits_for_the_permit_and_opens_by_itself_in_china(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    case = case_of(bundle, "R")
    assert (case.state, case.phase) == (State.AWAITING_PERMIT, Phase.UPCOMING)
    assert refused(cast, case, "agent", "apply", data=VISIT) == ["wrong_state"]
    case = case_of(granted(cast, ANNA, firm="energy"), "R")
    assert (case.state, case.phase) == (State.READY_TO_APPLY, Phase.PREPARING)
    assert clock(case, "apply", "applicant") is None  # in China: no 30 days of entry
    assert actions(case) == ["queue", "become_ready"]


def test_abroad_nothing_runs_until_the_entry_is_recorded(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")
    case = case_of(bundle, "R")
    assert case.state == State.AWAITING_PERMIT
    assert clock(case, "apply", "applicant") is None
    record(bundle, "entered", date(2026, 3, 20), at=later(12))
    case = case_of(bundle, "R")
    found = clock(case, "apply", "applicant")
    assert (case.state, case.entered_on) == (State.READY_TO_APPLY, date(2026, 3, 20))
    assert found is not None
    assert (found.started_on, found.due_on) == (date(2026, 3, 20), date(2026, 4, 20))  # 19 April is a Sunday
    assert case.due_on is None  # not the office's limit
    assert summary_of(case, later(12))["须在此日前申请"] == date(2026, 4, 20)


def test_a_corrected_entry_moves_the_limit(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")
    record(bundle, "entered", date(2026, 3, 20), at=later(12))
    record(bundle, "entered", date(2026, 3, 18), at=later(13))
    case = case_of(bundle, "R")
    found = clock(case, "apply", "applicant")
    assert found is not None
    assert (case.entered_on, found.started_on) == (date(2026, 3, 18), date(2026, 3, 18))
    assert actions(case) == ["queue", "become_ready", "note_entry"]
    record(bundle, "work_started", date(2026, 3, 23), at=later(14))  # another fact moves nothing here
    assert actions(case_of(bundle, "R"))[-1] == "note_entry"


def test_a_refused_permit_ends_it_unopened(cast: Cast) -> None:
    bundle = filed(cast, ANNA)
    refuse_permit(cast, bundle)
    case = case_of(bundle, "R")
    assert (case.state, case.phase, case.outcome) == (State.NOT_STARTED, Phase.CLOSED, Outcome.ENDED)
    assert papers(case) == []


def test_with_the_permit_in_hand_it_is_filed_at_once(cast: Cast) -> None:
    """The gate is open when the person holds a permit: no waiting; abroad it still needs the entry."""
    bundle = granted(cast, BRUNO, firm="energy")
    go(cast, case_of(bundle, "R"), "agent", "withdraw", data={"remark": "改期"})
    again = filed_beside(cast, bundle, BRUNO, "residence")
    case = case_of(again, "R")
    assert (case.state, actions(case)) == (State.READY_TO_APPLY, ["file"])
    assert clock(case, "apply", "applicant") is None
    assert refused(cast, case, "agent", "apply", data=VISIT) == ["residence_not_entered"]
    record(again, "entered", date(2026, 3, 9), at=AT)
    found = clock(case, "apply", "applicant")
    assert found is not None
    assert found.started_on == date(2026, 3, 9)
    assert go(cast, case_of(again, "R"), "agent", "apply", data=VISIT).state == State.APPLIED


# Applying


def test_applying_late_is_accepted_and_noted(cast: Cast) -> None:
    bundle = granted(cast, BRUNO, firm="energy")
    record(bundle, "entered", date(2026, 3, 11), at=later(2))
    late = later(45)  # 24 April; the limit ended on 10 April
    assert sweep(at=late).moved == 0
    case = go(
        cast,
        case_of(bundle, "R"),
        "agent",
        "apply",
        at=late,
        data={**VISIT, "slot": f"{WINDOW}@2026-04-27T09:00"},
    )
    assert (case.state, case.days_late) == (State.APPLIED, 14)
    assert case.events.latest("seq").data["days_late"] == 14
    assert "14 日" in str(summary_of(case, late)["逾期申请"])
    found = clock(case, "apply", "applicant")
    assert found is not None
    assert found.met_on == late.date()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"comes": "in_person"}, "slot"),
        ({"slot": SLOT, "comes": "represented"}, "why"),
        ({"slot": SLOT}, "comes"),
    ],
)
def test_who_comes_and_when_must_be_said(cast: Cast, data: dict[str, str], field: str) -> None:
    assert invalid(cast, ready(cast), "agent", "apply", data=data) == {field}


def test_materials_must_still_be_valid_when_applying(cast: Cast) -> None:
    case = ready(cast)
    item = case.bundle.items.get(code="health")
    document = item.document
    document.valid_until = TODAY - timedelta(days=1)
    document.save(update_fields=["valid_until"])
    assert refused(cast, case, "agent", "apply", data=VISIT) == ["residence_item_expired"]
    item.document = None
    item.save(update_fields=["document"])
    assert refused(cast, case, "agent", "apply", data=VISIT) == ["residence_item_missing"]


def test_only_the_employer_applies(cast: Cast) -> None:
    assert refused(cast, ready(cast), "handle", "apply", data=VISIT) == ["wrong_role"]


# Supplement, told once


def test_a_supplement_is_told_once_and_answered(cast: Cast) -> None:
    case = applied(cast)
    asked = {
        "ask_health": "on", "reason_health": "expired", "note_health": "体检已过六个月",
        "ask_visa_form": "on", "reason_visa_form": "missing",
    }  # fmt: skip
    case = go(cast, case, "handle", "request_supplement", data=asked)
    assert (case.state, case.phase) == (State.SUPPLEMENT, Phase.WAITING)
    assert [row[1] for row in text_of(case, "SUPPLEMENT")["rows"]] == ["体检证明", "外国人签证证件申请表"]
    assert clock(case, "supplement", "applicant") is not None
    assert refused(cast, case, "agent", "answer_supplement", at=later(1)) == ["residence_item_unanswered"]
    upload(case.engagement, ANNA, "health", "体检证明", scope="person", at=later(1))
    newest = case.dossier.documents.get(kind="health", replaced_by__isnull=True)
    case.bundle.items.filter(code="health").update(document=newest)
    case = go(cast, case, "agent", "answer_supplement", at=later(1))  # the form on paper comes to the counter
    assert case.state == State.APPLIED
    found = clock(case, "supplement", "applicant")
    assert found is not None
    assert found.met_on == later(1).date()


def test_an_unanswered_supplement_ends_the_filing_with_reasons(cast: Cast) -> None:
    asked = {"ask_health": "on", "reason_health": "illegible"}
    case = go(cast, applied(cast), "handle", "request_supplement", data=asked)
    found = clock(case, "supplement", "applicant")
    assert found is not None
    assert sweep(at=later((found.due_on - TODAY).days)).moved == 0  # the last day is still the applicant's
    assert sweep(at=later((found.due_on - TODAY).days + 1)).moved == 1
    case = case_of(case.bundle, "R")
    assert (case.state, case.outcome) == (State.ENDED, Outcome.ENDED)
    ended = text_of(case, "FILING_ENDED")
    assert "体检证明" in ended["paragraphs"][1]
    assert "行政复议" in ended["remedies"][0]
