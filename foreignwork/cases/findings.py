"""What the house notices about a case by itself (数据比对, S002-22): for the officer to look at, never a decision.

A matter names its checks in ``Matter.checks``: pure functions ``(context) -> [Finding]``. A finding's sentence names no
sealed fact: neither salary nor passport number nor day of birth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .problems import Problem, say

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


ALL_THERE = say("at_once_all_there", _("材料齐全：%(n)s 项材料都已提交，没有待补正或者待补交的。"))
NOTHING_DIFFERS = say("at_once_nothing_differs", _("系统比对了 %(n)s 项，没有发现不一致。"))
BY_HAND = say("at_once_by_hand", _("有 %(n)s 项系统无法比对，请人工核对。"))
PLACE_SAYS = say("at_once_place_says", _("本地区的规定：%(note)s。"))
BOOKED_ONLY = say("at_once_booked_only", _("仅限已经预约的办件，请核对预约情况。"))
SAME_PEOPLE = say("at_once_same_people", _("审查环节不减，仍由 %(n)s 名不同的工作人员办理。"))


def decided_at_once(context: Context, found: Sequence[Finding]) -> list[Problem]:
    """Why such a case may be decided on the spot (即来即办, 行政许可法 34 第二款), as sentences for the officer; empty when the
    pack lets it not, or when anything speaks against it.

    An offer, never a decision: the stages and the number of people stay the same (S000-39).
    """
    case, instant = context.case, context.pack.instant
    if instant is None or not instant.offered or any(finding.level == "differs" for finding in found):
        return []
    if (
        case.matter not in (instant.matters or (case.matter,))
        or case.sub_matter not in (instant.sub_matters or (case.sub_matter,))
        or case.category not in (instant.categories or (case.category,))
    ):
        return []
    handed_in = [row for row in context.items if not row.by_system and not row.on_paper]
    if context.open_supplements or any(row.document is None for row in handed_in):
        return []
    by_hand = sum(finding.level == "unknown" for finding in found)
    reasons = [
        Problem(ALL_THERE, {"n": len(handed_in)}),
        Problem(NOTHING_DIFFERS, {"n": len(found) - by_hand}),
    ]
    if by_hand:
        reasons.append(Problem(BY_HAND, {"n": by_hand}))
    if instant.note:
        reasons.append(Problem(PLACE_SAYS, {"note": instant.note.pick(get_language())}))
    if instant.by_appointment:
        reasons.append(Problem(BOOKED_ONLY))
    reasons.append(Problem(SAME_PEOPLE, {"n": context.pack.matters[case.matter].distinct_people}))
    return reasons
