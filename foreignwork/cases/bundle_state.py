"""Where a filing stands: a pure function of its cases, stored nowhere, so that it can never disagree with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.db import models
from django.utils.translation import pgettext_lazy

from .phases import OPEN_PHASES, Outcome, Phase


class Standing(Protocol):
    """What is looked at of a case."""

    phase: str
    outcome: str


class BundleState(models.TextChoices):
    YOURS = "yours", pgettext_lazy("bundle", "待申请人办理")
    UNDER_WAY = "under_way", pgettext_lazy("bundle", "办理中")
    GRANTED = "granted", pgettext_lazy("bundle", "已全部办成")
    PARTLY = "partly", pgettext_lazy("bundle", "已办结，部分事项办成")
    NOT_GRANTED = "not_granted", pgettext_lazy("bundle", "已办结，未办成")
    WITHDRAWN = "withdrawn", pgettext_lazy("bundle", "已全部撤回")


LOOKS = {
    BundleState.YOURS: "warn",
    BundleState.UNDER_WAY: "work",
    BundleState.GRANTED: "ok",
    BundleState.PARTLY: "info",
    BundleState.NOT_GRANTED: "bad",
    BundleState.WITHDRAWN: "shut",
}
"""The colour of the tag (docs/components.md)."""


def state_of(cases: Iterable[Standing]) -> BundleState:
    """Whose turn it is while a matter is open; then what came of it all. What was taken back does not count as not granted."""
    rows = list(cases)
    running = [row for row in rows if row.phase in OPEN_PHASES and not row.outcome]
    if any(row.phase in (Phase.WAITING, Phase.PREPARING) for row in running):
        return BundleState.YOURS
    if running:
        return BundleState.UNDER_WAY
    left = [row.outcome for row in rows if row.outcome != Outcome.WITHDRAWN]
    if not left:
        return BundleState.WITHDRAWN
    granted = [outcome for outcome in left if outcome == Outcome.GRANTED]
    if len(granted) == len(left):
        return BundleState.GRANTED
    return BundleState.PARTLY if granted else BundleState.NOT_GRANTED
