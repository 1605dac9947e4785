"""外国人来华工作许可: the case and the register of permits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foreignwork.accounts.models import Office, User
from foreignwork.cases.models import Case, Entitlement
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Sealed

from .flow import PermitFlow


class State(models.TextChoices):
    FILED = "filed", _("已提交，待预审")
    PRE_REVIEWED = "pre_reviewed", _("预审通过，待受理")
    SUPPLEMENT = "supplement", _("待补正")
    ACCEPTED = "accepted", _("已受理，待一级审查")
    FIRST_REVIEWED = "first_reviewed", _("待二级审查")
    SECOND_REVIEWED = "second_reviewed", _("待决定")
    GRANTED = "granted", pgettext_lazy("state", "准予许可")
    CANCELLED = "cancelled", pgettext_lazy("state", "已注销")
    REFUSED = "refused", pgettext_lazy("state", "不予许可")
    DECLINED = "declined", pgettext_lazy("state", "不予受理")
    WITHDRAWN = "withdrawn", pgettext_lazy("state", "申请人已撤回")
    ENDED = "ended", pgettext_lazy("state", "逾期未补正，终止办理")
    NOT_REQUIRED = "not_required", pgettext_lazy("state", "不需要许可，不受理")
    TERMINATED = "terminated", pgettext_lazy("state", "终止办理")
    LAPSED = "lapsed", pgettext_lazy("state", "过期失效")
    OFFICE_OPENED = "office_opened", pgettext_lazy("state", "已依职权立案")
    RIGHTS_TOLD = "rights_told", _("已告知权利，听取意见")
    HEARING_ASKED = "hearing_asked", _("已申请听证，待组织")
    HEARING_SET = "hearing_set", _("已通知听证")
    ANNOUNCED = "announced", _("已公告告知")
    OFFICE_READY = "office_ready", _("意见已听取，待决定")
    RETRACTED = "retracted", pgettext_lazy("state", "已撤回许可")
    REVOKED = "revoked", pgettext_lazy("state", "已撤销许可")
    STRUCK_OFF = "struck_off", pgettext_lazy("state", "已依职权注销")
    WARNED = "warned", pgettext_lazy("state", "已给予警告")
    OFFICE_CLOSED = "office_closed", pgettext_lazy("state", "不成立，已结案")


class PermitCase(PermitFlow, Case):
    """An application for a work permit. ``received_on`` is the day the papers were last received: the day from which
    pre-review and acceptance run, and the day of a deemed acceptance (行政许可法 32(4)). ``hearing_on`` and ``hearing_chair``
    are of the latest hearing told; ``struck_on`` the day the cancellation was entered (70)."""

    received_on = models.DateField(null=True, blank=True)
    card_issued_on = models.DateField(null=True, blank=True)
    hearing_on = models.DateField(null=True, blank=True)
    hearing_chair = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    struck_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("外国人来华工作许可")


class WorkPermit(models.Model):
    """The register of permits: one row per grant. ``number`` is the person's lifelong permit number (一人一码, S004-69)."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, related_name="+", primary_key=True)
    case = models.OneToOneField(PermitCase, models.PROTECT, related_name="permit")
    number = models.CharField(_("工作许可证号"), max_length=20)
    category = models.CharField(_("类别"), max_length=4)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["number"], name="permit_number")]

    def __str__(self) -> str:
        return self.number


class LegacyImport(Sealed):
    """A file of permits of the former register: handed in by one person, decided about by another, entered by the worker.

    ``rows`` are the good ones, sealed, and gone once they were entered or refused; ``refused`` and ``left_out`` say line,
    column and code of the others, never a value. ``digest`` is a keyed hash of the file: the same one twice is one import.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("import", "待批准")
        APPROVED = "approved", pgettext_lazy("import", "已批准，正在转入")
        ENTERED = "entered", pgettext_lazy("import", "已转入")
        REJECTED = "rejected", pgettext_lazy("import", "不同意")

    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    rows = SealedField(null=True)
    good = models.PositiveIntegerField()
    known = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=500, blank=True, default="")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["office", "digest"],
                condition=~models.Q(status="rejected"),
                name="one_import_per_file",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="import_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", decided_by__isnull=True)
                | (~models.Q(status="waiting") & models.Q(decided_by__isnull=False)),
                name="import_decided_says_who",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"
