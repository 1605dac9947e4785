"""VISITS: a time at a window, who has it, and the days a window stays shut. What a window offers is the pack's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foreignwork.accounts.models import Jurisdiction, User
from foreignwork.cases.models import Case


class Slot(models.Model):
    """A time at a window that somebody has asked for: the row behind which all bookings of it queue.

    How many it seats is read from the pack on every booking; nothing of that is kept here.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    window = models.SlugField(max_length=60)
    starts_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "window", "starts_at"], name="each_slot_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["starts_at"], name="slots_by_time")]

    def __str__(self) -> str:
        return f"{self.window} {self.starts_at:%Y-%m-%d %H:%M}"


class Appointment(models.Model):
    """One visit of one case. A seat is a number from 1; two visits never hold the same seat of a slot.

    ``purposes`` are what is done at the one visit (papers, biometrics, interview); ``place`` is the window's name and
    address as they stood when it was booked, so that a window that moves does not rewrite what people were told (S000-09).
    """

    class Status(models.TextChoices):
        BOOKED = "booked", _("已预约")
        CAME = "came", _("已到场")
        MISSED = "missed", _("未到场")
        MOVED = "moved", _("已改期")
        CANCELLED = "cancelled", _("已取消")
        DISPLACED = "displaced", _("因窗口停办取消")

    HOLDS = (Status.BOOKED, Status.CAME, Status.MISSED)

    case = models.ForeignKey(Case, models.PROTECT, related_name="appointments")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="appointments")
    seat = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    purposes = models.JSONField(default=list)
    place = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED)
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["slot", "seat"],
                condition=Q(status__in=["booked", "came", "missed"]),
                name="each_seat_once",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status="booked"), name="one_visit_to_come_per_case"
            ),
            models.CheckConstraint(condition=Q(seat__gte=1), name="seats_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.slot}"

    def named(self, language: str | None) -> str:
        """The window's name in the reader's language."""
        return _pick(self.place.get("name"), language)

    def address(self, language: str | None) -> str:
        return _pick(self.place.get("address"), language)


def _pick(text: Any, language: str | None) -> str:
    entry = text or {}
    return str(entry.get("en" if (language or "").startswith("en") else "zh") or "")


class Closure(models.Model):
    """A day on which a window stays shut. Reopening ends the row, it is never deleted."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+")
    window = models.SlugField(max_length=60)
    day = models.DateField()
    reason = models.CharField(_("停办原因"), max_length=200)
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    reopened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jurisdiction", "window", "day"],
                condition=Q(reopened_at__isnull=True),
                name="closed_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window} {self.day}"
