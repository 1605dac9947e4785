"""A residence case at each of its states, and the data its steps take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from foreignwork.cases.models import Entitlement, concrete
from foreignwork.demo import cast as stage
from foreignwork.demo.cast import Cast
from foreignwork.demo.people import ANNA
from foreignwork.policies import workdays
from foreignwork.workflow.office_cases import Opening, open_case
from foreignwork.workflow.opening import Filing, file_bundle
from tests.matters.cast_matters import agent, go, granted
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


MAKE = {"document_number": "L1234567", "checked": "on"}
HAND_OVER = {"how": "counter", "receiver": "ANNA ERIKSSON", "receipt_back": "on"}
VOID = {"reasons": ["not_qualified"], "remark": "签发后核查发现用人单位已注销，不符合签发条件"}


def granted_case(cast: Cast) -> Any:
    case = verified(cast)
    return go(cast, case, "decide", "grant", data=until(case, 365))


def made(cast: Cast) -> Any:
    return go(cast, granted_case(cast), "handle", "make_document", data=MAKE)


def handed_over(cast: Cast) -> Any:
    return go(cast, made(cast), "handle", "hand_over", data=HAND_OVER)


def filed_about(cast: Cast, case: Any, purpose: str, *, at: datetime, **answers: Any) -> Any:
    """A later filing of residence alone, about what the person holds; ready for the visit."""
    engagement = case.bundle.engagement
    form = Filing(
        cast.jurisdiction, engagement.employer, engagement, ("residence",),
        {"purpose": purpose, "city": "lanzhou", **answers},
    )  # fmt: skip
    stage.hand_in(cast, form, ANNA, at=at)
    return case_of(file_bundle(form, actor=stage.actor(agent(cast, case), at), at=at), "R")


def visit_at(at: datetime, **more: Any) -> dict[str, Any]:
    """Data of the visit two working days later."""
    on = workdays.add(at.date(), 2).on
    return {"slot": f"{WINDOW}@{on.isoformat()}T09:30", "comes": "in_person", **more}


def to_decision(cast: Cast, case: Any, *, at: datetime, **more: Any) -> Any:
    """Visit, receipt, verification."""
    case = go(cast, case, "agent", "apply", at=at, data=visit_at(at, **more))
    case = go(cast, case, "handle", "give_receipt", at=at, data=RECEIPT)
    return go(cast, case, "handle", "verify", at=at, data={**PHONE, "held_on": at.date().isoformat()})


def void_opened(cast: Cast, case: Any, *, at: datetime, **data: Any) -> Any:
    """The office opens the case about the document ``case`` gave."""
    about = Entitlement.objects.select_related("case__office__jurisdiction").get(case=case)
    opening = Opening(
        matter="residence", sub_matter="void", origin="ex_officio", office=about.case.office, about=about,
        data={**VOID, **data},
    )  # fmt: skip
    officer = stage.actor(cast.officer(case, "handle"), at)
    return concrete_with_office(open_case(opening, actor=officer, at=at))


def concrete_with_office(case: Any) -> Any:
    row = concrete(case)
    row.office = case.office
    return row
