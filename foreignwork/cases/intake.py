"""By which way filings come in: the share of the window in all of them (综窗收件占比, S000-18)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count, Q

from .clock import SHANGHAI
from .models import Bundle


class Intake(NamedTuple):
    """Filings at the window, and all of them."""

    window: int
    all: int

    @property
    def percent(self) -> int | None:
        """Rounded down; None where nothing was filed."""
        return 100 * self.window // self.all if self.all else None


def share(jurisdictions: Collection[int], *, since: date, until: date) -> Intake:
    """Filings in these places from ``since`` to ``until`` (both days included, Shanghai). One query."""
    first = datetime.combine(since, time(), SHANGHAI)
    after = datetime.combine(until + timedelta(days=1), time(), SHANGHAI)
    found = Bundle.objects.filter(
        jurisdiction__in=jurisdictions, filed_at__gte=first, filed_at__lt=after
    ).aggregate(window=Count("pk", filter=Q(channel=Bundle.Channel.WINDOW)), all=Count("pk"))
    return Intake(found["window"], found["all"])
