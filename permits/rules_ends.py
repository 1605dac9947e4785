"""Rules of the ends: what was told once, what lapses, what the law renews by silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Draft
from foreignwork.deadlines.holding import times

from . import kinds
from .rules_kinds import permit_draft

NEVER_TOLD = say(
    "never_told", _("还没有告知过补正。第一次告知由受理人员一次性列出全部事项，不需要负责人批准。"), moot=True
)
NOTHING_HANDED_IN = say("nothing_handed_in", _("本办件没有可以当场更正的材料。"), moot=True)
ENTERED = say("entered_already", _("此人已经入境，许可不会因未入境而失效。"), moot=True)
ENTRY_TERM_RUNS = say("entry_term_runs", _("许可通知的有效期到 %(day)s，届满之前不会失效。"))


def told_once(context: Context, act: Act) -> list[Problem]:
    return [] if context.supplements else [Problem(NEVER_TOLD)]


def something_handed_in(context: Context, act: Act) -> list[Problem]:
    return [] if any(row.document_id for row in context.items) else [Problem(NOTHING_HANDED_IN)]


def not_entered_in_time(context: Context, act: Act) -> list[Problem]:
    """Approved, but not used within the validity of the notification (S000-22). Where the pack states no term, an officer
    judges by what was published."""
    if context.dated("entered") is not None:
        return [Problem(ENTERED)]
    running = [row for row in times(context).rows if row.kind == "entry" and row.met_on is None]
    if running and running[-1].due_on >= act.today:
        return [Problem(ENTRY_TERM_RUNS, {"day": running[-1].due_on.isoformat()})]
    return []


def expiry_of_held(context: Context, act: Act) -> date | None:
    """The law's own limit for an extension: the last day of what is held (行政许可法 50 第二款)."""
    held = context.about
    return held.valid_until if held and context.case.sub_matter == kinds.EXTEND else None


def renewed_draft(context: Context, act: Act) -> Draft | None:
    """What the law's silence gives: the extension as it would have been granted on the last day of what is held, so that
    nothing is gained or lost by the authority's lateness (law-notes 9)."""
    held = context.about
    assert held is not None
    return permit_draft(context, replace(act, today=held.valid_until or act.today))


def last_day_of_held(case: Case) -> date:
    assert case.about is not None
    assert case.about.valid_until is not None
    return case.about.valid_until


def granted_abroad(context: Context, act: Act) -> date | None:
    return act.today if context.case.sub_matter in kinds.OUTSIDE else None
