"""Credit standings that steps begin or end (``stands``): rows every matter reads, in the step's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from foreignwork.accounts.models import Standing

from .granting import Turn


def run(turns: Sequence[Turn]) -> None:
    """Begin and end what the steps say. A standing that ends is over from today on; its row and history stay."""
    said = [
        (turn, stand)
        for turn in turns
        if turn.step.stands and (stand := turn.step.stands(turn.context, turn.act)) is not None
    ]
    fresh = [
        Standing(
            organisation_id=stand.organisation_id,
            kind=stand.kind,
            from_on=stand.from_on or turn.act.today,
            until_on=stand.until_on,
            basis=stand.basis,
            measures=list(stand.measures),
            reference=stand.reference,
        )
        for turn, stand in said
        if not stand.ends
    ]
    if fresh:
        bulk_create_with_history(fresh, Standing)
    over = {stand.reference: turn.act.today - timedelta(days=1) for turn, stand in said if stand.ends}
    if over:
        rows = list(Standing.objects.select_for_update().filter(reference__in=over).order_by("pk"))
        for row in rows:
            last = over[row.reference]
            row.until_on = min(row.until_on, last) if row.until_on else last
        bulk_update_with_history(rows, Standing, ["until_on"])
