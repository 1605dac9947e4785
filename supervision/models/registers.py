"""两库: the register of objects and the register of inspectors (S004-32, -33). The list of check items is in items.py."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, Mandate, Office, Organisation, User
from foreignwork.cases.models import Entitlement
from foreignwork.dossiers.models import Dossier

from .dated import Dated, ends_after_start


class Kind(models.TextChoices):
    """What may be inspected (S004-12, -23)."""

    PERSON = "person", _("来华工作外国人")
    EMPLOYER = "employer", _("用人单位")
    AGENCY = "agency", _("中介服务机构")


class Subject(models.Model):
    """An object of inspection: a foreign national (as one employer engaged him), an employer or an agency.

    Whether it stands in the register on a day is said by its ``presences``, which follow entitlements and mandates.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="inspected_as"
    )
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="inspected_as")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "organisation"], name="one_subject_per_organisation"
            ),
            models.UniqueConstraint(fields=["jurisdiction", "dossier"], name="one_subject_per_dossier"),
            models.CheckConstraint(
                condition=Q(kind="person", dossier__isnull=False, organisation__isnull=True)
                | Q(kind__in=["employer", "agency"], dossier__isnull=True, organisation__isnull=False),
                name="subject_is_a_person_or_an_organisation",
            ),
        ]


class Presence(Dated):
    """Why a subject is in the register, and for which days: an entitlement (person, employer) or a mandate (agency).

    Written by ``registers.refresh`` alone. ``organisation``: under which firm a person is found; ``district``: where.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="presences")
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, null=True, blank=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    district = models.SlugField(_("所在地区"), max_length=40, blank=True)
    category = models.CharField(_("类别"), max_length=4, blank=True)
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("登记出库的时间"))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["from_on", "until_on"], name="register_of_a_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "entitlement"], name="once_per_entitlement"),
            models.UniqueConstraint(fields=["subject", "mandate"], name="once_per_mandate"),
            models.CheckConstraint(
                condition=Q(entitlement__isnull=False, mandate__isnull=True)
                | Q(entitlement__isnull=True, mandate__isnull=False),
                name="presence_has_one_ground",
            ),
            ends_after_start("presence_ends_after_start"),
        ]


class RiskLevel(Dated):
    """The stratum a subject is drawn in (S004-37): judged by a person on stated grounds, never a decision by itself.

    Without a row a subject stands in the pack's ``normal`` stratum.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="risk_levels")
    level = models.SlugField(_("风险等级"), max_length=40)
    grounds = models.JSONField(_("依据"), default=list)
    judged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(until_on__isnull=True), name="one_standing_risk_level"
            ),
            ends_after_start("risk_ends_after_start"),
        ]


class Inspector(models.Model):
    """A person of the register of inspectors. What holds on a day stands in ``entries``, ``certificates``, ``interests``."""

    user = models.OneToOneField(User, models.PROTECT, related_name="inspector")

    def __str__(self) -> str:
        return str(self.user)


class InspectorEntry(Dated):
    """In the register from a day until a day: office, districts served, expertise (S004-34, -40). A change ends the row."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="entries")
    office = models.ForeignKey(Office, models.PROTECT, related_name="inspectors")
    districts = models.JSONField(_("负责地区"), default=list)
    skills = models.JSONField(_("业务专长"), default=list)
    reason_in = models.CharField(_("入库原因"), max_length=200, blank=True)
    reason_out = models.CharField(_("出库原因"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["inspector"], condition=Q(until_on__isnull=True), name="one_standing_entry_each"
            ),
            ends_after_start("entry_ends_after_start"),
        ]


class Certificate(Dated):
    """An enforcement certificate (行政执法证): without a valid one nobody is drawn, assigned or sent (S004-33, -81)."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="certificates")
    number = models.CharField(_("执法证号"), max_length=40, unique=True)
    issuer = models.CharField(_("发证机关"), max_length=120)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until_on__isnull=False), name="certificate_has_an_end"),
            ends_after_start("certificate_ends_after_start"),
        ]


class Training(models.Model):
    """A training attended (岗前培训制, S004-81, -82)."""

    append_only = True

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="trainings")
    on = models.DateField(_("日期"))
    subject = models.CharField(_("内容"), max_length=200)
    hours = models.PositiveSmallIntegerField(_("学时"))
    recorded_at = models.DateTimeField()


class Interest(Dated):
    """Why an inspector keeps away from an organisation or a person (回避, 行政处罚法 43). The ground is a code of the pack."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="interests")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="+")
    ground = models.SlugField(_("理由"), max_length=40)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(dossier__isnull=False),
                name="interest_is_in_somebody",
            ),
            ends_after_start("interest_ends_after_start"),
        ]


class RegisterFiling(models.Model):
    """The register of inspectors as filed upwards (定期备案, S004-36): what was filed is known by its hash."""

    append_only = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    as_of = models.DateField(_("名录日期"))
    rows = models.PositiveIntegerField(_("人数"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    recipient = models.SlugField(_("报送对象"), max_length=40)
    reference = models.CharField(_("报送文号"), max_length=80)
    filed_on = models.DateField(_("报送日期"))
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
