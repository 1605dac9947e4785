"""Materials as rules that every matter asks alike: all there and in date; every item that was asked for has been answered."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .context import Context
from .problems import Problem, say
from .steps import Act

UNANSWERED = say(
    "supplement_unanswered", _("还有 %(n)s 项要求补正的材料没有上传：%(names)s。请逐项上传后再提交。")
)
NOT_IN_HAND = say("material_not_in_hand", _("还缺少材料：%(names)s。请上传后再提交。"))
OUT_OF_DATE = say("material_out_of_date", _("材料“%(name)s”已于 %(day)s 过期，请上传新的。"))
AWAITED = say(
    "material_awaited_elsewhere",
    _(
        "“%(matter)s”已一次性告知申请人补正本事项也要用的材料：%(names)s。补正后即可受理，无需再次告知；不使用该材料的事项不受影响。"
    ),
)


def every_item_answered(context: Context, act: Act) -> list[Problem]:
    """Each item asked for has a document that was uploaded after it was asked (行政许可法 32(4))."""
    documents = {row.code: row.document for row in context.items}
    missing = []
    for row in context.open_supplements:
        document = documents.get(row.item)
        if document is None or document.uploaded_at <= row.asked_at:
            missing.append(_name(context, row.item))
    return [Problem(UNANSWERED, {"n": len(missing), "names": missing})] if missing else []


def materials_in_hand(context: Context, act: Act) -> list[Problem]:
    """What the applicant uploads is there and still valid: months may lie between the filing and this step."""
    mine = [row for row in context.items if not row.by_system and not row.on_paper]
    problems = []
    missing = [_name(context, row.code) for row in mine if row.document is None]
    if missing:
        problems.append(Problem(NOT_IN_HAND, {"names": missing}))
    for row in mine:
        until = row.document.valid_until if row.document else None
        if until and until < act.today:
            params = {"name": _name(context, row.code), "day": until.isoformat()}
            problems.append(Problem(OUT_OF_DATE, params))
    return problems


def nothing_awaited(context: Context, act: Act) -> list[Problem]:
    """One supplement is enough for a filing: what another matter of it asked for holds the acceptance of those that use the same
    item, and of no other (law-notes 3; S003-26, -27). The limits run on, and what the law decides by silence is not held."""
    asked = context.asked_elsewhere
    if not asked:
        return []
    mine, names = {row.code for row in context.items}, defaultdict(list)
    for row in asked:
        if row.item in mine:
            names[row.case.matter].append(_name(context, row.item))
    matters, language = context.pack.matters, get_language()
    return [
        Problem(AWAITED, {"matter": matters[code].name.pick(language), "names": found})
        for code, found in names.items()
    ]


def _name(context: Context, code: str) -> str:
    return context.pack.materials[code].name.pick(get_language())
