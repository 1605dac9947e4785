"""Why a step of a work permit may not be taken. Pure: context in, problems out; numbers come from the policy pack."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act

from . import kinds

TOO_YOUNG = say("too_young", _("申请人须年满 %(age)s 周岁（按提交之日计算）。"))
PASSPORT_SHORT = say(
    "passport_short",
    _("护照有效期至 %(day)s，不足 %(months)s 个月（或已过期）。请先换发护照并更新档案，再继续办理。"),
)
CONTRACT_PAST = say("contract_past", _("聘用合同已于 %(day)s 到期。请更新聘用信息并上传有效合同。"))
CONTRACT_ORDER = say(
    "contract_order", _("聘用合同的止期（%(until)s）早于起期（%(start)s），请核对聘用信息。")
)
ITEM_UNANSWERED = say("item_unanswered", _("还有 %(n)s 项补正材料没有上传：%(names)s。请逐项上传后再提交。"))
CONDITION_OPEN = say(
    "condition_open", _("审查中有条件被认定为不符合，不能准予许可。请决定不予许可，或退回重新审查。")
)
CHECKLIST_MISSING = say(
    "checklist_missing", _("还没有逐项对照许可条件的审查记录，不能作出决定。请先完成一级审查和二级审查。")
)
PERMIT_ELSEWHERE = say(
    "permit_elsewhere",
    _(
        "此人（同一护照）在其他单位持有有效的工作许可，至 %(day)s。一人只能持有一份：须先注销，或者决定不予许可。"
    ),
)
NOT_ENTERED = say("not_entered", _("尚未登记入境日期。"))
CARD_EXISTS = say("card_exists", _("电子工作许可证已经出具。"))


def day(text: str | None) -> date | None:
    """Facts keep dates as ISO text."""
    return date.fromisoformat(text) if text else None


def adult(context: Context, act: Act) -> list[Problem]:
    """Age on the day of filing (S003-72)."""
    born, age = day(context.person.get("birth_date")), context.pack.value("min_age")
    if born and born + relativedelta(years=age) > act.today:
        return [Problem(TOO_YOUNG, {"age": age})]
    return []


def passport_long_enough(context: Context, act: Act) -> list[Problem]:
    """The passport has the months left that the pack asks for (domain 2.3); what only puts a record straight needs none."""
    if context.case.sub_matter not in (*kinds.NEW, kinds.EXTEND, kinds.CONFIRM):
        return []
    expiry, months = day(context.person.get("passport_expiry")), context.pack.value("passport_min_months")
    if expiry and expiry < act.today + relativedelta(months=months):
        return [Problem(PASSPORT_SHORT, {"day": expiry.isoformat(), "months": months})]
    return []


def contract_covers(context: Context, act: Act) -> list[Problem]:
    """The work has not ended already; to end or re-issue a permit no running contract is needed."""
    if context.case.sub_matter in (kinds.CANCEL, kinds.REISSUE):
        return []
    start, until = day(context.work.get("contract_from")), day(context.work.get("contract_until"))
    if start and until and until < start:
        return [Problem(CONTRACT_ORDER, {"start": start.isoformat(), "until": until.isoformat()})]
    if until and until < act.today:
        return [Problem(CONTRACT_PAST, {"day": until.isoformat()})]
    return []


def no_permit_elsewhere(context: Context, act: Act) -> list[Problem]:
    """One active permit per person, whoever employs him. Asked at the decision only: what another employer has on file is
    for officers."""
    if context.about:
        return []
    for row in context.held_elsewhere:
        if row.matter == context.case.matter and row.valid_until and row.valid_until >= act.today:
            return [Problem(PERMIT_ELSEWHERE, {"day": row.valid_until.isoformat()})]
    return []


def every_item_answered(context: Context, act: Act) -> list[Problem]:
    """Each item asked for has a document that was uploaded after it was asked."""
    documents = {row.code: row.document for row in context.items}
    missing = []
    for row in context.open_supplements:
        document = documents.get(row.item)
        if document is None or document.uploaded_at <= row.asked_at:
            missing.append(context.pack.materials[row.item].name.zh)
    return [Problem(ITEM_UNANSWERED, {"n": len(missing), "names": missing})] if missing else []


def _reviewed(context: Context) -> dict[str, dict[str, str]]:
    """Review → condition → verdict, as last found."""
    return {
        event.action: event.data["conditions"] for event in context.batch.reviews.get(context.case.pk, [])
    }


def checklist_made(context: Context, act: Act) -> list[Problem]:
    """Every review of the place's chain went through the conditions one by one, whatever is decided (S001-18, -20, -21)."""
    # A place may have one review instead of two (Changning); those it has must have been made.
    wanted = {"first_review", "second_review"} & set(context.pack.matters[context.case.matter].stages)
    return [Problem(CHECKLIST_MISSING)] if wanted - _reviewed(context).keys() else []


def all_conditions_met(context: Context, act: Act) -> list[Problem]:
    """No review found a condition unmet."""
    unmet = any(value == "not_met" for found in _reviewed(context).values() for value in found.values())
    return [Problem(CONDITION_OPEN)] if unmet else []


def entered_and_no_card(context: Context, act: Act) -> list[Problem]:
    """A person granted abroad gets the electronic permit once the entry is recorded (law-notes 14)."""
    if getattr(context.case, "card_issued_on", None):
        return [Problem(CARD_EXISTS)]
    if context.dated("entered") is None:
        return [Problem(NOT_ENTERED)]
    return []
