"""The walk through the flow of a listing: proposed on entries, told, defended, decided, repaired, lifted, over by itself."""

from __future__ import annotations

from datetime import timedelta

from credit import filing
from credit.models import CreditCase
from foreignwork.demo.cast import Cast
from tests.matters.cast_supervision import Oversight, muster
from tests.matters.driving import Driver
from tests.matters.test_credit import proposed
from tests.matters.test_supervision_inspection import CARRIED_OUT, act, firm_user, recorded
from tests.matters.walk_ways import printed
from tests.stage import AT


def on_entry(house: Oversight) -> CreditCase:
    """A listing proposed on a penalty of the house."""
    case = act(house, recorded(house), "leader", "file_case", remark="涉嫌违法，应当立案。")
    case = act(house, case, "inspector-1", "tell", facts="两人从事销售。", intended="警告。", hearing="no")
    case = act(house, case, "inspector-1", "state_defence", text="没有意见。")
    penalty = {"reasons": ["unlawful_work"], "remark": "事实清楚，予以警告。", **CARRIED_OUT}
    act(house, case, "leader", "penalise", **penalty)
    filing.file_outcomes(house.cast.jurisdiction, at=AT)
    return proposed(house)


def walk(cast: Cast) -> Driver:
    house = muster(cast, firms=2)
    drive = Driver(
        cast,
        before={"serve": printed},
        when={
            "enlist": timedelta(days=8),
            "ask_repair": timedelta(days=95),
            "expire": timedelta(days=400),
        },
        people=[*house.people.values(), firm_user(house)],
    )
    drive.start(on_entry(house), AT)
    return drive
