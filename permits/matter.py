"""The work permit as the kernel knows it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register

from . import gaps
from .checks import CHECKS
from .models import PermitCase, State, WorkPermit


def register_permit(case: Case, entitlement: Entitlement) -> models.Model:
    """The row in the register of permits."""
    return WorkPermit(
        entitlement=entitlement, case_id=case.pk, number=entitlement.number, category=entitlement.category
    )


def _category(context: Context) -> str:
    """The class as the pack words it: “B类（外国专业人才）”."""
    for option in context.pack.options("category"):
        if option.value == context.case.category:
            return option.text.pick(get_language())
    return context.case.category


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts."""
    case = context.case
    rows: list[tuple[str | Promise, Any]] = [
        (_("人才类别"), _category(context)),
        (_("收到材料日期"), getattr(case, "received_on", None)),
        (_("受理日期"), case.accepted_on),
    ]
    granted = context.entitlement(case.matter)
    if granted and granted.case_id == case.pk:
        rows += [(_("工作许可证号"), granted.number), (_("有效期至"), granted.valid_until)]
    return [(label, value) for label, value in rows if value]


register(
    Matter(
        code="permits",
        letter="W",
        label=_("外国人来华工作许可"),
        order=10,
        model=PermitCase,
        states=State,
        phases={
            State.FILED: Phase.IN_REVIEW,
            State.PRE_REVIEWED: Phase.IN_REVIEW,
            State.SUPPLEMENT: Phase.WAITING,
            State.ACCEPTED: Phase.IN_REVIEW,
            State.FIRST_REVIEWED: Phase.IN_REVIEW,
            State.SECOND_REVIEWED: Phase.IN_REVIEW,
            State.GRANTED: Phase.DECIDED,
            State.CANCELLED: Phase.DECIDED,
            State.REFUSED: Phase.DECIDED,
            State.DECLINED: Phase.CLOSED,
            State.WITHDRAWN: Phase.CLOSED,
            State.ENDED: Phase.CLOSED,
            State.NOT_REQUIRED: Phase.CLOSED,
            State.TERMINATED: Phase.CLOSED,
            State.LAPSED: Phase.CLOSED,
            State.RIGHTS_TOLD: Phase.WAITING,
            State.HEARING_ASKED: Phase.IN_REVIEW,
            State.HEARING_SET: Phase.IN_REVIEW,
            State.OFFICE_OPENED: Phase.IN_REVIEW,
            State.ANNOUNCED: Phase.WAITING,
            State.OFFICE_READY: Phase.IN_REVIEW,
            State.RETRACTED: Phase.DECIDED,
            State.REVOKED: Phase.DECIDED,
            State.STRUCK_OFF: Phase.DECIDED,
            State.WARNED: Phase.DECIDED,
            State.OFFICE_CLOSED: Phase.CLOSED,
        },
        outcomes={
            State.GRANTED: Outcome.GRANTED,
            State.CANCELLED: Outcome.GRANTED,
            State.REFUSED: Outcome.REFUSED,
            State.DECLINED: Outcome.DECLINED,
            State.WITHDRAWN: Outcome.WITHDRAWN,
            State.ENDED: Outcome.ENDED,
            State.NOT_REQUIRED: Outcome.DECLINED,
            State.TERMINATED: Outcome.ENDED,
            State.LAPSED: Outcome.LAPSED,
            State.OFFICE_CLOSED: Outcome.ENDED,
            State.RETRACTED: Outcome.RETRACTED,
            State.REVOKED: Outcome.REVOKED,
            State.STRUCK_OFF: Outcome.STRUCK_OFF,
            State.WARNED: Outcome.PENALISED,
        },
        files="file",
        register=register_permit,
        facts_needed=(
            "surname",
            "given_names",
            "name_zh",
            "nationality",
            "sex",
            "birth_date",
            "passport_number",
            "passport_expiry",
            "phone",
            "email",
            "post_title",
            "duties",
            "annual_salary_cny",
            "contract_from",
            "contract_until",
            "work_address",
        ),
        summary=summary,
        urlconf="permits.urls",
        register_pages=(("permits:legacy", _("旧版许可转入")),),
        checks=(*CHECKS, gaps.findings),
        limits={"gap": _("补交容缺材料"), "gap_after_entry": _("入境后补交容缺材料")},
        own_limits={
            "gap": _("请在 %(day)s 前补交容缺材料"),
            "gap_after_entry": _("请在 %(day)s 前补交体检证明"),
        },
    )
)
