"""Two leaders press the button at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from foreignwork.demo.cast import Cast
from foreignwork.policies.models import PolicyVersion, ProposalDecision
from foreignwork.policies.proposals import Refused, approve, refuse
from tests.stage import AT
from tests.stage import real_cast as real_cast
from tests.unit.test_policies_proposals import DAY, proposed, who


@pytest.mark.parametrize("other", [approve, refuse])
def test_one_of_two_approvers_decides_and_the_other_is_told(
    real_cast: Cast, together: Callable[..., list[Any]], other: Any
) -> None:
    made = proposed(real_cast)
    first, second = who(real_cast, "decide"), who(real_cast, "decide", "lanzhou-kjj")
    results = together(
        lambda: approve(made, actor=first, at=AT, reason="同意"),
        lambda: other(made, actor=second, at=AT, reason="意见"),
    )
    lost = [result for result in results if isinstance(result, Refused)]
    assert len(lost) == 1, results
    assert lost[0].code == "decided_already"
    decision = ProposalDecision.objects.get()
    live = PolicyVersion.objects.filter(proposal=made)
    assert live.count() == (1 if decision.outcome == "approved" else 0)
    assert (PolicyVersion.objects.in_force("gansu", DAY).proposal_id == made.pk) == live.exists()
