"""Celery's doors into supervision. They read the clock and nothing else."""

from __future__ import annotations

from celery import shared_task

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases import clock

from . import leads, publications, registers


@shared_task(name="supervision.tasks.refresh_registers")
def refresh_registers() -> dict[str, int]:
    """Objects enter and leave the registers of every place; safe to repeat."""
    done = registers.Refreshed()
    for place in Jurisdiction.objects.order_by("pk"):
        done += registers.refresh(place, at=clock.now())
    return {"entered": done.entered, "ended": done.ended, "items": done.items}


@shared_task(name="supervision.tasks.end_publications")
def end_publications() -> int:
    """Results whose term of publication has passed are shown no longer; safe to repeat."""
    return publications.end_all(at=clock.now())


@shared_task(name="supervision.tasks.look_for_leads")
def look_for_leads() -> int:
    """What the data shows, place by place; the same occasion is a lead once, so it is safe to repeat."""
    return sum(leads.look_for_leads(place, at=clock.now()) for place in Jurisdiction.objects.order_by("pk"))
