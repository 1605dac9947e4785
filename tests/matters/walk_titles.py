"""The walk through the flow of title review: the months that must pass, review, result, committee, re-examination."""

from __future__ import annotations

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from foreignwork.cases.models import Case
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.workflow import facts
from tests.matters.cast_matters import file_together, filed, granted
from tests.matters.cast_titles import APPLY, AWARDED, EVIDENCE, FAIL, HAND_OVER
from tests.matters.driving import Driver
from tests.matters.walk_residence import refuse
from tests.matters.walk_ways import answered, ask_one, extra, printed
from tests.stage import AT, all_met, bring, case_of

LONG_AFTER = AT + relativedelta(months=8)


def work_began(case: Case, at: datetime) -> None:
    on = at.date() - timedelta(days=20)
    facts.record(case.dossier, kind="work_started", on=on, by=None, at=at)  # type: ignore[arg-type]


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "submit": lambda c, at: APPLY,
            "request_supplement": ask_one,
            "review": lambda c, at: {**all_met(c.case), **EVIDENCE},
            "fail_conditions": lambda c, at: FAIL,
            "hand_over": lambda c, at: {**HAND_OVER, "outcome_due": (at + timedelta(days=90)).date().isoformat()},
            "chase_outcome": lambda c, at: {"outcome_due": (at + timedelta(days=30)).date().isoformat()},
            "record_outcome": lambda c, at: {**AWARDED, "decided_on": at.date().isoformat()},
        },
        before={"answer_supplement": answered, "serve": printed, "recount": work_began},
        when={"chase_outcome": timedelta(days=95)},
    )  # fmt: skip


def walk(cast: Cast) -> Driver:
    drive = driver(cast)
    with drive.apart():
        waiting = case_of(filed(cast, ANNA), "T")
        drive.people = [extra(waiting.office_id, "extra", "second_reviewer", "leader", "handling_officer")]
        drive.start(waiting, AT)
        bring(cast, case_of(waiting.bundle), "granted")  # type: ignore[arg-type]
        drive.explore(case_of(waiting.bundle, "T"), AT)  # type: ignore[arg-type]
    drive.people = []
    with drive.apart():  # a newcomer waits until the months are over
        waiting = case_of(filed(cast, BRUNO, firm="energy"), "T")
        bring(cast, case_of(waiting.bundle), "granted")  # type: ignore[arg-type]
        drive.explore(case_of(waiting.bundle, "T"), AT)  # type: ignore[arg-type]
    with drive.apart():
        bundle = granted(cast, BRUNO, firm="energy")
        facts.record(bundle.dossier, kind="entered", on=AT.date(), by=None, at=AT)
        facts.record(bundle.dossier, kind="work_started", on=AT.date(), by=None, at=AT)
        drive.start(case_of(bundle, "T"), AT)
        drive.explore(case_of(bundle, "T"), LONG_AFTER)
    with drive.apart():
        waiting = filed(cast, ANNA)
        refuse(cast, waiting)
        drive.explore(case_of(waiting, "T"), AT)
    with drive.apart():
        file_together(cast, "titles")
        beside = filed(cast, ANNA)
        drive.start(case_of(beside, "T"), AT)
        refuse(cast, beside)
        drive.explore(case_of(beside, "T"), AT)
    return drive
