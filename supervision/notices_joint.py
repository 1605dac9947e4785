"""What the papers of an inspection say of other departments: who came from them, and what they found."""

from __future__ import annotations

from typing import Any

from foreignwork.cases.context import Context
from foreignwork.notices.shared import zh_day

from . import catalogue, joint, policy


def guests(context: Context, *, came: bool) -> list[tuple[str, str]]:
    """The officers of other departments, with certificate and items: those expected, or (``came``) those who were there; then the
    departments of which nobody came."""
    case: Any = context.case
    own = policy.of(context.pack)
    names = {code: text.zh for code, text in own.departments.items()}
    known = catalogue.of_case(context)
    found: dict[str, list[str]] = {code: [] for code in case.joint}
    for one in joint.participants(case):
        if came and not one.shown:
            continue
        what = "、".join(known[code].name.zh if code in known else code for code in one.items)
        shown = "，已出示" if came else ""
        found.setdefault(one.department, []).append(
            f"{one.name}（执法证号 {one.certificate}{shown}），检查事项：{what}"
        )
    nobody = "未到场" if came else "人员待定"
    return [
        (f"联合部门（{names.get(code, code)}）", "；".join(people) or nobody)
        for code, people in found.items()
    ]


def taken_over(own: policy.Own, known: dict[str, policy.Item], n: int, row: Any) -> list[str]:
    """A line of the record about an item that another department checked."""
    item, result = known.get(row.item), own.results.get(row.result)
    return [
        str(n),
        item.name.zh if item else row.item,
        "单位",
        result.zh if result else row.result,
        f"采用{_by(own, row)}的检查结果：{row.reused_ref}（{zh_day(row.found_on)}）",
    ]


def theirs(own: policy.Own, row: Any) -> str:
    """What another department found, with its paper; empty for what was found here."""
    if not row.reused_from:
        return ""
    result = own.results[row.result].zh if row.result in own.results else row.result
    return f"{result}（{_by(own, row)}：{row.reused_ref}）"


def _by(own: policy.Own, row: Any) -> str:
    """The department whose result was taken over."""
    return own.departments[row.reused_from].zh if row.reused_from in own.departments else row.reused_from
