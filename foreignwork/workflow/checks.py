"""What a pack must agree on with the matters that are installed: stages, papers, limits, deliveries (decisions, Floors).

``policies`` checks a pack against itself; this floor knows the flows. Entered as a check of every pack that is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from foreignwork.cases import registry
from foreignwork.cases.registry import Matter
from foreignwork.notices.models import Notice
from foreignwork.policies import schema
from foreignwork.policies.pack import Pack

Fault = tuple[str, str]


def against_the_flows(pack: Pack) -> Iterator[Fault]:
    known = {matter.code: matter for matter in registry.all_matters()}
    for code, entry in pack.matters.items():
        if code not in known:
            yield f"matters.{code}", "no matter of this name is installed"
            continue
        yield from _stages(known[code], entry)
        yield from _papers(known[code], pack)
    for code in pack.delivery:
        if code not in Notice.Service.values:
            yield f"delivery.{code}", f"a paper is served {', '.join(Notice.Service.values)}"


def _stages(matter: Matter, entry: schema.Matter) -> Iterator[Fault]:
    """The chain has stages of the flow, and all of them but those that may be passed over."""
    at = f"matters.{matter.code}.stages"
    flow = {step.stage: step.passes for step in matter.steps.values() if step.stage}
    for stage in entry.stages:
        if stage not in flow:
            yield at, f"{stage!r} is no stage of this matter; it has {', '.join(flow)}"
    for stage, passes in flow.items():
        if stage not in entry.stages and not passes:
            yield at, f"{stage!r} cannot be left out"
    by_hand = {stage for hand in entry.hands for stage in hand}
    for stage in entry.stages:
        if entry.hands and stage not in by_hand:
            yield f"matters.{matter.code}.hands", f"stage {stage!r} is in no hand, anyone could take it"


def _papers(matter: Matter, pack: Pack) -> Iterator[Fault]:
    for kind in {kind.code for step in matter.steps.values() for kind in step.sends}:
        if kind not in pack.notices:
            yield f"notices.{kind}", f"{matter.code} sends this paper, the pack does not name it"
