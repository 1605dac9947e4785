"""Inspection as the kernel knows it: a case that offices open, never part of a filing."""

from __future__ import annotations

from typing import Any, cast

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register
from foreignwork.rulebook.words import listed as strung

from . import invariants as invariants  # enters its checks
from . import joint, policy
from .forms import named
from .forms_onsite import item_names
from .models import Inspection, State


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """For the desk: the facts, and the way to what was brought home."""
    return told(context, inside=True)


def told(context: Context, *, inside: bool = False) -> list[tuple[str | Promise, Any]]:
    """What is said of an inspection; the evidence of the visit is the office's alone."""
    case = cast(Inspection, context.case)
    own = policy.of(context.pack)
    result = own.results.get(case.result)
    names = item_names(context)
    rows: list[tuple[str | Promise, Any]] = [
        (_("检查对象"), case.subject_org.name if case.subject_org else ""),
        (_("检查来源"), f"{case.get_source_display()} {case.source_ref}"),
        (pgettext_lazy("several", "检查事项"), strung(names.values())),
        (_("联合部门"), strung(text for code, text in named(own.departments) if code in case.joint)),
        (_("联合部门检查人员"), strung(_guests(case, own))),
        (pgettext_lazy("several", "检查人员"), strung(str(one) for one in (case.lead, case.second) if one)),
        (_("计划检查日期"), case.planned_on),
        (_("检查日期"), case.visited_on),
        (_("听证日期"), case.hearing_on),
        (pgettext_lazy("one", "检查结果"), result.text.pick(get_language()) if result else ""),
    ]
    rows += _evidence(case) if inside else []
    rows += [(names.get(item, item), result) for item, result in _found(case, own)]
    return [(label, value) for label, value in rows if value]


def _guests(case: Inspection, own: policy.Own) -> list[str]:
    """Officers of other departments, as expected or as they came."""
    if not case.joint:
        return []
    names = dict(named(own.departments))
    return [
        gettext("%(department)s：%(name)s（%(certificate)s，%(there)s）")
        % {
            "department": names.get(one.department, one.department),
            "name": one.name,
            "certificate": one.certificate,
            "there": gettext("已到场") if one.shown else gettext("尚未到场"),
        }
        for one in joint.participants(case)
    ]


def _evidence(case: Inspection) -> list[tuple[str | Promise, Any]]:
    """The way to what was brought home, once somebody has been there."""
    if not case.visited_on:
        return []
    count = case.evidence.count()
    words = ngettext("%(n)s 件", "%(n)s 件", count) % {"n": count}
    return [
        (
            _("现场材料"),
            format_html('<a href="{}">{}</a>', reverse("supervision:evidence", args=[case.number]), words),
        )
    ]


def _found(case: Inspection, own: policy.Own) -> list[tuple[str, str]]:
    """(item, result) of the firm as it stands now: the newest finding of each item. What was found of people stays in the file."""
    if not case.visited_on:
        return []
    rows = case.findings.filter(subject__isnull=True).order_by("seq")
    latest = {(row.item, row.reused_from): row.result for row in rows}
    names, found = dict(named(own.departments)), []
    for (item, whose), code in latest.items():
        if code in own.results:
            words = own.results[code].text.pick(get_language())
            by = gettext("%(result)s（%(department)s）") % {
                "result": words,
                "department": names.get(whose, whose),
            }
            found.append((item, by if whose else words))
    return found


ENDED = (
    State.CLEARED,
    State.CORRECTED,
    State.NOT_DONE,
    State.TRANSFERRED,
    State.PENALISED,
    State.NOT_PENALISED,
)

register(
    Matter(
        code="supervision",
        letter="J",
        label=_("监督检查"),
        order=90,
        model=Inspection,
        states=State,
        phases={
            State.PROPOSED: Phase.IN_REVIEW,
            State.APPROVED: Phase.IN_REVIEW,
            State.ASSIGNED: Phase.IN_REVIEW,
            State.NOTIFIED: Phase.IN_REVIEW,
            State.ON_SITE: Phase.IN_REVIEW,
            State.RECORDED: Phase.IN_REVIEW,
            State.CORRECTING: Phase.WAITING,
            State.FILED: Phase.IN_REVIEW,
            State.TOLD: Phase.IN_REVIEW,
            State.NOT_APPROVED: Phase.CLOSED,
            **dict.fromkeys(ENDED, Phase.DECIDED),
        },
        outcomes={State.NOT_APPROVED: Outcome.DECLINED, **dict.fromkeys(ENDED, Outcome.ENDED)},
        files="propose",
        one_active=False,
        summary=summary,
        limits={
            "result_entry": pgettext_lazy("limit", "录入检查结果"),
            "correction": pgettext_lazy("limit", "限期改正"),
            "statement": pgettext_lazy("limit", "陈述、申辩和要求听证"),
            "penalty": pgettext_lazy("limit", "作出处罚决定"),
            "publication": pgettext_lazy("limit", "公示检查结果"),
            "amendment": pgettext_lazy("limit", "答复公示变更申请"),
            "withdrawal": pgettext_lazy("limit", "撤下公示"),
        },
        urlconf="supervision.urls",
        pages={
            "public": [
                ("supervision:public_draws", _("双随机公开")),
                ("supervision:public_results", _("检查结果")),
            ],
            "staff": [("supervision:home", _("监督检查"))],
            "applicant": [("supervision:firm", pgettext_lazy("nav", "对本单位的检查"))],
        },
    )
)
