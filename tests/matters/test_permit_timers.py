"""What the law does by silence, swept on every day around the holidays with moved working days: once, and never early.

2026: Spring Festival off 15 to 23 February, working Saturdays 14 and 28 February; Mid-Autumn off 25 to 27 September; National
Day off 1 to 7 October, working days Sunday 20 September and Saturday 10 October (国办发明电〔2025〕7号).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.workflow.sweeps import sweep
from tests.matters.cast_process import go
from tests.matters.test_permit_kinds import again, held, new_facts
from tests.matters.test_permits import ask
from tests.matters.test_permits_acceptance import with_entry_term
from tests.stage import AT, bring, case_of


def on(day: date) -> datetime:
    return AT.replace(year=day.year, month=day.month, day=day.day)


def moves(first: date, last: date) -> list[date]:
    """The days on which a sweep moves something; each day is swept twice, the second time for nothing."""
    found = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if sweep(at=on(day)).moved:
            found.append(day)
        assert sweep(at=on(day) + timedelta(hours=8)).moved == 0, day
    return found


@pytest.mark.parametrize(
    ("filed", "fires"),
    [
        (date(2026, 2, 12), date(2026, 2, 27)),  # 13, Saturday 14, 24, 25, 26 February
        (date(2026, 2, 24), date(2026, 3, 3)),  # 25, 26, 27, Saturday 28 February, 2 March
        (date(2026, 9, 18), date(2026, 9, 25)),  # Sunday 20, 21 to 24 September; the 25th is a holiday
        (date(2026, 9, 29), date(2026, 10, 13)),  # 30 September, 8, 9, Saturday 10, 12 October
    ],
)
def test_deemed_acceptance_counts_the_working_days_of_the_holidays(
    cast: Cast, filed: date, fires: date
) -> None:
    case = case_of(stage.file(cast, "university", ANNA, at=on(filed)))
    assert moves(filed, fires + timedelta(days=7)) == [fires]
    assert CaseEvent.objects.filter(case=case, action="deem_accepted").count() == 1
    assert case_of(case.bundle).accepted_on == filed


def test_an_unanswered_supplement_ends_after_the_holidays(cast: Cast) -> None:
    day = date(2026, 9, 15)
    case = case_of(stage.file(cast, "university", ANNA, at=on(day)))
    go(cast, case, "reception", "request_supplement", at=on(day), **ask(case, "degree"))
    # Fifteen working days: 16 to 18, Sunday 20 to 24, 28 to 30 September, 8, 9, Saturday 10, 12 October.
    assert moves(day, date(2026, 10, 20)) == [date(2026, 10, 13)]
    assert case_of(case.bundle).state == "ended"


@pytest.mark.parametrize("expiry", [date(2026, 10, 3), date(2026, 9, 20), date(2026, 10, 12)])
def test_deemed_renewal_waits_for_no_holiday_and_for_no_working_day(cast: Cast, expiry: date) -> None:
    """The law's limit is the expiry itself (行政许可法 50): inside a holiday, on a working Sunday, on a plain Monday."""
    permit = held(cast)
    Entitlement.objects.filter(pk=permit.pk).update(valid_until=expiry)
    permit.refresh_from_db()
    Case.objects.exclude(pk=permit.case_id).update(phase="closed", outcome="ended")
    day = expiry - timedelta(days=40)
    new_facts(permit, on(day))
    case = bring(cast, case_of(again(cast, permit, "extend", at=on(day))), "accepted", at=on(day))
    assert moves(expiry - timedelta(days=15), expiry + timedelta(days=10)) == [expiry + timedelta(days=1)]
    permit.refresh_from_db()
    assert (case_of(case.bundle).state, permit.status) == ("granted", "ended")
    assert CaseEvent.objects.filter(case=case, action="deem_renewed").count() == 1


def test_a_grant_nobody_used_lapses_once_though_its_last_day_is_a_holiday(cast: Cast) -> None:
    with_entry_term(cast, 3)
    day = date(2026, 7, 2)
    case = bring(cast, case_of(stage.file(cast, "energy", BRUNO, at=on(day))), "granted", at=on(day))
    last = case.deadlines.get(kind="entry").due_on
    assert date(2026, 10, 1) <= last <= date(2026, 10, 8)
    assert moves(last - timedelta(days=15), last + timedelta(days=10)) == [last + timedelta(days=1)]
    assert Entitlement.objects.get(case=case).status == "ended"
