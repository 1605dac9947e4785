"""The walk through the flow of the taxpayer number, in the place that has it."""

from __future__ import annotations

from datetime import timedelta

from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from tests.matters.cast_matters import file_together, filed, go, granted
from tests.matters.driving import Driver
from tests.matters.test_tax import NUMBER, REFUSAL, REPORT
from tests.matters.walk_residence import refuse
from tests.matters.walk_ways import answered, ask_one, printed
from tests.stage import AT, bring, case_of


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "report": lambda c, at: REPORT,
            "request_supplement": ask_one,
            "grant": lambda c, at: NUMBER,
            "refuse": lambda c, at: REFUSAL,
        },
        before={"answer_supplement": answered, "serve": printed},
    )


def walk(cast: Cast) -> Driver:
    drive = driver(cast)
    with drive.apart():
        waiting = case_of(filed(cast, ANNA), "X")
        drive.start(waiting, AT)
        bring(cast, case_of(waiting.bundle), "granted")  # type: ignore[arg-type]
        drive.explore(case_of(waiting.bundle, "X"), AT)  # type: ignore[arg-type]
    with drive.apart():
        waiting = filed(cast, ANNA)
        refuse(cast, waiting)
        drive.explore(case_of(waiting, "X"), AT)
    with drive.apart():
        file_together(cast, "tax")
        beside = filed(cast, ANNA)
        drive.start(case_of(beside, "X"), AT)
        refuse(cast, beside)
        drive.explore(case_of(beside, "X"), AT)
    with drive.apart():  # reported, and then the person never came: the permit lapses behind it
        bundle = granted(cast, BRUNO, firm="energy")
        case = go(cast, case_of(bundle, "X"), "agent", "report", data=REPORT)
        permit = case_of(bundle)
        late = AT + timedelta(days=600)
        stage.act(permit, cast.officer(permit, "decide"), "lapse", at=late, data={"remark": "未入境"})
        drive.explore(case, late)
    return drive
