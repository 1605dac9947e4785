"""The papers of a social insurance registration: what stands in each. In Chinese, the authentic language."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof

MEASURES = "《在中国境内就业的外国人参加社会保险暂行办法》"


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


def _registered(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=["你单位为下列外国人申报的社会保险登记已办理完毕，结果告知如下。"],
        facts=[
            *person_facts(context),
            ("社会保障号码", act.data["number"]),
            ("参保起始月份", f"{act.data['start_month']:%Y年%-m月}"),
        ],
        basis=[
            "《中华人民共和国社会保险法》第五十八条、第九十七条",
            "《社会保险经办条例》第六条",
            MEASURES + "第三条、第四条",
        ],
        closing=[
            "社会保障卡（含电子社会保障卡）是参保凭证。姓名须与工作许可证完全一致，如有出入请及时申请更正。"
        ],
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


RETURNED = NoticeKind("SUPPLEMENT", _returned)
REGISTERED = NoticeKind("INSURANCE_RESULT", _registered)
NOT_REGISTERED = NoticeKind("INSURANCE_RESULT", _refused)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
