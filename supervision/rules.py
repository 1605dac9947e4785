"""Why an inspection may not be opened, approved, begun or ended. Pure: rows that a rule reads come by the context or the form."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act

from . import policy

NOT_ON_TEAM = say(
    "inspection_not_on_team", _("只有被派到这次检查的两名检查人员可以办理。本次检查人员：%(team)s。")
)
NO_TEAM = say("inspection_no_team", _("尚未派定两名检查人员。请执法负责人先派员。"))
CERTIFICATE_OUT = say(
    "inspection_certificate_out", _("%(who)s的行政执法证在%(day)s无效，不能实施检查。请更换检查人员。")
)
INSPECTOR_GONE = say("inspection_inspector_gone", _("%(who)s在%(day)s不在检查人员名录库中，不能实施检查。"))
INSPECTOR_RECUSED = say(
    "inspection_inspector_recused", _("%(who)s与检查对象有须回避的关系，不能参加这次检查。")
)
PROBLEM_FOUND = say(
    "inspection_problem_found", _("笔录中有事项发现问题，不能以“未发现问题”办结。请责令改正或者立案。")
)
NOTHING_FOUND = say("inspection_nothing_found", _("笔录中没有发现问题，没有可以责令改正的事项。"))
ITEMS_OPEN = say("inspection_items_open", _("还有检查事项没有结果：%(items)s。"))
NOT_TAKEN_UP = say(
    "inspection_not_taken_up",
    _("立案以后才能处罚或者移送。请先由执法负责人审批立案（行政处罚法第五十四条）。"),
)
MUST_HEAR = say(
    "inspection_must_hear",
    _(
        "当事人的陈述、申辩期限到%(day)s届满。期满前当事人没有提出意见的，不能作出决定（行政处罚法第六十二条）。"
    ),
)
HEARING_DUE = say("inspection_hearing_due", _("当事人已要求听证，须先举行听证并制作笔录。"))
HEARING_LATE = say("inspection_hearing_late", _("要求听证的期限已于%(day)s届满。"))
HEARING_OPEN = say(
    "inspection_hearing_open",
    _("当事人有权要求听证，期限到%(day)s届满。期满前不能作出决定，除非当事人书面表示不要求听证。"),
)
NO_RIGHT_TO_HEARING = say(
    "inspection_no_right_to_hearing",
    _("告知书没有告知听证的权利，或者当事人已经表示不要求听证。意见可以在陈述、申辩中提出。"),
)
NO_HEARING_ASKED = say("inspection_no_hearing_asked", _("当事人没有要求听证。"))
HEARING_NOT_TOLD = say(
    "inspection_hearing_not_told",
    _("尚未通知听证的时间、地点。请先发出听证通知（行政处罚法第六十四条第二项）。"),
)
HEARING_AHEAD = say("inspection_hearing_ahead", _("听证定于 %(day)s 举行，举行之后才能登记笔录。"))
NOBODY_JOINS = say("inspection_nobody_joins", _("本次检查没有联合部门。"), moot=True)
NOBODY_LEFT = say(
    "inspection_nobody_left", _("该单位在册的外国人都已列入本次检查，或者没有在册的外国人。"), moot=True
)
CHAIR_INVESTIGATED = say(
    "inspection_chair_investigated", _("听证由非本案调查人员主持。您参加了本次检查，不能主持听证。")
)


HARMLESS = frozenset({"nothing_found", "not_active", "gone"})


def lead_and_second(context: Context) -> tuple[int | None, int | None]:
    """Ids of the two inspectors' users, as far as they are chosen."""
    row = context.case
    lead, second = getattr(row, "lead", None), getattr(row, "second", None)
    return (lead.user_id if lead else None, second.user_id if second else None)


def team_is_set(context: Context, act: Act) -> list[Problem]:
    return [] if all(lead_and_second(context)) else [Problem(NO_TEAM)]


def on_the_team(context: Context, act: Act) -> list[Problem]:
    """Only the two who were drawn or sent (谁抽查、谁录入, S004-50)."""
    if act.actor.user_id in lead_and_second(context):
        return []
    row = context.case
    names = [str(one) for one in (getattr(row, "lead", None), getattr(row, "second", None)) if one]
    return [Problem(NOT_ON_TEAM, {"team": names})] if names else [Problem(NO_TEAM)]


def somebody_to_list(context: Context, act: Act) -> list[Problem]:
    from .forms_staff import not_listed

    return [] if not_listed(context).exists() else [Problem(NOBODY_LEFT)]


def not_others_visit(context: Context, act: Act) -> list[Problem]:
    """Once a visit has begun, only the two who are there write down what happens there."""
    return on_the_team(context, act) if context.case.state == "on_site" else []


def _events(context: Context, *actions: str) -> list[CaseEvent]:
    rows = CaseEvent.objects.filter(case_id=context.case.pk, action__in=actions).order_by("seq")
    return list(rows) if context.case.pk else []


def latest_results(context: Context) -> dict[tuple[str, int | None, str], str]:
    """(item, subject, whose) → result code; a later finding replaces an earlier one of the same department, never another's."""
    rows = context.case.findings.order_by("seq")  # type: ignore[attr-defined]
    found = rows.values_list("item", "subject_id", "reused_from", "result")
    return {(item, subject, whose): result for item, subject, whose, result in found}


def problems_found(context: Context) -> list[str]:
    """Items with a finding that is not one of the pack's harmless results, whoever found it (S004-53: no finding without an owner)."""
    return sorted({item for (item, *_), result in latest_results(context).items() if result not in HARMLESS})


def nothing_found(context: Context, act: Act) -> list[Problem]:
    return [Problem(PROBLEM_FOUND)] if problems_found(context) else []


def something_found(context: Context, act: Act) -> list[Problem]:
    return [] if problems_found(context) else [Problem(NOTHING_FOUND)]


def hearing_offered(context: Context) -> bool:
    """Whether the party was told of a right to a hearing, and has not said that it wants none."""
    events = _events(context, "tell", "state_defence")
    told = [event for event in events if event.action == "tell"]
    if not told or told[-1].data.get("hearing") == "no":
        return False
    return not any(event.data.get("no_hearing") for event in events if event.seq > told[-1].seq)


def heard(context: Context, act: Act) -> list[Problem]:
    """No decision before statement and defence were heard or their limit ran out, and the hearing asked for was held; nor,
    where there is a right to a hearing, before the limit to ask for one (处罚法 64(一): five days, whatever was said meanwhile)."""
    done = {event.action for event in _events(context, "state_defence", "ask_hearing", "hold_hearing")}
    if "ask_hearing" in done:
        return [] if "hold_hearing" in done else [Problem(HEARING_DUE)]
    until = statement_until(context)
    if until and act.today <= until:
        if "state_defence" not in done:
            return [Problem(MUST_HEAR, {"day": until.isoformat()})]
        if hearing_offered(context):
            return [Problem(HEARING_OPEN, {"day": until.isoformat()})]
    return []


def has_right_to_hearing(context: Context, act: Act) -> list[Problem]:
    return [] if hearing_offered(context) else [Problem(NO_RIGHT_TO_HEARING)]


def statement_until(context: Context) -> date | None:
    """The last day of the limit for statement, defence and asking for a hearing."""
    row = context.case.deadlines.filter(kind="statement").order_by("-pk").first()
    return row.due_on if row else None


def hearing_in_time(context: Context, act: Act) -> list[Problem]:
    until = statement_until(context)
    if until and act.today > until:
        return [Problem(HEARING_LATE, {"day": until.isoformat()})]
    return []


def hearing_asked(context: Context, act: Act) -> list[Problem]:
    return [] if _events(context, "ask_hearing") else [Problem(NO_HEARING_ASKED)]


def hearing_day_has_come(context: Context, act: Act) -> list[Problem]:
    """Minutes are of a hearing that was announced and has been held."""
    day = getattr(context.case, "hearing_on", None)
    if day is None:
        return [Problem(HEARING_NOT_TOLD)]
    return [Problem(HEARING_AHEAD, {"day": day.isoformat()})] if act.today < day else []


def somebody_takes_part(context: Context, act: Act) -> list[Problem]:
    return [] if getattr(context.case, "joint", None) else [Problem(NOBODY_JOINS)]


def chair_stands_outside(context: Context, act: Act) -> list[Problem]:
    """处罚法 64(四): chaired by somebody who did not investigate."""
    return [Problem(CHAIR_INVESTIGATED)] if act.actor.user_id in lead_and_second(context) else []


def own(context: Context) -> policy.Own:
    return policy.of(context.pack)
