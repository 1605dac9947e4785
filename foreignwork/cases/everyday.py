"""Steps that every matter's officers have, made for a flow's own states and roles: ``recuse = everyday.recuse(…)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import pgettext_lazy

from foreignwork.accounts.roles import Role

from .forms import ReasonForm
from .models import Case
from .steps import Act, step


def recuse(*, source: Sequence[str], by: Sequence[Role]) -> Callable[[Case, Act], None]:
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
