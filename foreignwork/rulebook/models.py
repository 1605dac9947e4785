"""What was printed of the rulebook, and what was tried out with it.

A guide is public, so its file lies in the database as it is, beside the rules it was made from.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from foreignwork.accounts.models import Jurisdiction, User
from foreignwork.cases.models import Case
from foreignwork.policies.models import PolicyVersion, Proposal


class PrintedGuideQuerySet(models.QuerySet["PrintedGuide"]):
    def without_pdf(self) -> PrintedGuideQuerySet:
        return self.defer("pdf")


class PrintedGuide(models.Model):
    """One PDF: a part of a version's guide in one language. ``words`` is the SHA-256 of what was printed, layout included:
    a changed layout or translation is another file, and what the public could read before stays."""

    append_only: ClassVar[bool] = True

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="printed_guides")
    part = models.CharField(max_length=80)
    language = models.CharField(max_length=10)
    words = models.CharField(max_length=64)
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    printed_at = models.DateTimeField()

    objects = PrintedGuideQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "part", "language", "words"], name="each_guide_printed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.part} {self.language}"


class Trial(models.Model):
    """What other rules would have made of the cases filed in a period: a version's or a proposal's, replayed by the worker.

    ``after`` is how far it is (the id of the last case looked at), ``counts`` what it found so far, by name.
    """

    version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    proposal = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="trials")
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    after = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_trial_is_of_one_thing",
                condition=Q(version__isnull=False, proposal__isnull=True)
                | Q(version__isnull=True, proposal__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.since}–{self.until}"

    @property
    def source(self) -> PolicyVersion | Proposal:
        found = self.version or self.proposal
        assert found is not None, "the constraint sees to it"
        return found


class TrialCase(models.Model):
    """A case that would have gone another way; ``changes`` hold codes and days, as ``trials.replay`` gives them."""

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    overdue = models.BooleanField(default=False)
    changes = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trial", "case"], name="each_case_once_a_trial"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["trial", "-overdue", "id"], name="trial_worst_first"),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id}/{self.case_id}"
