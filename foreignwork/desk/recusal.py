"""Recusal (回避) declared by the officer: a row that the hand rules read. Repeating it changes nothing."""

from __future__ import annotations

from datetime import datetime

from foreignwork.accounts.models import User
from foreignwork.cases.models import Case, Recusal


def declare(case: Case, *, user: User, reason: str, at: datetime) -> None:
    row = Recusal(case_id=case.pk, user=user, reason=reason, at=at)
    Recusal.objects.bulk_create([row], ignore_conflicts=True)
