"""The papers of a work permit: what stands in each. In Chinese, the authentic language; sentences, not templates."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from foreignwork.cases.context import Context
from foreignwork.cases.models import BundleItem
from foreignwork.cases.steps import Act
from foreignwork.dossiers.nationalities import country_name
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import (
    addressee,
    due_words,
    latin_name,
    limit_words,
    person_facts,
    remedies,
)
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof, zh_day

from . import gaps, kinds, rules_kinds
from .notices_process import heard


def _in_china(context: Context) -> bool:
    """A permit is given to a person in China: the electronic permit follows the decision at once."""
    return context.case.sub_matter in kinds.GIVING and not _abroad(context)


def _abroad(context: Context) -> bool:
    return context.case.sub_matter in kinds.OUTSIDE


def _for(*subs: str) -> Callable[[Context], bool]:
    return lambda context: context.case.sub_matter in subs


def what(context: Context) -> str:
    """What is applied for, by name: “外国人来华工作许可（延期）”."""
    sub = context.pack.matters[context.case.matter].sub_matters.get(context.case.sub_matter)
    return "外国人来华工作许可" + (f"（{sub.name.zh}）" if sub else "")


def _materials(context: Context, only: Collection[str] | None = None) -> list[list[str]]:
    """Rows of what lies with the office; ``only``: just these materials."""
    rows = [row for row in context.items if not row.on_paper and (only is None or row.code in only)]
    owed = gaps.missing(context)
    return [
        [
            str(n),
            context.pack.materials[row.code].name.zh,
            _from(row, owed),
            "1" if row.code not in owed else "—",
        ]
        for n, row in enumerate(rows, 1)
    ]


def _from(row: BundleItem, owed: Collection[str]) -> str:
    return "系统生成" if row.by_system else "容缺，以后补交" if row.code in owed else "申请人提交"


def _receipt(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位于{act.today:%Y年%-m月%-d日}提交的{what(context)}申请材料已收到。本凭证仅证明收到下列材料，不代表已经受理。",
            f"本机关将在{limit_words(context, 'acceptance')}内完成预审并决定是否受理；材料不齐全或者不符合法定形式的，"
            "将一次性告知需要补正的全部内容；逾期不告知的，自收到申请材料之日起即为受理。",
        ],
        facts=person_facts(context),
        columns=["序号", "材料名称", "来源", "份数"],
        rows=_materials(context),
        basis=["《中华人民共和国行政许可法》第二十九条、第三十二条"],
    )


def _supplement_receipt(context: Context, act: Act) -> Paper:
    paper = _receipt(context, act)
    paper.paragraphs[0] = (
        f"你单位于{act.today:%Y年%-m月%-d日}提交的补正材料已收到。本凭证仅证明收到下列材料，不代表已经受理。"
    )
    answered = {row.item for row in context.supplements if row.answered_at in (None, act.at)}
    paper.rows = _materials(context, answered)
    return paper


def _supplement(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"经审查，你单位提交的{what(context)}申请材料不齐全或者不符合法定形式。"
            "现将需要补正的全部内容一次性告知如下，未列出的材料不需要重新提交。",
        ],
        facts=person_facts(context),
        columns=["序号", "材料名称", "需要补正的内容"],
        rows=asked_items(context, act),
        basis=["《中华人民共和国行政许可法》第三十二条第一款第四项"],
        closing=[
            f"请在{limit_words(context, 'supplement', basis='applicant')}内"
            f"{due_words(context, 'supplement', act.effective_on, basis='applicant')}登录系统逐项上传补正材料。"
            "逾期未补正的，本次申请终止办理，你单位可以重新申请。",
        ],
    )


def _acceptance(context: Context, act: Act) -> Paper:
    follow = gaps.accepted_with_gaps(context, act)
    complete = "除下列材料外，" if follow else ""
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提交的{what(context)}申请，{complete}材料齐全，符合法定形式，本机关决定自"
            f"{act.effective_on:%Y年%-m月%-d日}起予以受理。",
            *([follow] if follow else []),
            f"本机关将自受理之日起{limit_words(context, 'decision')}内作出决定。",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第三十二条第一款第五项、第四十二条"],
        closing=["你单位可以凭办件编号在网上查询办理进度。全过程不收取任何费用。"],
    )


def _deemed(context: Context, act: Act) -> Paper:
    paper = _acceptance(context, act)
    paper.paragraphs[0] = (
        f"你单位提交的{what(context)}申请，本机关未在法定期限内告知补正或者作出受理决定。依照法律规定，"
        f"自收到申请材料之日（{act.effective_on:%Y年%-m月%-d日}）起即为受理。"
    )
    paper.basis = [
        "《中华人民共和国行政许可法》第三十二条第一款第四项：逾期不告知的，自收到申请材料之日起即为受理"
    ]
    return paper


def _decline(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提交的{what(context)}申请，经审查，有下列情形，本机关决定不予受理。",
            f"事实和理由：{act.data['remark']}",
            *([f"请向{act.data['ask_whom']}提出申请。"] if act.data.get("ask_whom") else []),
        ],
        facts=person_facts(context),
        columns=["序号", "不予受理的情形", "依据"],
        rows=coded_reasons(context, act, "decline_reasons"),
        basis=["《中华人民共和国行政许可法》第三十二条"],
        remedies=remedies(context, "decline"),
    )


def _ended(context: Context, act: Act) -> Paper:
    names = [context.pack.materials[row.item].name.zh for row in context.open_supplements]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"本机关已就你单位的{what(context)}申请一次性告知需要补正的全部内容。你单位在告知的期限内没有补正，"
            "本次申请终止办理。终止办理不影响你单位重新申请。",
            "未补正的材料：" + "、".join(names) + "。",
        ],
        facts=person_facts(context),
        basis=["本地区公布的补正期限", "《中华人民共和国行政许可法》第三十二条"],
        remedies=remedies(context, "ended"),
    )


def _decided(context: Context, act: Act, verb: str, articles: str, *closing: str) -> Paper:
    """A decision in the applicant's favour: what was applied for, what is granted, on which article."""
    draft = rules_kinds.permit_draft(context, act)
    facts = person_facts(context)
    if draft:
        facts += [
            ("工作许可证号", draft.number),
            ("人才类别", f"{draft.category} 类"),
            ("工作岗位", draft.post),
            ("许可有效期", f"{zh_day(draft.valid_from)}至{zh_day(draft.valid_until)}"),
        ]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提出的{what(context)}申请，经审查，符合法定条件、标准。依照《中华人民共和国行政许可法》{articles}的规定，"
            f"本机关决定{verb}。",
        ],
        facts=facts,
        basis=[
            "《中华人民共和国出境入境管理法》第四十一条",
            f"《中华人民共和国行政许可法》{articles}、第四十四条",
        ],
        closing=[f"本决定书自作出之日起{limit_words(context, 'delivery')}内送达。", *closing],
    )


def _grant(context: Context, act: Act) -> Paper:
    closing = "持有人应当在许可的用人单位和岗位工作。"
    return _decided(context, act, "准予许可", "第三十八条第一款、第三十九条", closing)


def _renewal(context: Context, act: Act) -> Paper:
    draft, held = rules_kinds.permit_draft(context, act), context.about
    paper = _decided(
        context, act, "准予延续", "第五十条", "原电子工作许可证自本决定之日起由新证代替，许可证号不变。"
    )
    if held and draft:
        paper.facts[-1] = ("原有效期至", zh_day(held.valid_until))
        paper.facts.append(("延续后有效期至", zh_day(draft.valid_until)))
    return paper


def _changed(context: Context, act: Act) -> Paper:
    changed = context.answers.get("changed") or []
    words = [option.zh for option in context.pack.options("changed") if option.value in changed]
    paper = _decided(
        context, act, "准予变更", "第四十九条", "原电子工作许可证自本决定之日起由新证代替，许可证号不变。"
    )
    paper.facts.append(("变更事项", "、".join(words)))
    return paper


def _reissued(context: Context, act: Act) -> Paper:
    closing = "原实体工作许可证自本决定之日起停止使用，以电子工作许可证为准，许可证号和有效期届满日期不变。"
    return _decided(context, act, "补发电子工作许可证", "第三十九条", closing)


def _confirmation(context: Context, act: Act) -> Paper:
    facts = person_facts(context)
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "经审查，下列外国人符合外国高端人才（A类）条件，予以确认。持本确认函及有关材料可以向中国驻外使领馆申请 R 字签证。"
            "本确认函不代替工作许可：来华工作的，应当由用人单位申请工作许可。",
            "This is to confirm that the person named below meets the conditions for foreign high-end talent (class A). With this "
            "letter an R visa may be applied for at a Chinese embassy or consulate. It does not replace a work permit.",
        ],
        facts=[*facts, ("人才类别 / Category", "A")],
        basis=["外国人才签证制度的有关规定", "外国人来华工作分类标准（试行）"],
    )


def _cancellation(context: Context, act: Act) -> Paper:
    held = context.about
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位提出的外国人来华工作许可注销申请，经审查，符合规定。依照《中华人民共和国行政许可法》第七十条的规定，"
            f"本机关决定自{act.effective_on:%Y年%-m月%-d日}起注销该许可。",
        ],
        facts=[*person_facts(context), ("工作许可证号", held.number if held else "")],
        basis=["《中华人民共和国行政许可法》第七十条"],
        closing=["自注销之日起，持有人不得继续凭该许可在中国境内工作。"],
    )


def _refusal(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提出的{what(context)}申请，经审查，有下列情形，不符合法定条件、标准，本机关决定不予许可。",
            f"事实和理由：{act.data['remark']}{heard(context)}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予许可的情形", "依据"],
        rows=coded_reasons(context, act, "refusal_reasons"),
        basis=["《中华人民共和国行政许可法》第三十八条第二款"],
        remedies=remedies(context, "refusal"),
    )


def _permit_facts(context: Context, act: Act) -> dict[str, str]:
    granted = context.entitlement(context.case.matter) or rules_kinds.permit_draft(context, act)
    assert granted is not None, "only a step that gives a permit sends its papers"
    until = granted.valid_until
    return {
        "permit_number": granted.number,
        "category": granted.category,
        "post": granted.post,
        "valid_from": granted.valid_from.isoformat(),
        "valid_until": until.isoformat() if until else "",
        "name": latin_name(context),
        "nationality": country_name(str(context.person.get("nationality", ""))),
        "employer": context.employer.name_zh if context.employer else "",
    }


def _period(facts: dict[str, str]) -> str:
    start, until = date.fromisoformat(facts["valid_from"]), date.fromisoformat(facts["valid_until"])
    return f"{start:%Y年%-m月%-d日}至{until:%Y年%-m月%-d日} / {start:%Y-%m-%d} – {until:%Y-%m-%d}"


def _permit_notice(context: Context, act: Act) -> Paper:
    facts = _permit_facts(context, act)
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "经审查，同意下列外国人来华工作。持本通知及有关材料向中国驻外使领馆申请 Z 字（或者 R 字）签证；"
            "入境后凭电子工作许可证，自入境之日起三十日内向公安机关出入境管理机构申请办理工作类居留证件。",
            "This is to certify that the person named below is approved to work in China. Apply for a Z (or R) visa at a "
            "Chinese embassy or consulate with this notification; after entry, apply for a work-type residence permit "
            "within 30 days of the day of entry.",
        ],
        facts=[
            *person_facts(context),
            ("工作许可证号 / Permit number", facts["permit_number"]),
            ("人才类别 / Category", facts["category"]),
            ("工作岗位 / Post", facts["post"]),
            ("许可有效期 / Valid", _period(facts)),
        ],
        basis=["《中华人民共和国出境入境管理法》第三十条、第四十一条"],
        extra=facts,
    )


def _e_permit(context: Context, act: Act) -> Paper:
    facts = _permit_facts(context, act)
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "持证人经批准在中华人民共和国境内工作。The holder is approved to work in the People's Republic of China."
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国出境入境管理法》第四十一条"],
        closing=["扫描二维码核验本证是否有效。Scan the QR code to verify this permit."],
        extra=facts,
    )


def _service_proof(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis="《中华人民共和国行政许可法》第四十四条")


RECEIPT = NoticeKind("RECEIPT", _receipt)
SUPPLEMENT_RECEIPT = NoticeKind("RECEIPT", _supplement_receipt)
SUPPLEMENT = NoticeKind("SUPPLEMENT", _supplement)
ACCEPTANCE = NoticeKind("ACCEPTANCE", _acceptance)
DEEMED_ACCEPTANCE = NoticeKind("ACCEPTANCE", _deemed)
DECLINE = NoticeKind("DECLINE", _decline)
FILING_ENDED = NoticeKind("FILING_ENDED", _ended)
GRANT = NoticeKind("GRANT", _grant, when=_for(*kinds.NEW))
RENEWAL = NoticeKind("RENEWAL", _renewal, when=_for(kinds.EXTEND))
CHANGED = NoticeKind("CHANGED", _changed, when=_for(kinds.CHANGE))
REISSUED = NoticeKind("REISSUED", _reissued, when=_for(kinds.REISSUE))
CONFIRMATION = NoticeKind("CONFIRMATION", _confirmation, when=_for(kinds.CONFIRM), english=True)
CANCELLATION = NoticeKind("CANCELLATION", _cancellation)
REFUSAL = NoticeKind("REFUSAL", _refusal)
PERMIT_NOTICE = NoticeKind("PERMIT_NOTICE", _permit_notice, when=_abroad, english=True)
E_PERMIT = NoticeKind("E_PERMIT", _e_permit, when=_in_china, template="notices/e_permit.html", english=True)
E_PERMIT_AFTER_ENTRY = NoticeKind("E_PERMIT", _e_permit, template="notices/e_permit.html", english=True)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service_proof)
