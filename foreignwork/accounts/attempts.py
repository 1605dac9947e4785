"""The table behind Django's database cache: attempts at signing in that are throttled, one-time codes that were used."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models


class Attempt(models.Model):
    """A row of ``settings.CACHES``; only Django's cache reads and writes it, in the columns it knows."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires"], name="attempts_by_expiry")]

    def __str__(self) -> str:
        return self.cache_key


def forget_what_ran_out(*, at: datetime) -> int:
    """Remove what counts no longer. Returns how many rows."""
    return Attempt.objects.filter(expires__lt=at).delete()[0]
