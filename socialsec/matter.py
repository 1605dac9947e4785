"""The social insurance registration as the kernel knows it."""

from __future__ import annotations

from typing import Any, cast

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.context import Context
from foreignwork.cases.models import Case, CaseEvent, Entitlement
from foreignwork.cases.phases import Outcome, Phase
from foreignwork.cases.registry import Matter, register
from foreignwork.deadlines.dues import last_day

from . import covers, rules, rules_exempt, rules_medical
from .models import InsuranceCase, InsuranceCover, InsuranceRegistration, State
from .steps_after import SUSPEND


def register_insurance(case: Case, entitlement: Entitlement) -> list[models.Model]:
    """The row in the register, the numbers sealed, and one row for each of the five insurances. A change goes on from the
    registration it is about."""
    row = cast(InsuranceCase, case)
    found, number, card = covers.unpacked(row.declared), row.assigned_number, row.assigned_card
    if row.about_id:
        before = InsuranceRegistration.objects.prefetch_related("covers").get(entitlement_id=row.about_id)
        number, card = str(before.number), str(before.card or "")
        found = found or [
            covers.Cover(one.insurance, one.start_month, one.agreement, one.exempt_until)
            for one in before.covers.all()
        ]
    registration = InsuranceRegistration(
        entitlement=entitlement,
        case_id=row.pk,
        data_key_id=row.data_key_id,
        number=number,
        card=card or None,
        start_month=covers.first_month(found) or entitlement.valid_from,
        suspended_from=row.changes_from if row.sub_matter == SUSPEND else None,
    )
    return [
        registration,
        *(
            InsuranceCover(
                registration=registration,
                insurance=one.insurance,
                start_month=one.start,
                agreement=one.agreement,
                exempt_until=one.until,
            )
            for one in found
        ),
    ]


DECLARED = ("submit", "submit_change")


def _declared_base(declared: CaseEvent | None) -> str:
    sealed: Any = declared.sealed if declared else None
    return str((sealed or {}).get("contribution_base", ""))


def summary(context: Context) -> list[tuple[str | Promise, Any]]:
    """What the case page shows of the matter's own facts. What was declared is read from its sealed event: one query."""
    case = cast(InsuranceCase, context.case)
    declared = CaseEvent.objects.filter(case_id=case.pk, action__in=DECLARED).order_by("-seq").first()
    found = covers.unpacked(case.declared)
    unsettled = covers.to_confirm(found, case.start_month) if case.start_month else []
    if case.sub_matter == rules_medical.PART:
        return _medical(context, case)
    rows: list[tuple[str | Promise, Any]] = [
        (_("登记义务起算日"), case.duty_from),
        (_("须在此日前申报"), last_day(rules.register_by(context)) if case.state == State.READY else None),
        (
            _("逾期申报"),
            _("%(days)s 日（已接收，情况已移送）") % {"days": case.days_late} if case.days_late else "",
        ),
        (_("申报缴费基数（元/月）"), _declared_base(declared)),
        (_("变动月份"), f"{case.changes_from:%Y-%m}" if case.changes_from else ""),
        *((covers.NAMES[one.insurance], covers.in_words(one)) for one in found),
        (
            _("须由经办人员核实的免缴"),
            "、".join(str(covers.NAMES[code]) for code in unsettled) if case.state == State.SUBMITTED else "",
        ),
        *_medical_part(case),
    ]
    return [(label, value) for label, value in rows if value]


def _medical_part(case: InsuranceCase) -> list[tuple[str | Promise, Any]]:
    """How the medical part stands at its own office, with that case's number. One query, once the case is decided."""
    if case.outcome != Outcome.GRANTED:
        return []
    parts = Case.objects.filter(replaces_id=case.pk, sub_matter=rules_medical.PART)
    return [(_("医保部分"), f"{row.number} {row.state_label}") for row in parts.order_by("pk")]


def _medical(context: Context, case: InsuranceCase) -> list[tuple[str | Promise, Any]]:
    """The case page of the medical office."""
    rows: list[tuple[str | Promise, Any]] = [
        (_("办理类型"), rules_medical.kind_of(context)),
        (_("社会保险办件编号"), rules_medical.first_case(context).number),
        (_("起始（变动）月份"), f"{case.changes_from:%Y-%m}" if case.changes_from else ""),
        *((covers.NAMES[one.insurance], covers.in_words(one)) for one in covers.unpacked(case.declared)),
    ]
    return [(label, value) for label, value in rows if value]


register(
    Matter(
        code="socialsec",
        letter="S",
        label=_("外国人社会保险登记"),
        order=30,
        model=InsuranceCase,
        states=State,
        phases={
            State.AWAITING_PERMIT: Phase.UPCOMING,
            State.READY: Phase.PREPARING,
            State.SUBMITTED: Phase.IN_REVIEW,
            State.RETURNED: Phase.WAITING,
            State.REGISTERED: Phase.DECIDED,
            State.EXEMPTION_DUE: Phase.DECIDED,
            State.END_DUE: Phase.DECIDED,
            State.ENDED: Phase.DECIDED,
            State.OVER: Phase.CLOSED,
            State.NOT_REGISTERED: Phase.DECIDED,
            State.MEDICAL_OPEN: Phase.IN_REVIEW,
            State.MEDICAL_CONFIRMED: Phase.DECIDED,
            State.MEDICAL_REFUSED: Phase.DECIDED,
            State.WITHDRAWN: Phase.CLOSED,
            State.NOT_STARTED: Phase.CLOSED,
        },
        outcomes={
            State.REGISTERED: Outcome.GRANTED,
            State.EXEMPTION_DUE: Outcome.GRANTED,
            State.END_DUE: Outcome.GRANTED,
            State.ENDED: Outcome.GRANTED,
            State.OVER: Outcome.GRANTED,
            State.NOT_REGISTERED: Outcome.REFUSED,
            State.MEDICAL_CONFIRMED: Outcome.GRANTED,
            State.MEDICAL_REFUSED: Outcome.REFUSED,
            State.WITHDRAWN: Outcome.WITHDRAWN,
            State.NOT_STARTED: Outcome.ENDED,
        },
        files="file",
        queues="queue",
        register=register_insurance,
        facts_needed=(
            "surname",
            "given_names",
            "name_zh",
            "nationality",
            "sex",
            "birth_date",
            "passport_country",
            "passport_number",
            "phone",
            "annual_salary_cny",
            "contract_from",
            "contract_until",
        ),
        summary=summary,
        limits={
            "deregister": pgettext_lazy("limit", "停保或者终止参保"),
            rules_exempt.RUNS: pgettext_lazy("limit", "依照双边协定免缴"),
            rules_exempt.DECLARE: pgettext_lazy("limit", "免缴届满后申报参保"),
        },
        own_limits={
            "deregister": _("工作许可已终止，请在 %(day)s 前申报停保或者终止参保"),
            rules_exempt.RUNS: _(
                "参保证明免缴至 %(day)s，届满后须申报参加免缴的险种，或者上传延长后的参保证明"
            ),
            rules_exempt.DECLARE: _("参保证明已届满，请在 %(day)s 前申报参保信息变更"),
        },
    )
)
