"""What must be true of draws, whatever happened (quality I14): every one re-verifies from its published record, none is missing.
And what this matter acknowledged (I8) and did by the outbox (I9)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from foreignwork.cases.invariants import acknowledged_as
from foreignwork.invariants import Breach, invariant, rows

from . import frozen, planning, verifier
from .models import Draw, Plan, Roster
from .rosters import DrawRefused

acknowledged_as(
    {
        "names a record from a phone that is not there": """
            NOT EXISTS (
                SELECT 1 FROM supervision_fieldrecord r
                WHERE r.id = (k.outcome->>'receipt')::bigint AND r.user_id = k.user_id AND r.at = k.at
                    AND r.uuid::text = k.key)"""
    },
    receipt="number",
)
acknowledged_as({"was void for no reason": "k.outcome->'void' = '[]'"}, void="array")
acknowledged_as(
    {
        "leads to a draw that is not there": """
            k.outcome->>'to' ~ '^/supervision/desk/draws/[0-9]+/' AND NOT EXISTS (
                SELECT 1 FROM supervision_draw d WHERE d.id::text = split_part(k.outcome->>'to', '/', 5))""",
        "leads to a plan that is not there": """
            k.outcome->>'to' ~ '^/supervision/desk/plans/[0-9]+/' AND NOT EXISTS (
                SELECT 1 FROM supervision_plan p WHERE p.id::text = split_part(k.outcome->>'to', '/', 5))""",
    },
    to="string",
)


@invariant("I9")
def a_drawn_firm_is_visited_once(at: datetime) -> Iterator[Breach]:
    """A visit that a draw led to is named by what was drawn: opening the visits of a draw twice would leave some that are not.
    (A draw's commitment, result and rosters have unique constraints.)"""
    for number, draw in rows(
        """
        SELECT c.number, i.draw_id FROM supervision_inspection i JOIN cases_case c ON c.id = i.case_ptr_id
        WHERE i.draw_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM supervision_drawnobject o WHERE o.inspection_id = i.case_ptr_id)
        """
    ):
        yield Breach("I9", number, f"nothing that draw {draw} drew is visited by it")


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
