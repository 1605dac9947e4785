"""The papers of the licensing procedure: time, hearing, statements, and what the office begins itself."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.deadlines.holding import GOVERNMENT, extenders, grounds
from foreignwork.deadlines.models import Deadline
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, person_facts
from foreignwork.notices.shared import zh_day


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
    due = f"作出决定的期限至{zh_day(row.due_on)}届满。" if row else ""
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
    due = f"，延长后的期限至{zh_day(row.due_on)}届满" if row else ""
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


SPECIAL_PROCEDURE = NoticeKind("SPECIAL_PROCEDURE", _special_procedure)
RESUMED = NoticeKind("RESUMED", _resumed)
EXTENSION = NoticeKind("EXTENSION", _extension)
