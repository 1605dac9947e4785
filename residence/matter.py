"""The work-type residence permit as the kernel knows it."""

from __future__ import annotations

from typing import Any, cast

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.appointments.book import visit_of
from foreignwork.appointments.models import Appointment
from foreignwork.cases.clock import SHANGHAI, today
from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register

from . import rules
from .forms import VerifyForm
from .models import ResidenceCase, ResidencePermit, State


def register_residence(case: Case, entitlement: Entitlement) -> models.Model:
    """The row in the register of residence permits."""
    return ResidencePermit(entitlement=entitlement, case_id=case.pk, issued_on=entitlement.valid_from)


def _place(visit: Appointment) -> str:
    parts = (visit.named(get_language()), visit.address(get_language()))
    return "，".join(part for part in parts if part)


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts."""
    case = cast(ResidenceCase, context.case)
    methods = dict(VerifyForm.base_fields["method"].choices)  # type: ignore[attr-defined]
    late = _("%(days)s 日（已接收并记录）") % {"days": case.days_late} if case.days_late else ""
    visit = visit_of(context) if case.state == State.APPLIED else None
    visit_at = visit.slot.starts_at.astimezone(SHANGHAI) if visit else None
    rows: list[tuple[str | Promise, Any]] = [
        (_("入境日期"), case.entered_on),
        (_("须在此日前申请"), rules.apply_by(context) if case.state == State.READY_TO_APPLY else None),
        (_("预约时间"), f"{visit_at:%Y-%m-%d %H:%M}" if visit_at else ""),
        (_("办理地点"), _place(visit) if visit else ""),
        (_("逾期申请"), late),
        (_("受理日期"), case.accepted_on),
        (_("回执有效期至"), case.receipt_until),
        (_("核实方式"), methods.get(case.verified_by)),
    ]
    granted = context.entitlement(case.matter)
    if granted and granted.case_id == case.pk:
        rows.append((_("居留证件有效期至"), granted.valid_until))
    elif case.decided_at and case.outcome == Outcome.REFUSED:
        rows.append((_("不予签发日期"), today(case.decided_at)))
    return [(label, value) for label, value in rows if value]


register(
    Matter(
        code="residence",
        letter="R",
        label=_("外国人工作类居留证件"),
        order=20,
        model=ResidenceCase,
        states=State,
        phases={
            State.AWAITING_PERMIT: Phase.UPCOMING,
            State.READY_TO_APPLY: Phase.PREPARING,
            State.APPLIED: Phase.IN_REVIEW,
            State.SUPPLEMENT: Phase.WAITING,
            State.RECEIPT_GIVEN: Phase.IN_REVIEW,
            State.VERIFIED: Phase.IN_REVIEW,
            State.GRANTED: Phase.DECIDED,
            State.REFUSED: Phase.DECIDED,
            State.WITHDRAWN: Phase.CLOSED,
            State.ENDED: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.GRANTED: Outcome.GRANTED,
            State.REFUSED: Outcome.REFUSED,
            State.WITHDRAWN: Outcome.WITHDRAWN,
            State.ENDED: Outcome.ENDED,
            State.NOT_STARTED: Outcome.ENDED,
        },
        files="file",
        queues="queue",
        register=register_residence,
        facts_needed=(
            "surname",
            "given_names",
            "name_zh",
            "nationality",
            "sex",
            "birth_date",
            "passport_country",
            "passport_number",
            "passport_expiry",
            "phone",
            "post_title",
            "contract_from",
            "contract_until",
            "work_address",
        ),
        summary=summary,
        attends={State.APPLIED: _("请在预约日期到窗口办理，带上护照和纸质材料原件")},
    )
)
