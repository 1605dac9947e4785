"""Where a filing stands, as a function of its cases: total, and blind to their order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import pytest

from foreignwork.cases.bundle_state import LOOKS, BundleState, state_of
from foreignwork.cases.phases import Outcome, Phase


@dataclass(frozen=True)
class Row:
    phase: str
    outcome: str = ""


UPCOMING, PREPARING = Row(Phase.UPCOMING), Row(Phase.PREPARING)
REVIEW, WAITING = Row(Phase.IN_REVIEW), Row(Phase.WAITING)
GRANTED, REFUSED = Row(Phase.DECIDED, Outcome.GRANTED), Row(Phase.DECIDED, Outcome.REFUSED)
WITHDRAWN, ENDED = Row(Phase.CLOSED, Outcome.WITHDRAWN), Row(Phase.CLOSED, Outcome.ENDED)
REEXAMINED = Row(Phase.IN_REVIEW, Outcome.REFUSED)  # refused, and looked at again


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([REVIEW, UPCOMING, UPCOMING], "under_way"),
        ([REVIEW, UPCOMING, WAITING], "yours"),  # one supplement: the applicant's turn, the others go on
        ([GRANTED, PREPARING, REVIEW], "yours"),
        ([GRANTED, UPCOMING], "under_way"),
        ([GRANTED, GRANTED], "granted"),
        ([GRANTED, WITHDRAWN], "granted"),  # what was taken back was not wanted
        ([GRANTED, REFUSED], "partly"),
        ([REFUSED, ENDED, ENDED], "not_granted"),
        ([WITHDRAWN, WITHDRAWN], "withdrawn"),
        ([WITHDRAWN, ENDED], "not_granted"),
        ([GRANTED, REEXAMINED], "partly"),
    ],
)
def test_states(rows: list[Row], state: str) -> None:
    assert {state_of(order) for order in permutations(rows)} == {state}


def test_every_combination_has_a_state_and_every_state_a_look() -> None:
    kinds = [UPCOMING, PREPARING, REVIEW, WAITING, GRANTED, REFUSED, WITHDRAWN, ENDED, REEXAMINED]
    found = {state_of(rows) for n in range(1, 4) for rows in product(kinds, repeat=n)}
    assert found == set(BundleState) == set(LOOKS)
