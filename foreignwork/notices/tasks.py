"""Celery: look for notices whose printing was lost. Called by the beat every minute."""

from __future__ import annotations

from celery import shared_task

from foreignwork.cases.clock import now

from .effects import requeue_lost as requeue


@shared_task(name="foreignwork.notices.tasks.requeue_lost", ignore_result=True)
def requeue_lost() -> dict[str, int]:
    again, failed = requeue(now())
    return {"again": again, "failed": failed}
