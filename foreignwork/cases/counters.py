"""Rows by which a thing happens once: counters of numbers, and the keys of requests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from foreignwork.accounts.models import User


class NumberSeries(models.Model):
    """A locked counter per series and year; taken last in a transaction (decisions 6, 12)."""

    series = models.CharField(max_length=120)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "year"], name="one_counter_per_series")
        ]


class RequestKey(models.Model):
    """The idempotency key of a POST, inserted first in its transaction (decisions 8)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    outcome = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="one_use_of_a_key")]
