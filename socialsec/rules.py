"""Why a step of a social insurance registration may not be taken, and from when its duty runs. Pure; numbers are the pack's."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import held_below, last_below, needed_decided_on, over_since
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft, Lead, Mark
from foreignwork.deadlines import clocks
from foreignwork.deadlines.holding import times

EMPLOYER_UNREGISTERED = say(
    "employer_not_insured",
    _(
        "用人单位尚未办理社会保险登记（社会保险法第五十七条）。请先为单位办理社会保险登记，并在单位信息中更新，再提交本事项。"
    ),
)
DUTY_KNOWN = say("insurance_duty_known", _("登记期限已按最新日期起算。"))

PERMIT_STANDS = say("insurance_permit_stands", _("工作许可仍然有效。"))
PERMIT_GONE = say("insurance_permit_gone", _("此人在本单位没有有效的工作许可。"))
NOT_REGISTERED = say("insurance_not_registered", _("本登记已由后续办件接续或者已经终止。"))
STILL_REGISTERED = say("insurance_still_registered", _("本登记仍然有效。"))
NOT_SUSPENDED = say("insurance_not_suspended", _("此人没有停保，不需要恢复参保。"))

BEFORE_WORK = say(
    "insurance_month_before_work",
    _("%(month)s 早于开始用工（或者原登记）的月份 %(first)s，不能作为参保月份，请核对。"),
)
AFTER_WORK = say(
    "insurance_month_after_work",
    _("%(month)s 晚于聘用合同截止的月份 %(last)s，请核对；合同已续签的，请先更新聘用信息。"),
)

CARD = "card"
"""The kinds of mark on a permit that say whether the card carries it begin so: card_loaded, card_failed."""

LATE = "late_insurance"
"""The pack's referral for a registration after the term."""
UNDONE = "late_insurance_end"
"""The pack's referral for cover neither suspended nor ended after the permit ended."""

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


def span_of_work(context: Context) -> tuple[date | None, date | None]:
    """The first and the last day of work at this employer, as far as they are known: outside them there is no cover."""
    held = context.about
    first = held.valid_from if held else work_started_on(context)
    begins = day(context.work.get("contract_from"))
    if first and begins and not held:
        first = min(first, begins)
    return first or begins, day(context.work.get("contract_until"))


def month_problem(context: Context, month: date) -> Problem | None:
    """A month in which this person does not work here cannot be the first, or the last, of his cover."""
    first, last = span_of_work(context)
    if first and month < first.replace(day=1):
        return Problem(BEFORE_WORK, {"month": f"{month:%Y-%m}", "first": f"{first:%Y-%m}"})
    if last and month > max(last, context.today).replace(day=1):
        return Problem(AFTER_WORK, {"month": f"{month:%Y-%m}", "last": f"{last:%Y-%m}"})
    return None


def duty_from(context: Context, act: Act | None = None) -> date | None:
    """The later of work document and start of work (社保法 58, law-notes 17); None until there is a document."""
    document, start = work_document_on(context), work_started_on(context)
    return max(document, start) if document and start else document


def duty_is_news(context: Context, act: Act) -> list[Problem]:
    """The day the duty runs from became known, or changed by a later record."""
    now = duty_from(context)
    return [Problem(DUTY_KNOWN)] if now in (None, _duty_known(context)) else []


def _duty_known(context: Context) -> date | None:
    """The day the duty was last said to run from: by a step, or by the limit that a later filing began with."""
    begun = [row.started_on for row in times(context).rows if row.kind == "register"]
    return getattr(context.case, "duty_from", None) or (begun[-1] if begun else None)


def register_by(context: Context) -> date | None:
    """The last day of the duty to register; None where it does not run yet."""
    case, start = context.case, duty_from(context)
    limit = context.pack.limit(
        case.matter, "register", "applicant", case.sub_matter or None, case.category or None
    )
    if start is None or limit is None or limit.amount is None:
        return None
    return clocks.derive(start, limit.period).on


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


def still_registered(context: Context, act: Act) -> list[Problem]:
    return [] if context.own_entitlement() else [Problem(NOT_REGISTERED)]


def registration_is_over(context: Context, act: Act) -> list[Problem]:
    """What this case granted was ended, or a later case took its place."""
    return [Problem(STILL_REGISTERED)] if context.own_entitlement() else []


def permit_has_ended(context: Context, act: Act) -> list[Problem]:
    """The registration stands, and nothing it rests on is held at this employer any more."""
    if not context.own_entitlement():
        return [Problem(NOT_REGISTERED)]
    return [Problem(PERMIT_STANDS)] if held_below(context) else []


def ended_on(context: Context, act: Act | None = None) -> date | None:
    """Since when nothing it rests on is held any more: the duty to suspend or end runs from then, not from the sweep."""
    last = last_below(context)
    return over_since(last) if last else context.today


def undone_end(context: Context, act: Act) -> Lead | None:
    """The employer did nothing after the permit ended: those who follow it up learn of it (law-notes 18)."""
    ended, limit = ended_on(context), context.pack.limit(context.case.matter, "deregister", "applicant")
    if UNDONE not in context.pack.referrals or not ended or limit is None or limit.amount is None:
        return None
    return Lead(UNDONE, max((act.today - clocks.derive(ended, limit.period).on).days, 0))


def permit_again(context: Context, act: Act) -> list[Problem]:
    """A new permit at the same employer: cover goes on."""
    if not context.own_entitlement():
        return [Problem(NOT_REGISTERED)]
    return [] if held_below(context) else [Problem(PERMIT_GONE)]


def permit_on_file(context: Context, act: Act) -> list[Problem]:
    """There is a permit the card can carry."""
    return [] if held_below(context) else [Problem(PERMIT_GONE)]


def card_mark(context: Context, act: Act) -> list[Mark]:
    """The card's result, noted on the permit itself (S003-29): its own office reads it there."""
    note = str(act.data.get("error_code") or "") if act.data["result"] == "failed" else ""
    return [Mark(row, f"{CARD}_{act.data['result']}", note) for row in held_below(context)]


def is_suspended(context: Context, act: Act) -> list[Problem]:
    """Only what was suspended is taken up again."""
    from .models import InsuranceRegistration  # the models are made of the flow, which names this rule

    held = InsuranceRegistration.objects.filter(
        entitlement=context.case.about_id or 0, suspended_from__isnull=False
    )
    return [] if held.exists() else [Problem(NOT_SUSPENDED)]


def insurance_draft(context: Context, act: Act) -> Draft:
    """The registration, from the first month of cover (of the change, in a change), open-ended. The social security number is not
    its number: it may hold the passport's, and stands sealed in the register."""
    own = act.data.get("start_month") or getattr(context.case, "changes_from", None)
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=own or getattr(context.case, "start_month", None) or act.today,
        valid_until=None,
    )
