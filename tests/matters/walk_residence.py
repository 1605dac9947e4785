"""The walk through the flow of the residence permit: waiting, the visit, the counter, the decision, the document, and 作废."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from foreignwork.accounts.models import User
from foreignwork.appointments.book import visit_of
from foreignwork.appointments.models import Closure
from foreignwork.cases.context import Context, contexts
from foreignwork.cases.models import Bundle, Case
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA, BRUNO
from foreignwork.policies import workdays
from foreignwork.workflow import facts
from tests.matters.cast_matters import file_together, filed, go, granted
from tests.matters.cast_residence import (
    PHONE,
    RECEIPT,
    WINDOW,
    filed_about,
    handed_over,
    to_decision,
    visit_at,
    void_opened,
)
from tests.matters.driving import Driver
from tests.matters.walk_ways import answered, ask_one, permit_comes_again, permit_ends, printed
from tests.stage import AT, bring, case_of

FRAUD = {"reasons": ["about_fraud"], "remark": "提交的证明函件系伪造"}
LATER = AT + timedelta(days=300)
IN_PERSON = {"how": "counter", "receiver": "ANNA ERIKSSON", "proxy_document": ""}


def slot(context: Context, at: datetime) -> dict[str, Any]:
    """The second free time two working days on, another than one already held."""
    held = visit_of(context)
    on = workdays.add(at.date(), 2).on.isoformat()
    time = "10:00" if held and f"{held.slot.starts_at:%H:%M}" == "01:30" else "09:30"
    return {"slot": f"{WINDOW}@{on}T{time}", "comes": "in_person", "delivery": "post", "remark": "出差"}


def window_shuts(case: Case, at: datetime) -> None:
    visit = visit_of(contexts([case], at.date())[0])
    if visit:
        Closure.objects.create(
            jurisdiction=case.policy_version.jurisdiction, window=WINDOW, day=visit.slot.starts_at.date(),
            reason="停电检修", closed_by=User.objects.filter(kind="staff").earliest("pk"), closed_at=at,
        )  # fmt: skip


def entry_is_corrected(case: Case, at: datetime) -> None:
    on = at.date() - timedelta(days=3)
    facts.record(case.dossier, kind="entered", on=on, by=None, at=at)  # type: ignore[arg-type]


def driver(cast: Cast) -> Driver:
    return Driver(
        cast,
        special={
            "apply": slot,
            "receive_walk_in": lambda c, at: {"delivery": "post"},
            "book_visit": slot,
            "move_visit": slot,
            "call_to_interview": slot,
            "request_supplement": ask_one,
            "give_receipt": lambda c, at: {"foreign_nationality": ""},
            "verify": lambda c, at: {"method": "phone"},
            "grant": lambda c, at: {"valid_until": (at + timedelta(days=365)).date().isoformat()},
            "refuse": lambda c, at: {"reasons": ["no_proof"], "remark": "未能提供真实有效的证明函件"},
            "make_document": lambda c, at: {"document_number": "L1234567"},
            "hand_over": lambda c, at: IN_PERSON,
            "return_passport": lambda c, at: IN_PERSON,
            "post_document": lambda c, at: {"tracking": "EA123456789CN", "carrier": "中国邮政"},
            "confirm_delivery": lambda c, at: {"receiver": "ANNA ERIKSSON"},
            "announce": lambda c, at: {"until": (at + timedelta(days=90)).date().isoformat()},
        },
        before={
            "answer_supplement": answered,
            "serve": printed,
            "displace_visit": window_shuts,
            "displace_interview": window_shuts,
            "note_entry": entry_is_corrected,
            "tell_basis_over": permit_ends,
            "note_basis_again": permit_comes_again,
        },
        when={"record_missed": timedelta(days=7), "record_interview_missed": timedelta(days=7)},
    )


def walk(cast: Cast) -> Driver:
    drive = driver(cast)
    with drive.apart():  # waiting for a permit that is granted while nobody looks
        waiting = case_of(filed(cast, BRUNO, firm="energy"), "R")
        drive.start(waiting, AT)
        bring(cast, case_of(waiting.bundle), "granted")  # type: ignore[arg-type]
        entry_is_corrected(waiting, AT)
        drive.explore(case_of(waiting.bundle, "R"), AT)  # type: ignore[arg-type]
    with drive.apart():  # at the decision, the nationality still to be confirmed
        case = go(cast, case_of(granted(cast, ANNA), "R"), "agent", "apply", data=visit_at(AT))
        open_ = go(cast, case, "handle", "give_receipt", data={**RECEIPT, "foreign_nationality": ""})
        drive.start(go(cast, open_, "handle", "verify", data=PHONE), AT)
    with drive.apart():  # in force; the office looks into it
        given = handed_over(cast)
        drive.start(given, AT)
        with drive.apart():
            drive.start(void_opened(cast, given, at=AT), AT)
        again = to_decision(cast, filed_about(cast, given, "extend", at=LATER), at=LATER)
        drive.keep(go(cast, again, "decide", "refuse", at=LATER, data=FRAUD))
    with drive.apart():  # papers missing, told at the counter
        case = go(cast, case_of(granted(cast, ANNA), "R"), "agent", "apply", data=visit_at(AT))
        ask = {"ask_visa_form": "on", "reason_visa_form": "missing"}
        drive.explore(go(cast, case, "handle", "request_supplement", data=ask), AT)
    with drive.apart():  # a permit refused: what waited behind it
        waiting = filed(cast, ANNA)
        refuse(cast, waiting)
        drive.explore(case_of(waiting, "R"), AT)
    with drive.apart():  # and what was filed beside it
        file_together(cast, "residence")
        beside = filed(cast, ANNA)
        drive.start(case_of(beside, "R"), AT)
        refuse(cast, beside)
        drive.explore(case_of(beside, "R"), AT)
    return drive


def refuse(cast: Cast, bundle: Bundle) -> None:
    """The permit is refused, and nobody has looked at what hangs on it yet."""
    case = bring(cast, case_of(bundle, "W"), "second_reviewed")
    data = {"reasons": ["person_conditions"], "remark": "工作经历与岗位不符"}
    stage.act(case, cast.officer(case, "decide"), "refuse", at=AT, data=data)
