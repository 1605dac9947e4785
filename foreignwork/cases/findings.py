"""What the house notices about a case by itself (数据比对, S002-22): for the officer to look at, never a decision.

A matter names its checks in ``Matter.checks``: pure functions ``(context) -> [Finding]``. A finding's sentence names no
sealed fact: neither salary nor passport number nor day of birth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .problems import Problem

if TYPE_CHECKING:
    from .context import Context

Level = Literal["differs", "unknown", "agrees"]
ORDER: tuple[Level, ...] = ("differs", "unknown", "agrees")


@dataclass(frozen=True, slots=True)
class Finding:
    """``differs``: look here; ``unknown``: the house cannot tell, compare by hand; ``agrees``: compared, nothing found."""

    level: Level
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return Problem(self.code, self.params).sentence


def findings(context: Context) -> list[Finding]:
    """All findings of the case's matter, those to look at first."""
    found = [finding for check in context.case.matter_entry.checks for finding in check(context)]
    return sorted(found, key=lambda finding: ORDER.index(finding.level))


def decided_at_once(context: Context, found: Sequence[Finding]) -> bool:
    """Whether the pack lets such a case be decided on the spot (即来即办) and nothing found speaks against it.

    The stages and the number of people stay the same (S000-39).
    """
    case, instant = context.case, context.pack.instant
    if instant is None or not instant.offered or any(finding.level == "differs" for finding in found):
        return False
    return (
        case.matter in (instant.matters or (case.matter,))
        and case.sub_matter in (instant.sub_matters or (case.sub_matter,))
        and case.category in (instant.categories or (case.category,))
    )
