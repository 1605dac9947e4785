"""Rows that are true from a day until a day, so that the register of any past day can be shown (S004-35)."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DatedQuerySet(models.QuerySet[Any]):
    def on(self, day: date) -> Self:
        """Rows in force on ``day`` (both ends included)."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=day), from_on__lte=day)

    def standing(self) -> Self:
        """Rows without an end."""
        return self.filter(until_on__isnull=True)


class Dated(models.Model):
    """``until_on`` empty: until further notice. Rows are ended and followed by new ones, never rewritten."""

    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name=name
    )
