"""外国人来华工作许可申请表 (S003-77): filled in by the house from the dossier and the answers, for the person to sign and the
employer to seal. The same sheet for every kind of application, with the rows that kind has."""

from __future__ import annotations

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.dossiers.facts import worded
from foreignwork.dossiers.nationalities import country_name
from foreignwork.notices.kinds import Paper
from foreignwork.notices.papers import person_facts
from foreignwork.notices.sheets import Sheet

from . import gaps, kinds

Rows = list[tuple[str, str]]
FORM_CODE = "permit_form"
"""The pack's material that the form is."""
ANSWERS = ("in_china_ground", "changed", "changed_on", "end_ground", "work_ended_on", "document_lost")
"""Questions whose answers stand in the form, where they were asked."""


def _form(context: Context, event: CaseEvent) -> Paper:
    with override("zh-hans"):
        return Paper(
            addressee="",
            paragraphs=_declarations(context),
            facts=[row for row in _facts(context) if row[1]],
            columns=["序号", "随附材料", "提交方式"],
            rows=_enclosed(context),
        )


def _facts(context: Context) -> Rows:
    """Every row of the form; what nobody has stated stays empty, and is not printed."""
    return [
        *_applied_for(context),
        *person_facts(context),
        *_person(context),
        *_held(context),
        *_work(context),
    ]


def _applied_for(context: Context) -> Rows:
    """What is applied for, and the answers it rests on, in the pack's words."""
    case, pack = context.case, context.pack
    sub = pack.matters[case.matter].sub_matters.get(case.sub_matter)
    options = {str(one.value): one.zh for one in pack.options("category")}
    found = [
        ("申请事项", sub.name.zh if sub else ""),
        ("申请类别", options.get(case.category, case.category)),
    ]
    asked = dict(pack.asked(context.answers))
    for code in ANSWERS:
        value = context.answers.get(code)
        if code in asked and value not in (None, "", []):
            words = {one.value: one.zh for one in pack.options(code)}
            values = value if isinstance(value, list) else [value]
            text = "、".join(str(words.get(one, worded(code, one))) for one in values)
            found.append((asked[code].zh.rstrip("？"), text))
    return found


def _person(context: Context) -> Rows:
    person = context.person
    return [
        ("性别", str(worded("sex", person.get("sex")))),
        ("出生日期", str(person.get("birth_date") or "")),
        ("护照签发国（地区）", country_name(str(person.get("passport_country") or ""))),
        ("护照有效期至", str(person.get("passport_expiry") or "")),
        ("联系电话", str(person.get("phone") or "")),
        ("电子邮箱", str(person.get("email") or "")),
    ]


def _held(context: Context) -> Rows:
    held = context.about
    if held is None:
        return []
    until = held.valid_until.isoformat() if held.valid_until else "—"
    return [("现持工作许可证号", held.number), ("现许可有效期", f"{held.valid_from.isoformat()} 至 {until}")]


def _work(context: Context) -> Rows:
    work = context.work
    if context.case.sub_matter in (kinds.CANCEL, kinds.REISSUE):  # no more than the purpose needs
        return [("工作岗位", str(work.get("post_title") or ""))]
    return [
        ("工作岗位", str(work.get("post_title") or "")),
        ("工作内容", str(work.get("duties") or "")),
        ("年薪（元）", str(worded("annual_salary_cny", work.get("annual_salary_cny")))),
        ("合同期限", " 至 ".join(filter(None, (work.get("contract_from"), work.get("contract_until"))))),
        ("工作地址", str(work.get("work_address") or "")),
    ]


def _enclosed(context: Context) -> list[list[str]]:
    """What is handed in beside the form, which is no enclosure of itself."""
    follow = gaps.missing(context)
    items = [row for row in context.items if row.code != FORM_CODE]
    ways = [
        "系统生成"
        if row.by_system
        else "窗口交验"
        if row.on_paper
        else "容缺，以后补交"
        if row.code in follow
        else "已上传"
        for row in items
    ]
    return [
        [str(n), context.pack.materials[row.code].name.zh, way]
        for n, (row, way) in enumerate(zip(items, ways, strict=True), 1)
    ]


def _declarations(context: Context) -> list[str]:
    found = [
        "申请人声明：本人提供的信息和材料真实、有效，已知晓隐瞒有关情况或者提供虚假材料的法律后果"
        "（《中华人民共和国行政许可法》第三十一条、第七十八条、第七十九条）。",
        "用人单位声明：本单位依法聘用该外国人，对所提交信息和材料的真实性负责，依法履行用工管理责任。",
    ]
    if context.case.sub_matter in kinds.SHORT:
        # Up to 90 days the promise in the form stands for the certificate (domain 2.8).
        found.insert(1, "申请人承诺：本人没有犯罪记录。")
    return found


FORM = Sheet(FORM_CODE, _form, signers=("申请人（签字）", "用人单位（盖章）"))
