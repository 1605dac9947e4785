"""What a step has other cases and other offices look at, by the outbox: it is written with the step and happens after it."""

from __future__ import annotations

from collections.abc import Sequence

from foreignwork.cases.models import CaseEvent
from foreignwork.outbox.put import Message

from .granting import Turn

MOVED = "case.moved"
ENDED = "entitlement.ended"
PART = "case.part"


def announcements(turns: Sequence[Turn], events: Sequence[CaseEvent]) -> list[Message]:
    """One message for each event, and those for what ended and for parts that are another office's."""
    moved = [
        Message(
            key=f"event:{event.case_id}:{event.seq}",
            topic=MOVED,
            payload={"case": event.case_id, "seq": event.seq},
        )
        for event in events
    ]
    return [*moved, *_over(turns), *_parts(turns)]


def _over(turns: Sequence[Turn]) -> list[Message]:
    """Something a person held has ended: the other cases of the person are to look again."""
    return [
        Message(
            key=f"ended:{turn.context.case.about_id}",
            topic=ENDED,
            payload={"dossier": turn.context.case.dossier_id},
        )
        for turn in turns
        if turn.step.ends and turn.context.case.about_id
    ]


def _parts(turns: Sequence[Turn]) -> list[Message]:
    """Parts that another office registers, where the pack names such a sub-matter."""
    return [
        Message(
            key=f"part:{case.pk}:{case.version}",
            topic=PART,
            payload={"case": case.pk, "sub_matter": turn.step.opens},
        )
        for turn in turns
        if (case := turn.context.case)
        and turn.step.opens
        and turn.step.opens in turn.context.pack.matters[case.matter].sub_matters
    ]
