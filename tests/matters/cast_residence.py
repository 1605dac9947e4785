"""A residence case at each of its states, and the data its steps take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from tests.matters.cast_matters import go, granted
from tests.stage import AT, case_of

TODAY = AT.date()  # Tuesday 2026-03-10
WINDOW = "lanzhou_exit_entry"
SLOT = f"{WINDOW}@2026-03-12T09:30"
VISIT = {"slot": SLOT, "comes": "in_person"}
RECEIPT = {"papers_checked": "on", "foreign_nationality": "on", "biometrics": "taken", "passport_kept": "on"}
PHONE = {"method": "phone", "held_on": "2026-03-10", "record": "电话询问用人单位，岗位与申请一致"}
REFUSAL = {"reasons": ["no_proof"], "remark": "未能提供证明函件"}


def ready(cast: Cast) -> Any:
    """In China, permit granted: the applicant's turn."""
    return case_of(granted(cast, ANNA), "R")


def applied(cast: Cast) -> Any:
    return go(cast, ready(cast), "agent", "apply", data=VISIT)


def receipt_given(cast: Cast) -> Any:
    return go(cast, applied(cast), "handle", "give_receipt", data=RECEIPT)


def verified(cast: Cast) -> Any:
    return go(cast, receipt_given(cast), "handle", "verify", data=PHONE)


def until(case: Any, days: int) -> dict[str, str]:
    return {"valid_until": (TODAY + timedelta(days=days)).isoformat()}
