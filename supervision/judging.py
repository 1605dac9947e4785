"""A person judges: strata of objects on stated grounds, and what a lead is worth. Nothing here follows from data by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import User
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.problems import Blocked, Problem, say

from .models import LeadJudgement, RiskLead, RiskLevel, Subject

JUDGED = say("lead_judged", _("这条线索已由%(who)s判断，不能再次判断。"))
SAME_LEVEL = say("risk_level_same", _("该对象已经是这一风险等级，没有变更。"))


def set_level(subject: Subject, level: str, *, grounds: dict[str, Any], by: User, at: datetime) -> RiskLevel:
    """From today on; the level before ends yesterday and stays on record. Raises Blocked when nothing would change."""
    day = day_of(at)
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        standing = RiskLevel.objects.filter(subject=subject, until_on__isnull=True).first()
        if standing is not None and standing.level == level:
            raise Blocked(Problem(SAME_LEVEL, field="level"))
        if standing is not None and standing.from_on == day:
            standing.level, standing.grounds = level, [grounds]
            standing.judged_by, standing.recorded_at = by, at
            RiskLevel.objects.bulk_update([standing], ["level", "grounds", "judged_by", "recorded_at"])
            return standing
        if standing is not None:
            RiskLevel.objects.filter(pk=standing.pk).update(until_on=day - timedelta(days=1))
        return RiskLevel.objects.create(
            subject=subject, level=level, grounds=[grounds], judged_by=by, from_on=day, recorded_at=at
        )


def judge(lead: RiskLead, kind: str, *, level: str, remark: str, by: User, at: datetime) -> LeadJudgement:
    """Write down the judgement, and the stratum that follows where one was chosen. Raises Blocked when somebody was faster."""
    with transaction.atomic():
        # Leads are append-only and cannot be locked; two who judge one lead meet at its object.
        subject = Subject.objects.select_for_update().get(pk=lead.subject_id)
        other = LeadJudgement.objects.select_related("by").filter(lead=lead).first()
        if other is not None:
            raise Blocked(Problem(JUDGED, {"who": str(other.by)}))
        chosen = level if kind == LeadJudgement.Kind.LEVEL else ""
        row = LeadJudgement.objects.create(lead=lead, kind=kind, level=chosen, remark=remark, by=by, at=at)
        if chosen:
            grounds = {"lead": lead.number, "rule": lead.rule, "remark": remark}
            set_level(subject, chosen, grounds=grounds, by=by, at=at)
    return row
