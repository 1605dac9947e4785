"""What was printed of the rulebook. A guide is public, so its file lies in the database as it is, beside the rules it was made from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from foreignwork.policies.models import PolicyVersion


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
