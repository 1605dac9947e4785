"""社会保险登记: the case and the register of registrations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.models import Case, Entitlement
from foreignwork.vault.models import Sealed, SealedField

from .flow import InsuranceFlow
from .steps_after import AfterSteps
from .steps_exempt import ExemptSteps
from .steps_medical import MedicalSteps


class State(models.TextChoices):
    AWAITING_PERMIT = "awaiting_permit", _("待工作许可")
    READY = "ready", _("待用人单位申报")
    SUBMITTED = "submitted", _("已申报，待登记")
    RETURNED = "returned", _("已退回补正")
    REGISTERED = "registered", pgettext_lazy("state", "已登记")
    NOT_REGISTERED = "not_registered", pgettext_lazy("state", "不予登记")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    EXEMPTION_DUE = "exemption_due", pgettext_lazy("state", "已登记；免缴期限已届满，待申报参保")
    END_DUE = "end_due", pgettext_lazy("state", "已登记；工作许可已终止，待停保或者终止")
    ENDED = "ended", pgettext_lazy("state", "参保已终止")
    OVER = "over", pgettext_lazy("state", "登记已接续或者终止")
    MEDICAL_OPEN = "medical_open", pgettext_lazy("state", "医保部分待确认")
    MEDICAL_CONFIRMED = "medical_confirmed", pgettext_lazy("state", "医保部分已登记")
    MEDICAL_REFUSED = "medical_refused", pgettext_lazy("state", "医保部分不予登记")
    NOT_STARTED = "not_started", pgettext_lazy("state", "前置事项未通过，未开始办理")


class InsuranceCase(InsuranceFlow, AfterSteps, ExemptSteps, MedicalSteps, Case):
    """A social insurance registration. ``duty_from`` is the day the employer's 30 days run from (the later of work document and
    start of work, 社保法 58); ``start_month`` the first of the month from which contributions are due. ``declared`` holds codes
    and months only (covers.py): the base stands sealed in the event. ``changes_from`` is the month from which cover is suspended or
    taken up again, or the last one when it ends. The medical part, where it is another office's, is a case of its own that ``replaces`` nothing but
    names the registration it belongs to."""

    duty_from = models.DateField(_("登记义务起算日"), null=True, blank=True)
    start_month = models.DateField(_("起缴月份"), null=True, blank=True)
    days_late = models.PositiveIntegerField(_("逾期申报日数"), default=0)
    declared = models.JSONField(default=list, blank=True)
    changes_from = models.DateField(_("变动月份"), null=True, blank=True)

    assigned_number = ""
    """Not a column: the number of the step now being taken, on its way into the sealed register."""
    assigned_card = ""
    """Likewise: the number of the social security card."""

    class Meta:
        verbose_name = _("外国人社会保险登记")


class InsuranceRegistration(Sealed):
    """The register of registrations. ``number`` is the social security number as the agency gave it (opaque, domain 4.2), ``card``
    that of the social security card where one was made; both sealed, for they may hold the passport number."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(InsuranceCase, models.PROTECT, related_name="registration")
    number = SealedField(_("社会保障号码"))
    card = SealedField(_("社会保障卡卡号"), null=True)
    start_month = models.DateField(_("参保起始月份"))
    suspended_from = models.DateField(_("停保起始月份"), null=True, blank=True)

    def __str__(self) -> str:
        return self.case.number


class InsuranceCover(models.Model):
    """One of the five insurances of a registration, each with its own start (S003-95); or exempt under an agreement until a day."""

    registration = models.ForeignKey(
        InsuranceRegistration, models.PROTECT, related_name="covers", db_index=False
    )
    insurance = models.SlugField(_("险种"), max_length=20, db_index=False)
    start_month = models.DateField(_("参保起始月份"), null=True, blank=True)
    agreement = models.CharField(_("社会保障双边协定"), max_length=3, blank=True)
    exempt_until = models.DateField(_("免缴至"), null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["exempt_until"], condition=~Q(agreement=""), name="insurance_exemption_ends")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["registration", "insurance"], name="each_insurance_once"),
            models.CheckConstraint(
                name="covered_or_exempt",
                condition=Q(start_month__isnull=False, agreement="", exempt_until__isnull=True)
                | (Q(start_month__isnull=True, exempt_until__isnull=False) & ~Q(agreement="")),
            ),
        ]
