"""Leads from the data (数据监测线索): what was noticed, with its evidence; and what a person made of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, User

from .inspections import Inspection
from .registers import Subject


class RiskLead(models.Model):
    """Something the data shows about an object of inspection. It decides nothing: somebody judges it (``LeadJudgement``).

    ``rule`` is a key of the pack's ``risks``; ``key`` tells the occasion, so that the same facts are a lead once. ``evidence`` has
    counts, dates and case numbers only: no pay, no phone, no passport.
    """

    append_only = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="leads")
    rule = models.SlugField(_("规则"), max_length=40)
    key = models.CharField(max_length=80)
    evidence = models.JSONField(_("依据"), default=dict)
    found_on = models.DateField(_("发现日期"))
    found_at = models.DateTimeField()
    due_on = models.DateField(
        _("判断期限"), null=True, help_text=_("按发现当日的规则包计算；规则包没有规定的为空")
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "rule", "key"], name="a_lead_once_per_occasion")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As an inspection names it in its source."""
        return f"L{self.pk:06d}"


class LeadJudgement(models.Model):
    """What a person made of a lead, with the reason: nothing in it, another stratum, or an inspection to be asked for."""

    append_only = True
    append_only_except = ("inspection",)

    class Kind(models.TextChoices):
        DISMISSED = "dismissed", _("不成立")
        LEVEL = "level", _("调整风险等级")
        INSPECT = "inspect", _("需要检查")

    lead = models.OneToOneField(RiskLead, models.PROTECT, related_name="judgement")
    kind = models.CharField(_("判断"), max_length=12, choices=Kind)
    level = models.SlugField(_("风险等级"), max_length=40, blank=True)
    remark = models.CharField(_("理由"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(remark=""), name="a_judgement_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="level") & ~Q(level="") | ~Q(kind="level") & Q(level=""),
                name="a_level_where_one_is_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} {self.kind}"
