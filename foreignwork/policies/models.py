"""PolicyVersion: what a pack said, as published, from a day on. Cases and bundles point at the one they were
filed under.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, User

from .fields import InOrder
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
    canonical JSON. Either a ``proposal`` brought it into force, approved by a second person, or the
    installer published it by command (``published_by``).
    """

    append_only: ClassVar[bool] = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="policy_versions")
    pack_code = models.SlugField(_("规则包"), max_length=40)
    version = models.CharField(_("版本"), max_length=40)
    effective_from = models.DateField(_("生效日期"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    document = InOrder(_("规则内容"))
    proposal = models.ForeignKey(
        "Proposal", models.PROTECT, null=True, blank=True, related_name="versions", verbose_name=_("提案")
    )
    published_by = models.CharField(
        _("安装人"), max_length=120, blank=True, help_text=_("由命令发布的，是执行命令的人。")
    )
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


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def slim(self) -> ProposalQuerySet:
        """Without the texts, for lists."""
        return self.defer("text", "documents")

    def open(self) -> ProposalQuerySet:
        return self.filter(decision__isnull=True)


class Proposal(models.Model):
    """A version that one person proposes and another approves or refuses. Immutable.

    ``text`` is the file as handed in. ``documents`` are what it resolved to then, one for each day that changes the pack:
    ``[{"from": "2026-01-01", "sha256": …, "document": {…}}]``. They are what the approver sees and what goes live, whatever
    becomes of the files it inherits from. ``base``: the version in force on ``effective_from`` when it was proposed.
    """

    append_only: ClassVar[bool] = True

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="policy_proposals")
    pack_code = models.SlugField(_("规则包"), max_length=40)
    version = models.CharField(_("版本"), max_length=40)
    effective_from = models.DateField(_("生效日期"))
    base = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(_("文件内容"))
    documents = InOrder(_("规则内容"))
    reason = models.CharField(_("修改理由"), max_length=500)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="policy_proposals")
    proposed_at = models.DateTimeField(_("提出时间"))

    objects = ProposalQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pack_code} {self.version}"

    @property
    def pack(self) -> Pack:
        """The rules as they would be from the first day on."""
        first = self.documents[0]
        found = _packs.get(first["sha256"])
        if found is None:
            found = _packs[first["sha256"]] = Pack.model_validate(first["document"])
        return found


class ProposalDecision(models.Model):
    """What became of a proposal: once, by one person, and approved or refused never by the one who proposed it."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    append_only: ClassVar[bool] = True

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome)
    proposer = models.ForeignKey(User, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="policy_decisions")
    reason = models.CharField(_("说明"), max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="two_people_for_a_version",
                condition=(Q(outcome="withdrawn") & Q(by=F("proposer")))
                | (~Q(outcome="withdrawn") & ~Q(by=F("proposer"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.outcome}"
