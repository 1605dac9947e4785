"""社会保险登记: the case and the register of registrations."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.cases.models import Case, Entitlement
from foreignwork.vault.models import Sealed, SealedField

from .flow import InsuranceFlow


class State(models.TextChoices):
    AWAITING_PERMIT = "awaiting_permit", _("待工作许可")
    READY = "ready", _("待用人单位申报")
    SUBMITTED = "submitted", _("已申报，待登记")
    RETURNED = "returned", _("已退回补正")
    REGISTERED = "registered", pgettext_lazy("state", "已登记")
    NOT_REGISTERED = "not_registered", pgettext_lazy("state", "不予登记")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    NOT_STARTED = "not_started", pgettext_lazy("state", "前置事项未通过，未开始办理")


class InsuranceCase(InsuranceFlow, Case):
    """A social insurance registration. ``duty_from`` is the day the employer's 30 days run from (the later of work document and
    start of work), ``days_late`` by how much the declaration was late: accepted and noted, never blocked (law-notes 18)."""

    duty_from = models.DateField(_("登记义务起算日"), null=True, blank=True)
    start_month = models.DateField(_("起缴月份"), null=True, blank=True)
    days_late = models.PositiveIntegerField(_("逾期申报日数"), default=0)

    assigned_number = ""
    """Not a column: the number of the step now being taken, on its way into the sealed register."""

    class Meta:
        verbose_name = _("外国人社会保险登记")


class InsuranceRegistration(Sealed):
    """The register of registrations. ``number`` is the social security number as the agency gave it (opaque, domain 4.2); sealed,
    for it may hold the passport number."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(InsuranceCase, models.PROTECT, related_name="registration")
    number = SealedField(_("社会保障号码"))
    start_month = models.DateField(_("参保起始月份"))

    def __str__(self) -> str:
        return self.case.number
