"""What is brought home from a visit: photographs, interview notes, signatures; the phones that carried them; what each record got.

The bytes lie in the blob store under the key of the case. Everything about them that could name somebody is sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Organisation, User
from foreignwork.vault.fields import SealedField
from foreignwork.vault.models import Blob, Sealed

from .inspections import Inspection


class FieldDevice(Sealed):
    """A phone that an inspector has made ready. ``secret`` opens what it keeps and is given out to its owner's session only;
    closing the row destroys its data key, so that even a copy of the phone is opened by nobody (docs/adr/0016)."""

    class Closed(models.TextChoices):
        WIPED = "wiped", _("本人退出并清除")
        REVOKED = "revoked", _("已停用")
        REPLACED = "replaced", _("已重新准备")

    user = models.ForeignKey(User, models.PROTECT, related_name="field_devices")
    secret = SealedField(null=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_how = models.CharField(max_length=10, choices=Closed, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-opened_at"], name="devices_of_a_user")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_how="")
                | (Q(closed_at__isnull=False) & ~Q(closed_how="")),
                name="a_closed_device_says_how",
            ),
        ]


class Evidence(Sealed):
    """A photograph, an interview note or a signature. ``sha256`` is of the original bytes as they left the camera.

    ``detail`` (sealed): ``text``, ``interviewee``, ``item``, ``lat``, ``lon``, ``accuracy`` (degrees WGS 84, metres),
    ``metres`` from the address where known, ``strokes`` of a signature.
    """

    append_only = True

    class Kind(models.TextChoices):
        PHOTO = "photo", _("照片")
        INTERVIEW = "interview", _("询问")
        SIGN_LEAD = "sign_lead", _("主检人员签字")
        SIGN_SECOND = "sign_second", _("协检人员签字")
        SIGN_FIRM = "sign_firm", _("单位签字")

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="evidence")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    detail = SealedField(null=True)
    flags = models.JSONField(default=list)
    taken_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["inspection_id", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "seq"], name="evidence_in_order"),
            models.CheckConstraint(
                condition=Q(kind="interview", blob__isnull=True, sha256="")
                | (~Q(kind="interview") & Q(blob__isnull=False) & ~Q(sha256="")),
                name="a_picture_has_its_file_and_hash",
            ),
        ]


class FieldRecord(models.Model):
    """One record taken from a phone, once. ``uuid`` was given by the phone; asked again, the same row answers (the receipt).

    ``fingerprint`` tells other content under the same uuid apart. ``flags``: what is odd about its times (places.py); a
    flag is for a person to judge and refuses nothing.
    """

    append_only = True

    class Kind(models.TextChoices):
        ARRIVE = "arrive", _("到场亮证")
        EVIDENCE = "evidence", _("照片或者询问")
        RECORD = "record", _("现场检查笔录")

    uuid = models.UUIDField()
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    device = models.ForeignKey(FieldDevice, models.PROTECT, null=True, related_name="records")
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="field_records")
    kind = models.CharField(max_length=10, choices=Kind)
    evidence = models.OneToOneField(Evidence, models.PROTECT, null=True, related_name="field_record")
    fingerprint = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    flags = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "uuid"], name="a_field_record_is_taken_once"),
        ]

    @property
    def receipt(self) -> str:
        """The number the inspector is shown."""
        return f"R{self.pk:07d}"


class KnownPlace(models.Model):
    """Where an address lies, as an officer looked it up. Counts only while the organisation's address is still this one."""

    append_only = True

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="known_places")
    address = models.CharField(max_length=300)
    lat = models.DecimalField(_("纬度"), max_digits=8, decimal_places=5)
    lon = models.DecimalField(_("经度"), max_digits=8, decimal_places=5)
    source = models.CharField(_("来源"), max_length=120)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="a_place_lies_on_the_earth",
            ),
        ]
