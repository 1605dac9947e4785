"""Recording a day that starts clocks: the fact and the message that lets waiting cases look again, in one transaction."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from foreignwork.accounts.models import User
from foreignwork.dossiers.models import DatedFact, Dossier
from foreignwork.dossiers.records import record_dated_fact
from foreignwork.outbox.put import Message, nudge, put

from .effects import DATED


def record(dossier: Dossier, *, kind: str, on: date, by: User | None, at: datetime) -> DatedFact:
    """Record ``on`` as the day of ``kind`` (entered, work_started)."""
    with transaction.atomic():
        fact = record_dated_fact(dossier, kind=kind, on=on, by=by, at=at)
        put([Message(key=f"dated:{fact.pk}", topic=DATED, payload={"dossier": dossier.pk})], at=at)
        nudge()
    return fact
