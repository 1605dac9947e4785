"""The papers of a residence permit: what stands in each. In Chinese, the authentic language."""

from __future__ import annotations

from datetime import datetime

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, latin_name, limit_words, person_facts, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof, zh_day

from . import rules

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
        facts=[*person_facts(context), ("申请事项", "工作类居留证件签发"), ("回执有效期至", until)],
        basis=[RULES + "第十八条、第三十六条"],
        closing=[
            "本机关可以通过面谈、电话询问、实地调查等方式核实申请事由的真实性，申请人以及出具邀请函件、证明材料的单位、个人应当予以配合。"
        ],
        extra={"receipt_until": act.data["receipt_until"].isoformat()},
    )


def _grant(context: Context, act: Act) -> Paper:
    draft = rules.residence_draft(context, act)
    change = context.pack.value("residence_change_days")
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "你的工作类居留证件申请，经审核符合规定，本机关决定予以签发。请凭受理回执领取护照和居留证件。"
        ],
        facts=[
            *person_facts(context),
            ("居留事由", "工作"),
            ("居留证件有效期", f"{zh_day(draft.valid_from)}至{zh_day(draft.valid_until)}"),
        ],
        basis=[LAW + "第三十条"],
        closing=[
            f"居留证件登记事项发生变更的，应当自变更之日起{change}日内向居留地公安机关出入境管理机构申请办理变更。",
            "不得从事与居留事由不相符的活动，并应当在居留期限届满前离境或者依法申请延期。",
        ],
    )


def _refusal(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "你的工作类居留证件申请，经审核有下列情形，本机关决定不予签发。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予签发的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=[LAW + "第三十一条、第三十六条"],
        remedies=remedies(context, "refusal"),
        closing=["请凭受理回执领回护照或者其他国际旅行证件。"],
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


VISIT_GONE = NoticeKind("RESIDENCE_VISIT_GONE", _visit_gone, english=True)
SUPPLEMENT = NoticeKind("SUPPLEMENT", _supplement)
RESIDENCE_RECEIPT = NoticeKind("RESIDENCE_RECEIPT", _receipt, english=True)
RESIDENCE_GRANT = NoticeKind("RESIDENCE_GRANT", _grant)
RESIDENCE_REFUSAL = NoticeKind("RESIDENCE_REFUSAL", _refusal)
FILING_ENDED = NoticeKind("FILING_ENDED", _ended)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
