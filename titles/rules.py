"""When a person may apply for a title review, and why a step may not be taken. Pure; the months come from the policy pack."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.gates import needed_entitlements
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft

from .service import LIMIT, Service, eligible_on, service_of

__all__ = ["LIMIT", "Service", "eligible_on", "service_of"]

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
CONDITION_OPEN = say(
    "title_condition_open", _("审核中有条件被认定为不符合，不能通过。请作出不通过的结果，或退回重新审核。")
)
PERMIT_OVER = say(
    "title_permit_over", _("工作许可已于 %(day)s 届满，申报职称须持有有效的工作许可。请先办理延续。")
)
CARD_MISSING = say("title_card_missing", _("没有有效的“%(name)s”，不能据此申报。请上传有效的证件。"))
PERMIT_NOT_ENOUGH = say(
    "title_permit_not_enough", _("本地区规定，申报职称须持有永久居留身份证或者海外高层次人才居住证。")
)

OUTCOME_AHEAD = say(
    "title_outcome_ahead",
    _("已请评审委员会组建单位在 %(day)s 前反馈评审结果，尚未到期，无需催办。"),
    moot=True,
)

BASIS = "title_basis"
"""The pack's question: on what the person rests his application (S003-87, -96: the sources differ, so the pack says)."""


PERMIT = "permit"
REQUIRES_PR = "title_requires_pr"
"""The pack's switch: 1 where a permit alone is no basis."""


def basis_of(context: Context) -> str:
    return str(context.pack.with_defaults(context.answers).get(BASIS) or "")


def work_started_on(context: Context) -> date | None:
    """The first day of work in the province that counts, as far as it is known (law-notes 16)."""
    return service_of(context).since


def counted_from(context: Context, act: Act | None = None) -> date | None:
    """The day the months are counted from: the start of work, or while that lies ahead the earliest it can be."""
    known = work_started_on(context)
    if known:
        return known
    permits = [entry.valid_from for entry in needed_entitlements(context)]
    return max([*permits, context.today]) if permits else None


def eligible_from(context: Context, start: date | None) -> date | None:
    """The first day on which one may apply when the months are counted from ``start``."""
    return eligible_on(context, service_of(context), start) if start else None


def worked_long_enough(context: Context, act: Act) -> list[Problem]:
    """Strictly more than the pack's months of work in the province (S003-17)."""
    service = service_of(context)
    if service.since is None:
        return [Problem(START_UNKNOWN)]
    opens = eligible_on(context, service)
    if opens is None or act.today >= opens:
        return []
    return [Problem(TOO_SHORT, {"start": service.since.isoformat(), "day": opens.isoformat()})]


def not_yet_long_enough(context: Context, act: Act) -> list[Problem]:
    return [] if worked_long_enough(context, act) else [Problem(LONG_ENOUGH)]


def start_is_news(context: Context, act: Act) -> list[Problem]:
    """A recorded day moves the day from which one may apply."""
    service = service_of(context)
    if service.since is None:
        return [Problem(START_UNKNOWN)]
    same = eligible_on(context, service) == getattr(context.case, "eligible_on", None)
    return [Problem(START_KNOWN)] if same else []


def status_held(context: Context, act: Act) -> list[Problem]:
    """What the application rests on is held today: the permit, or the card whose copy lies in the filing (S003-87, -96)."""
    found = []
    if basis_of(context) == PERMIT and context.pack.value(REQUIRES_PR):
        found.append(Problem(PERMIT_NOT_ENOUGH))
    for row in needed_entitlements(context):
        if row.valid_until and row.valid_until < act.today:
            found.append(Problem(PERMIT_OVER, {"day": row.valid_until.isoformat()}))
    material = context.pack.materials.get(basis_of(context))
    if material is not None:
        held = [row.document for row in context.items if row.code == basis_of(context) and row.document]
        if not any(doc.valid_until is None or doc.valid_until >= act.today for doc in held):
            found.append(Problem(CARD_MISSING, {"name": material.name.zh}))
    return found


def all_conditions_met(context: Context, act: Act) -> list[Problem]:
    """The latest review found no condition unmet."""
    reviews = context.batch.reviews.get(context.case.pk, [])
    unmet = reviews and "not_met" in reviews[-1].data["conditions"].values()
    return [Problem(CONDITION_OPEN)] if unmet else []


def outcome_overdue(context: Context, act: Act) -> list[Problem]:
    """The day by which the body was asked to report has passed."""
    due = getattr(context.case, "outcome_due", None)
    return [Problem(OUTCOME_AHEAD, {"day": due.isoformat()})] if due and act.today <= due else []


def title_draft(context: Context, act: Act) -> Draft:
    """What passing gives: the person may be put forward to the committee; it has no end of its own."""
    return Draft(
        number=context.case.number,
        category="",
        post=str(context.work.get("post_title", ""))[:120],
        valid_from=act.today,
        valid_until=None,
    )
