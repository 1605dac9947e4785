"""Why a step of a social insurance registration may not be taken, and from when its duty runs. Pure; numbers are the pack's."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import needed_decided_on
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft, Lead
from foreignwork.deadlines import clocks

EMPLOYER_UNREGISTERED = say(
    "employer_not_insured",
    _(
        "用人单位尚未办理社会保险登记（社会保险法第五十七条）。请先为单位办理社会保险登记，并在单位信息中更新，再提交本事项。"
    ),
)
DUTY_KNOWN = say("insurance_duty_known", _("登记期限已按最新日期起算。"))

LATE = "late_insurance"
"""The pack's referral for a registration after the term."""

CERTIFICATE = "coverage_certificate"
"""The pack's material that proves cover in the other country (双边协定)."""

NUMBER = re.compile(r"[A-Z]{3}[0-9][A-Z0-9]{5,14}")
"""The usual shape of a foreigner's social security number; other shapes are warned about, never refused (domain 4.2)."""


def day(text: str | None) -> date | None:
    """Facts and answers keep dates as ISO text; an answer that is none counts as not given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def work_document_on(context: Context) -> date | None:
    """When the work document was obtained: the grant, and for a person abroad not before the entry (law-notes 14)."""
    granted = needed_decided_on(context)
    if granted is None or context.answers.get("person_in_china") is not False:
        return granted
    entered = context.dated("entered")
    return max(granted, entered) if entered else None


def work_started_on(context: Context) -> date | None:
    """The recorded start of work, else what was answered at filing, else the first day of the contract."""
    answered = day(context.answers.get("work_started_on"))
    return context.dated("work_started") or answered or day(context.work.get("contract_from"))


def duty_from(context: Context, act: Act | None = None) -> date | None:
    """The later of work document and start of work (社保法 58, law-notes 17); None until there is a document."""
    document, start = work_document_on(context), work_started_on(context)
    return max(document, start) if document and start else document


def duty_is_news(context: Context, act: Act) -> list[Problem]:
    """The day the duty runs from became known, or changed by a later record."""
    now = duty_from(context)
    return [Problem(DUTY_KNOWN)] if now in (None, getattr(context.case, "duty_from", None)) else []


def register_by(context: Context) -> date | None:
    """The last day of the duty to register; None where it does not run yet."""
    case, start = context.case, duty_from(context)
    limit = context.pack.limit(
        case.matter, "register", "applicant", case.sub_matter or None, case.category or None
    )
    if start is None or limit is None or limit.amount is None:
        return None
    return clocks.derive(start, limit.amount, limit.unit).on


def days_late(context: Context) -> int:
    """Days by which a registration filed today is late; it is accepted all the same, and noted (law-notes 18)."""
    last = register_by(context)
    return max((context.today - last).days, 0) if last else 0


def late_registration(context: Context, act: Act) -> Lead | None:
    """A late registration is accepted, and its lateness passed on to the authority that follows it up (law-notes 18)."""
    days = act.data.get("days_late", 0)
    return Lead(LATE, days) if days else None


def employer_registered(context: Context, act: Act) -> list[Problem]:
    """The unit itself must be registered first (社保法 57)."""
    insured = context.employer is not None and context.employer.insured_unit
    return [] if insured else [Problem(EMPLOYER_UNREGISTERED)]


def has_certificate(context: Context) -> bool:
    """Whether a certificate of coverage lies in the bundle and is valid today."""
    found = [row.document for row in context.items if row.code == CERTIFICATE and row.document]
    return any(doc.valid_until is None or doc.valid_until >= context.today for doc in found)


def insurance_draft(context: Context, act: Act) -> Draft:
    """The registration, from the first month of cover, open-ended. The social security number is not its number: it may hold
    the passport's, and stands sealed in the register."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.data["start_month"],
        valid_until=None,
    )
