"""The walk through the flow of social insurance: registration, the permit that ends, change, suspension, resumption, end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from foreignwork.cases.models import Case, Entitlement
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.workflow import facts
from tests.matters.cast_matters import file_together, filed, go, granted, later
from tests.matters.driving import Driver
from tests.matters.test_socialsec import ALL_FIVE
from tests.matters.test_socialsec_after import LATER, about, registered
from tests.matters.test_socialsec_medical import part_of
from tests.matters.test_what_runs_out import exempt
from tests.matters.walk_residence import refuse
from tests.matters.walk_ways import answered, ask_one, ended, permit_comes_again, permit_ends, printed
from tests.stage import AT, bring, case_of


def declared(context: Any, at: datetime) -> dict[str, Any]:
    months = {f"from_{code}": "" for code in ALL_FIVE}
    month = at.strftime("%Y-%m")
    return {
        **months, "contribution_base": "35000", "start_month": month, "insurances": ALL_FIVE,
        "agreement": "", "certificate_until": "",
    }  # fmt: skip


def work_began(case: Case, at: datetime) -> None:
    on = at.date() - timedelta(days=50)
    facts.record(case.dossier, kind="work_started", on=on, by=None, at=at)  # type: ignore[arg-type]


def registration_ends(case: Case, at: datetime) -> None:
    ended(Entitlement.objects.filter(case_id=case.pk), case, at)


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "submit": declared,
            "submit_change": declared,
            "return_items": ask_one,
            "register": lambda c, at: {
                "number": "SWE0DX0000017", "card": "", **{f"from_{code}": "" for code in ALL_FIVE},
            },
            "refuse": lambda c, at: {"reasons": ["not_registrable"], "remark": "共享信息比对不一致"},
            "record_card": lambda c, at: {"result": "loaded", "card": "A12345678", "error_code": ""},
            "submit_suspension": lambda c, at: {"from_month": "2026-05"},
            "submit_resumption": lambda c, at: {"from_month": "2026-07"},
            "submit_end": lambda c, at: {"last_month": "2026-04", "why": "permit", "account": "keep"},
        },
        before={
            "resubmit": answered,
            "serve": printed,
            "note_duty": work_began,
            "permit_ended": permit_ends,
            "record_card": permit_comes_again,
            "permit_renewed": permit_comes_again,
            "close_over": registration_ends,
        },
        when={"exemption_over": timedelta(days=62), "note_undeclared": timedelta(days=40)},
    )  # fmt: skip


def walk(cast: Cast) -> Driver:
    drive = driver(cast)
    with drive.apart():
        waiting = case_of(filed(cast, ANNA, treaty_exempt=True), "S")
        drive.start(waiting, AT)
        bring(cast, case_of(waiting.bundle), "granted")  # type: ignore[arg-type]
        drive.explore(case_of(waiting.bundle, "S"), AT)  # type: ignore[arg-type]
    with drive.apart():
        waiting = filed(cast, ANNA)
        refuse(cast, waiting)
        drive.explore(case_of(waiting, "S"), AT)
    with drive.apart():
        late = later(90)  # a duty done late: taken, flagged, referred
        data = {"contribution_base": "35000", "start_month": "2026-06", "insurances": ALL_FIVE}
        ready = case_of(granted(cast, ANNA), "S")
        drive.explore(ready, late)
        drive.keep(go(cast, ready, "agent", "submit", at=late, data=data))
    with drive.apart():
        case = registered(cast)
        for purpose in ("change", "cancel", "suspend"):
            with drive.apart():
                drive.start(case_of(about(cast, case, purpose), "S"), LATER)
        pausing = case_of(about(cast, case, "suspend"), "S")
        month = {"from_month": "2026-05", "remark": "停薪留职"}
        pausing = go(cast, pausing, "agent", "submit_suspension", at=LATER, data=month)
        go(cast, pausing, "handle", "record_change", at=LATER, data={})
        drive.start(case_of(about(cast, case, "resume"), "S"), LATER)
    with drive.apart():  # a certificate that runs out, and nobody declares what it exempted from
        drive.explore(exempt(cast), AT)
    with drive.apart():  # the medical part, at an office of its own
        drive.start(part_of(registered(cast)), AT)
    with drive.apart():
        file_together(cast, "socialsec")
        beside = filed(cast, ANNA)
        drive.start(case_of(beside, "S"), AT)
        refuse(cast, beside)
        drive.explore(case_of(beside, "S"), AT)
    return drive
