"""Two employers' offices grant the same person a permit at the same moment: one does, the other is told (decisions 1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Blocked
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow import granting
from foreignwork.workflow.perform import perform
from tests.stage import AT, bring, case_of

Together = Callable[..., list[Any]]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_the_same_passport_is_granted_twice_at_once(
    real_cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    cases = [
        bring(real_cast, case_of(stage.file(real_cast, firm, ANNA, at=AT)), "second_reviewed")
        for firm in ("university", "energy")
    ]
    look = granting._look_again

    def late(turns: Any) -> None:
        time.sleep(0.3)  # both have asked the rules by now, and found nothing
        if guarded:
            look(turns)

    monkeypatch.setattr(granting, "_look_again", late)
    results = together(*(grant_of(real_cast, case) for case in cases))
    lost = [one for one in results if isinstance(one, Exception)]
    held = Entitlement.objects.filter(matter="permits", status="active").count()
    if not guarded:
        assert (held, lost) == (2, []), "the race did not happen, so the other half proves nothing"
        return
    assert held == 1
    assert [type(one) for one in lost] == [Blocked]
    assert lost[0].problems[0].code == "permit_elsewhere"


def grant_of(cast: Cast, case: Any) -> Callable[[], Any]:
    decider = stage.actor(cast.officer(case, "decide"), AT)
    return lambda: perform(case_id=case.pk, action="grant", actor=decider, at=AT, data={"remark": "同意"})
