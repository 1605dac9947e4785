"""The papers of an inspection (行政检查文书). In Chinese, the authentic language; about the firm, with no more of persons than needed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.models import Notice
from foreignwork.notices.papers import due_words, limit_words, papers_to_serve, remedies
from foreignwork.notices.shared import coded_reasons, way_of_service, zh_day

from . import catalogue, joint, notices_joint, policy
from .onsite import pictures
from .rules import HARMLESS
from .sources import COMPLAINT

SOURCES = {"draw": "双随机抽取", "complaint": "投诉举报", "lead": "数据监测线索", "transfer": "转办交办移送"}
BASIS = "《行政许可法》第六十一条、第六十二条"
SHOW = "检查人员到场后应当出示执法证；未出示的，你单位有权拒绝接受检查。"


def firm(context: Context) -> str:
    """The authentic name of the firm or agency inspected."""
    org = context.case.subject_org
    return org.name_zh if org else ""


def facts(context: Context) -> list[tuple[str, str]]:
    """What every paper says of the inspection. The number of a complaint stays in the house: it could lead to who complained."""
    case: Any = context.case
    org = case.subject_org
    return [
        ("检查对象", firm(context)),
        ("统一社会信用代码", org.uscc if org else ""),
        ("地址", org.address if org else ""),
        ("检查来源", SOURCES[case.source] + ("" if case.source == COMPLAINT else f"（{case.source_ref}）")),
        ("检查日期", zh_day(case.visited_on)),
    ]


def items(context: Context) -> list[list[str]]:
    """(number, item, basis, method)."""
    known = catalogue.of_case(context)
    case: Any = context.case
    rows = []
    for n, code in enumerate(case.items, 1):
        item = known.get(code)
        rows.append([str(n), item.name.zh, item.basis.zh, item.method.zh] if item else [str(n), code, "", ""])
    return rows


def team(context: Context) -> list[tuple[str, str]]:
    """The two inspectors with the numbers of their certificates valid on the day."""
    case: Any = context.case
    day = case.visited_on or case.planned_on or context.today
    found = []
    for label, one in (("主检人员", case.lead), ("协检人员", case.second)):
        if one:
            card = one.certificates.on(day).first()
            found.append((label, f"{one}（执法证号 {card.number}）" if card else str(one)))
    return found


def joined(context: Context) -> str:
    """The departments that take part, by name."""
    own = policy.of(context.pack)
    case: Any = context.case
    return "、".join(own.departments[code].zh if code in own.departments else code for code in case.joint)


def _number_of(context: Context, kind: str) -> str:
    """The number of the newest paper of this kind in the case."""
    rows = Notice.objects.filter(case_id=context.case.pk, kind=kind).order_by("-pk")
    return rows.values_list("number", flat=True).first() or ""


def _proposer(context: Context) -> str:
    first = context.case.events.order_by("seq").first()
    return str(first.actor) if first and first.actor else "按抽取结果产生"


def _host(context: Context) -> str:
    """Who received the inspectors."""
    arrived = context.case.events.filter(action="arrive").last()
    return str((arrived.sealed or {}).get("met", "")) if arrived else ""


def _people(context: Context) -> dict[int, str]:
    """The foreign nationals of the visit by the code of their dossier, which the firm knows; never by name."""
    case: Any = context.case
    rows = case.subjects.filter(subject__kind="person")
    return dict(rows.values_list("subject_id", "subject__dossier__code"))


def _approval(context: Context, act: Act) -> Paper:
    case: Any = context.case
    return Paper(
        addressee=context.case.office.name_zh,
        paragraphs=[
            "经审查，下列检查来源清楚、事项有据，批准实施检查。",
            *([f"审批意见：{act.data['remark']}"] if act.data.get("remark") else []),
        ],
        facts=[
            *facts(context),
            ("来源编号", case.source_ref),
            ("来源日期", zh_day(case.source_on)),
            ("联合部门", joined(context) or "无"),
            *notices_joint.guests(context, came=False),
            ("提出人", _proposer(context)),
            ("批准人", str(act.actor.user)),
        ],
        columns=["序号", "检查事项", "检查依据", "检查方式"],
        rows=items(context),
        basis=[BASIS],
    )


def _notice(context: Context, act: Act) -> Paper:
    ready = act.data.get("prepare")
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"本机关定于{zh_day(act.data['planned_on'])}对你单位实施检查，请予配合。",
            *([f"请事先准备：{ready}"] if ready else []),
            SHOW,
        ],
        facts=[*facts(context), *team(context), *notices_joint.guests(context, came=False)],
        columns=["序号", "检查事项", "检查依据", "检查方式"],
        rows=items(context),
        basis=[BASIS, "《行政处罚法》第四十二条、第五十五条"],
        closing=["认为检查人员应当回避的，可以在检查开始前向本机关提出。"],
    )


def _record(context: Context, act: Act) -> Paper:
    case: Any = context.case
    own, known = policy.of(context.pack), catalogue.of_case(context)
    data = act.data
    people, rows = _people(context), []
    for n, row in enumerate(data["findings"], 1):
        item = known.get(row["item"])
        result = own.results.get(row["result"])
        detail = row.get("detail") or {}
        about = "单位" if not row.get("subject_id") else people[row["subject_id"]]
        said = detail.get("note") or _compared(detail)
        rows.append(
            [
                str(n),
                item.name.zh if item else row["item"],
                about,
                result.zh if result else row["result"],
                said or "无",
            ]
        )
    for taken in joint.results(case):
        rows.append(notices_joint.taken_over(own, known, len(rows) + 1, taken))
    numbered = ["“对象”一栏的编号是外国人在本系统中的档案编号。"] if people else []
    shots, talks = pictures.photographs(case), pictures.interviews(case)
    reasons = own.reasons.get("not_signed", {})
    signed = (
        f"被检查单位签字人：{data['signer']}"
        if data["signed"] == "signed"
        else f"被检查单位未签字：{reasons[data['signed']].zh}"
    )
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"检查人员于{zh_day(case.visited_on)}到场，出示执法证并说明来意，对你单位实施检查，情况记录如下。",
            *([f"检查经过：{data['remark']}"] if data.get("remark") else []),
        ],
        facts=[
            *facts(context),
            *team(context),
            *notices_joint.guests(context, came=True),
            ("单位接待人", _host(context)),
        ],
        columns=["序号", "检查事项", "对象", "结果", "情况"],
        rows=rows,
        basis=["《行政处罚法》第五十五条"],
        closing=[signed, "检查人员签字：两名检查人员均已签字。", *numbered, *pictures.in_words(shots, talks)],
        pictures=[*pictures.signatures(case), *shots],
    )


def _compared(detail: dict[str, Any]) -> str:
    from .forms_onsite import COMPARED

    with override("zh-hans"):
        words = {code: str(label) for code, label in COMPARED}
    if not detail.get("compared"):
        return ""
    actual = detail.get("actual") or ""
    return words[detail["compared"]] + (f"：{actual}" if actual else "")


def _problems(context: Context) -> list[list[str]]:
    """Rows (number, item, result, what was seen) of what was found and still stands: the newest finding of each item."""
    case: Any = context.case
    own, known = policy.of(context.pack), catalogue.of_case(context)
    found = {(row.item, row.subject_id, row.reused_from): row for row in case.findings.order_by("seq")}
    standing = [row for row in found.values() if row.result not in HARMLESS]
    people = _people(context)
    return [
        [
            str(n),
            (known[row.item].name.zh if row.item in known else row.item)
            + (f"（外国人{people[row.subject_id]}）" if row.subject_id in people else ""),
            own.results[row.result].zh if row.result in own.results else row.result,
            (row.detail or {}).get("note") or _compared(row.detail or {}) or notices_joint.theirs(own, row),
        ]
        for n, row in enumerate(standing, 1)
    ]


def _correction(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=firm(context),
        paragraphs=[
            "经检查，你单位存在下列问题，现责令限期改正。",
            f"改正要求：{act.data['demand']}",
            f"请自收到本通知之日起{limit_words(context, 'correction', 'applicant')}内改正"
            f"{due_words(context, 'correction', act.today, 'applicant')}，并向本机关报告改正情况。本机关将予复查。",
        ],
        facts=facts(context),
        columns=["序号", "检查事项", "存在的问题"],
        rows=[[n, item, seen or result] for n, item, result, seen in _problems(context)],
        basis=["《行政处罚法》第二十八条"],
        remedies=remedies(context, "correction"),
        closing=["逾期未改正的，本机关依法处理。"],
    )


def _reinspected(context: Context, act: Act) -> Paper:
    met = context.case.state == "corrected"
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"本机关于{zh_day(act.data['on'])}对责令改正事项进行复查，{'已经改正' if met else '尚未改正'}。",
            f"复查情况：{act.data['remark']}",
        ],
        facts=[*facts(context), ("责令改正通知书文号", _number_of(context, "CORRECTION_ORDER"))],
        basis=["《行政处罚法》第二十八条"],
    )


def _filed(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=context.case.office.name_zh,
        paragraphs=["检查发现的问题符合立案标准，批准立案。", f"立案理由：{act.data['remark']}"],
        facts=[
            *facts(context),
            ("检查笔录文号", _number_of(context, "INSPECTION_RECORD")),
            ("批准人", str(act.actor.user)),
        ],
        basis=["《行政处罚法》第五十四条第二款"],
    )


def _told(context: Context, act: Act) -> Paper:
    hearing = act.data["hearing"] == "yes"
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"查明的事实：{act.data['facts']}",
            f"拟作出的处罚及依据：{act.data['intended']}",
            "你单位有权陈述、申辩；本机关不因申辩给予更重的处罚。"
            + ("你单位并有权要求听证，听证不收取费用。" if hearing else ""),
            f"{'陈述、申辩或者要求听证' if hearing else '陈述、申辩'}，请自收到本告知书之日起{limit_words(context, 'statement', 'applicant')}内向本机关提出"
            f"{due_words(context, 'statement', act.today, 'applicant')}。",
        ],
        facts=facts(context),
        basis=["《行政处罚法》第四十四条、第四十五条" + ("、第六十三条、第六十四条" if hearing else "")],
    )


def _hearing(context: Context, act: Act) -> Paper:
    data = act.data
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"你单位要求听证。本机关定于{zh_day(data['on'])}举行听证，时间和地点：{data['place']}，主持人：{data['chair']}。",
            "你单位可以亲自参加，也可以委托一至二人代理；认为主持人与本案有直接利害关系的，有权申请回避。",
            "无正当理由拒不出席或者未经许可中途退出的，视为放弃听证权利。",
        ],
        facts=facts(context),
        basis=["《行政处罚法》第六十四条"],
    )


def _penalty(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=firm(context),
        paragraphs=[
            "经告知并听取意见，本机关决定如下。",
            f"事实、证据、理由和处罚的种类：{act.data['remark']}",
            f"履行方式和期限：{act.data['performance']}",
        ],
        facts=[*facts(context), ("事先告知书文号", _number_of(context, "PENALTY_TOLD"))],
        columns=["序号", "违法行为", "依据"],
        rows=coded_reasons(context, act),
        basis=["《行政处罚法》第五十七条、第五十九条"],
        remedies=remedies(context, "penalty"),
    )


def _transferred(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=act.data["to"],
        paragraphs=["本机关在检查中发现下列事项，依法移送你机关处理。", f"移送事由：{act.data['remark']}"],
        facts=[
            *facts(context),
            ("检查笔录文号", _number_of(context, "INSPECTION_RECORD")),
        ],
        columns=["序号", "检查事项", "结果", "情况"],
        rows=_problems(context),
        basis=["《行政处罚法》第二十七条"],
    )


def _result(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=firm(context),
        paragraphs=["本次检查未发现问题。检查结果将依法公示。"],
        facts=[*facts(context), *team(context)],
        columns=["序号", "检查事项", "检查依据", "检查方式"],
        rows=items(context),
        basis=[BASIS],
    )


def _service(context: Context, act: Act) -> Paper:
    """送达回证, addressed to the firm inspected."""
    data = act.data
    return Paper(
        addressee=firm(context),
        paragraphs=[
            f"下列文书已于{zh_day(act.today)}送达，送达方式：{way_of_service(context, act)}，签收人：{data['receiver']}。"
        ],
        columns=["序号", "文书名称", "文号", "签收人", "送达日期"],
        rows=[
            [str(n), title, number, data["receiver"], zh_day(act.today)]
            for n, (title, number) in enumerate(papers_to_serve(context), 1)
        ],
        basis=["《行政处罚法》第六十一条"],
    )


APPROVAL = NoticeKind("INSPECTION_APPROVAL", _approval, internal=True)
NOTICE = NoticeKind("INSPECTION_NOTICE", _notice)
RECORD = NoticeKind("INSPECTION_RECORD", _record)
CORRECTION = NoticeKind("CORRECTION_ORDER", _correction)
REINSPECTED = NoticeKind("REINSPECTION_RECORD", _reinspected)
CASE_FILED = NoticeKind("CASE_FILED", _filed, internal=True)
PENALTY_TOLD = NoticeKind("PENALTY_TOLD", _told)
HEARING = NoticeKind("INSPECTION_HEARING", _hearing)
PENALTY = NoticeKind("PENALTY", _penalty)
TRANSFER = NoticeKind("TRANSFER", _transferred, internal=True)
RESULT = NoticeKind("INSPECTION_RESULT", _result)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
