"""The papers that tell a firm what became of its published result."""

from __future__ import annotations

from typing import Any

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import remedies
from foreignwork.notices.shared import zh_day

from . import policy
from .notices import facts, firm

CHANGES = {"correct": "更正公示的结果", "withdraw": "撤下公示", "repair": "信用修复，提前停止公示"}


def _publication(context: Context, act: Act) -> Paper:
    """What became of a published result, told to the firm."""
    case: Any = context.case
    change = act.data["change"]
    own = policy.of(context.pack)
    result = own.results.get(change["result"])
    reason = own.reasons["publication"][change["reason"]]
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"本机关于{zh_day(case.published_on)}公示的对你单位的检查结果，现决定：{CHANGES[change['kind']]}。",
            *([f"更正后的结果：{result.zh}。"] if result else []),
            f"理由：{reason.zh}。",
            f"说明：{act.data['remark']}",
        ],
        facts=facts(context),
        basis=["《政府信息公开条例》第四十一条", "《行政处罚法》第四十八条"],
        remedies=remedies(context, "publication"),
        closing=["变更自本日起在公示页面和开放数据中生效。已经下载的数据由使用者自行更新。"],
    )


def _publication_kept(context: Context, act: Act) -> Paper:
    case: Any = context.case
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"你单位申请变更本机关于{zh_day(case.published_on)}公示的检查结果。经审查，决定维持公示。",
            f"理由：{act.data['remark']}",
        ],
        facts=facts(context),
        basis=["《政府信息公开条例》第四十一条"],
        remedies=remedies(context, "publication"),
    )


PUBLICATION = NoticeKind("PUBLICATION_CHANGE", _publication)
PUBLICATION_KEPT = NoticeKind("PUBLICATION_KEPT", _publication_kept)
