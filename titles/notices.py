"""The papers of a title review. In Chinese, the authentic language; without the passport number, which the review does not need."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import override

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.dossiers.nationalities import country_name
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, latin_name, limit_words, remedies
from foreignwork.notices.shared import asked_items, coded_reasons, service_proof, zh_day

from .forms import LEVELS, SERIES

NEXT = "本结果只表示符合申报条件。请按规定向职称评审委员会组建单位提交申报材料，由评审委员会评审。"


def _level(code: str) -> str:
    with override("zh-hans"):  # papers are Chinese, whatever language the officer reads
        return {key: str(label) for key, label in LEVELS}.get(code, "")


def _series(context: Context) -> str:
    code = getattr(context.case, "series", "")
    catalogue = context.pack.catalogues.get(SERIES)
    return next((o.zh for o in catalogue.options if o.value == code), code) if catalogue else code


def _facts(context: Context) -> list[tuple[str, str]]:
    person, case = context.person, context.case
    series = "／".join(part for part in (_series(context), getattr(case, "specialty", "")) if part)
    return [
        ("姓名", latin_name(context) + (f"（{person['name_zh']}）" if person.get("name_zh") else "")),
        ("国籍（地区）", country_name(str(person.get("nationality", "")))),
        ("用人单位", addressee(context)),
        ("申报级别", _level(getattr(case, "level", ""))),
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


def _to_person(paper: Paper, context: Context, line: str, english: str) -> Paper:
    """The same result, told to the person, in both languages (S003-40)."""
    return replace(paper, addressee=latin_name(context), paragraphs=[line, english, *paper.paragraphs[1:]])


def _passed_person(context: Context, act: Act) -> Paper:
    return _to_person(
        _passed(context, act),
        context,
        "用人单位推荐你申报职称，经审核符合申报条件，审核通过。",
        "Your employer put you forward for a professional title. The conditions to apply are met. The evaluation itself is made "
        "by the title review committee.",
    )


def _failed_person(context: Context, act: Act) -> Paper:
    return _to_person(
        _failed(context, act),
        context,
        "用人单位推荐你申报职称，经审核有下列情形，不符合申报条件，审核不通过。",
        "Your employer put you forward for a professional title. The conditions to apply are not met, for the reasons below. You or "
        "your employer may ask for a re-examination.",
    )


def _supplement(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位提交的职称申报条件审核材料，有下列需要补正的内容，现一次性告知，未列出的材料不需要重新提交。"
        ],
        facts=_facts(context),
        columns=["序号", "材料名称", "需要补正的内容"],
        rows=asked_items(context, act),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
        closing=[
            f"请在{limit_words(context, 'supplement', basis='applicant')}内"
            f"{due_words(context, 'supplement', act.effective_on, basis='applicant')}登录系统补正。"
            "逾期未补正的，本次申报终止办理，你单位可以重新申报。",
        ],
    )


def _ended(context: Context, act: Act) -> Paper:
    names = [context.pack.materials[row.item].name.zh for row in context.open_supplements]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "本机关已就你单位的职称申报条件审核一次性告知需要补正的全部内容。你单位在告知的期限内没有补正，"
            "本次申报终止办理。终止办理不影响你单位重新申报。",
            "未补正的材料：" + "、".join(names) + "。",
        ],
        facts=_facts(context),
        basis=["本地区公布的补正期限"],
        remedies=remedies(context, "ended"),
    )


def _handover(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=act.data["body"],
        paragraphs=[
            "下列外国人经审核符合职称申报条件，现将申报材料移交你单位。请按照职称评价条件标准组织评审，"
            f"并在{zh_day(act.data['outcome_due'])}前将评审结果反馈本机关。",
        ],
        facts=_facts(context),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
    )


def _chase(context: Context, act: Act) -> Paper:
    case = context.case
    handed = getattr(case, "handed_over_on", None)
    return Paper(
        addressee=getattr(case, "body", ""),
        paragraphs=[
            f"下列外国人的职称申报材料已于{zh_day(handed) if handed else ''}移交你单位，评审结果至今未反馈。"
            f"请在{zh_day(act.data['outcome_due'])}前将评审结果反馈本机关；尚未评审的，请说明评审安排。",
        ],
        facts=_facts(context),
        basis=[context.pack.matters[case.matter].basis.zh],  # type: ignore[union-attr]
    )


def _evaluated(context: Context, act: Act) -> Paper:
    awarded = act.data["evaluated"] == "awarded"
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"职称评审委员会组建单位（{getattr(context.case, 'body', '')}）已反馈下列外国人的评审结果："
            + ("评审通过。" if awarded else "评审未通过。"),
        ],
        facts=[
            *_facts(context),
            ("取得的职称级别", _level(act.data["awarded_level"])),
            ("证书或者文件编号", act.data["certificate"]),
            ("评审结果日期", zh_day(act.data["decided_on"])),
        ],
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
        closing=["对评审结果有异议的，可以向职称评审委员会组建单位申请复查或者投诉。"],
    )


def _evaluated_person(context: Context, act: Act) -> Paper:
    awarded = act.data["evaluated"] == "awarded"
    english = (
        "The title review committee has decided: the title is awarded."
        if awarded
        else ("The title review committee has decided: the title is not awarded.")
    )
    paper = _evaluated(context, act)
    return _to_person(paper, context, paper.paragraphs[0], english)


def _upheld(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "对下列外国人的职称申报条件审核结果，本机关已由原审核人员以外的人员进行复查，决定维持原结果。",
            f"复查意见：{act.data['remark']}",
        ],
        facts=_facts(context),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
        closing=["情形消除后可以重新申报；仍有异议的，可以投诉。"],
    )


def _overturned(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "对下列外国人的职称申报条件审核结果，本机关已由原审核人员以外的人员进行复查，决定改为审核通过。",
            f"复查意见：{act.data['remark']}",
            NEXT,
        ],
        facts=_facts(context),
        basis=[context.pack.matters[context.case.matter].basis.zh],  # type: ignore[union-attr]
    )


def _service(context: Context, act: Act) -> Paper:
    return service_proof(context, act, basis="职称申报条件审核办事指南")


PASSED = NoticeKind("TITLE_RESULT", _passed)
PASSED_PERSON = NoticeKind("TITLE_RESULT_PERSON", _passed_person, english=True)
FAILED = NoticeKind("TITLE_RESULT", _failed)
FAILED_PERSON = NoticeKind("TITLE_RESULT_PERSON", _failed_person, english=True)
SUPPLEMENT = NoticeKind("SUPPLEMENT", _supplement)
ENDED = NoticeKind("FILING_ENDED", _ended)
HANDOVER = NoticeKind("TITLE_HANDOVER", _handover)
CHASE = NoticeKind("TITLE_CHASE", _chase)
EVALUATED = NoticeKind("TITLE_EVALUATION", _evaluated)
EVALUATED_PERSON = NoticeKind("TITLE_EVALUATION_PERSON", _evaluated_person, english=True)
UPHELD = NoticeKind("TITLE_REEXAMINATION", _upheld)
OVERTURNED = NoticeKind("TITLE_REEXAMINATION", _overturned)
SERVICE_PROOF = NoticeKind("SERVICE_PROOF", _service)
