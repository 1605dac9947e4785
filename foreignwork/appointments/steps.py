"""Steps that every matter with visits has, made for a flow's own states: ``move_visit = visits.move(source=…)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.accounts.roles import Role
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.context import Context
from foreignwork.cases.forms import ReasonForm
from foreignwork.cases.models import Case
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Starts, step

from . import forms
from .book import visit_of
from .stranded import gone

APPLICANTS = (roles.applicant, roles.person, roles.window_clerk)
NO_VISIT = say("no_visit", _("这件办件没有待办的预约。"))
VISIT_BOOKED = say("visit_booked", _("已经预约了时间；要换时间，请改约。"))
VISIT_TO_COME = say("visit_to_come", _("预约时间是 %(when)s，还没有到，不能登记未到场。"))
VISIT_STANDS = say("visit_stands", _("预约的时段仍可办理，无需改期。"))


def has_visit(context: Context, act: Act) -> list[Problem]:
    return [] if visit_of(context) else [Problem(NO_VISIT)]


def has_no_visit(context: Context, act: Act) -> list[Problem]:
    return [Problem(VISIT_BOOKED)] if visit_of(context) else []


def visit_is_over(context: Context, act: Act) -> list[Problem]:
    """Nobody has missed a visit before its day has come."""
    visit = visit_of(context)
    if visit is None:
        return [Problem(NO_VISIT)]
    if visit.slot.starts_at > act.at:
        return [
            Problem(VISIT_TO_COME, {"when": f"{visit.slot.starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"})
        ]
    return []


def nothing(case: Case) -> None:
    """The matter changes nothing of its own."""


def book(*, source: Sequence[str], by: Sequence[Role] = APPLICANTS) -> Callable[[Case, Act], None]:
    """A further visit, when the first did not settle the matter (papers were missing at the counter)."""

    @step(
        source=source,
        target=None,
        by=by,
        label=pgettext_lazy("step", "预约到窗口的时间"),
        needs=[has_no_visit],
        form=forms.SlotForm,
        books="take",
        cites="S003-37",
    )
    def book_visit(self: Case, act: Act) -> None: ...

    return book_visit


def move(*, source: Sequence[str], by: Sequence[Role] = APPLICANTS) -> Callable[[Case, Act], None]:
    """Another time for the visit; the seat held so far is free at once."""

    @step(
        source=source,
        target=None,
        by=by,
        label=pgettext_lazy("step", "改约时间"),
        needs=[has_visit],
        form=forms.MoveForm,
        books="move",
        cites="S003-37；S000-09",
    )
    def move_visit(self: Case, act: Act) -> None: ...

    return move_visit


def cancel(
    *,
    source: Sequence[str],
    target: str,
    starts: Sequence[str | Starts] = (),
    by: Sequence[Role] = APPLICANTS,
    body: Callable[[Any], None] = nothing,
) -> Callable[[Case, Act], None]:
    """The visit is given back; the application can be made anew. ``body``: what the matter changes of its own fields."""

    @step(
        source=source,
        target=target,
        by=by,
        label=pgettext_lazy("step", "取消预约"),
        needs=[has_visit],
        form=ReasonForm,
        books="cancel",
        starts=starts,
        cites="S003-37",
    )
    def cancel_visit(self: Case, act: Act) -> None:
        body(self)

    return cancel_visit


def missed(
    *,
    source: Sequence[str],
    target: str,
    by: Sequence[Role],
    starts: Sequence[str | Starts] = (),
    body: Callable[[Any], None] = nothing,
) -> Callable[[Case, Act], None]:
    """Nobody came. Written down with what is known of the reason; a new time can be chosen."""

    @step(
        source=source,
        target=target,
        by=by,
        label=pgettext_lazy("step", "登记未到场"),
        needs=[visit_is_over],
        form=forms.MissedForm,
        books="miss",
        starts=starts,
        cites="S003-37",
    )
    def record_missed(self: Case, act: Act) -> None:
        body(self)

    return record_missed


def visit_cannot_stand(context: Context, act: Act) -> list[Problem]:
    """The window no longer offers the time: shut by an officer, a holiday published later, or a pack that changed."""
    visit = visit_of(context)
    if visit is None:
        return [Problem(NO_VISIT)]
    return [] if gone([visit.slot]) else [Problem(VISIT_STANDS)]


def displaced(
    *, source: Sequence[str], target: str | None, sends: Sequence[Any], name: str = "displace_visit"
) -> Callable[[Case, Act], None]:
    """The office takes the time away: the person is told in writing and chooses another; nothing is late by that."""

    def displace(self: Case, act: Act) -> None: ...

    displace.__name__ = name
    return step(
        source=source,
        target=target,
        by=roles.system,
        label=pgettext_lazy("step", "窗口停办，预约取消"),
        needs=[visit_cannot_stand],
        form=forms.DisplacedBasis,
        books="displace",
        sends=sends,
        cites="S000-09",
    )(displace)
