"""The annual plan (年度抽查工作计划): cities propose, the province decides, a second person approves, changes are reported."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Bilingual, Jurisdiction, Office, User

from .registers import Kind

PPM = [MinValueValidator(0), MaxValueValidator(1_000_000)]


class Proposal(models.Model):
    """What a city asks the province to inspect, and the problem behind it (问题导向, S004-29, -30); and the answer."""

    class Answer(models.TextChoices):
        OPEN = "", _("待研究")
        ACCEPTED = "accepted", _("已采纳")
        DECLINED = "declined", _("未采纳")

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("年度"))
    kind = models.CharField(_("检查对象"), max_length=12, choices=Kind)
    item = models.SlugField(_("事项代码"), max_length=60, blank=True)
    title = models.CharField(_("建议的事项"), max_length=200)
    problem = models.CharField(_("发现的问题"), max_length=1000)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answer = models.CharField(_("研究结果"), max_length=12, choices=Answer, blank=True, default="")
    answer_reason = models.CharField(_("理由"), max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)


class Plan(models.Model):
    """One version of a year's plan. An approved version never changes; an adjustment is the next ``revision``, with a reason."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("拟定中")
        SUBMITTED = "submitted", _("待批准")
        APPROVED = "approved", _("已批准")
        REPLACED = "replaced", _("已被调整")

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="inspection_plans")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("年度"))
    revision = models.PositiveSmallIntegerField(_("版次"), default=1)
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.DRAFT)
    reason = models.CharField(_("调整理由"), max_length=500, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Who answers for what was submitted; an amended plan may be another's work than its beginning.
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    sent_back = models.CharField(_("退回意见"), max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "year", "revision"], name="one_plan_version"),
            models.UniqueConstraint(
                fields=["jurisdiction", "year"],
                condition=Q(status="approved"),
                name="one_plan_in_force_a_year",
            ),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(reason=""), name="an_adjustment_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.revision}"


class PlanPart(Bilingual):
    """One task of the plan: which objects, which items, which share. Drawn once (``Draw``)."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="parts")
    code = models.SlugField(_("代码"), max_length=40)
    kind = models.CharField(_("检查对象"), max_length=12, choices=Kind)
    items = models.JSONField(_("检查事项"), default=list)
    districts = models.JSONField(_("定向地区"), default=list, help_text=_("空：全部地区（不定向）"))
    categories = models.JSONField(_("定向类别"), default=list)
    strata = models.JSONField(_("分层比例"), default=dict, help_text="{name: {ppm, min}}")
    min_ppm = models.PositiveIntegerField(_("最低比例（百万分之）"), validators=PPM)
    cap = models.PositiveSmallIntegerField(_("每名检查人员上限"))
    rounds = models.PositiveSmallIntegerField(_("轮数"))
    joint = models.JSONField(_("联合部门"), default=list)
    problem = models.CharField(_("针对的问题"), max_length=500, blank=True)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "code"], name="one_part_per_code"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="part_ends_after_start"),
        ]


class PlanApproval(models.Model):
    """Who approved which text of a plan; never the person who made it. ``sha256`` is of the plan's canonical JSON."""

    append_only = True

    plan = models.OneToOneField(Plan, models.PROTECT, related_name="approval")
    sha256 = models.CharField(max_length=64)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    remark = models.CharField(_("意见"), max_length=500, blank=True)


class PlanReport(models.Model):
    """The plan, or its adjustment, reported to whom it must be reported (S004-31)."""

    append_only = True

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="reports")
    recipient = models.SlugField(_("报送对象"), max_length=40)
    reference = models.CharField(_("报送文号"), max_length=80)
    on = models.DateField(_("报送日期"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "recipient"], name="reported_once_to_each")
        ]
