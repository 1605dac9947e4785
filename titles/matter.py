"""The review of title application conditions as the kernel knows it."""

from __future__ import annotations

from typing import Any, cast

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register

from . import rules
from .forms import SERIES
from .models import State, TitleCase, TitleOutcome


def register_outcome(case: Case, entitlement: Entitlement) -> models.Model:
    """The row in the register of passed reviews."""
    row = cast(TitleCase, case)
    return TitleOutcome(
        entitlement=entitlement,
        case_id=row.pk,
        level=row.level,
        series=row.series,
        specialty=row.specialty,
        passed_on=entitlement.valid_from,
    )


def series_name(context: Context, code: str) -> str:
    """The series as the pack's catalogue words it."""
    catalogue = context.pack.catalogues.get(SERIES)
    found = next((o for o in catalogue.options if o.value == code), None) if catalogue else None
    return found.text.pick(get_language()) if found else code


def _evaluation(case: TitleCase) -> str | Promise:
    """What the committee decided: with a level, or without one."""
    if case.state != State.EVALUATED:
        return ""
    words = pgettext_lazy("evaluation", "评审通过"), pgettext_lazy("evaluation", "评审未通过")
    return words[0] if case.awarded_level else words[1]


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts: above all from when one may apply, and on what that rests."""
    case, service = cast(TitleCase, context.case), rules.service_of(context)
    rows: list[tuple[str | Promise, Any]] = []
    if case.state == State.WAITING_ELIGIBLE:
        opens = case.eligible_on or rules.eligible_from(context, rules.counted_from(context))
        rows.append((_("可以申报"), _("自 %(day)s 起") % {"day": opens.isoformat()} if opens else ""))
    rows += [
        (_("在本省开始工作"), service.since),
        (_("许可间断"), _("%(days)s 日，不计入工作年限") % {"days": service.lost} if service.lost else ""),
        (
            _("工作年限的依据"),
            (_("单位申报，须由审核人员核实证据") if service.claimed else _("工作许可登记"))
            if service.since
            else "",
        ),
        (_("申报级别"), case.get_level_display()),
        (_("职称系列"), series_name(context, case.series) if case.series else ""),
        (_("申报专业"), case.specialty),
        (_("职称评审委员会组建单位"), case.body),
        (_("请组建单位在此日前反馈评审结果"), case.outcome_due if case.state == State.HANDED_OVER else None),
        (_("评审结果"), _evaluation(case)),
        (_("取得的职称级别"), case.get_awarded_level_display()),
        (_("证书或者文件编号"), case.certificate),
        (_("评审结果日期"), case.evaluated_on),
    ]
    return [(label, value) for label, value in rows if value]


register(
    Matter(
        code="titles",
        letter="T",
        label=_("职称申报条件审核"),
        order=40,
        model=TitleCase,
        states=State,
        phases={
            State.AWAITING_PERMIT: Phase.UPCOMING,
            State.WAITING_ELIGIBLE: Phase.UPCOMING,
            State.READY: Phase.PREPARING,
            State.SUBMITTED: Phase.IN_REVIEW,
            State.SUPPLEMENT: Phase.WAITING,
            State.REVIEWED: Phase.IN_REVIEW,
            State.PASSED: Phase.DECIDED,
            State.HANDED_OVER: Phase.DECIDED,
            State.EVALUATED: Phase.CLOSED,
            State.NOT_PASSED: Phase.DECIDED,
            State.REEXAMINATION: Phase.IN_REVIEW,
            State.UPHELD: Phase.CLOSED,
            State.ENDED: Phase.CLOSED,
            State.WITHDRAWN: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.PASSED: Outcome.GRANTED,
            State.HANDED_OVER: Outcome.GRANTED,
            State.EVALUATED: Outcome.GRANTED,
            State.NOT_PASSED: Outcome.REFUSED,
            State.REEXAMINATION: Outcome.REFUSED,
            State.UPHELD: Outcome.REFUSED,
            State.ENDED: Outcome.ENDED,
            State.WITHDRAWN: Outcome.WITHDRAWN,
            State.NOT_STARTED: Outcome.ENDED,
        },
        files="file",
        queues="queue",
        register=register_outcome,
        one_active=False,
        facts_needed=(
            "surname",
            "given_names",
            "name_zh",
            "nationality",
            "post_title",
            "duties",
            "contract_from",
            "contract_until",
        ),
        summary=summary,
        limits={
            "handover": pgettext_lazy("limit", "移交评审委员会组建单位"),
            "reexamination": pgettext_lazy("limit", "复查"),
        },
    )
)
