"""When a person may apply for a title review, and why a step may not be taken. Pure; the months come from the policy pack."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import needed_entitlements
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft
from foreignwork.deadlines import clocks

TOO_SHORT = say(
    "title_work_too_short",
    _(
        "在本省工作须超过规定的月数（自 %(start)s 起算），自 %(day)s 起可以申报。到期后系统自动开放，无需重新提交。"
    ),
)
START_UNKNOWN = say(
    "title_start_unknown", _("尚未登记在本省开始工作的日期，工作年限无法计算。请在申请人档案中登记。")
)
LONG_ENOUGH = say("title_long_enough", _("工作年限已满足，可以申报。"))
START_KNOWN = say("title_start_known", _("可以申报的日期已按最新登记计算。"))
ITEM_MISSING = say("title_item_missing", _("还缺少材料：%(names)s。请上传后再申报。"))
ITEM_EXPIRED = say("title_item_expired", _("材料“%(name)s”已于 %(day)s 过期，请上传新的。"))
CONDITION_OPEN = say(
    "title_condition_open", _("审核中有条件被认定为不符合，不能通过。请作出不通过的结果，或退回重新审核。")
)

LIMIT = "eligible"


def day(text: str | None) -> date | None:
    """Answers keep dates as ISO text; an answer that is none counts as not given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def abroad(context: Context) -> bool:
    return context.answers.get("person_in_china") is False


def work_started_on(context: Context) -> date | None:
    """The first day of work in the province, as far as it is known (law-notes 16).

    The recorded day; else, for a person in China, the day answered at filing; else the permit's first day, for a person abroad
    not before the entry. None while a person abroad has not entered, or nothing is granted.
    """
    recorded = context.dated("work_started")
    if recorded:
        return recorded
    permits = [entry.valid_from for entry in needed_entitlements(context)]
    first = max(permits, default=None)
    if not abroad(context):
        return day(context.answers.get("work_started_on")) or first
    entered = context.dated("entered")
    return max(first, entered) if first and entered else None


def counted_from(context: Context, act: Act | None = None) -> date | None:
    """The day the months are counted from: the start of work, or while that lies ahead the earliest it can be."""
    known = work_started_on(context)
    if known:
        return known
    permits = [entry.valid_from for entry in needed_entitlements(context)]
    return max([*permits, context.today]) if permits else None


def eligible_from(context: Context, start: date | None) -> date | None:
    """The first day on which one has worked *more than* the pack's months since ``start``."""
    case = context.case
    limit = context.pack.limit(
        case.matter, LIMIT, "applicant", case.sub_matter or None, case.category or None
    )
    if start is None or limit is None or limit.amount is None:
        return None
    return clocks.derive(start, limit.amount, limit.unit).on + timedelta(days=1)


def worked_long_enough(context: Context, act: Act) -> list[Problem]:
    """Strictly more than the pack's months of work in the province (S003-17)."""
    start = work_started_on(context)
    if start is None:
        return [Problem(START_UNKNOWN)]
    opens = eligible_from(context, start)
    if opens is None or act.today >= opens:
        return []
    return [Problem(TOO_SHORT, {"start": start.isoformat(), "day": opens.isoformat()})]


def not_yet_long_enough(context: Context, act: Act) -> list[Problem]:
    return [] if worked_long_enough(context, act) else [Problem(LONG_ENOUGH)]


def start_is_news(context: Context, act: Act) -> list[Problem]:
    """A recorded day moves the day from which one may apply."""
    start = work_started_on(context)
    if start is None:
        return [Problem(START_UNKNOWN)]
    same = eligible_from(context, start) == getattr(context.case, "eligible_on", None)
    return [Problem(START_KNOWN)] if same else []


def materials_in_hand(context: Context, act: Act) -> list[Problem]:
    """The recommendation report and the rest are there and still valid: months lie between filing and application."""
    mine = [row for row in context.items if not row.by_system and not row.on_paper]
    names = {row.code: context.pack.materials[row.code].name.pick(get_language()) for row in mine}
    problems = []
    missing = [names[row.code] for row in mine if row.document is None]
    if missing:
        problems.append(Problem(ITEM_MISSING, {"names": missing}))
    for row in mine:
        until = row.document.valid_until if row.document else None
        if until and until < act.today:
            problems.append(Problem(ITEM_EXPIRED, {"name": names[row.code], "day": until.isoformat()}))
    return problems


def all_conditions_met(context: Context, act: Act) -> list[Problem]:
    """The latest review found no condition unmet."""
    reviews = context.batch.reviews.get(context.case.pk, [])
    unmet = reviews and "not_met" in reviews[-1].data["conditions"].values()
    return [Problem(CONDITION_OPEN)] if unmet else []


def title_draft(context: Context, act: Act) -> Draft:
    """What passing gives: the person may be put forward to the committee; it has no end of its own."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.today,
        valid_until=None,
    )
