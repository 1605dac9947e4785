"""The papers of a residence permit: what stands in each. In Chinese, the authentic language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from foreignwork.appointments.book import visit_of
from foreignwork.cases import law
from foreignwork.cases.clock import SHANGHAI
from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, latin_name, limit_words, person_facts, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof, zh_day

from . import kinds, rules

LAW = "《中华人民共和国出境入境管理法》"
RULES = "《中华人民共和国外国人入境出境管理条例》"


def _supplement(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位聘用的外国人提交的居留证件申请，材料不齐全或者不符合要求。现将需要补正的全部内容一次性告知如下，"
            "未列出的材料不需要重新提交。",
        ],
        facts=person_facts(context),
        columns=["序号", "材料名称", "需要补正的内容"],
        rows=asked_items(context, act),
        basis=[RULES + "第十八条第二款"],
        closing=[
            f"请在{limit_words(context, 'supplement', basis='applicant')}内"
            f"{due_words(context, 'supplement', act.effective_on, basis='applicant')}补正。电子材料登录系统上传，纸质材料到窗口提交。"
        ],
    )


def _receipt(context: Context, act: Act) -> Paper:
    until = zh_day(act.data["receipt_until"])
    if act.data["provisional"]:
        until += "（该年度节假日安排尚未公布，以公布后的工作日计算为准）"
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"你的外国人居留证件申请已于{zh_day(act.today)}受理，护照或者其他国际旅行证件由本机关收存。",
            f"本回执有效期至{until}。本机关将在回执有效期内作出是否签发的决定。",
            "护照或者其他国际旅行证件因办理证件被收存期间，你可以凭本回执在中国境内合法停留。",
            "While the passport is kept for this application, the holder may lawfully stay in China on this receipt.",
        ],
        facts=[*person_facts(context), ("申请事项", _asked(context)), ("回执有效期至", until)],
        basis=[RULES + "第十八条、第三十六条"],
        closing=[
            "本机关可以通过面谈、电话询问、实地调查等方式核实申请事由的真实性，申请人以及出具邀请函件、证明材料的单位、个人应当予以配合。"
        ],
        extra={"receipt_until": act.data["receipt_until"].isoformat()},
    )


def _asked(context: Context) -> str:
    """“工作类居留证件签发”, “工作类居留证件延期” …, in the pack's words."""
    sub = context.pack.matters[context.case.matter].sub_matters[context.case.sub_matter]
    return f"工作类居留证件{sub.name.zh}"


GRANTED = {
    kinds.ISSUE: "经审核符合规定，本机关决定予以签发。",
    kinds.EXTEND: "经审查延期理由合理、充分，本机关决定准予延长居留期限，原居留证件自新证件签发之日起不再有效。",
    kinds.CHANGE: "经审核符合规定，本机关决定予以变更登记项目，原居留证件自新证件签发之日起不再有效。",
    kinds.REPLACE: "经审核符合规定，本机关决定予以换发，原居留证件宣布作废。",
    kinds.REISSUE: "经审核符合规定，本机关决定予以补发，遗失或者被盗抢的居留证件宣布作废。",
}
GRANT_BASIS = {
    kinds.ISSUE: [LAW + "第三十条"],
    kinds.EXTEND: [LAW + "第三十二条"],
    kinds.CHANGE: [LAW + "第三十三条"],
    kinds.REPLACE: [LAW + "第三十五条、第六十七条"],
    kinds.REISSUE: [LAW + "第三十五条、第六十七条", RULES + "第三十四条第一项"],
}


def _grant(context: Context, act: Act) -> Paper:
    draft = rules.residence_draft(context, act)
    change = context.pack.value("residence_change_days")
    extend = context.pack.value("residence_extend_days")
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"你的{_asked(context)}申请，{GRANTED[context.case.sub_matter]}请凭受理回执领取护照和居留证件。"
        ],
        facts=[
            *person_facts(context),
            ("办理事项", _asked(context)),
            ("居留事由", "工作"),
            ("居留证件有效期", f"{zh_day(draft.valid_from)}至{zh_day(draft.valid_until)}"),
        ],
        basis=GRANT_BASIS[context.case.sub_matter],
        closing=[
            f"居留证件登记事项发生变更的，应当自变更之日起{change}日内向居留地公安机关出入境管理机构申请办理变更。",
            f"需要延长居留期限的，应当在有效期限届满{extend}日前申请；不得从事与居留事由不相符的活动，并应当在居留期限届满前离境。",
        ],
    )


REFUSED = {
    kinds.ISSUE: "本机关决定不予签发。",
    kinds.EXTEND: "本机关决定不予延长居留期限。",
    kinds.CHANGE: "本机关决定不予变更。",
    kinds.REPLACE: "本机关决定不予换发。",
    kinds.REISSUE: "本机关决定不予补发。",
}


def _refusal(context: Context, act: Act) -> Paper:
    sub, about = context.case.sub_matter, context.about
    closing = ["请凭受理回执领回护照或者其他国际旅行证件。"]
    if sub == kinds.EXTEND and about and about.valid_until:
        closing.append(f"原居留证件有效期至{zh_day(about.valid_until)}，应当按期离境。")
    first = sub == kinds.ISSUE
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"你的{_asked(context)}申请，经审核有下列情形，{REFUSED[sub]}",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予签发的情形" if first else "不予批准的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=[LAW + "第三十一条、第三十六条"] if first else [RULES + "第二十一条", LAW + "第三十六条"],
        remedies=remedies(context, "refusal"),
        closing=closing,
    )


def _decline(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"你的{_asked(context)}申请，本机关经审核不予受理。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予受理的情形", "依据"],
        rows=coded_reasons(context, act, "decline_reasons"),
        basis=[LAW + "第三十条第一款", RULES + "第十六条"],
        remedies=remedies(context, "decline"),
        closing=["请向有管辖权的公安机关出入境管理机构申请，并注意现有停留居留期限。"],
    )


CALLED = {"person": "你本人", "employer": "用人单位", "both": "你本人和用人单位"}


def _interview(context: Context, act: Act) -> Paper:
    visit = visit_of(context)
    when = visit.slot.starts_at.astimezone(SHANGHAI) if visit else None
    where = "，".join(part for part in (visit.named("zh"), visit.address("zh")) if part) if visit else ""
    day = f"{zh_day(when.date())}{when:%H:%M}" if when else zh_day(act.data["on"])
    return Paper(
        addressee=act.data.get("named") or latin_name(context),
        paragraphs=[
            f"为核实{_asked(context)}申请事由的真实性，请{act.data.get('named') or CALLED[act.data['whom']]}于{day}接受面谈。",
            f"需要说明的事项：{act.data['about']}",
            "不能按时到场的，请事先改约或者说明理由；无正当理由未在约定时间内接受面谈的，可以依法不予签发。",
            f"Please attend an interview on {when:%Y-%m-%d %H:%M}. If you cannot come, change the time beforehand."
            if when
            else "Please attend an interview on the day named above.",
        ],
        facts=[*person_facts(context), ("面谈时间", day), ("面谈地点", where or context.case.office.name_zh)],
        basis=[RULES + "第二十条"],
        closing=["请携带受理回执和与说明事项有关的材料。"],
    )


def _who(data: dict[str, Any]) -> str:
    words = {"counter": "本人领取", "proxy": "委托代领（已收存委托书并核对身份）", "post": "邮寄签收"}
    return words[data["how"]]


def _handover(context: Context, act: Act) -> Paper:
    on = act.data.get("signed_on") or act.today
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"下列证件已于{zh_day(on)}交付，方式：{_who(act.data)}，签收人：{act.data['receiver']}。",
        ],
        facts=person_facts(context),
        columns=["序号", "证件", "情况"],
        rows=[
            ["1", "外国人工作类居留证件", "已发放"],
            ["2", "护照或者其他国际旅行证件", f"已退还（{zh_day(_taken(context))}收存）"],
        ],
        basis=[RULES + "第十八条"],
        closing=["请核对居留证件的登记项目；有差错的，请立即告知本机关更正。"],
    )


def _taken(context: Context) -> date | None:
    return getattr(context.case, "passport_taken_on", None)


def _passport_return(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"本机关因办理居留证件收存的护照或者其他国际旅行证件，已于{zh_day(act.today)}退还，方式：{_who(act.data)}，"
            f"签收人：{act.data['receiver']}。",
            "受理回执自护照退还之日起不再作为停留居留的凭证，请注意现有停留居留期限。",
        ],
        facts=[*person_facts(context), ("收存日期", zh_day(_taken(context)))],
        basis=[RULES + "第十八条第三款"],
    )


LOST = {"lost": "遗失", "stolen": "被盗抢", "damaged": "损毁"}


def _loss(context: Context, act: Act) -> Paper:
    held = context.entitlement(context.case.matter)
    report = act.data.get("report_number")
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"已收到你关于居留证件{LOST[act.data['loss']]}的报告，发生或者发现日期：{zh_day(act.data['lost_on'])}。",
            "请尽快登录系统申请补发（损毁的申请换发）。新证件签发时，原证件依法宣布作废；找回原证件的，应当交回。",
        ],
        facts=[
            *person_facts(context),
            ("原居留证件有效期至", zh_day(held.valid_until) if held else ""),
            *([("报警回执编号", report)] if report else []),
        ],
        basis=[LAW + "第三十五条、第六十七条", RULES + "第三十四条第一项"],
    )


def _announcement(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "经查，持证人原居留事由已经变更，未在规定期限内向公安机关出入境管理机构申报。现予公告，"
            f"请于{zh_day(act.data['until'])}前申报；期满仍未申报的，其所持居留证件将依法宣布作废。",
            f"公告方式和载体：{act.data['where']}。",
        ],
        facts=[("持证人", latin_name(context)), ("居留证件有效期至", zh_day(_end_of_about(context)))],
        basis=[RULES + "第三十四条第三项"],
    )


def _end_of_about(context: Context) -> date | None:
    return context.about.valid_until if context.about else None


def _void(context: Context, act: Act) -> Paper:
    how = "当场宣布作废" if act.data["declared"] == "on_the_spot" else "公告宣布作废"
    entries = context.pack.matters[context.case.matter].office_grounds
    grounds = getattr(context.case, "void_grounds", None) or []
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"你所持外国人工作类居留证件有下列情形，本机关决定{how}。该证件自{zh_day(act.effective_on)}起无效。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=[*person_facts(context), ("原居留证件有效期至", zh_day(_end_of_about(context)))],
        columns=["序号", "作废情形", "依据"],
        rows=[
            [str(n), entries[code].zh, law.in_words("；".join(entries[code].cites))]
            for n, code in enumerate(grounds, 1)
        ],
        basis=[LAW + "第六十七条", RULES + "第三十四条"],
        remedies=remedies(context, "void"),
        closing=["宣布作废的证件应当交回，由本机关注销或者收缴。"],
    )


def _collection(context: Context, act: Act) -> Paper:
    what = "收缴" if act.data["done"] == "collected" else "注销"
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            f"被宣布作废的外国人工作类居留证件，本机关于{zh_day(act.today)}予以{what}。",
            f"证件持有人或者交出人：{act.data['holder']}。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        basis=[LAW + "第六十七条第三款", RULES + "第三十五条"],
        remedies=remedies(context, "void"),
    )


def _ended(context: Context, act: Act) -> Paper:
    names = [context.pack.materials[row.item].name.zh for row in context.open_supplements]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "本机关已就居留证件申请一次性告知需要补正的全部内容，在告知的期限内没有补正，本次申请终止办理。"
            "终止办理不影响重新申请；请注意入境后申请居留证件的期限和现有停留期限。",
            "未补正的材料：" + "、".join(names) + "。",
        ],
        facts=person_facts(context),
        basis=["本地区公布的补正期限", RULES + "第十八条第二款"],
        remedies=remedies(context, "ended"),
    )


def _visit_gone(context: Context, act: Act) -> Paper:
    when = datetime.fromisoformat(act.data["slot"].partition("@")[2])
    why = act.data["why"] or "该时段已不再安排办理"
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位为聘用的外国人预约的{zh_day(when.date())}{when:%H:%M}到窗口办理，因本机关原因（{why}）不能进行，预约已取消。"
            "给你们带来不便，请谅解。",
            "请登录系统另选时间。本次调整不影响申请的提出日期，不计为逾期。",
            "The appointment cannot take place for reasons on our side. Please choose another time online; "
            "the date of the application is not affected.",
        ],
        facts=person_facts(context),
        basis=[RULES + "第十六条"],
    )


def _service(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis=RULES + "第十八条")


def _first(context: Context) -> bool:
    return context.case.sub_matter == kinds.ISSUE


def _about_one(context: Context) -> bool:
    return not _first(context)


VISIT_GONE = NoticeKind("RESIDENCE_VISIT_GONE", _visit_gone, english=True)
SUPPLEMENT = NoticeKind("SUPPLEMENT", _supplement)
DECLINE = NoticeKind("RESIDENCE_DECLINE", _decline)
RESIDENCE_RECEIPT = NoticeKind("RESIDENCE_RECEIPT", _receipt, english=True)
INTERVIEW_CALL = NoticeKind("RESIDENCE_INTERVIEW", _interview, english=True)
RESIDENCE_GRANT = NoticeKind("RESIDENCE_GRANT", _grant)
RESIDENCE_REFUSAL = NoticeKind("RESIDENCE_REFUSAL", _refusal, when=_first)
RESIDENCE_REFUSAL_ABOUT = NoticeKind("RESIDENCE_REFUSAL_ABOUT", _refusal, when=_about_one)
HANDOVER = NoticeKind("RESIDENCE_HANDOVER", _handover)
PASSPORT_RETURN = NoticeKind("PASSPORT_RETURN", _passport_return)
LOSS_REPORT = NoticeKind("RESIDENCE_LOSS", _loss)
ANNOUNCEMENT = NoticeKind("RESIDENCE_ANNOUNCEMENT", _announcement)
VOID = NoticeKind("RESIDENCE_VOID", _void)
COLLECTION = NoticeKind("RESIDENCE_COLLECTION", _collection)
FILING_ENDED = NoticeKind("FILING_ENDED", _ended)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
