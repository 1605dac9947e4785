"""The papers of what the office begins itself: announcement, 撤回, 撤销, 注销, warning, and the end without a result."""

from __future__ import annotations

from foreignwork.cases import law
from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, due_words, limit_words, person_facts, remedies
from foreignwork.notices.shared import zh_day

from .notices_process import heard, subject


def opened_grounds(context: Context) -> list[list[str]]:
    """Rows (number, ground, article) on which the case was opened; read from its first event."""
    first = context.case.events.order_by("seq").first()
    codes = first.data.get("reasons", []) if first else []
    known = context.pack.matters[context.case.matter].office_grounds
    return [
        [str(n), known[code].zh, law.in_words("；".join(known[code].cites))]
        for n, code in enumerate(codes, 1)
    ]


def _decided(context: Context, act: Act, opening: str, result: str, basis: str, remedy: str) -> Paper:
    after = heard(context)
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            opening,
            f"事实和理由：{act.data['remark']}",
            f"作出本决定前，本机关已告知你单位陈述、申辩等权利，并听取了意见。{after}",
            result,
        ],
        facts=person_facts(context),
        columns=["序号", "法定情形", "依据"],
        rows=opened_grounds(context),
        basis=[basis],
        remedies=remedies(context, remedy),
    )


def _retraction(context: Context, act: Act) -> Paper:
    paper = _decided(
        context,
        act,
        f"本机关依职权对你单位的{subject(context)}进行了审查。",
        f"为了公共利益的需要，本机关决定自{zh_day(act.today)}起撤回该许可。补偿安排：{act.data['compensation']}",
        "《中华人民共和国行政许可法》第八条第二款",
        "retract",
    )
    paper.closing = ["许可撤回后，本机关依法办理注销手续；持有人应当依法办理工作和居留的相应手续。"]
    return paper


def _revocation(context: Context, act: Act) -> Paper:
    paper = _decided(
        context,
        act,
        f"本机关依职权对你单位的{subject(context)}进行了审查。",
        f"本机关决定自{zh_day(act.today)}起撤销该许可。",
        "《中华人民共和国行政许可法》第六十九条",
        "revoke",
    )
    paper.closing = ["许可撤销后，本机关依法办理注销手续；持有人应当依法办理工作和居留的相应手续。"]
    return paper


def _striking_off(context: Context, act: Act) -> Paper:
    paper = _decided(
        context,
        act,
        f"你单位的{subject(context)}存在依法应当注销的情形。",
        f"本机关决定自{zh_day(act.today)}起注销该许可。",
        "《中华人民共和国行政许可法》第七十条",
        "strike",
    )
    if context.case.events.filter(action="announce").exists():
        paper.paragraphs[2] = "因无法与当事人取得联系，本机关已经公告，公告期内没有收到意见。"
    return paper


def _striking_after(context: Context, act: Act) -> Paper:
    about = context.about
    number = about.number if about else ""
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"外国人工作许可（许可证号：{number}）已经依法{context.case.state_label.removeprefix('已')}，"
            f"本机关于{zh_day(act.today)}办理了注销手续。电子许可证自同日起失效。",
            f"说明：{act.data['remark']}",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第七十条第四项"],
        remedies=remedies(context, "strike"),
    )


def _warning(context: Context, act: Act) -> Paper:
    paper = _decided(
        context,
        act,
        "经查，你单位在申请外国人来华工作许可过程中隐瞒有关情况或者提供虚假材料。",
        f"本机关决定给予警告。执法人员：{act.data['officers']}。对陈述、申辩意见的复核情况：{act.data['views']}",
        "《中华人民共和国行政许可法》第七十八条；《中华人民共和国行政处罚法》第九条第一项、第五十七条",
        "warning",
    )
    paper.paragraphs.append("行政复议或者行政诉讼期间，本决定不停止执行，法律另有规定的除外。")
    return paper


def _dropped(context: Context, act: Act) -> Paper:
    why = {
        "unproven": "所指情形不成立或者不能证明",
        "public_interest": "作出处理可能对公共利益造成重大损害，依照《中华人民共和国行政许可法》第六十九条第三款不予撤销",
        "remedied": "所指情形已经消除",
    }[act.data["why"]]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"本机关依职权对你单位的{subject(context)}进行了审查。经审查，{why}，本机关决定不予处理，现予结案。",
            f"事实和理由：{act.data['remark']}",
        ],
        facts=person_facts(context),
        basis=["《中华人民共和国行政许可法》第六十一条、第六十九条"],
    )


def _announcement(context: Context, act: Act) -> Paper:
    """Read by the public: no name, no passport, only the permit's number and the employer."""
    until = due_words(context, "announcement", act.effective_on, basis="applicant")
    limit = limit_words(context, "announcement", basis="applicant")
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"本机关拟依职权注销{subject(context)}。因无法与当事人取得联系，现予公告。公告载体：{act.data['where']}。",
            f"当事人可以自公告之日起{limit}内{until}提出陈述和申辩；逾期未提出的，本机关将依法作出决定。",
        ],
        columns=["序号", "法定情形", "依据"],
        rows=opened_grounds(context),
        basis=["《中华人民共和国行政许可法》第七十条"],
    )


RETRACTION = NoticeKind("RETRACTION", _retraction)
REVOCATION = NoticeKind("REVOCATION", _revocation)
STRIKING_OFF = NoticeKind("STRIKING_OFF", _striking_off)
STRIKING_AFTER = NoticeKind("STRIKING_OFF", _striking_after)
WARNING = NoticeKind("WARNING", _warning)
DROPPED = NoticeKind("DROPPED", _dropped)
ANNOUNCEMENT = NoticeKind("ANNOUNCEMENT", _announcement)
