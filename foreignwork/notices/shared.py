"""Papers and rows that several matters send alike; each matter adds its own words and articles."""

from __future__ import annotations

from datetime import date

from foreignwork.cases import law
from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act

from .kinds import Paper
from .papers import addressee, papers_to_serve


def zh_day(day: date | None) -> str:
    """2026年3月2日."""
    return f"{day:%Y年%-m月%-d日}" if day else ""


def zh_due(day: date, *, provisional: bool) -> str:
    """A last day on a paper; one that the holidays may still move says so."""
    return zh_day(day) + ("（暂定，节假日安排公布后确定）" if provisional else "")


def coded_reasons(context: Context, act: Act, kind: str = "refusal_reasons") -> list[list[str]]:
    """Rows (number, reason, article) of the reasons an officer chose; ``kind`` is the pack's list."""
    entries = getattr(context.pack.matters[context.case.matter], kind)
    return [
        [str(n), entries[code].zh, law.in_words("；".join(entries[code].cites)) or "见法律依据"]
        for n, code in enumerate(act.data["reasons"], 1)
    ]


def asked_items(context: Context, act: Act) -> list[list[str]]:
    """Rows (number, material, what is wrong with it) of a supplement notice."""
    pack = context.pack
    return [
        [
            str(n),
            pack.materials[item["item"]].name.zh,
            pack.supplement_reasons[item["reason"]].zh + (f"：{item['note']}" if item["note"] else ""),
        ]
        for n, item in enumerate(act.data["items"], 1)
    ]


def referral(context: Context, act: Act, ground: str, *, days: int) -> Paper:
    """A duty done late: the applicant is told that it was accepted, that the lateness stands on record, and who learns of it."""
    entry = context.pack.referrals[ground]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"{entry.zh}你单位于{zh_day(act.today)}办理，逾期{days}日。",
            f"本机关已经接收你单位的申报，并依法办理，不因逾期而拒绝。逾期的情况已记录在案，并移送{entry.authority.zh}依法处理。",
        ],
        basis=[law.in_words(cite) or cite for cite in entry.cites if law.in_words(cite)],
        closing=["对逾期有正当理由的，可以向移送的机关说明，并提供有关证明。"],
    )


def way_of_service(context: Context, act: Act) -> str:
    """How the papers reached the reader, in the pack's words."""
    return context.pack.delivery[act.data["how"]].name.zh


def service_proof(context: Context, act: Act, *, basis: str) -> Paper:
    """送达回证: which papers reached whom, when and how."""
    rows = [
        [str(n), title, number, act.data["receiver"], zh_day(act.today)]
        for n, (title, number) in enumerate(papers_to_serve(context), 1)
    ]
    way = way_of_service(context, act)
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"下列文书已于{zh_day(act.today)}送达，送达方式：{way}，签收人：{act.data['receiver']}。"
        ],
        columns=["序号", "文书名称", "文号", "签收人", "送达日期"],
        rows=rows,
        basis=[basis],
    )
