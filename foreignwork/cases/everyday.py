"""Steps that every matter's officers have, made for a flow's own states and roles: ``recuse = everyday.recuse(…)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import pgettext_lazy

from foreignwork.accounts import roles
from foreignwork.accounts.roles import Role

from .forms import ReasonForm
from .gates import gate_can_no_longer_open
from .models import Case
from .steps import Act, step


def recuse(*, source: Sequence[str], by: Role | Sequence[Role]) -> Callable[[Case, Act], None]:
    """An officer declares that he must keep away (审批人员回避, S004-18). His hand becomes free for a colleague."""

    @step(
        source=source,
        target=None,
        by=by,
        label=pgettext_lazy("step", "申请回避"),
        form=ReasonForm,
        recuses=True,
        cites="S004-18",
    )
    def recuse(self: Case, act: Act) -> None: ...

    return recuse


def withdraw(*, source: Sequence[str], sends: Sequence[Any] = ()) -> Callable[[Case, Act], None]:
    """The applicant takes the application back, any time before the decision (撤回申请; law-notes 10)."""

    @step(
        source=source,
        target="withdrawn",
        by=roles.applicant,
        label=pgettext_lazy("step", "撤回申请"),
        form=ReasonForm,
        origins=("applied",),
        sends=sends,
        tone="danger",
        cites="law-notes 10",
    )
    def withdraw(self: Case, act: Act) -> None: ...

    return withdraw


def close_unopened(*, source: Sequence[str]) -> Callable[[Case, Act], None]:
    """A matter the gate's siblings can no longer open ends by itself (law-notes 15)."""

    @step(
        source=source,
        target="not_started",
        by=roles.system,
        label=pgettext_lazy("step", "前置事项未通过，不再办理"),
        needs=[gate_can_no_longer_open],
        when_shut=True,
        cites="law-notes 15",
    )
    def close_unopened(self: Case, act: Act) -> None: ...

    return close_unopened
