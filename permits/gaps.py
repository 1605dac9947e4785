"""容缺受理: materials that follow after the acceptance. What was undertaken, what is still owed, and the papers (law-notes 12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.findings import Finding
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts
from foreignwork.policies import gaps
from foreignwork.policies.schema_filing import Gap

NOTHING_FOLLOWS = say("gap_nothing", _("本办件没有需要补交的容缺材料。"), moot=True)
STILL_MISSING = say("gap_still_missing", _("还有 %(n)s 项容缺材料没有补交：%(names)s。请逐项上传后再提交。"))
NOT_YET_SUPPLIED = say(
    "gap_not_yet_supplied", _("容缺受理的材料还没有补交：%(names)s。补交之前不能准予许可。")
)
OWED = say("check_gap_owed", _("容缺受理：%(names)s 还没有补交，请留意补交期限。"))
OVERDUE = say("check_gap_overdue", _("容缺受理：%(names)s 逾期没有补交，已告知申请人后果，请依法处理。"))
SUPPLIED = say("check_gap_supplied", _("容缺受理的材料已经补交：%(names)s。"))
TOLD = ("tell_gap_overdue", "tell_gap_overdue_abroad")


def undertaken(context: Context) -> Mapping[str, Gap]:
    """Material → gap, as the applicant chose when filing, in the words of the pinned pack. What lay in the dossier then
    was handed in with the filing."""
    answers = context.answers
    if not answers.get(gaps.LATER):
        return {}
    found = gaps.chosen(context.pack, context.pack.with_defaults(answers))
    filed = context.case.filed_at
    late = {
        row.code
        for row in context.items
        if row.document is None or (filed and row.document.uploaded_at > filed)
    }
    mine = {name: gap for name, gap in found.items() if context.case.matter in gap.matters}
    return {name: gap for name, gap in mine.items() if name in late}


def owed(context: Context, due: str = "") -> list[str]:
    """Materials that were to follow and have not been handed in by the step; ``due`` decision or entry, empty: all."""
    promised = undertaken(context)
    if not promised or any(event.action == "supply_gap" for event in context.history):
        return []
    return [name for name, gap in promised.items() if due in ("", gap.due)]


def missing(context: Context, due: str = "") -> list[str]:
    """Those of which no file is there."""
    wanted = owed(context, due)
    there = {row.code for row in context.items if row.document} if wanted else set()
    return [name for name in wanted if name not in there]


def _names(context: Context, codes: list[str]) -> list[str]:
    return [context.pack.materials[code].name.pick(get_language()) for code in codes]


def _zh(context: Context, codes: list[str]) -> str:
    return "、".join(context.pack.materials[code].name.zh for code in codes)


# Rules


def all_supplied(context: Context, act: Act) -> list[Problem]:
    if not owed(context):
        return [Problem(NOTHING_FOLLOWS)]
    left = missing(context)
    return [Problem(STILL_MISSING, {"n": len(left), "names": _names(context, left)})] if left else []


def supplied_before_the_decision(context: Context, act: Act) -> list[Problem]:
    """Acceptance went ahead without them; the decision does not."""
    left = owed(context, "decision")
    return [Problem(NOT_YET_SUPPLIED, {"names": _names(context, left)})] if left else []


def something_owed(context: Context, act: Act) -> list[Problem]:
    return [] if owed(context) else [Problem(NOTHING_FOLLOWS)]


def from_acceptance(context: Context, act: Act) -> date | None:
    return act.effective_on if owed(context, "decision") else None


def from_entry(context: Context, act: Act) -> date | None:
    return context.dated("entered") if owed(context, "entry") else None


def findings(context: Context) -> list[Finding]:
    """What followed or has not, for the officers."""
    promised = list(undertaken(context))
    if not promised:
        return []
    left = owed(context)
    if not left:
        return [Finding("agrees", SUPPLIED, {"names": _names(context, promised)})]
    late = any(event.action in TOLD for event in context.history)
    return [Finding("differs", OVERDUE if late else OWED, {"names": _names(context, left)})]


# Papers


def _terms(context: Context, act: Act) -> list[str]:
    """By when, for each kind that was undertaken."""
    found = []
    for gap in {id(gap): gap for gap in undertaken(context).values()}.values():
        start = "受理" if gap.due == "decision" else "入境"
        found.append(
            f"补交期限：自{start}之日起{limit_words(context, gap.limit_kind, basis='applicant')}内。{gap.consequence.zh}"
        )
    return found


def _undertaking(context: Context, act: Act) -> Paper:
    promised = undertaken(context)
    texts = dict.fromkeys(gap.text.zh for gap in promised.values())
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            *texts,
            f"以后补交的材料：{_zh(context, list(promised))}。文本版本：{context.case.policy_version.version}。",
            *_terms(context, act),
        ],
        facts=person_facts(context),
    )


def _supplied(context: Context, act: Act) -> Paper:
    codes = list(undertaken(context))
    return Paper(
        addressee=addressee(context),
        paragraphs=[f"你单位承诺以后补交的下列材料，已于{act.today:%Y年%-m月%-d日}收到。"],
        facts=person_facts(context),
        columns=["序号", "材料名称", "来源", "份数"],
        rows=[
            [str(n), context.pack.materials[code].name.zh, "申请人补交", "1"]
            for n, code in enumerate(codes, 1)
        ],
    )


def _overdue(context: Context, act: Act) -> Paper:
    left = owed(context)
    promised = undertaken(context)
    after = dict.fromkeys(promised[name].consequence.zh for name in left)
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位承诺以后补交的材料，在规定的期限内没有补交：{_zh(context, left)}。",
            *after,
            "在本机关作出决定之前仍可以补交。",
        ],
        facts=person_facts(context),
        closing=["你单位对上述情况有异议的，可以向本机关陈述和申辩。"],
    )


def accepted_with_gaps(context: Context, act: Act) -> str:
    """The sentence of the acceptance notice that names what follows; empty when nothing does."""
    left = owed(context)
    if not left:
        return ""
    day = due_words(context, "gap", act.effective_on, basis="applicant") if owed(context, "decision") else ""
    return f"下列材料容缺受理，由你单位以后补交：{_zh(context, left)}{day}。"


GAP = NoticeKind("GAP", _undertaking, when=lambda context: bool(undertaken(context)))
GAP_SUPPLIED = NoticeKind("GAP_SUPPLIED", _supplied)
GAP_OVERDUE = NoticeKind("GAP_OVERDUE", _overdue)
