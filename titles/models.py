"""职称申报条件审核: the case and the register of outcomes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.models import Case, Entitlement

from .flow import TitleFlow
from .forms import LEVELS


class State(models.TextChoices):
    AWAITING_PERMIT = "awaiting_permit", _("待工作许可")
    WAITING_ELIGIBLE = "waiting_eligible", _("待工作年限届满")
    READY = "ready", _("待申报")
    SUBMITTED = "submitted", _("已申报，待审核")
    SUPPLEMENT = "supplement", _("待补正")
    REVIEWED = "reviewed", _("已审核，待作出结果")
    PASSED = "passed", pgettext_lazy("state", "审核通过")
    HANDED_OVER = "handed_over", pgettext_lazy("state", "已移交评审委员会组建单位")
    EVALUATED = "evaluated", pgettext_lazy("state", "已记录评审结果")
    NOT_PASSED = "not_passed", pgettext_lazy("state", "审核不通过")
    REEXAMINATION = "reexamination", pgettext_lazy("state", "复查中")
    UPHELD = "upheld", pgettext_lazy("state", "复查维持")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    ENDED = "ended", pgettext_lazy("state", "逾期未补正，终止办理")
    NOT_STARTED = "not_started", pgettext_lazy("state", "前置事项未通过，未开始办理")


class TitleCase(TitleFlow, Case):
    """A review of the conditions to apply for a title; the evaluation itself is the committee's (S003-18).

    ``eligible_on`` is the first day on which the person has worked longer than the pack's months in the province: until then
    the case waits, it is not refused (law-notes 16). ``series`` is a key of the pack's catalogue. After passing: to which
    ``body`` it was handed, by when that should report, and what the committee decided.
    """

    eligible_on = models.DateField(_("可以申报之日"), null=True, blank=True)
    level = models.CharField(_("申报级别"), max_length=12, choices=LEVELS, blank=True)
    series = models.CharField(_("职称系列"), max_length=60, blank=True)
    specialty = models.CharField(_("申报专业"), max_length=60, blank=True)
    body = models.CharField(_("职称评审委员会组建单位"), max_length=120, blank=True)
    handed_over_on = models.DateField(_("移交日期"), null=True, blank=True)
    outcome_due = models.DateField(_("请组建单位在此日前反馈评审结果"), null=True, blank=True)
    awarded_level = models.CharField(_("取得的职称级别"), max_length=12, choices=LEVELS, blank=True)
    certificate = models.CharField(_("证书或者文件编号"), max_length=60, blank=True)
    evaluated_on = models.DateField(_("评审结果日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("职称申报条件审核")


class TitleOutcome(models.Model):
    """The register of passed reviews, handed over to the body that forms the title review committee."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(TitleCase, models.PROTECT, related_name="title_outcome")
    level = models.CharField(_("级别"), max_length=12, choices=LEVELS)
    series = models.CharField(_("系列"), max_length=60)
    specialty = models.CharField(_("专业"), max_length=60, blank=True)
    passed_on = models.DateField(_("通过日期"))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["series", "level"], name="title_series_level")]

    def __str__(self) -> str:
        return self.case.number
