"""Celery's doors into the rulebook. They read the clock and nothing else."""

from __future__ import annotations

from celery import shared_task

from foreignwork.cases import clock
from foreignwork.policies.proposals import keep_offices

from .printing import order_missing


@shared_task(name="foreignwork.rulebook.tasks.follow_versions", ignore_result=True)
def follow_versions() -> dict[str, int]:
    """What a new version brings on its day: offices take their new names; guides nobody has printed yet are ordered."""
    at = clock.now()
    today = clock.today(at)
    return {"offices": keep_offices(today=today), "ordered": order_missing(today=today, at=at)}
