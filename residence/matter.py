"""The work-type residence permit as the kernel knows it."""

from __future__ import annotations

from datetime import date
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
from foreignwork.deadlines.dues import last_day

from . import kinds, rules
from .forms_counter import VerifyForm
from .models import ResidenceCase, ResidencePermit, State


def register_residence(case: Case, entitlement: Entitlement) -> models.Model:
    """The row in the register of residence permits."""
    return ResidencePermit(entitlement=entitlement, case_id=case.pk, issued_on=entitlement.valid_from)


def _place(visit: Appointment) -> str:
    parts = (visit.named(get_language()), visit.address(get_language()))
    return "，".join(part for part in parts if part)


MISSED = {
    "unknown": _("未到场，原因待查"),
    "excused": _("未到场，有正当理由"),
    "unexcused": _("未到场，无正当理由"),
}


def _apply_by(context: Context) -> date | str:
    """The last day to apply; that before an expiry is reckoned back in days, so no holiday moves it."""
    last = rules.last_day(context)
    return last or "" if context.case.sub_matter == kinds.EXTEND else last_day(last)


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts."""
    case = cast(ResidenceCase, context.case)
    methods = dict(VerifyForm.base_fields["method"].choices)  # type: ignore[attr-defined]
    late = _("%(days)s 日（已接收并记录）") % {"days": case.days_late} if case.days_late else ""
    waits = case.state in (State.APPLIED, State.SUPPLEMENT, State.RECEIPT_GIVEN)
    visit = visit_of(context) if waits else None
    visit_at = visit.slot.starts_at.astimezone(SHANGHAI) if visit else None
    rows: list[tuple[str | Promise, Any]] = [
        (_("办理类型"), _kind(context)),
        (_("入境日期"), case.entered_on),
        (
            _("须在此日前申请"),
            _apply_by(context) if case.state == State.READY_TO_APPLY else None,
        ),
        (_("预约时间"), f"{visit_at:%Y-%m-%d %H:%M}" if visit_at else ""),
        (_("办理地点"), _place(visit) if visit else ""),
        (_("逾期申请"), late),
        (_("受理日期"), case.accepted_on),
        (_("回执有效期至"), case.receipt_until),
        (_("护照"), _custody(case)),
        (_("外国国籍"), _("已确认") if case.nationality_on else ""),
        (_("面谈"), MISSED.get(case.interview_missed)),
        (_("核实方式"), methods.get(case.verified_by)),
        (_("公告申报截止日期"), case.announced_until),
        (_("工作许可已终止，应申报居留事由变更"), case.basis_over_on),
    ]
    granted = context.entitlement(case.matter)
    about = context.about
    if about:
        rows.append((_("原居留证件有效期至"), about.valid_until))
    if granted and granted.case_id == case.pk:
        rows.append((_("居留证件有效期至"), granted.valid_until))
    elif case.decided_at and case.outcome == Outcome.REFUSED:
        rows.append((_("不予签发日期"), today(case.decided_at)))
    return [(label, value) for label, value in rows if value]


def _kind(context: Context) -> str:
    sub = context.pack.matters[context.case.matter].sub_matters.get(context.case.sub_matter)
    return sub.name.pick(get_language()) if sub else ""


def _custody(case: ResidenceCase) -> str:
    """Where the passport is: the person must be able to see it at any time."""
    if case.passport_returned_on:
        return _("已于 %(day)s 退还") % {"day": case.passport_returned_on.isoformat()}
    if case.passport_taken_on:
        return _("%(day)s 起由窗口收存，凭回执合法停留") % {"day": case.passport_taken_on.isoformat()}
    return ""


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
            State.MADE: Phase.DECIDED,
            State.POSTED: Phase.DECIDED,
            State.HANDED_OVER: Phase.CLOSED,
            State.REFUSED: Phase.DECIDED,
            State.DECLINED: Phase.CLOSED,
            State.VOID_OPENED: Phase.IN_REVIEW,
            State.VOIDED: Phase.DECIDED,
            State.VOID_DROPPED: Phase.CLOSED,
            State.WITHDRAWN: Phase.CLOSED,
            State.ENDED: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.GRANTED: Outcome.GRANTED,
            State.MADE: Outcome.GRANTED,
            State.POSTED: Outcome.GRANTED,
            State.HANDED_OVER: Outcome.GRANTED,
            State.REFUSED: Outcome.REFUSED,
            State.DECLINED: Outcome.DECLINED,
            State.VOIDED: Outcome.GRANTED,
            State.VOID_DROPPED: Outcome.ENDED,
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
        keeps=models.Q(
            residencecase__passport_taken_on__isnull=False, residencecase__passport_returned_on__isnull=True
        ),
        attends={
            State.APPLIED: _("请在预约日期到窗口办理，带上护照和纸质材料原件"),
            State.MADE: _("请凭受理回执领取护照和居留证件"),
        },
    )
)
