"""The papers of a taxpayer identification number: what stands in each. In Chinese, the authentic language."""

from __future__ import annotations

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.models import CaseEvent
from foreignwork.cases.steps import Act
from foreignwork.dossiers.facts import worded
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof
from foreignwork.notices.sheets import Sheet

from .forms import BaseInformationForm

NAME = "自然人纳税人识别号"


def _basis(context: Context) -> list[str]:
    found = context.pack.matters[context.case.matter].basis
    return [found.zh] if found else []


def _form(context: Context, event: CaseEvent) -> Paper:
    """个人所得税基础信息表, from what the withholding agent reported."""
    person, work, sealed = context.person, context.work, dict(event.sealed or {})
    with override("zh-hans"):
        sex = str(worded("sex", person.get("sex")))
        reasons = {key: str(words) for key, words in BaseInformationForm.base_fields["why"].choices}  # type: ignore[attr-defined]
    return Paper(
        addressee="",
        paragraphs=["扣缴义务人已核对纳税人的有效身份证件，对所报送信息的真实性负责。"],
        facts=[
            *person_facts(context),
            ("性别", sex),
            ("出生日期", str(person.get("birth_date", ""))),
            ("出生地（国家或者地区）", str(sealed.get("birthplace", ""))),
            ("首次入境日期", str(event.data.get("first_entry_on", ""))),
            ("预计离境日期", str(event.data.get("leaves_on", ""))),
            ("涉税事由", reasons.get(str(event.data.get("why")), "")),
            ("任职受雇岗位", str(work.get("post_title", ""))),
            ("联系电话", str(person.get("phone", ""))),
        ],
    )


def _supplement(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提交的{NAME}材料，有下列需要补正的内容，现一次性告知，未列出的材料不需要重新提交。"
        ],
        facts=person_facts(context),
        columns=["序号", "材料名称", "需要补正的内容"],
        rows=asked_items(context, act),
        basis=_basis(context),
        closing=[
            f"请在{limit_words(context, 'supplement', basis='applicant')}内"
            f"{due_words(context, 'supplement', act.effective_on, basis='applicant')}登录系统补正。"
            "逾期未补正的，本次办理终止，你单位可以重新提交。"
        ],
    )


def _ended(context: Context, act: Act) -> Paper:
    names = [context.pack.materials[row.item].name.zh for row in context.open_supplements]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位申请的{NAME}，需要补正的材料在告知的期限内没有补正，本次办理终止。终止办理不影响你单位重新提交。",
            "未补正的材料：" + "、".join(names) + "。",
        ],
        facts=person_facts(context),
        basis=["本地区公布的补正期限"],
        remedies=remedies(context, "ended"),
    )


def _granted(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=["已为下列外国人赋予自然人纳税人识别号，现通过扣缴义务人告知纳税人本人。"],
        facts=[*person_facts(context), ("纳税人识别号", act.data["number"])],
        basis=_basis(context),
        closing=["纳税人识别号是纳税人办理各类涉税事项的唯一代码标识，请转告本人妥善保管。"],
    )


def _refused(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位为下列外国人申请的{NAME}，经审核有下列情形，不予办理。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        columns=["序号", "不予办理的情形", "依据"],
        rows=coded_reasons(context, act),
        basis=_basis(context),
        remedies=remedies(context, "refusal"),
    )


def _service(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis=f"{NAME}办事指南")


FORM = Sheet("tax_form", _form, signers=("扣缴义务人（盖章）", "纳税人（签字）"))
SUPPLEMENT = NoticeKind("SUPPLEMENT", _supplement)
ENDED = NoticeKind("FILING_ENDED", _ended)
GRANTED = NoticeKind("TAX_RESULT", _granted)
REFUSED = NoticeKind("TAX_RESULT", _refused)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
