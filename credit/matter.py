"""Credit as the kernel knows it: cases that offices open about a firm or an agency, never part of a filing."""

from __future__ import annotations

from typing import Any, cast

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register
from foreignwork.rulebook.words import aside, clauses

from . import policy, rules
from .models import CreditCase, Entry, State


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    case = cast(CreditCase, context.case)
    entry = rules.listed_in(context)
    language = get_language()
    texts = context.pack.texts
    rows: list[tuple[str | Promise, Any]] = [
        (pgettext_lazy("organisation", "单位"), case.subject_org.name if case.subject_org else ""),
        (_("名单"), entry.name.pick(language) if entry else case.sub_matter),
        (pgettext_lazy("one", "法律依据"), entry.basis.pick(language) if entry else ""),
        (
            _("措施"),
            clauses(texts[f"measure_{code}"].pick(language) for code in entry.measures) if entry else "",
        ),
        (_("依据的信用记录"), clauses(_entries(case, context))),
        (_("列入日期"), case.listed_on),
        (_("期满日期"), case.until_on),
        (_("可以申请修复的日期"), case.repairable_on),
        (_("申请修复的日期"), case.repair_asked_on),
        (_("移出日期"), case.ended_on),
    ]
    return [(label, value) for label, value in rows if value]


def _entries(case: CreditCase, context: Context) -> list[str]:
    """What the listing rests on: whoever decides, and the firm, see it without looking elsewhere."""
    events, language = policy.of(context.pack).events, get_language()
    rows = Entry.objects.filter(pk__in=case.entries).select_related("case").order_by("on", "pk")
    return [
        f"{row.on.isoformat()} {events[row.event].text.pick(language) if row.event in events else row.event}"
        + aside(row.case.number)
        for row in rows
    ]


ENDED = (State.DROPPED, State.REPAIRED, State.EXPIRED, State.LIFTED)

register(
    Matter(
        code="credit",
        letter="C",
        label=_("信用管理"),
        order=95,
        model=CreditCase,
        states=State,
        phases={
            State.PROPOSED: Phase.IN_REVIEW,
            State.TOLD: Phase.IN_REVIEW,
            State.LISTED: Phase.DECIDED,
            **dict.fromkeys(ENDED, Phase.CLOSED),
        },
        outcomes={State.LISTED: Outcome.ENDED, **dict.fromkeys(ENDED, Outcome.ENDED)},
        files="propose",
        one_active=False,
        summary=summary,
        limits={
            "defence": pgettext_lazy("limit", "陈述和申辩"),
            "listing": pgettext_lazy("limit", "列入期满"),
            "repair": pgettext_lazy("limit", "答复信用修复"),
        },
        urlconf="credit.urls",
        pages={
            "public": [("credit:public", _("信用名单"))],
            "staff": [("credit:home", _("信用管理"))],
            "applicant": [("credit:firm", pgettext_lazy("nav", "本单位信用"))],
        },
    )
)
