"""Handing on one slot of a drawn visit: the next in the draw's own order comes in (draw.md 9); nobody is chosen."""

from __future__ import annotations

from typing import Any

from . import frozen
from .draw import substitute
from .models import DrawnObject, Inspection, Inspector, RosterInspector, Substitution


class NobodyLeft(Exception):
    """The order holds nobody more who may go: the visit cannot take place as drawn."""


def next_in_order(case: Inspection, slot: str, reason: str) -> dict[str, Any]:
    """What ``SubstituteForm`` adds to its data: ``incoming``, the public rows and the number of the first of them.

    A visit of several objects goes by the team of the first drawn; its order counts.
    """
    first = DrawnObject.objects.filter(inspection=case).select_related("draw__part").order_by("place")[0]
    draw = first.draw
    outgoing: Inspector = getattr(case, slot)
    refs = dict(RosterInspector.objects.filter(draw=draw).values_list("inspector_id", "ref"))
    result, earlier = frozen.result_of(draw)
    approver = frozen.pseudonyms_of(draw).approver(case.office_id)
    change = substitute(result, earlier, first.ref, refs[outgoing.pk], reason=reason, approver=approver)
    if change.incoming is None:
        raise NobodyLeft
    by_ref = {ref: pk for pk, ref in refs.items()}
    incoming = Inspector.objects.select_related("user").get(pk=by_ref[change.incoming])
    return {
        "incoming": incoming,
        "seq": Substitution.objects.filter(draw=draw).count() + 1,
        "drawn": first.pk,
        "draw": draw.pk,
        "public": change.as_json(),
    }
