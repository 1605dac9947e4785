"""证卡融合: loading a permit onto the social security card (人社部发〔2024〕75号) as an exchange noted on the permit step by step.

Every version of a permit is loaded anew: ``card_pending`` by the grant, ``card_sent`` with the number of the batch,
``card_loaded`` with the receipt or ``card_failed`` with the code of the error. The newest mark is where it stands.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act, Mark

PENDING, SENT, LOADED, FAILED = "card_pending", "card_sent", "card_loaded", "card_failed"
NO_PERMIT = say("card_no_permit", _("本办件没有有效的工作许可，不需要加载到社会保障卡。"))
NOT_WAITING = say("card_not_waiting", _("本许可已经送出加载，或者已经加载到社会保障卡。"))
NOT_SENT = say("card_not_sent", _("本许可还没有送出加载，不能登记回执。"))


def card_state(context: Context) -> str:
    """The newest mark of the exchange; empty when there is none."""
    own = context.own_entitlement()
    marks = [context.mark(own, kind) for kind in (PENDING, SENT, LOADED, FAILED)] if own else []
    newest = max((mark for mark in marks if mark), key=lambda mark: mark.pk, default=None)
    return newest.kind if newest else ""


def to_load(context: Context, act: Act) -> list[Mark]:
    """The grant gave a permit: it waits to be loaded (S003-29). A confirmation letter is none."""
    own = context.own_entitlement()
    return [Mark(own, PENDING)] if own else []


def waits_for_the_card(context: Context, act: Act) -> list[Problem]:
    if context.own_entitlement() is None:
        return [Problem(NO_PERMIT)]
    return [] if card_state(context) in ("", PENDING, FAILED) else [Problem(NOT_WAITING)]


def was_sent(context: Context, act: Act) -> list[Problem]:
    if context.own_entitlement() is None:
        return [Problem(NO_PERMIT)]
    return [] if card_state(context) == SENT else [Problem(NOT_SENT)]


def sent_mark(context: Context, act: Act) -> list[Mark]:
    own = context.own_entitlement()
    return [Mark(own, SENT, str(act.data["batch"]))] if own else []


def receipt_mark(context: Context, act: Act) -> list[Mark]:
    own = context.own_entitlement()
    kind = LOADED if act.data["result"] == "loaded" else FAILED
    return [Mark(own, kind, str(act.data["receipt"]))] if own else []
