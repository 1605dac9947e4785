"""The papers told when the work permit under a residence document is over. In Chinese; the person's also in English."""

from __future__ import annotations

from foreignwork.cases.context import Context
from foreignwork.cases.gates import last_below
from foreignwork.cases.steps import Act
from foreignwork.deadlines import clocks
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, latin_name, person_facts
from foreignwork.notices.shared import zh_day
from foreignwork.policies import workdays

from .notices import LAW, RULES


def _until(context: Context, act: Act) -> str:
    """The last day to declare the change, counted from the permit's last day (出境入境管理法 33)."""
    value = context.pack.values["residence_change_days"]
    days = int(str(value.value))
    return f"{days}日内（至{zh_day(clocks.derive(act.data['over_on'], workdays.period(days, 'days')).on)}）"


def _facts(context: Context, act: Act) -> list[tuple[str, str]]:
    permit, own = last_below(context), context.own_entitlement()
    return [
        *person_facts(context),
        ("工作许可证号", permit.number if permit else ""),
        ("工作许可终止日期", zh_day(act.data["over_on"])),
        ("居留证件有效期至", zh_day(own.valid_until) if own and own.valid_until else ""),
    ]


BASIS = [LAW + "第三十三条、第四十五条", RULES + "第二十六条、第三十四条第三项"]
ENDS = "居留事由发生变更，未在规定期限内申报，经公告后仍未申报的，居留证件由签发机关宣布作废。"


def _to_employer(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "下列外国人在你单位的工作许可已经终止，其工作类居留证件仍在有效期内。现将依法应当办理的事项告知如下：",
            "一、其离职、变更工作地域的，你单位应当及时向所在地公安机关出入境管理机构报告。",
            f"二、居留事由发生变更的，其本人应当自变更之日起{_until(context, act)}向公安机关出入境管理机构申请变更居留证件。",
            "三、已取得新的工作许可并继续在你单位工作的，无需办理，本机关据新的许可记录。",
        ],
        facts=_facts(context, act),
        basis=BASIS,
        closing=[ENDS],
    )


def _to_person(context: Context, act: Act) -> Paper:
    return Paper(
        addressee=latin_name(context),
        paragraphs=[
            "你的工作许可已经终止，你的工作类居留证件仍在有效期内。居留事由发生变更的，你应当自变更之日起"
            f"{_until(context, act)}向公安机关出入境管理机构申请变更居留证件；不再居留的，应当按期离境。",
            "Your work permit has ended while your residence permit for work still runs. If the purpose of your residence has "
            "changed, apply to the exit-entry administration for a change within the term stated above, or leave China in time.",
        ],
        facts=_facts(context, act),
        basis=BASIS,
        closing=[ENDS],
    )


BASIS_OVER = NoticeKind("RESIDENCE_BASIS", _to_employer)
BASIS_OVER_PERSON = NoticeKind("RESIDENCE_BASIS_PERSON", _to_person, english=True)
