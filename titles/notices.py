"""The papers of a title review. In Chinese, the authentic language; without the passport number, which the review does not need."""

from __future__ import annotations

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.dossiers.nationalities import country_name
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, latin_name, remedies
from foreignwork.notices.shared import coded_reasons, service_proof

from .forms import LEVELS

NEXT = "本结果只表示符合申报条件。请按规定向职称评审委员会组建单位提交申报材料，由评审委员会评审。"


def _facts(context: Context) -> list[tuple[str, str]]:
    person, case = context.person, context.case
    with override("zh-hans"):  # papers are Chinese, whatever language the officer reads
        names = {code: str(label) for code, label in LEVELS}
    series = "／".join(part for part in (getattr(case, "series", ""), getattr(case, "specialty", "")) if part)
    return [
        ("姓名", latin_name(context) + (f"（{person['name_zh']}）" if person.get("name_zh") else "")),
        ("国籍（地区）", country_name(str(person.get("nationality", "")))),
        ("用人单位", addressee(context)),
        ("申报级别", names.get(getattr(case, "level", ""), "")),
        ("申报系列（专业）", series),
    ]


def _passed(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=["你单位推荐的下列外国人，经审核符合职称申报条件，审核通过。", NEXT],
        facts=_facts(context),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
    )


def _failed(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位推荐的下列外国人，经审核有下列情形，不符合职称申报条件，审核不通过。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=_facts(context),
        columns=["序号", "不通过的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
        remedies=remedies(context, "refusal"),
        closing=["情形消除后可以重新申报。"],
    )


def _service(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis="职称申报条件审核办事指南")


PASSED = NoticeKind("TITLE_RESULT", _passed)
FAILED = NoticeKind("TITLE_RESULT", _failed)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
