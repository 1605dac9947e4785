"""Each invariant is broken once, by direct SQL as the owner, and must be named with its row; a clean house is silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foreignwork.cases.models import Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.outbox.models import OutboxMessage
from foreignwork.workflow.invariants import CHECKS, verify
from tests.stage import AT, as_owner, bring, case_of


@pytest.fixture
def house(real_cast: Cast) -> tuple[Case, Case]:
    """A granted case and a filed one, all messages sent."""
    granted = bring(real_cast, case_of(stage.file(real_cast, "university", ANNA, at=AT)), "granted")
    filed = case_of(stage.file(real_cast, "energy", BRUNO, at=AT))
    OutboxMessage.objects.update(sent_at=AT)
    return granted, filed


def test_a_clean_house_breaks_nothing(house: tuple[Case, Case]) -> None:
    assert verify(at=AT + timedelta(hours=1)) == []
    assert list(CHECKS) == [
        "I1",
        "I2",
        "I3",
        "I4",
        "I5",
        "I7",
        "I9",
        "I11",
        "I14",
    ]  # I14 is supervision's; its mutations: tests/races/test_supervision_races.py


MUTATIONS = {
    "I1": ("UPDATE cases_case SET outcome = '' , phase = 'in_review' WHERE id = %s", "granted"),
    "I2": ("UPDATE notices_notice SET seq = 77 WHERE case_id = %s AND kind = 'RECEIPT'", "granted"),
    "I3": ("UPDATE cases_case SET state = 'pre_reviewed' WHERE id = %s", "filed"),
    "I3 xid": ("UPDATE cases_case SET xid = xid + 1 WHERE id = %s", "filed"),
    "I4": ("UPDATE cases_caseevent SET role = 'decider' WHERE case_id = %s AND seq = 1", "filed"),
    "I5": ("UPDATE cases_case SET version = 9 WHERE id = %s", "filed"),
    "I7": (
        "UPDATE cases_caseevent SET actor_id = (SELECT actor_id FROM cases_caseevent e WHERE e.case_id = "
        "cases_caseevent.case_id AND e.action = 'accept') WHERE case_id = %s AND action = 'grant'",
        "granted",
    ),
    "I9": ("DELETE FROM outbox_outboxmessage WHERE key = 'event:' || %s || ':1'", "filed"),
    "I9 unsent": (
        "UPDATE outbox_outboxmessage SET sent_at = NULL WHERE key = 'event:' || %s || ':1'",
        "filed",
    ),
    "I11": ("UPDATE cases_caseevent SET effective_on = '2020-01-01' WHERE case_id = %s AND seq = 1", "filed"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_is_named(house: tuple[Case, Case], name: str) -> None:
    sql, which = MUTATIONS[name]
    case = house[0] if which == "granted" else house[1]
    as_owner(sql, case.pk)
    breaches = verify(at=AT + timedelta(hours=1))
    code = name.split()[0]
    mine = [breach for breach in breaches if breach.code == code]
    assert mine, f"{name} was not seen; seen: {[str(b) for b in breaches]}"
    if code not in {"I2", "I9", "I11"}:
        assert {breach.row for breach in mine} == {case.number}
    also = {"I4": {"I11", "I7"}, "I7": {"I11"}, "I1": set()}.get(code, set())
    assert {breach.code for breach in breaches} <= {code} | also
