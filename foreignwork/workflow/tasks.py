"""Celery's doors into the workflow. They read the clock and nothing else."""

from __future__ import annotations

from celery import shared_task

from foreignwork.cases import clock

from .expiring import expire
from .recounting import recount
from .reminders import remind
from .sweeps import sweep
from .visits import displace


@shared_task(name="foreignwork.workflow.tasks.sweep_deadlines")
def sweep_deadlines() -> dict[str, int]:
    """Fire what has run out by the database's clock."""
    swept = sweep(at=clock.now())
    return {"fired": swept.fired, "moved": swept.moved, "provisional": swept.provisional}


@shared_task(name="foreignwork.workflow.tasks.sweep_visits")
def sweep_visits() -> int:
    """Tell those whose window has shut on the day they booked."""
    return displace(at=clock.now())


@shared_task(name="foreignwork.workflow.tasks.sweep_reminders")
def sweep_reminders() -> int:
    """Remind employers and people of what runs out, and tell of what has."""
    at = clock.now()
    return remind(at=at) + expire(at=at)


@shared_task(name="foreignwork.workflow.tasks.recount_limits")
def recount_limits() -> dict[str, int]:
    """Bring running limits in line with the calendar on file: a year may have arrived on any machine, and any case was busy."""
    done = recount(at=clock.now())
    return {"cases": done.cases, "limits": done.limits, "busy": done.busy}
