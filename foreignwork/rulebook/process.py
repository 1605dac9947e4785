"""The process picture: the stages of every matter and the gates between them, as the pack has them. Lists, so that it reads
aloud, prints, and fits a phone; the stylesheet draws the arrows."""

from __future__ import annotations

from dataclasses import dataclass

from foreignwork.cases import registry
from foreignwork.policies.pack import PURPOSE, Pack
from foreignwork.policies.schema import Gate, Text, matches

from . import words
from .words import STAGES


@dataclass(frozen=True, slots=True)
class Stage:
    """``people``: which of the matter's different people has it, counted from 1; 0 where the pack keeps no hands."""

    code: str
    label: str
    people: int


@dataclass(frozen=True, slots=True)
class Wait:
    """What must have been granted first, and by when; ``when``: in which cases, in words, empty = for whoever comes anew."""

    names: list[Text]
    before_filing: bool
    when: list[str]


@dataclass(frozen=True, slots=True)
class Lane:
    """One matter's way from filing to the result."""

    code: str
    name: Text
    required: bool
    stages: list[Stage]
    people: int
    waits: list[Wait]


@dataclass(frozen=True, slots=True)
class Round:
    """Matters that run side by side; ``after`` names what must have been granted before they are filed."""

    lanes: list[Lane]
    after: list[Text]


def applied_for(pack: Pack) -> list[str]:
    """The matters one can apply for, in order; those the office alone begins (an inspection) are nobody's to file."""
    return [
        code
        for code in pack.matter_codes()
        if pack.matters[code].opened_by == "applicant"
        and (
            not pack.matters[code].sub_matters
            or any(sub.origin == "applied" for sub in pack.matters[code].sub_matters.values())
        )
    ]


def lane(pack: Pack, code: str) -> Lane:
    matter = pack.matters[code]
    hand_of = {stage: number for number, hand in enumerate(matter.hands, 1) for stage in hand}
    return Lane(
        code=code,
        name=matter.name,
        required=matter.required,
        stages=[
            Stage(
                stage,
                words.picked(matter.stage_names.get(stage)) or stage_label(code, stage),
                hand_of.get(stage, 0),
            )
            for stage in matter.stages
        ],
        people=matter.distinct_people,
        waits=[
            Wait(
                [pack.matters[need].name for need in gate.needs],
                gate.at == "before_filing",
                [] if holds_anew(pack, gate) else words.condition(pack, gate.when),
            )
            for gate in matter.gates
        ],
    )


def holds_anew(pack: Pack, gate: Gate) -> bool:
    """Whether the gate stands before somebody who asks for something new: the first purpose the pack offers."""
    first = pack.options(PURPOSE)[:1] if PURPOSE in pack.questions else ()
    return matches(gate.when, pack.with_defaults({PURPOSE: first[0].value} if first else {}))


def stage_label(matter: str, stage: str) -> str:
    """The stage's own name; else that of the step which leads on from it; else its code."""
    if stage in STAGES:
        return str(STAGES[stage])
    if matter not in {entry.code for entry in registry.all_matters()}:
        return stage
    steps = [step for step in registry.get(matter).steps.values() if step.stage == stage]
    main = [step for step in steps if step.tone == "primary"] or steps
    return str(main[0].label) if main else stage


def rounds(pack: Pack) -> list[Round]:
    """The matters in the order in which they can be filed: first those without a gate, then those that wait for them.

    A gate that does not apply to somebody who comes anew does not move a matter back; it is told in its lane.
    """
    depth: dict[str, int] = {}

    def of(code: str) -> int:
        if code not in depth:
            needs = [
                need
                for gate in pack.matters[code].gates
                if gate.at == "before_filing" and holds_anew(pack, gate)
                for need in gate.needs
            ]
            depth[code] = 1 + max((of(need) for need in needs), default=-1)  # the loader refuses circles
        return depth[code]

    found: list[Round] = []
    shown = applied_for(pack)
    for level in sorted({of(code) for code in shown}):
        codes = [code for code in shown if depth[code] == level]
        needed = {
            need
            for code in codes
            for gate in pack.matters[code].gates
            if gate.at == "before_filing" and holds_anew(pack, gate)
            for need in gate.needs
        }
        after = [pack.matters[code].name for code in pack.matter_codes() if code in needed]
        found.append(Round([lane(pack, code) for code in codes], after))
    return found
