"""A limit that runs out does what the law says, by itself, once. Days are pinned: the sweep is told what day it is."""

from __future__ import annotations

from datetime import timedelta

from foreignwork.cases.models import CaseEvent
from foreignwork.demo import cast as stage
from foreignwork.demo.people import CLARA
from foreignwork.notices.models import Notice
from foreignwork.workflow.sweeps import sweep
from tests.stage import AT, case_of
from tests.stories import acts
from tests.stories.acts import House


def test_an_unanswered_filing_is_deemed_accepted_once(house: House) -> None:
    """行政许可法 32(4): filed on Tuesday 10 March 2026, the fifth working day is the 17th; on the 18th the law acts."""
    bundle = stage.file(house.cast, "university", CLARA, at=AT)
    day = timedelta(days=1)
    assert sweep(at=AT + 7 * day).moved == 0
    assert sweep(at=AT + 8 * day).moved == 1
    assert sweep(at=AT + 8 * day).moved == 0
    assert sweep(at=AT + 9 * day).moved == 0
    house.let_the_worker_run(at=AT + 9 * day)

    case = case_of(bundle)
    event = CaseEvent.objects.get(case=case, action="deem_accepted")
    assert (case.state, event.role, event.actor) == ("accepted", "system", None)
    assert event.effective_on == AT.date(), "accepted as of the day of receipt"
    assert list(Notice.objects.filter(case=case).values_list("kind", flat=True).order_by("pk")) == [
        "RECEIPT",
        "ACCEPTANCE",
    ]
    page = house.agent("university").looks_at("portal:case", case.number)
    assert "逾期视为受理" in page
    assert "逾期视为受理" in house.officer(case, "review").looks_at("desk:case", case.number)
    acts.then_every_paper_can_be_read_and_verified(house, bundle, name="ROSSI CLARA")


def test_nobody_accepts_a_filing_that_the_law_has_accepted(house: House) -> None:
    """The officer who comes a day late finds the step gone, and the review open."""
    bundle = stage.file(house.cast, "university", CLARA, at=AT)
    reception = house.officer(case_of(bundle), "reception")
    assert reception.looks_at("desk:step", case_of(bundle).number, "pre_review")
    sweep(at=AT + timedelta(days=8))
    reception.looks_at("desk:step", case_of(bundle).number, "pre_review", status=409)
    answer = reception.sends("desk:step", case_of(bundle).number, "pre_review", key="late", version="1")
    acts.then_it_is_refused(answer, 409)
    review = house.officer(case_of(bundle), "review")
    assert review.looks_at("desk:step", case_of(bundle).number, "first_review")
    house.let_the_worker_run()
