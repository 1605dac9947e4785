"""TIME: limits that run, pauses and extensions. A due date is derived, never counted (design, decision 5)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def running(self) -> DeadlineQuerySet:
        return self.filter(met_on__isnull=True, voided_at__isnull=True)

    def running_or_fired(self) -> DeadlineQuerySet:
        return self.filter(Q(met_on__isnull=True, voided_at__isnull=True) | Q(fired_at__isnull=False))

    def beyond(self, due_on: date, pk: int) -> DeadlineQuerySet:
        """What comes after this one in the order of (due_on, id), told as one comparison of rows: only so the index is
        entered there, and not at the beginning of the day for each batch."""
        return self.filter(
            RawSQL(
                "(deadlines_deadline.due_on, deadlines_deadline.id) > (%s, %s)",
                [due_on, pk],
                output_field=models.BooleanField(),
            )
        )

    def not_held(self) -> DeadlineQuerySet:
        """Without those that a special procedure holds now."""
        held = Pause.objects.filter(case=OuterRef("case"), kind=OuterRef("kind"), until_on__isnull=True)
        return self.filter(~Exists(held))

    def knowing_held(self) -> DeadlineQuerySet:
        """Each row with ``held``: whether a special procedure holds it now."""
        held = Pause.objects.filter(case=OuterRef("case"), kind=OuterRef("kind"), until_on__isnull=True)
        return self.annotate(held=Exists(held))


class Deadline(models.Model):
    """One limit of one case. ``statutory`` and ``promised`` run side by side; ``applicant`` limits the other side."""

    class Basis(models.TextChoices):
        STATUTORY = "statutory", _("法定")
        PROMISED = "promised", _("承诺")
        APPLICANT = "applicant", _("申请人时限")

    class Unit(models.TextChoices):
        WORKING_DAYS = "wd", _("工作日")
        DAYS = "days", _("日")
        MONTHS = "months", _("个月")

    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines")
    kind = models.SlugField(max_length=40, db_index=False)
    basis = models.CharField(max_length=12, choices=Basis)
    started_on = models.DateField()
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=8, choices=Unit)
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    cites = models.CharField(max_length=300, blank=True)
    met_on = models.DateField(null=True, blank=True)
    fired_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(
                    met_on__isnull=True, fired_at__isnull=True, voided_at__isnull=True, provisional=False
                ),
                name="sweep",
            ),
            models.Index(
                fields=["due_on"],
                condition=Q(met_on__isnull=True, voided_at__isnull=True, provisional=True),
                name="waits_for_calendar",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "kind", "basis"],
                condition=Q(met_on__isnull=True, voided_at__isnull=True),
                name="one_running_clock_each",
            ),
        ]


class Pause(models.Model):
    """Days that do not count: only the special procedures of 行政许可法 45, told in writing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="pauses")
    kind = models.SlugField(max_length=40, db_index=False)
    ground = models.SlugField(max_length=40, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    told_on = models.DateField()


class Extension(models.Model):
    """A limit made longer by whoever the law names (行政许可法 42), with the reason told."""

    append_only = True

    case = models.ForeignKey(Case, models.PROTECT, related_name="extensions")
    kind = models.SlugField(max_length=40, db_index=False)
    amount = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
