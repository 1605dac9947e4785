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


def window(pack: Pack, matter: str, until: date) -> tuple[date, date] | None:
    """First and last day on which an extension can be applied for; None where the pack states none."""
    opens, closes = _number(pack, f"{matter}_extend_opens"), _number(pack, f"{matter}_extend_closes")
    if opens is None or closes is None:
        return None
    return until - timedelta(days=opens), until - timedelta(days=closes)


def due(pack: Pack, matter: str, until: date, today: date) -> list[Due]:
    """What should have been said by ``today`` and is still of use: the nearest of the days before the expiry, and where the
    window stands. After a pause of the worker nobody gets three reminders at once."""
    if today > until:
        return []
    entry = pack.values.get(f"{matter}_reminders")
    days = entry.value if entry and isinstance(entry.value, tuple) else ()
    found = []
    near = [n for n in days if until - timedelta(days=n) <= today]
    if near:
        found.append(Due(f"{EXPIRES}_{min(near)}", until - timedelta(days=min(near))))
    span = window(pack, matter, until)
    if span and span[0] <= today <= span[1]:
        found.append(Due(OPENS, span[0]))
    elif span and today > span[1]:
        found.append(Due(CLOSED, span[1] + timedelta(days=1)))
    return found


def longest(pack: Pack, matter: str) -> int:
    """How many days before an expiry the first reminder may be due."""
    entry = pack.values.get(f"{matter}_reminders")
    days = entry.value if entry and isinstance(entry.value, tuple) else ()
    return max([*days, _number(pack, f"{matter}_extend_opens") or 0])


def _number(pack: Pack, name: str) -> int | None:
    entry = pack.values.get(name)
    return entry.value if entry and isinstance(entry.value, int) else None
