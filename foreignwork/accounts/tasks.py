"""Celery's door into the accounts."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from .attempts import forget_what_ran_out


@shared_task(name="foreignwork.accounts.tasks.tidy_attempts", ignore_result=True)
def tidy_attempts() -> int:
    """Take away throttling entries that ran out. Returns how many."""
    return forget_what_ran_out(at=timezone.now())
