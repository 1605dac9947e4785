"""工作类居留证件: the case and the register of residence permits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.models import Case, Entitlement

from .flow import ResidenceFlow


class State(models.TextChoices):
    AWAITING_PERMIT = "awaiting_permit", _("待工作许可；人在境外的，还待入境")
    READY_TO_APPLY = "ready_to_apply", _("待申请人预约")
    APPLIED = "applied", _("已预约，待窗口受理")
    SUPPLEMENT = "supplement", _("待补正")
    RECEIPT_GIVEN = "receipt_given", _("已出具回执，待核实")
    VERIFIED = "verified", _("已核实，待决定")
    GRANTED = "granted", pgettext_lazy("state", "已签发，待制证")
    MADE = "made", _("证件已制作，待领取")
    POSTED = "posted", _("证件已寄出，待签收")
    HANDED_OVER = "handed_over", pgettext_lazy("state", "证件已发放")
    REFUSED = "refused", pgettext_lazy("state", "不予签发")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    ENDED = "ended", pgettext_lazy("state", "逾期未补正，终止办理")
    DECLINED = "declined", pgettext_lazy("state", "不予受理")
    VOID_OPENED = "void_opened", _("拟宣布作废，待决定")
    VOIDED = "voided", pgettext_lazy("state", "已宣布作废")
    VOID_DROPPED = "void_dropped", pgettext_lazy("state", "不作废，已结案")
    NOT_STARTED = "not_started", pgettext_lazy("state", "前置事项未通过，未开始办理")


class ResidenceCase(ResidenceFlow, Case):
    """An application for, or about, a work-type residence permit; or the declaration that one is void.

    ``entered_on`` is the recorded entry from which the applicant's limit runs (empty for people in China), ``asked_on``
    the day from which lateness counts when the window took the visit away, ``days_late`` by how much the application was late,
    ``receipt_until`` the end of the receipt and the day by which the decision is due (条例 18).
    ``passport_taken_on``/``passport_returned_on`` are the custody of the passport; what was written about it stands sealed
    in the events. ``basis_over_on`` is the last day of the work permit the document rested on, once employer and person were told
    of it; empty again when there is a new one. ``interview_missed`` is what is known of an absence: unknown, excused, unexcused.
    """

    entered_on = models.DateField(_("入境日期"), null=True, blank=True)
    asked_on = models.DateField(_("首次预约日期"), null=True, blank=True)
    days_late = models.PositiveIntegerField(_("逾期申请日数"), default=0)
    delivery = models.CharField(_("领取方式"), max_length=12, blank=True)
    receipt_until = models.DateField(_("回执有效期至"), null=True, blank=True)
    passport_taken_on = models.DateField(_("收存护照日期"), null=True, blank=True)
    passport_returned_on = models.DateField(_("退还护照日期"), null=True, blank=True)
    nationality_on = models.DateField(_("确认外国国籍日期"), null=True, blank=True)
    interview_missed = models.CharField(_("未到场面谈"), max_length=12, blank=True)
    verified_by = models.CharField(_("核实方式"), max_length=12, blank=True)
    made_on = models.DateField(_("制证日期"), null=True, blank=True)
    basis_over_on = models.DateField(_("工作许可终止日期"), null=True, blank=True)
    loss_on = models.DateField(_("报告遗失日期"), null=True, blank=True)
    void_grounds = models.JSONField(_("拟作废情形"), default=list, blank=True)
    announced_until = models.DateField(_("公告申报截止日期"), null=True, blank=True)
    collected_on = models.DateField(_("注销收缴日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("外国人工作类居留证件")
        indexes: ClassVar = [
            models.Index(
                fields=["passport_taken_on"],
                condition=models.Q(passport_taken_on__isnull=False, passport_returned_on__isnull=True),
                name="passports_in_custody",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(passport_returned_on__isnull=True)
                | models.Q(passport_taken_on__isnull=False),
                name="returned_was_taken",
            ),
        ]


class ResidencePermit(models.Model):
    """The register of residence permits: one row per grant; period and person stand in the entitlement (法 33)."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(ResidenceCase, models.PROTECT, related_name="permit")
    reason = models.CharField(_("居留事由"), max_length=20, default="work")
    issued_on = models.DateField(_("签发日期"))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["issued_on"], name="residence_issued")]

    def __str__(self) -> str:
        return self.case.number
