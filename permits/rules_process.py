"""Why a step of the licensing procedure may not be taken. Pure: context in, problems out."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Post, User
from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act

WARN = "warn"

NO_HEARING = say("no_hearing_here", _("给予警告依法不适用听证程序，您可以提出陈述和申辩。"), moot=True)
NO_CHAIR = say("no_hearing_chair", _("本机关没有未参与审查的人员可以担任听证主持人，请先调整岗位。"))
NOT_THE_CHAIR = say("not_the_chair", _("听证笔录由主持人（%(name)s）提交。"))
HEARING_AHEAD = say("hearing_ahead", _("听证定于 %(day)s 举行，举行之后才能提交笔录。"))
STRUCK_OFF = say("struck_off_already", _("已经办理注销手续。"), moot=True)


def may_be_heard(context: Context) -> bool:
    """A warning has statement and defence, but no hearing (行政处罚法 63 names the penalties that have one)."""
    return context.case.sub_matter != WARN


def hearing_known(context: Context, act: Act) -> list[Problem]:
    return [] if may_be_heard(context) else [Problem(NO_HEARING)]


def chairs(context: Context, today: Any) -> list[User]:
    """Officers of the case's office who have not reviewed it and need not keep away (行政许可法 48(四))."""
    apart = {row.user_id for row in context.hands} | {row.user_id for row in context.recused}
    held = Post.objects.held_on(today).filter(office_id=context.case.office_id).exclude(user_id__in=apart)
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("pk"))


def a_chair_is_left(context: Context, act: Act) -> list[Problem]:
    return [] if chairs(context, act.today) else [Problem(NO_CHAIR)]


def only_the_chair(context: Context, act: Act) -> list[Problem]:
    chair = getattr(context.case, "hearing_chair", None)
    if chair is None or chair.pk != act.actor.user_id:
        return [Problem(NOT_THE_CHAIR, {"name": str(chair or "—")})]
    return []


def hearing_day_has_come(context: Context, act: Act) -> list[Problem]:
    day = getattr(context.case, "hearing_on", None)
    return [Problem(HEARING_AHEAD, {"day": day.isoformat()})] if day and day > act.today else []


def not_struck_yet(context: Context, act: Act) -> list[Problem]:
    return [Problem(STRUCK_OFF)] if getattr(context.case, "struck_on", None) else []
