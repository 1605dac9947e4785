"""The medical office's papers, under its own name, number and seal. In Chinese, the authentic language."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, person_facts, remedies
from foreignwork.notices.shared import coded_reasons

from . import rules_medical
from .notices import COVER_COLUMNS, cover_rows

BASIS = ["《中华人民共和国社会保险法》第五十八条", "《社会保险经办条例》第四条、第六条"]


def _facts(context: Context) -> list[tuple[str, str]]:
    first = rules_medical.first_case(context)
    sub = context.pack.matters[context.case.matter].sub_matters.get(first.sub_matter)
    return [
        *person_facts(context),
        ("办理类型", sub.name.zh if sub else ""),
        ("社会保险办件编号", first.number),
    ]


def _confirmed(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "社会保险经办机构转来的下列外国人的基本医疗保险、生育保险部分，已由本机构办理完毕，结果告知如下。"
        ],
        facts=[*_facts(context), ("起始（变动）月份", f"{act.data['month']:%Y年%-m月}")],
        columns=COVER_COLUMNS,
        rows=cover_rows(getattr(context.case, "declared", [])),
        basis=BASIS,
        closing=["医保电子凭证是参加基本医疗保险、生育保险的凭证。"],
    )


def _refused(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "社会保险经办机构转来的下列外国人的基本医疗保险、生育保险部分，经审核有下列情形，不予登记。其他险种的登记不受影响。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=_facts(context),
        columns=["序号", "不予登记的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=BASIS,
        remedies=remedies(context, "refusal"),
        closing=["情形消除后，请登录系统申报参保信息变更，医保部分将重新转交办理。"],
    )


CONFIRMED = NoticeKind("MEDICAL_RESULT", _confirmed)
REFUSED = NoticeKind("MEDICAL_RESULT", _refused)
