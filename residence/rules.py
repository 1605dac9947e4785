"""Why a step of a residence permit may not be taken. Pure: context in, problems out; numbers come from the policy pack."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import needed_entitlements
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft
from foreignwork.deadlines import clocks
from foreignwork.policies import workdays
from foreignwork.policies.schema import Basis, Limit

NOT_ENTERED = say(
    "residence_not_entered", _("尚未登记入境日期。请在申请人档案中登记入境日期，居留申请期限自入境之日起算。")
)
ENTRY_KNOWN = say("residence_entry_known", _("入境日期已登记，申请期限已起算。"))
ITEM_MISSING = say("residence_item_missing", _("还缺少材料：%(names)s。请上传后再申请。"))
ITEM_EXPIRED = say("residence_item_expired", _("材料“%(name)s”已于 %(day)s 过期，请上传新的。"))
ITEM_UNANSWERED = say(
    "residence_item_unanswered", _("还有 %(n)s 项补正材料没有上传：%(names)s。请逐项上传后再提交。")
)
PASSPORT_EXPIRED = say(
    "residence_passport_expired", _("护照已于 %(day)s 到期。请先换发护照并更新档案，再申请居留证件。")
)


def day(text: str | None) -> date | None:
    """Facts keep dates as ISO text."""
    return date.fromisoformat(text) if text else None


def abroad(context: Context) -> bool:
    """Filed for a person abroad: the 30 days run from the recorded entry (law-notes 14)."""
    return context.answers.get("person_in_china") is False


def entry_day(context: Context, act: Act | None = None) -> date | None:
    """The day from which the applicant's limit runs; None in China, and abroad until the entry is recorded."""
    return context.dated("entered") if abroad(context) else None


def in_china_or_entered(context: Context, act: Act) -> list[Problem]:
    return [Problem(NOT_ENTERED)] if abroad(context) and entry_day(context) is None else []


def entry_is_news(context: Context, act: Act) -> list[Problem]:
    """An entry was recorded, or corrected, after the case became ready."""
    entered = entry_day(context)
    if entered is None:
        return [Problem(NOT_ENTERED)]
    return [Problem(ENTRY_KNOWN)] if entered == getattr(context.case, "entered_on", None) else []


def _limit(context: Context, kind: str, basis: Basis) -> Limit | None:
    case = context.case
    found = context.pack.limit(case.matter, kind, basis, case.sub_matter or None, case.category or None)
    return found if found and found.amount is not None else None


def apply_by(context: Context) -> date | None:
    """The last day of the applicant's limit (出境入境管理法 30); None where none runs."""
    entered, limit = entry_day(context), _limit(context, "apply", "applicant")
    if entered is None or limit is None or limit.amount is None:
        return None
    return clocks.derive(entered, limit.period).on


def days_late(context: Context) -> int:
    """Days by which an application made today is late; a late one is received and noted (law-notes 18).

    Whose visit the window took away has applied on the day he first asked for it.
    """
    last, asked = apply_by(context), getattr(context.case, "asked_on", None)
    return max(((asked or context.today) - last).days, 0) if last else 0


def receipt_until(context: Context) -> workdays.Due:
    """The receipt is valid, and the decision due, until this day (条例 18)."""
    limit = _limit(context, "decision", "statutory")
    assert limit is not None and limit.amount is not None, "every pack states the limit of 条例 18"  # noqa: PT018
    return clocks.derive(context.today, limit.period)


def materials_in_hand(context: Context, act: Act) -> list[Problem]:
    """What is uploaded is complete and still valid: months may lie between filing and this step. Paper comes to the counter."""
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


def passport_valid(context: Context, act: Act) -> list[Problem]:
    expiry = day(context.person.get("passport_expiry"))
    return [Problem(PASSPORT_EXPIRED, {"day": expiry.isoformat()})] if expiry and expiry < act.today else []


def every_item_answered(context: Context, act: Act) -> list[Problem]:
    """Each electronic item asked for was uploaded after it was asked; items on paper are brought to the counter."""
    rows = {row.code: row for row in context.items}
    missing = []
    for asked in context.open_supplements:
        row = rows.get(asked.item)
        if row is not None and row.on_paper:
            continue
        if row is None or row.document is None or row.document.uploaded_at <= asked.asked_at:
            missing.append(context.pack.materials[asked.item].name.pick(get_language()))
    return [Problem(ITEM_UNANSWERED, {"n": len(missing), "names": missing})] if missing else []


def bounds(context: Context) -> tuple[date, date]:
    """First and last day a work-type residence permit granted today may end on (出境入境管理法 30), and the passport's end."""
    first = context.today + timedelta(days=context.pack.value("residence_min_days"))
    last = context.today + relativedelta(years=context.pack.value("residence_max_years"))
    expiry = day(context.person.get("passport_expiry"))
    return first, min(last, expiry) if expiry else last


def proposed_until(context: Context) -> date:
    """The end of what the residence is built on (the permit), within what passport and law allow."""
    ends = [entry.valid_until for entry in needed_entitlements(context) if entry.valid_until]
    return min([*ends, bounds(context)[1]])


def residence_draft(context: Context, act: Act) -> Draft:
    """What the grant gives: residence for work, from today until the day the decider set."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.today,
        valid_until=act.data["valid_until"],
    )
