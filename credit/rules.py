"""Why somebody may not be listed, repaired or taken off. Pure; lists, terms and bases are the pack's."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Stand
from foreignwork.policies import workdays

from . import policy

LIST_OFF = say(
    "credit_list_off",
    _(
        "“%(name)s”没有启用：政策包没有登记其法律依据，或者依据有待主管部门确认。没有依据的名单不能列入任何单位。"
    ),
)
MUST_HEAR = say(
    "credit_must_hear", _("陈述、申辩期限到 %(day)s 届满。期满前当事人没有提出意见的，不能决定列入。")
)
ENTRIES_GONE = say("credit_entries_gone", _("所依据的信用记录已经更正或者过期，不能据此列入。请重新提出。"))
TOO_EARLY = say("credit_repair_too_early", _("最短期限未满，%(day)s 起可以申请信用修复。"))
REPAIR_ASKED = say("credit_repair_asked", _("已于 %(day)s 申请信用修复，正在核实，不需要重复申请。"))
NOT_ASKED = say("credit_repair_not_asked", _("当事人没有申请信用修复。"), moot=True)
NOT_EXAMINED = say("credit_not_examined", _("修复情况须先由检查人员或者计划人员核实。"))
SAME_PERSON = say(
    "credit_same_person", _("信用修复须由两人办理：修复情况由您核实，请由另一名执法负责人决定。")
)


def listed_in(context: Context) -> policy.List | None:
    """The list the case is about, as the pinned pack has it."""
    return policy.of(context.pack).lists.get(context.case.sub_matter)


def list_is_on(context: Context, act: Act) -> list[Problem]:
    entry = listed_in(context)
    if entry and entry.on:
        return []
    name = entry.name.pick(get_language()) if entry else context.case.sub_matter
    return [Problem(LIST_OFF, {"name": name})]


def standing_entries(context: Context) -> Any:
    """Adverse entries of the firm that count today and can found this list."""
    entry = listed_in(context)
    table = apps.get_model("credit", "Entry")._default_manager
    return table.filter(
        organisation=context.case.subject_org_id,
        event__in=entry.events if entry else (),
        adverse=True,
        until_on__gte=context.today,
        voided__isnull=True,
    ).order_by("-on", "-pk")


def entries_stand(context: Context, act: Act) -> list[Problem]:
    wanted = set(getattr(context.case, "entries", ()))
    left = standing_entries(context).filter(pk__in=wanted).exists()
    return [] if left else [Problem(ENTRIES_GONE)]


def heard(context: Context, act: Act) -> list[Problem]:
    """No decision before the party has spoken or its limit has run out."""
    spoke = CaseEvent.objects.filter(case_id=context.case.pk, action="state_defence").exists()
    limit = context.case.deadlines.filter(kind="defence").order_by("-pk").first()
    if limit and not spoke and act.today <= limit.due_on:
        return [Problem(MUST_HEAR, {"day": limit.due_on.isoformat()})]
    return []


def term_end(context: Context, since: date) -> date | None:
    """The last day of the longest term, by the pack's limit ``listing`` of this list."""
    case = context.case
    limit = context.pack.clock_limit(case.matter, "listing", "statutory", case.sub_matter, None)
    return workdays.due(since, limit.period).on if limit and limit.amount is not None else None


def repairable(context: Context, since: date) -> date:
    entry = listed_in(context)
    return since + relativedelta(months=entry.least if entry else 0)


def least_term_has_passed(context: Context, act: Act) -> list[Problem]:
    day = getattr(context.case, "repairable_on", None)
    return [Problem(TOO_EARLY, {"day": day.isoformat()})] if day and act.today < day else []


def no_repair_asked(context: Context, act: Act) -> list[Problem]:
    day = getattr(context.case, "repair_asked_on", None)
    return [Problem(REPAIR_ASKED, {"day": day.isoformat()})] if day else []


def repair_asked(context: Context, act: Act) -> list[Problem]:
    return [] if getattr(context.case, "repair_asked_on", None) else [Problem(NOT_ASKED)]


def examined_by_another(context: Context, act: Act) -> list[Problem]:
    """Two hands: who examined does not decide."""
    who = getattr(context.case, "examined_by_id", None)
    if who is None:
        return [Problem(NOT_EXAMINED)]
    return [Problem(SAME_PERSON)] if act.actor.user_id == who else []


def begins(context: Context, act: Act) -> Stand | None:
    """What every matter sees from the decision on: the list, its measures, its end (effect on filing: a finding, no bar)."""
    case: Any = context.case
    entry = listed_in(context)
    assert entry is not None
    return Stand(
        organisation_id=case.subject_org_id,
        kind=case.sub_matter,
        reference=case.number,
        basis=f"{entry.name.zh}（{case.number}）",
        from_on=act.today,
        until_on=case.until_on,
        measures=tuple(entry.measures),
    )


def is_over(context: Context, act: Act) -> Stand | None:
    case: Any = context.case
    return Stand(case.subject_org_id, case.sub_matter, case.number, ends=True)
