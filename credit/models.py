"""Credit: entries in the files of firms, agencies and persons; and the case that puts a firm or agency on a list and off again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, Organisation, User
from foreignwork.cases.models import Case
from foreignwork.dossiers.models import Dossier

from .flow import CreditFlow


class State(models.TextChoices):
    PROPOSED = "proposed", _("拟列入，待告知")
    TOLD = "told", _("已告知，听取意见")
    LISTED = "listed", _("已列入")
    DROPPED = "dropped", _("不予列入")
    REPAIRED = "repaired", _("信用修复，已移出")
    EXPIRED = "expired", _("期满，已移出")
    LIFTED = "lifted", _("列入决定已撤销")


class Entry(models.Model):
    """One outcome on file (信用记录): whose, what, from which case. Of a person it is only filed, never published (S004-26)."""

    append_only = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="credit_entries"
    )
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="credit_entries")
    event = models.SlugField(_("事项"), max_length=40)
    adverse = models.BooleanField(_("不良"))
    points = models.SmallIntegerField(_("参考分"))
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    on = models.DateField(_("日期"))
    until_on = models.DateField(_("有效至"))
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["jurisdiction", "-on", "-id"], name="credit_by_place")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "event", "organisation"], name="one_entry_a_case_and_organisation"
            ),
            models.UniqueConstraint(fields=["case", "event", "dossier"], name="one_entry_a_case_and_person"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, dossier__isnull=True)
                | Q(organisation__isnull=True, dossier__isnull=False),
                name="entry_is_somebody_s",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.case}"


class Voided(models.Model):
    """An entry that should not have been made: it counts no longer, and both rows stay (更正)."""

    append_only = True

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="voided")
    reason = models.CharField(_("理由"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="voided_for_a_reason")]

    def __str__(self) -> str:
        return f"{self.entry}"


class CreditCase(CreditFlow, Case):
    """A firm or agency (``Case.subject_org``) on one list (``Case.sub_matter``), from the proposal to its end."""

    entries = models.JSONField(_("依据的信用记录"), default=list, help_text="ids of entries")
    listed_on = models.DateField(_("列入日期"), null=True, blank=True)
    until_on = models.DateField(_("期满日期"), null=True, blank=True)
    repairable_on = models.DateField(_("可以申请修复的日期"), null=True, blank=True)
    published = models.BooleanField(_("公示"), default=False)
    repair_asked_on = models.DateField(_("申请修复的日期"), null=True, blank=True)
    examined_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(_("移出日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("信用名单")
        indexes: ClassVar = [
            models.Index(
                fields=["case_ptr"], condition=Q(published=True, ended_on__isnull=True), name="lists_shown"
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(listed_on__isnull=True) | Q(until_on__isnull=False), name="a_listing_has_an_end"
            )
        ]
