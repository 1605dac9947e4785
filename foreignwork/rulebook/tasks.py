"""Celery's doors into the rulebook. They read the clock and nothing else."""

from __future__ import annotations

from celery import shared_task

from foreignwork.cases import clock

from .printing import order_missing


@shared_task(name="foreignwork.rulebook.tasks.order_guides", ignore_result=True)
def order_guides() -> dict[str, int]:
    """Guides of new versions that nobody has printed yet."""
    at = clock.now()
    return {"ordered": order_missing(today=clock.today(at), at=at)}
