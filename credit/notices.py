"""The papers of a listing, in Chinese, the authentic language. Each names the basis, the term, the measures and how to get off."""

from __future__ import annotations

from typing import Any

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import due_words, limit_words, papers_to_serve, remedies
from foreignwork.notices.shared import way_of_service, zh_day

from . import policy, rules


def firm(context: Context) -> str:
    org = context.case.subject_org
    return org.name_zh if org else ""


def the_list(context: Context) -> policy.List:
    found = rules.listed_in(context)
    assert found is not None
    return found


def facts(context: Context) -> list[tuple[str, str]]:
    case: Any = context.case
    entry = the_list(context)
    texts = context.pack.texts
    return [
        ("当事人", firm(context)),
        ("统一社会信用代码", case.subject_org.uscc),
        ("名单", entry.name.zh),
        ("采取的措施", "；".join(texts[f"measure_{code}"].zh for code in entry.measures)),
        ("是否公示", "公示" if entry.published else "不公示，仅供主管部门办理业务时参考"),
    ]


def records(context: Context) -> list[list[str]]:
    """(number, date, what, case) of the entries the listing rests on."""
    from .models import Entry

    case: Any = context.case
    events = policy.of(context.pack).events
    rows = Entry.objects.filter(pk__in=case.entries).select_related("case").order_by("on", "pk")
    return [
        [
            str(n),
            zh_day(row.on),
            events[row.event].text.zh if row.event in events else row.event,
            row.case.number,
        ]
        for n, row in enumerate(rows, 1)
    ]


COLUMNS = ["序号", "日期", "信用记录", "案件编号"]


def _told(context: Context, act: Act) -> Paper:
    proposed = context.case.events.filter(action="propose").first()
    grounds = (proposed.sealed or {}).get("grounds", "") if proposed else ""
    return Paper(
        addressee=firm(context),
        paragraphs=[
            "根据下列信用记录，本机关拟将你单位列入信用名单，现依法告知。",
            *([f"事实和理由：{grounds}"] if grounds else []),
            "列入以后不限制你单位依法提出申请；本机关办理你单位的事项时按名单的措施审查。",
            f"你单位有权陈述、申辩，请自收到本告知书之日起{limit_words(context, 'defence', 'applicant')}内向本机关提出{due_words(context, 'defence', act.today, 'applicant')}。",
        ],
        facts=facts(context),
        columns=COLUMNS,
        rows=records(context),
        basis=[the_list(context).basis.zh],
    )


def _listed(context: Context, act: Act) -> Paper:
    """Decision and notice of repair in one paper (两书同达)."""
    case: Any = context.case
    return Paper(
        addressee=firm(context),
        paragraphs=[
            "经告知并听取意见，本机关决定将你单位列入信用名单。",
            f"理由：{act.data['remark']}",
            f"列入期限自{zh_day(case.listed_on)}至{zh_day(case.until_on)}，期满自动移出，无须申请。",
            f"信用修复：自{zh_day(case.repairable_on)}起，你单位已经改正并作出信用承诺的，可以向本机关申请修复；"
            f"准予修复的，即时移出名单，停止{'公示和' if case.published else ''}有关措施。",
        ],
        facts=facts(context),
        columns=COLUMNS,
        rows=records(context),
        basis=[the_list(context).basis.zh, "《信用修复管理办法》"],
        remedies=remedies(context, "listing"),
    )


def _short(opening: str, *basis: str, remedy: str = "") -> Any:
    """A paper of one sentence and its reasons; without articles of its own it rests on those of the list."""

    def build(context: Context, act: Act) -> Paper:
        return Paper(
            addressee=firm(context),
            paragraphs=[opening, f"理由：{act.data['remark']}"],
            facts=facts(context)[:3],
            basis=[*basis] or [the_list(context).basis.zh],
            remedies=remedies(context, remedy) if remedy else [],
        )

    return build


def _service(context: Context, act: Act) -> Paper:
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


REPAIR_LAW = "《信用修复管理办法》"
TOLD = NoticeKind("CREDIT_TOLD", _told)
LISTED = NoticeKind("CREDIT_LISTED", _listed)
DROPPED = NoticeKind("CREDIT_DROPPED", _short("经审查，本机关决定不将你单位列入信用名单。"))
REPAIRED = NoticeKind(
    "CREDIT_REPAIRED",
    _short("你单位申请信用修复。经核实，准予修复，自本日起移出信用名单，停止公示和有关措施。", REPAIR_LAW),
)
REPAIR_REFUSED = NoticeKind(
    "CREDIT_REPAIR_REFUSED",
    _short("你单位申请信用修复。经核实，不予修复，继续列入至期满。", REPAIR_LAW, remedy="repair"),
)
LIFTED = NoticeKind(
    "CREDIT_LIFTED", _short("本机关决定撤销将你单位列入信用名单的决定，自本日起移出，停止公示和有关措施。")
)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
