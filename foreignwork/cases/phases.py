"""State is the matter's, phase is the kernel's (design, decision 1; decisions 5)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Phase(models.TextChoices):
    UPCOMING = "upcoming", pgettext_lazy("phase", "尚未开始")
    PREPARING = "preparing", pgettext_lazy("phase", "待提交")
    IN_REVIEW = "in_review", pgettext_lazy("phase", "办理中")
    WAITING = "waiting", pgettext_lazy("phase", "待补正")
    DECIDED = "decided", pgettext_lazy("phase", "已作出结果")
    CLOSED = "closed", pgettext_lazy("phase", "已办结")


OPEN_PHASES: tuple[Phase, ...] = (Phase.UPCOMING, Phase.PREPARING, Phase.IN_REVIEW, Phase.WAITING)


class Outcome(models.TextChoices):
    """How a case ended. The last four are of cases the office began itself; the four ends of law-notes 10 stay apart."""

    NONE = "", pgettext_lazy("outcome", "尚无结果")
    GRANTED = "granted", pgettext_lazy("outcome", "准予")
    REFUSED = "refused", pgettext_lazy("outcome", "不予")
    DECLINED = "declined", pgettext_lazy("outcome", "不予受理")
    WITHDRAWN = "withdrawn", pgettext_lazy("outcome", "申请人撤回")
    ENDED = "ended", pgettext_lazy("outcome", "终止办理")
    LAPSED = "lapsed", pgettext_lazy("outcome", "过期失效")
    RETRACTED = "retracted", pgettext_lazy("outcome", "撤回许可")
    REVOKED = "revoked", pgettext_lazy("outcome", "撤销许可")
    STRUCK_OFF = "struck_off", pgettext_lazy("outcome", "依职权注销")
    PENALISED = "penalised", pgettext_lazy("outcome", "给予处罚")
