"""Visits that lost their time: the system takes the step the matter declares, and the person is told in writing."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from foreignwork.accounts import who
from foreignwork.appointments.stranded import stranded
from foreignwork.cases import registry
from foreignwork.cases.clock import today as day_of
from foreignwork.cases.models import Case

from .perform import perform_many


def displace(*, at: datetime) -> int:
    """Give back every visit whose window no longer offers its time; returns how many. Repeats safely: done ones are gone."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for pk, matter, state in Case.objects.filter(pk__in=stranded(at)).values_list("pk", "matter", "state"):
        found[matter].append((pk, state))
    moved = 0
    for code, rows in sorted(found.items()):
        for step in registry.get(code).steps.values():
            ids = sorted(pk for pk, state in rows if state in step.sources)
            if step.books == "displace" and ids:
                done = perform_many(case_ids=ids, action=step.name, actor=who.system(day_of(at)), at=at)
                moved += sum(1 for entry in done if entry.event)
    return moved
