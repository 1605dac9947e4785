"""What the tests of titles share: what is filled in, and cases on their way."""

from __future__ import annotations

from typing import Any

from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from tests.matters.cast_matters import go, granted
from tests.stage import AT, all_met, case_of

TODAY = AT.date()
APPLY = {"level": "associate", "series": "university_teacher", "specialty": "材料科学", "recommended": "on"}
EVIDENCE = {"evidence": "此前的工作许可证和社会保险缴费记录"}
HAND_OVER = {"body": "甘肃示例大学职称评审委员会办公室", "outcome_due": "2026-06-30"}
AWARDED = {
    "evaluated": "awarded",
    "awarded_level": "associate",
    "decided_on": "2026-05-20",
    "certificate": "GS-2026-1",
}
FAIL = {"reasons": ["experience_unproven"], "remark": "工作经历证明与合同不一致"}


def ready(cast: Cast) -> Any:
    return case_of(granted(cast, ANNA), "T")


def submitted(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "submit", data=APPLY)


def reviewed(cast: Cast) -> Any:
    case = submitted(cast)
    return go(cast, case, "handle", "review", data={**all_met(case), **EVIDENCE})


def newcomer(cast: Cast) -> Any:
    """Abroad, permit granted, contract from 20 March."""
    return granted(cast, BRUNO, firm="energy")
