"""What must be true of draws, whatever happened (quality I14): every one re-verifies from its published record, none is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from foreignwork.invariants import Breach, invariant

from . import frozen, planning, verifier
from .models import Draw, Plan, Roster
from .rosters import DrawRefused


@invariant("I14")
def every_draw_verifies(at: datetime) -> Iterator[Breach]:
    """Records by the citizen's own verifier; commitments against what lies frozen; numbers without a gap; approved plans unchanged."""
    records = []
    draws = Draw.objects.select_related("part__plan", "commitment", "result", "cancellation", "jurisdiction")
    for draw in draws.exclude(number=None).order_by("pk"):
        yield from _frozen_as_committed(draw)
        try:
            record = json.loads(json.dumps(frozen.record_of(draw)))
        except LookupError:
            continue
        try:
            verifier.verify(record)
            records.append(record)
        except verifier.Failed as failed:
            yield Breach("I14", str(draw), str(failed))
    yield from _numbers()
    for plan in Plan.objects.filter(approval__isnull=False).select_related("approval", "jurisdiction"):
        if planning.digest(plan) != plan.approval.sha256:
            yield Breach("I14", f"plan {plan}", "is not what was approved")


def _frozen_as_committed(draw: Draw) -> Iterator[Breach]:
    if not draw.has("commitment"):
        yield Breach("I14", str(draw), "has a number and no commitment")
        return
    try:
        again = frozen.committed_again(draw).hash.hex()
    except (DrawRefused, Roster.DoesNotExist) as error:
        yield Breach("I14", str(draw), f"what was frozen cannot be read: {type(error).__name__}")
        return
    if again != draw.commitment.hash:
        yield Breach("I14", str(draw), "plan or rosters are not those committed to")


def _numbers() -> Iterator[Breach]:
    """1..n for each place and year, every draw before the newest either published or cancelled or still open."""
    seen: dict[tuple[int, int], list[int]] = {}
    for place, year, seq in Draw.objects.exclude(seq=None).values_list("jurisdiction_id", "year", "seq"):
        seen.setdefault((place, year), []).append(seq or 0)
    for (place, year), numbers in seen.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield Breach("I14", f"draws of place {place} in {year}", f"numbers {sorted(numbers)} have a gap")
