"""The papers of acceptance's other outcomes, of the ends of an application, and about the people of a case."""

from __future__ import annotations

from foreignwork.cases import law
from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, limit_words, person_facts, remedies
from foreignwork.notices.shared import zh_day

from . import rules_ends, rules_people


def _not_required(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位提交的申请，经审查，申请事项依法不需要取得行政许可，本机关不予受理，现即时告知。",
            f"理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第三十二条第一款第一项"],
        remedies=remedies(context, "decline"),
    )


def _withdrawal(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位于{zh_day(act.today)}提出撤回外国人来华工作许可申请。本申请尚未作出决定，依照你单位的意愿予以撤回，办理程序终止。",
            "撤回申请不影响你单位以后重新申请。",
        ],
        facts=person_facts(context),
    )


def _termination(context: Context, act: Act) -> Paper:
    reason = context.pack.end_reasons[act.data["reason"]]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位的外国人来华工作许可申请，有下列情形：{reason.zh}。本机关决定终止办理。",
            f"事实和理由：{act.data['remark']}",
            "终止办理不是对申请事项的实体决定，不影响依法重新申请。",
        ],
        facts=person_facts(context),
        basis=[law.in_words("；".join(reason.cites))] if law.in_words("；".join(reason.cites)) else [],
        remedies=remedies(context, "ended"),
    )


def _deemed_renewal(context: Context, act: Act) -> Paper:
    draft, held = rules_ends.renewed_draft(context, act), context.about
    assert draft is not None
    assert held is not None
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位在许可有效期届满前依法提出了延续申请。原许可有效期至{zh_day(held.valid_until)}，"
            "本机关逾期未作出是否准予延续的决定。依照法律规定，视为准予延续。",
            "延续的有效期以人才类别的最长期限、聘用合同期限和护照有效期为限。",
        ],
        facts=[
            *person_facts(context),
            ("工作许可证号", draft.number),
            ("人才类别", f"{draft.category} 类"),
            ("许可有效期", f"{zh_day(draft.valid_from)}至{zh_day(draft.valid_until)}"),
        ],
        basis=["《中华人民共和国行政许可法》第五十条第二款：逾期未作决定的，视为准予延续"],
    )


def _lapsed(context: Context, act: Act) -> Paper:
    given = context.own_entitlement()
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位申请的外国人来华工作许可已经准予，但持有人没有在许可通知的有效期内入境办理，许可过期失效。",
            "仍需要聘用该外国人的，可以重新申请；档案中的材料可以继续使用。",
        ],
        facts=[*person_facts(context), ("工作许可证号", given.number if given else "")],
        remedies=remedies(context, "ended"),
    )


def _objection_decided(context: Context, act: Act) -> Paper:
    asked = rules_people.open_objection(context)
    officer = next((str(user) for user in rules_people.named([int(act.data["officer"])])), "")
    upheld = act.data["upheld"] == "yes"
    result = (
        f"{officer}应当回避。该工作人员此前办理的环节，由其他工作人员重新审查。"
        if upheld
        else f"{officer}不需要回避，继续办理。"
    )
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位{f'于{zh_day(asked.effective_on)}' if asked else ''}提出的回避申请，本机关负责人决定：{result}",
            f"理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
    )


def _reclassified(context: Context, act: Act) -> Paper:
    case = context.case
    route = context.pack.route_for(
        case.matter, case.category, context.answers.get("city") or None, case.sub_matter or None
    )
    office = context.pack.offices[route.office]
    moved = (
        f"依照职责分工，本申请移送{office.name.zh}继续办理，由其重新审查。"
        if route.office != case.office.code
        else "本机关将按照认定的类别重新审查。"
    )
    applied = context.answers.get("category") or ""
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位按照{applied}类提出的外国人来华工作许可申请，经审查，应当认定为{act.data['category']}类。",
            f"理由：{act.data['remark']}",
            f"{moved}作出决定的期限为自受理之日起{limit_words(context, 'decision')}。",
        ],
        facts=person_facts(context),
        basis=["《外国人来华工作分类标准（试行）》"],
        closing=["你单位对类别认定有异议的，可以登录系统提出陈述和申辩；也可以撤回申请。"],
    )


NOT_REQUIRED = NoticeKind("NOT_REQUIRED", _not_required)
WITHDRAWAL = NoticeKind("WITHDRAWAL", _withdrawal)
TERMINATION = NoticeKind("TERMINATION", _termination)
DEEMED_RENEWAL = NoticeKind("DEEMED_RENEWAL", _deemed_renewal)
LAPSED = NoticeKind("LAPSED", _lapsed)
OBJECTION_DECIDED = NoticeKind("OBJECTION_DECIDED", _objection_decided)
RECLASSIFIED = NoticeKind("RECLASSIFIED", _reclassified)
