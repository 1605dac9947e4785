"""PolicyVersion: what a pack said, as published, from a day on. Cases and bundles point at the one they were
filed under.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction

from .pack import Pack

_packs: dict[str, Pack] = {}  # by sha256; a handful of versions per process, and a Pack is immutable


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def in_force(self, jurisdiction_code: str, on: date) -> PolicyVersion:
        """The version that governs what is filed on a day. Raises PolicyVersion.DoesNotExist with a sentence.

        A publication replaces every earlier one from its first day on, also those planned for later.
        """
        found = (
            self.filter(jurisdiction__code=jurisdiction_code, effective_from__lte=on)
            .order_by("-published_at", "-effective_from", "-id")
            .first()
        )
        if found is None:
            raise PolicyVersion.DoesNotExist(f"no policy pack of {jurisdiction_code!r} is in force on {on}")
        return found


class PolicyVersionManager(models.Manager.from_queryset(PolicyVersionQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PolicyVersionQuerySet:
        """Without the document: it is large, and ``pack`` needs it once per process only."""
        found: PolicyVersionQuerySet = super().get_queryset().defer("document")
        return found


class PolicyVersion(models.Model):
    """Immutable. ``document`` is the resolved pack (inheritance and dates applied), ``sha256`` of its
    canonical JSON.
    """

    append_only: ClassVar[bool] = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="policy_versions")
    pack_code = models.SlugField(_("规则包"), max_length=40)
    version = models.CharField(_("版本"), max_length=40)
    effective_from = models.DateField(_("生效日期"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    document = models.JSONField(_("规则内容"))
    published_at = models.DateTimeField(_("发布时间"), db_default=TransactionNow(), editable=False)

    objects = PolicyVersionManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pack_code", "sha256"], name="pack_published_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["jurisdiction", "effective_from"], name="policy_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.pack_code} {self.version}"

    @property
    def pack(self) -> Pack:
        """The rules of this version; parsed once per process. Not checked again: stricter rules bind new
        versions only.
        """
        found = _packs.get(self.sha256)
        if found is None:
            found = _packs[self.sha256] = Pack.model_validate(self.document)
        return found
