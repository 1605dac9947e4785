"""Why a result may not be published, changed or taken back. Pure; terms and reasons are the pack's."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act

from . import policy

PUBLISHED = say("inspection_published", _("结果已经公示。"))
NOT_SHOWN = say("publication_not_shown", _("结果没有在公示中。"), moot=True)
PROPOSED = say("publication_proposed", _("已有一项变更公示的建议等待执法负责人决定，决定以后才能再提出。"))
NOT_PROPOSED = say(
    "publication_not_proposed", _("没有待决定的变更建议。请先由检查人员或者计划人员提出。"), moot=True
)
ASKED = say(
    "publication_asked", _("您的申请已经收到，正在办理，答复以后才能再次申请。需要补充的，请联系检查机关。")
)
NOT_ASKED = say("publication_not_asked", _("当事人没有提出申请，也没有待决定的变更建议。"), moot=True)
SAME_PERSON = say(
    "publication_same_person", _("变更公示须由两人办理：这项变更由您提出，请由另一名执法负责人决定。")
)
TERM_RUNS = say("publication_term_runs", _("公示期限尚未届满（至 %(day)s）。"), moot=True)


def not_yet_published(context: Context, act: Act) -> list[Problem]:
    return [Problem(PUBLISHED)] if getattr(context.case, "published_on", None) else []


def shown(case: Any) -> bool:
    return bool(case.published_on and not case.unpublished_on)


def is_shown(context: Context, act: Act) -> list[Problem]:
    return [] if shown(context.case) else [Problem(NOT_SHOWN)]


def nothing_proposed(context: Context, act: Act) -> list[Problem]:
    return [Problem(PROPOSED)] if getattr(context.case, "amendment", None) else []


def something_proposed(context: Context, act: Act) -> list[Problem]:
    return [] if getattr(context.case, "amendment", None) else [Problem(NOT_PROPOSED)]


def another_proposed(context: Context, act: Act) -> list[Problem]:
    """Two hands: who proposed the change does not decide on it."""
    wanted = getattr(context.case, "amendment", None) or {}
    return [Problem(SAME_PERSON)] if act.actor.user_id and wanted.get("by") == act.actor.user_id else []


def _waits(context: Context) -> bool:
    """The firm has asked and nobody has answered since."""
    words = ("ask_amendment", "amend_publication", "keep_publication")
    rows = CaseEvent.objects.filter(case_id=context.case.pk, action__in=words).order_by("-seq")
    last = rows.values_list("action", flat=True).first() if context.case.pk else None
    return last == "ask_amendment"


def nothing_asked(context: Context, act: Act) -> list[Problem]:
    return [Problem(ASKED)] if _waits(context) else []


def something_asked(context: Context, act: Act) -> list[Problem]:
    """The firm asked and nobody has answered since, or a colleague proposed."""
    proposed = bool(getattr(context.case, "amendment", None))
    return [] if proposed or _waits(context) else [Problem(NOT_ASKED)]


def term_is_over(context: Context, act: Act) -> list[Problem]:
    row: Any = context.case
    if not shown(row):
        return [Problem(NOT_SHOWN)]
    until = row.published_until
    return (
        []
        if until and act.today > until
        else [Problem(TERM_RUNS, {"day": until.isoformat() if until else "—"})]
    )


def to_be_withdrawn(context: Context, act: Act) -> date | None:
    """From when the three days of 行政处罚法 48 run; they concern what is taken back, not a correction or repair."""
    return act.today if act.data["kind"] == "withdraw" else None


def until_of(own: policy.Own, term: str, on: date) -> date | None:
    """The last day of publication; None where the source names no end."""
    most = own.publication[term].most
    return on + relativedelta(months=most, days=-1) if most else None


def repair_from(own: policy.Own, case: Any) -> date | None:
    """The first day on which a repair may end the publication; None: the source names no least term."""
    term = own.publication.get(case.term)
    return case.published_on + relativedelta(months=term.least) if term and term.least is not None else None
