"""Why a step of a residence permit may not be taken. Pure: context in, problems out; numbers come from the policy pack."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import needed_entitlements
from foreignwork.cases.models import Entitlement
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft, Lead
from foreignwork.deadlines import clocks
from foreignwork.policies import workdays
from foreignwork.policies.schema import Basis, Limit

from . import kinds

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
PERMIT_EXPIRED = say(
    "residence_permit_expired",
    _("工作许可已于 %(day)s 到期，不能据此签发居留证件。请先办理工作许可延期或者重新申请。"),
)
TOO_SHORT_PERMIT = say(
    "residence_too_short_permit",
    _(
        "工作许可有效期只到 %(day)s，而工作类居留证件有效期不得少于 %(days)s 日，且不能超过工作许可有效期。请先办理工作许可延期。"
    ),
)
TOO_SHORT_PASSPORT = say(
    "residence_too_short_passport",
    _(
        "护照有效期只到 %(day)s，而工作类居留证件有效期不得少于 %(days)s 日，且不能超过护照有效期。请先换发护照并更新档案。"
    ),
)
HELD_EXPIRED = say(
    "residence_held_expired", _("原居留证件已于 %(day)s 到期，不能再变更、换发或者补发。请重新申请签发。")
)
NATIONALITY_OPEN = say(
    "residence_nationality_open", _("尚未审核确认申请人为外国国籍。请先办理“审核确认外国国籍”。")
)
NATIONALITY_KNOWN = say("residence_nationality_known", _("外国国籍已经确认。"))
NOT_IN_CUSTODY = say("residence_no_passport", _("本机关没有收存此人的护照，或者护照已经退还。"))
NOT_IN_FORCE = say("residence_not_in_force", _("这份居留证件已经终止，不在有效状态。"))
LOSS_KNOWN = say("residence_loss_known", _("遗失、损毁情况已经报告。请申请补发或者换发。"))
NOT_ANNOUNCED = say(
    "residence_not_announced",
    _("居留事由变更未申报的，须先公告，期满仍未申报才能宣布作废。请先办理“公告申报”。"),
)
ANNOUNCED_UNTIL = say("residence_announced_until", _("公告的申报期限到 %(day)s，期满仍未申报才能宣布作废。"))
COLLECTED = say("residence_collected", _("证件已经注销或者收缴。"))


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


def last_day(context: Context, changed_on: date | None = None) -> date | None:
    """The last day on which the application is in time: after the entry (法 30), before the expiry (32), after a change (33)."""
    pack, about = context.pack, context.about
    if context.case.sub_matter == kinds.EXTEND and about and about.valid_until:
        return about.valid_until - timedelta(days=pack.value("residence_extend_days"))
    changed_on = changed_on or day(context.answers.get("changed_on"))
    if context.case.sub_matter == kinds.CHANGE and changed_on:
        return clocks.derive(changed_on, workdays.period(pack.value("residence_change_days"), "days")).on
    return apply_by(context)


def days_late(context: Context, changed_on: date | None = None) -> int:
    """Days by which an application made today is late; a late one is received and noted (law-notes 18).

    Whose visit the window took away has applied on the day he first asked for it.
    """
    last, asked = last_day(context, changed_on), getattr(context.case, "asked_on", None)
    return max(((asked or context.today) - last).days, 0) if last else 0


def late_lead(context: Context, act: Act) -> Lead | None:
    """A late duty is accepted here and told to those who follow it up."""
    days = int(act.data.get("days_late") or 0)
    return Lead("late_residence", days) if days else None


def employer_lead(context: Context, act: Act) -> Lead | None:
    """What an employer must report reaches those who act on it (条例 26)."""
    return Lead("residence_report")


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


def bounds(context: Context) -> tuple[date, date, str]:
    """First and last day the document may end on, and what sets the last: ``law``, ``permit``, ``passport`` or ``held``.

    A first issue and an extension run from 90 days to five years (出境入境管理法 30), never longer than the work permit or
    the passport; a change, a replacement, a reissue keep the period that runs.
    """
    about = context.about
    ends = {"passport": day(context.person.get("passport_expiry"))}
    if context.case.sub_matter in kinds.NEW_PERIOD:
        first = context.today + timedelta(days=context.pack.value("residence_min_days"))
        ends["law"] = context.today + relativedelta(years=context.pack.value("residence_max_years"))
        permits = [entry.valid_until for entry in needed_entitlements(context) if entry.valid_until]
        ends["permit"] = min(permits, default=None)
    else:
        first = context.today
        ends["held"] = about.valid_until if about else None
    why, last = min(((k, v) for k, v in ends.items() if v), key=lambda pair: pair[1])
    return first, last, why


def proposed_until(context: Context) -> date:
    """As late as may be: with the work permit, so that both end together (两证有效期趋同)."""
    return bounds(context)[1]


def period_possible(context: Context, act: Act) -> list[Problem]:
    """What is left of permit and passport must allow the shortest period; it cannot before the permit is there."""
    if context.gate_state != "open":
        return []
    first, last, why = bounds(context)
    if first <= last:
        return []
    days = context.pack.value("residence_min_days")
    if why == "held":
        return [Problem(HELD_EXPIRED, {"day": last.isoformat()})]
    code = TOO_SHORT_PASSPORT if why == "passport" else TOO_SHORT_PERMIT
    return [Problem(code, {"day": last.isoformat(), "days": days})]


def built_on_valid(context: Context, act: Act) -> list[Problem]:
    """The work permit the residence rests on has not run out (S003-20)."""
    ends = [entry.valid_until for entry in needed_entitlements(context) if entry.valid_until]
    return [Problem(PERMIT_EXPIRED, {"day": end.isoformat()}) for end in sorted(ends) if end < act.today][:1]


def nationality_open(context: Context, act: Act) -> list[Problem]:
    return [Problem(NATIONALITY_KNOWN)] if getattr(context.case, "nationality_on", None) else []


def nationality_confirmed(context: Context, act: Act) -> list[Problem]:
    """外国国籍确认 comes before the decision (S003-35)."""
    return [] if getattr(context.case, "nationality_on", None) else [Problem(NATIONALITY_OPEN)]


def passport_in_custody(context: Context, act: Act) -> list[Problem]:
    case = context.case
    kept = getattr(case, "passport_taken_on", None) and not getattr(case, "passport_returned_on", None)
    return [] if kept else [Problem(NOT_IN_CUSTODY)]


def _granted(context: Context) -> Entitlement | None:
    """What this very case gave, while it is in force."""
    found = context.entitlement(context.case.matter)
    return found if found and found.case_id == context.case.pk else None


def still_valid(context: Context, act: Act) -> list[Problem]:
    """Reports are made about a document in force."""
    return [] if _granted(context) else [Problem(NOT_IN_FORCE)]


def still_valid_about(context: Context, act: Act) -> list[Problem]:
    about = context.about
    return [] if about and about.status == "active" else [Problem(NOT_IN_FORCE)]


def no_loss_reported(context: Context, act: Act) -> list[Problem]:
    return [Problem(LOSS_KNOWN)] if getattr(context.case, "loss_on", None) else []


def announced_where_needed(context: Context, act: Act) -> list[Problem]:
    """Who did not report a change of purpose is called upon publicly first, and only then is the document void (条例 34(三))."""
    case = context.case
    if "purpose_changed" not in (getattr(case, "void_grounds", None) or []):
        return []
    until = getattr(case, "announced_until", None)
    if until is None:
        return [Problem(NOT_ANNOUNCED)]
    return [Problem(ANNOUNCED_UNTIL, {"day": until.isoformat()})] if until >= act.today else []


def not_collected(context: Context, act: Act) -> list[Problem]:
    return [Problem(COLLECTED)] if getattr(context.case, "collected_on", None) else []


def residence_draft(context: Context, act: Act) -> Draft:
    """What the grant gives: residence for work, from today until the day the decider set."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.today,
        valid_until=act.data["valid_until"],
    )
