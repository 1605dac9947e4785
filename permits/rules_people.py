"""Rules about the people of a case: objections that are open, acts that must be reviewed again after a recusal (回避)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Post, User
from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act
from foreignwork.workflow.people import leading_hand, leading_step

OBJECTION_OPEN = say("objection_open", _("申请人提出的回避申请还没有决定。请负责人先作出是否回避的决定。"))
NO_OBJECTION = say("no_objection", _("没有待决定的回避申请。"), moot=True)
NOBODY_ACTED = say("nobody_to_object_to", _("目前还没有工作人员经办本办件，暂时不能申请回避。"), moot=True)
REVIEW_AGAIN = say("review_again", _("回避人员此前办理的环节须先由其他工作人员重新审查：%(steps)s。"))
NOTHING_TO_REVIEW = say("nothing_to_review_again", _("没有需要重新审查的环节。"), moot=True)
NOBODY_ELSE = say("nobody_to_reassign_to", _("本机关没有其他具备该岗位的工作人员可以接办。"))


@dataclass(frozen=True, slots=True)
class Tainted:
    """An act of somebody who should have kept away."""

    action: str
    label: str
    seq: int


def open_objection(context: Context) -> CaseEvent | None:
    """The party's objection that nobody has decided yet."""
    found = None
    for event in context.history:
        if event.action == "object_to_officer":
            found = event
        elif event.action == "decide_objection":
            found = None
    return found


def tainted(context: Context) -> list[Tainted]:
    """Acts of a stage by those who keep away since, that nobody else has taken or reviewed again."""
    steps, gone = context.case.matter_entry.steps, {}
    for event in context.history:
        step = steps.get(event.action)
        if step and step.recuses:
            gone[event.actor_id] = event.seq
        if step and step.people == "set_aside" and event.data.get("upheld") == "yes":
            gone[int(event.data["officer"])] = event.seq
    found = []
    for event in context.history:
        step = steps.get(event.action)
        since = gone.get(event.actor_id)
        if not (step and step.stage and since and event.seq < since):
            continue
        if not any(_again(later, event) for later in context.history):
            found.append(Tainted(event.action, str(step.label), event.seq))
    return list({entry.action: entry for entry in found}.values())


def _again(later: CaseEvent, event: CaseEvent) -> bool:
    if later.seq <= event.seq:
        return False
    same = later.action == event.action and later.actor_id != event.actor_id
    return same or (later.action == "review_again" and event.action in later.data.get("acts", []))


def nothing_tainted(context: Context, act: Act) -> list[Problem]:
    """What a recused officer did is reviewed again before anything is granted (S004-18)."""
    left = tainted(context)
    return [Problem(REVIEW_AGAIN, {"steps": [entry.label for entry in left]})] if left else []


def something_tainted(context: Context, act: Act) -> list[Problem]:
    return [] if tainted(context) else [Problem(NOTHING_TO_REVIEW)]


def no_open_objection(context: Context, act: Act) -> list[Problem]:
    return [Problem(OBJECTION_OPEN)] if open_objection(context) else []


def an_open_objection(context: Context, act: Act) -> list[Problem]:
    return [] if open_objection(context) else [Problem(NO_OBJECTION)]


def handlers(context: Context) -> list[User]:
    """The officers the party may object to: who acted, and who has the case now."""
    ids = {row.user_id for row in context.hands if not row.for_applicant} - {
        row.user_id for row in context.recused
    }
    if context.case.assignee_id:
        ids.add(context.case.assignee_id)
    return list(User.objects.filter(pk__in=ids).order_by("pk"))


def named(ids: list[int]) -> list[User]:
    return list(User.objects.filter(pk__in=ids).order_by("pk"))


def somebody_acted(context: Context, act: Act) -> list[Problem]:
    return [] if handlers(context) else [Problem(NOBODY_ACTED)]


def colleagues(context: Context) -> list[User]:
    """Who may take the case over: officers with a post for its next step, no other hand in it, and no recusal."""
    step = leading_step(context)
    if step is None:
        return []
    hand = leading_hand(context)
    apart = {row.user_id for row in context.recused}
    apart |= {row.user_id for row in context.hands if row.hand != hand}
    apart.add(context.case.assignee_id or 0)
    posts = Post.objects.held_on(context.today).filter(
        office_id=context.case.office_id, role__in=[role.code for role in step.by], user__is_active=True
    )
    return list(User.objects.filter(pk__in=posts.values("user_id")).exclude(pk__in=apart).order_by("pk"))


def somebody_else(context: Context, act: Act) -> list[Problem]:
    return [] if colleagues(context) else [Problem(NOBODY_ELSE)]
