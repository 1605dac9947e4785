"""Sentences and rows that the papers of every matter share."""

from __future__ import annotations

from datetime import date

from foreignwork.cases.context import Context
from foreignwork.dossiers.nationalities import country_name
from foreignwork.policies import workdays
from foreignwork.policies.schema import Basis

from .service import waiting

UNITS = {"wd": "个工作日", "days": "日", "months": "个月"}


def addressee(context: Context) -> str:
    """The employer's authentic name."""
    return context.employer.name_zh if context.employer else ""


def latin_name(context: Context) -> str:
    """SURNAME GIVEN NAMES, as the passport prints it."""
    person = context.person
    return f"{person.get('surname', '')} {person.get('given_names', '')}".strip()


def person_facts(context: Context) -> list[tuple[str, str]]:
    """Who the paper is about: no more than the paper needs."""
    person = context.person
    return [
        ("姓名", latin_name(context) + (f"（{person['name_zh']}）" if person.get("name_zh") else "")),
        ("国籍（地区）", country_name(str(person.get("nationality", "")))),
        ("护照号码", str(person.get("passport_number", ""))),
        ("用人单位", addressee(context)),
        ("统一社会信用代码", context.employer.uscc if context.employer else ""),
    ]


def limit_words(context: Context, kind: str, basis: Basis = "statutory") -> str:
    """The limit in the words of the pack: “五个工作日” as a figure, with the promised one beside the statutory."""
    case, pack = context.case, context.pack
    found = pack.limit(case.matter, kind, basis, case.sub_matter or None, case.category or None)
    text = f"{found.amount}{UNITS[found.unit]}" if found and found.amount is not None else "法定期限"
    if basis == "statutory":
        promised = pack.limit(case.matter, kind, "promised", case.sub_matter or None, case.category or None)
        if promised and promised.amount is not None:
            text += f"（承诺{promised.amount}{UNITS[promised.unit]}）"
    return text


def due_words(context: Context, kind: str, since: date, basis: Basis = "statutory") -> str:
    """The last day of a limit that starts today: “（至2026年3月31日）”; empty when the pack states none. A provisional day
    says so."""
    case = context.case
    found = context.pack.limit(case.matter, kind, basis, case.sub_matter or None, case.category or None)
    if found is None or found.amount is None:
        return ""
    due = workdays.due(since, found.period)
    provisional = "，暂定，节假日安排公布后确定" if due.provisional else ""
    return f"（至{due.on:%Y年%-m月%-d日}{provisional}）"


def remedies(context: Context, act: str) -> list[str]:
    """The remedies this act of this office owes, from the pack; none where the law gives none (law-notes 13)."""
    found = context.pack.remedy(context.case.matter, act, context.case.office.code)
    return [line for line in found.zh.split("\n") if line.strip()] if found else []


def papers_to_serve(context: Context) -> list[tuple[str, str]]:
    """(title, number) of the papers now being served."""
    return [(context.pack.notices[row.kind].title.zh, row.number) for row in waiting(context)]
