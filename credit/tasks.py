"""Celery's door into credit. It reads the clock and nothing else."""

from __future__ import annotations

from celery import shared_task

from foreignwork.accounts.models import Jurisdiction
from foreignwork.cases import clock

from . import filing


@shared_task(name="credit.tasks.file_outcomes")
def file_outcomes() -> int:
    """What ended since is put on file, place by place; safe to repeat."""
    return sum(filing.file_outcomes(place, at=clock.now()) for place in Jurisdiction.objects.order_by("pk"))
