"""The papers of a social insurance registration: what stands in each. In Chinese, the authentic language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.gates import last_below, needed_entitlements, over_since
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.steps import Act
from foreignwork.dossiers.facts import worded
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, referral, service_proof, zh_day
from foreignwork.notices.sheets import Sheet

from . import covers, rules, rules_medical

MEASURES = "《在中国境内就业的外国人参加社会保险暂行办法》"


def _by(context: Context, insurance: str) -> str:
    """Which office registers the insurance."""
    other = rules_medical.elsewhere(context) if insurance in rules_medical.INSURANCES else None
    return other.zh if other else context.case.office.name_zh


def cover_rows(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Number, insurance, from which month or under which agreement not: papers are Chinese, whoever presses the button."""
    with override("zh-hans"):
        return [
            [
                str(n),
                str(covers.NAMES[one.insurance]),
                f"{one.start:%Y年%-m月}" if one.start else "免缴",
                f"{covers.agreement_name(one.agreement)}，参保证明至{zh_day(one.until)}"
                if one.exempt
                else "",
            ]
            for n, one in enumerate(covers.unpacked(rows), 1)
        ]


COVER_COLUMNS = ["序号", "险种", "参保起始月份", "免缴依据"]


def _form(context: Context, event: CaseEvent) -> Paper:
    """职工社会保险参保登记表 (S003-85), from what the employer declared."""
    person, work, sealed = context.person, context.work, event.sealed or {}
    with override("zh-hans"):
        sex = str(worded("sex", person.get("sex")))
    return Paper(
        addressee="",
        paragraphs=["本单位对所申报信息的真实性负责，并按规定为上述人员缴纳社会保险费。"],
        facts=[
            *person_facts(context),
            ("性别", sex),
            ("出生日期", str(person.get("birth_date", ""))),
            ("联系电话", str(person.get("phone", ""))),
            ("工作许可证号", _permit_number(context)),
            ("工作岗位", str(work.get("post_title", ""))),
            ("合同期限", f"{work.get('contract_from', '')} 至 {work.get('contract_until', '')}"),
            ("申报缴费基数（元/月）", str(dict(sealed).get("contribution_base", ""))),
        ],
        columns=COVER_COLUMNS,
        rows=cover_rows(event.data.get("covers", [])),
    )


def _permit_number(context: Context) -> str:
    """The number of the work document the registration rests on: the gate's entitlement."""
    return next((row.number for row in needed_entitlements(context)), "")


def _late(context: Context, act: Act) -> Paper:
    paper = referral(context, act, rules.LATE, days=act.data["days_late"])
    paper.facts = person_facts(context)
    return paper


def _returned(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位提交的外国人社会保险登记材料，有下列需要补正的内容，现一次性告知，未列出的材料不需要重新提交。"
        ],
        facts=person_facts(context),
        columns=["序号", "材料名称", "需要补正的内容"],
        rows=asked_items(context, act),
        basis=["《社会保险经办条例》第六条"],
        closing=[
            f"请在{limit_words(context, 'supplement', basis='applicant')}内"
            f"{due_words(context, 'supplement', act.effective_on, basis='applicant')}登录系统补正。"
            "用人单位依法办理社会保险登记的义务不因退回补正而免除。"
        ],
    )


def _medical_words(context: Context) -> list[str]:
    other = rules_medical.elsewhere(context)
    if other is None:
        return []
    return [
        f"基本医疗保险、生育保险由医疗保障经办机构登记。登记信息已移送{other.zh}，其登记结果由该机构另行告知。"
        "医保电子凭证是参加基本医疗保险、生育保险的凭证。"
    ]


def _registered(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=["你单位为下列外国人申报的社会保险登记已办理完毕，结果告知如下。"],
        facts=[
            *person_facts(context),
            ("社会保障号码", act.data["number"]),
        ],
        columns=[*COVER_COLUMNS, "登记机构"],
        rows=[
            [*row, _by(context, one["insurance"])]
            for row, one in zip(cover_rows(act.data["covers"]), act.data["covers"], strict=True)
        ],
        basis=[
            "《中华人民共和国社会保险法》第五十八条、第九十七条",
            "《社会保险经办条例》第四条、第六条",
            MEASURES + "第三条、第四条",
        ],
        closing=[
            *_medical_words(context),
            "社会保障卡（含电子社会保障卡）是参保凭证。姓名须与工作许可证完全一致，如有出入请及时申请更正。",
        ],
    )


CHANGES = {
    "change": "申报的社会保险参保信息变更已办理完毕，结果告知如下。",
    "suspend": "申报的停保已办理完毕，结果告知如下。",
    "resume": "申报的恢复参保已办理完毕，结果告知如下。",
}


def _changed(context: Context, act: Act) -> Paper:
    case = context.case
    rows, month = getattr(case, "declared", []), getattr(case, "changes_from", None)
    return Paper(
        addressee=addressee(context),
        paragraphs=["你单位为下列外国人" + CHANGES[case.sub_matter]],
        facts=[*person_facts(context), ("变动起始月份", f"{month:%Y年%-m月}" if month else "")],
        columns=COVER_COLUMNS if rows else [],
        rows=cover_rows(rows),
        basis=["《社会保险经办条例》第九条、第十条"],
        closing=[
            *_medical_words(context),
            *(
                ["停保期间个人账户予以保留；恢复工作的，请及时申报恢复参保。"]
                if case.sub_matter == "suspend"
                else []
            ),
        ],
    )


def _ended(context: Context, act: Act) -> Paper:
    month = getattr(context.case, "changes_from", None)
    return Paper(
        addressee=addressee(context),
        paragraphs=["你单位为下列外国人申报的终止参保已办理完毕，结果告知如下。"],
        facts=[*person_facts(context), ("最后缴费月份", f"{month:%Y年%-m月}" if month else "")],
        basis=["《社会保险经办条例》第十条", MEASURES + "第五条"],
        closing=[
            *_medical_words(context),
            "在达到规定的领取养老金年龄前离境的，个人账户予以保留，再次来中国就业的，缴费年限累计计算；"
            "经本人书面申请终止社会保险关系的，个人账户储存额一次性支付给本人。",
        ],
    )


def _over(context: Context) -> str:
    """How the permit came to its end: ended by a decision, or run out and not renewed."""
    last = last_below(context)
    on = over_since(last) if last else None
    if last is None or on is None:
        return "下列外国人在你单位的工作许可已经终止，"
    how = "终止" if last.ended_on else "有效期届满，未予延续"
    return f"下列外国人在你单位的工作许可（{last.number}）已于{zh_day(on)}{how}，"


def _end_due(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"{_over(context)}其社会保险登记仍然有效。"
            f"请在{limit_words(context, 'deregister', basis='applicant')}内"
            f"{due_words(context, 'deregister', rules.ended_on(context) or act.effective_on, basis='applicant')}"
            "登录系统，办理下列事项之一：",
            "一、劳动关系已经解除或者终止的，申报终止参保，并说明个人账户是否保留；",
            "二、只是暂时中断的，申报停保；",
            "三、已取得新的工作许可并继续在你单位工作的，无需办理，系统自动继续参保。",
        ],
        facts=person_facts(context),
        basis=["《社会保险经办条例》第九条、第十条", MEASURES + "第五条"],
    )


def _refused(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位为下列外国人申报的社会保险登记，经审核有下列情形，不予登记。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予登记的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=["《中华人民共和国社会保险法》第五十七条、第五十八条", "《社会保险经办条例》第六条"],
        remedies=remedies(context, "refusal"),
    )


def _service(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis="《社会保险经办条例》第六条")


FORM = Sheet("insurance_form", _form, signers=("用人单位（盖章）", "参保人员（签字）"))
LATE = NoticeKind("LATE_REFERRAL", _late, when=lambda context: bool(getattr(context.case, "days_late", 0)))
RETURNED = NoticeKind("SUPPLEMENT", _returned)
REGISTERED = NoticeKind("INSURANCE_RESULT", _registered)
CHANGED = NoticeKind("INSURANCE_RESULT", _changed)
ENDED = NoticeKind("INSURANCE_RESULT", _ended)
END_DUE = NoticeKind("INSURANCE_END_DUE", _end_due)
NOT_REGISTERED = NoticeKind("INSURANCE_RESULT", _refused)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
