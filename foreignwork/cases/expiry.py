"""When what a person holds runs out: the windows in which it can be extended, and the days on which people are reminded.

The numbers are the pack's: ``<matter>_reminders`` (days before the expiry), ``<matter>_extend_opens`` and
``<matter>_extend_closes``. A matter without them is not reminded of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.db import models

from foreignwork.policies.pack import Pack

OPENS, CLOSED, EXPIRES, EXPIRED = "window_opens", "window_closed", "expires", "expired"


class Reminder(models.Model):
    """One reminder to the employer or the person, once for each kind: ``expires_90``, ``window_opens``,
    ``window_closed``, and ``expired`` when the last day has passed."""

    class To(models.TextChoices):
        EMPLOYER = "employer"
        PERSON = "person"

    entitlement = models.ForeignKey(
        "cases.Entitlement", models.PROTECT, related_name="reminders", db_index=False
    )
    kind = models.SlugField(max_length=24, db_index=False)
    to = models.CharField(max_length=12, choices=To)
    due_on = models.DateField()
    at = models.DateTimeField()

    append_only = True

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entitlement", "kind", "to"], name="each_reminder_once"),
        ]


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: its kind, and the day it was due on."""

    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class Said:
    """What is said while between ``least`` and ``most`` days are left: its kind, and how many days before the expiry it was due."""

    kind: str
    before: int
    least: int
    most: int


def window(pack: Pack, matter: str, until: date) -> tuple[date, date] | None:
    """First and last day on which an extension can be applied for; None where the pack states none."""
    opens, closes = _window(pack, matter)
    if opens is None or closes is None:
        return None
    return until - timedelta(days=opens), until - timedelta(days=closes)


def said(pack: Pack, matter: str) -> list[Said]:
    """What is said as an expiry comes nearer: the nearest of the days before it, and where the window stands. After a pause of the
    worker nobody gets three reminders at once."""
    entry = pack.values.get(f"{matter}_reminders")
    days = sorted(set(entry.value)) if entry and isinstance(entry.value, tuple) else []
    nearer = [-1, *days]
    found = [Said(f"{EXPIRES}_{n}", n, after + 1, n) for after, n in zip(nearer, days, strict=False)]
    opens, closes = _window(pack, matter)
    if opens is not None and closes is not None:
        found += [Said(OPENS, opens, closes, opens), Said(CLOSED, closes - 1, 0, closes - 1)]
    return found


def due(pack: Pack, matter: str, until: date, today: date) -> list[Due]:
    """What should have been said by ``today`` of what runs out on ``until``, and is still of use."""
    left = (until - today).days
    return [
        Due(one.kind, until - timedelta(days=one.before))
        for one in said(pack, matter)
        if one.least <= left <= one.most
    ]


def _window(pack: Pack, matter: str) -> tuple[int | None, int | None]:
    """Days before the expiry on which an extension can first and last be applied for."""
    return _number(pack, f"{matter}_extend_opens"), _number(pack, f"{matter}_extend_closes")


def _number(pack: Pack, name: str) -> int | None:
    entry = pack.values.get(name)
    return entry.value if entry and isinstance(entry.value, int) else None
