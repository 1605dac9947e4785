"""The papers of the licensing procedure: time, hearing, statements, and what the office begins itself."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.deadlines.holding import GOVERNMENT, extenders, grounds
from foreignwork.deadlines.models import Deadline
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts
from foreignwork.notices.shared import zh_day, zh_due

from . import rules_process as rules


def _running(context: Context) -> Deadline | None:
    """The statutory limit for the decision as it now stands (read afresh: this step changed it)."""
    rows = Deadline.objects.running().filter(case_id=context.case.pk, kind="decision")
    return rows.filter(basis=Deadline.Basis.STATUTORY).first()


def _special_procedure(context: Context, act: Act) -> Paper:
    ground = grounds(context, "decision")[act.data["ground"]].zh
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提出的外国人来华工作许可申请，依法需要进行{ground}。具体事项：{act.data['remark']}",
            f"预计所需时间为{act.data['expected_days']}个工作日。自{zh_day(act.today)}起至上述程序结束之日止的时间，"
            "依法不计算在作出决定的期限内。程序结束后，本机关将书面告知恢复计算期限的日期。",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第四十五条"],
    )


def _resumed(context: Context, act: Act) -> Paper:
    row = _running(context)
    due = f"作出决定的期限至{zh_due(row.due_on, provisional=row.provisional)}届满。" if row else ""
    said = f"有关情况：{act.data['remark']}" if act.data.get("remark") else ""
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位申请所涉的特别程序已经结束，自{zh_day(act.today)}的次日起恢复计算作出决定的期限。{due}",
            *([said] if said else []),
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第四十五条"],
    )


def _extension(context: Context, act: Act) -> Paper:
    who = act.data["extended_by"]
    cap = extenders(context, "decision")[who]
    assert cap.extension_by is not None
    row = _running(context)
    due = f"，延长后的期限至{zh_due(row.due_on, provisional=row.provisional)}届满" if row else ""
    approval = f"（批准文件：{act.data['approval']}）" if act.data.get("approval") else ""
    paragraph = "第二款" if who == GOVERNMENT else "第一款"
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位提出的外国人来华工作许可申请，不能在规定的期限内作出决定。经{cap.extension_by.zh}批准{approval}，"
            f"作出决定的期限延长{cap.extension}个工作日{due}。",
            f"延长期限的理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        basis=[f"《中华人民共和国行政许可法》第四十二条{paragraph}"],
    )


def heard(context: Context) -> str:
    """“本机关已于…举行听证”: a decision after a hearing rests on its record (行政许可法 48 第二款); empty without one."""
    day = getattr(context.case, "hearing_on", None)
    return f"本机关已于{zh_day(day)}举行听证，并根据听证笔录作出本决定。" if day else ""


def subject(context: Context) -> str:
    """What an office's case is about: the permit by its number, else the application."""
    about = context.about
    return f"外国人工作许可（许可证号：{about.number}）" if about else "外国人来华工作许可申请"


def _rights(context: Context, act: Act) -> Paper:
    until = due_words(context, "hearing_request", act.effective_on, basis="applicant")
    limit = limit_words(context, "hearing_request", basis="applicant")
    hearing = (
        f"你单位有权要求听证。要求听证的，请自收到本告知书之日起{limit}内{until}登录系统提出；逾期未提出的，视为放弃。"
        "组织听证不收取任何费用。"
        if rules.may_be_heard(context)
        else f"请自收到本告知书之日起{limit}内{until}登录系统提出。"
    )
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"关于你单位的{subject(context)}，本机关拟作出下列决定，现将事实、理由和依据告知如下。",
            act.data["remark"],
            f"你单位对上述事实、理由和依据有权进行陈述和申辩。{hearing}",
        ],
        facts=person_facts(context),
        basis=[BASIS_RIGHTS if rules.may_be_heard(context) else BASIS_PENALTY],
    )


BASIS_RIGHTS = "《中华人民共和国行政许可法》第七条、第三十六条、第四十七条"
BASIS_PENALTY = "《中华人民共和国行政处罚法》第七条、第四十四条、第四十五条"


def _rights_after_answer(context: Context, act: Act) -> Paper:
    paper = _rights(context, act)
    paper.paragraphs = [
        f"你单位已就本机关的公告作出回应，本机关收到的意见：{act.data['remark']}",
        f"本机关拟依职权注销你单位的{subject(context)}。",
        paper.paragraphs[-1],
    ]
    return paper


def _hearing_receipt(context: Context, act: Act) -> Paper:
    limit, until = limit_words(context, "hearing"), due_words(context, "hearing", act.effective_on)
    held = "自本日起至听证结束之日止的时间，依法不计算在作出决定的期限内。" if _running(context) else ""
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"你单位关于听证的申请已于{zh_day(act.today)}收到。本机关将在{limit}内{until}组织听证，"
            f"并于举行听证的{context.pack.value('hearing_notice_days')}个工作日前将时间、地点书面通知你单位。{held}",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第四十五条、第四十七条、第四十八条"],
    )


def _hearing_notice(context: Context, act: Act) -> Paper:
    chair = context.case.hearing_chair  # type: ignore[attr-defined]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"关于你单位的{subject(context)}，本机关定于{zh_day(act.data['held_on'])}举行听证，请准时参加。",
            f"时间和地点：{act.data['place']}。听证{'公开' if act.data.get('public') else '不公开'}举行，由{chair}担任主持人。",
            "你单位认为主持人与本案有直接利害关系的，有权申请回避；可以委托一至二人代理参加听证。"
            "听证中，审查人员提供审查意见的证据、理由，你单位可以提出证据，并进行申辩和质证。",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第四十八条"],
    )


def _hearing_record(context: Context, act: Act) -> Paper:
    chair = context.case.hearing_chair  # type: ignore[attr-defined]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"听证日期：{zh_day(context.case.hearing_on)}。主持人：{chair}。参加人：{act.data['attended']}。",  # type: ignore[attr-defined]
            act.data["remark"],
            "本笔录已交听证参加人确认无误并签字或者盖章。本机关将根据听证笔录作出决定。",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第四十八条"],
    )


RIGHTS = NoticeKind("RIGHTS", _rights)
RIGHTS_AFTER_ANSWER = NoticeKind("RIGHTS", _rights_after_answer)
HEARING_RECEIPT = NoticeKind("HEARING_RECEIPT", _hearing_receipt)
HEARING_NOTICE = NoticeKind("HEARING_NOTICE", _hearing_notice)
HEARING_RECORD = NoticeKind("HEARING_RECORD", _hearing_record)
SPECIAL_PROCEDURE = NoticeKind("SPECIAL_PROCEDURE", _special_procedure)
RESUMED = NoticeKind("RESUMED", _resumed)
EXTENSION = NoticeKind("EXTENSION", _extension)
