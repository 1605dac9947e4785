"""The review of title application conditions as the kernel knows it."""

from __future__ import annotations

from typing import Any, cast

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register

from . import rules
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


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts: above all from when one may apply."""
    case = cast(TitleCase, context.case)
    rows: list[tuple[str | Promise, Any]] = []
    if case.state == State.WAITING_ELIGIBLE:
        opens = case.eligible_on or rules.eligible_from(context, rules.counted_from(context))
        rows.append((_("可以申报"), _("自 %(day)s 起") % {"day": opens.isoformat()} if opens else ""))
    rows += [
        (_("在本省开始工作"), rules.work_started_on(context)),
        (_("申报级别"), case.get_level_display()),
        (_("职称系列"), case.series),
        (_("申报专业"), case.specialty),
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
            State.REVIEWED: Phase.IN_REVIEW,
            State.PASSED: Phase.DECIDED,
            State.NOT_PASSED: Phase.DECIDED,
            State.WITHDRAWN: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.PASSED: Outcome.GRANTED,
            State.NOT_PASSED: Outcome.REFUSED,
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
    )
)
