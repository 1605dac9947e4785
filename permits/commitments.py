"""告知承诺: what was promised instead of proved, the paper that says so, and the rules of its verification (law-notes 12)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from foreignwork.cases.context import Context
from foreignwork.cases.problems import Problem, say
from foreignwork.cases.steps import Act
from foreignwork.notices.kinds import NoticeKind, Paper
from foreignwork.notices.papers import addressee, limit_words, person_facts
from foreignwork.notices.shared import zh_day
from foreignwork.policies.schema import Commitment, matches

NOTHING_PROMISED = say("nothing_promised", _("本办件没有采用告知承诺。"), moot=True)
CHECKED = say("commitment_checked", _("告知承诺已经核查。"), moot=True)


def given(context: Context) -> list[Commitment]:
    """The undertakings the applicant chose when filing, in the words of the pinned pack."""
    known = context.pack.matters[context.case.matter].commitments
    answers = context.pack.with_defaults(context.answers)
    return [entry for entry in known.values() if matches(entry.when, answers)]


def to_be_checked(context: Context, act: Act) -> list[Problem]:
    if not given(context):
        return [Problem(NOTHING_PROMISED)]
    if any(event.action == "check_commitment" for event in context.history):
        return [Problem(CHECKED)]
    return []


def granted_on_promise(context: Context, act: Act) -> date | None:
    """The verification runs from the grant, where something was promised."""
    return act.today if given(context) else None


def _commitment(context: Context, act: Act) -> Paper:
    pack, promised = context.pack, given(context)
    names = [pack.materials[code].name.zh for entry in promised for code in entry.materials]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            "你单位选择以告知承诺方式申请外国人来华工作许可，提交申请时已作出下列承诺，本机关予以收存。",
            *[f"“{entry.text.zh.removesuffix('。')}。”" for entry in promised],
            f"以本承诺代替的材料：{'、'.join(names)}。文本版本：{context.case.policy_version.version}。",
            f"本机关自准予许可之日起{limit_words(context, 'commitment', basis='promised')}内核查。",
            *[entry.consequence.zh for entry in promised],
        ],
        facts=person_facts(context),
    )


def _checked(context: Context, act: Act) -> Paper:
    kept = act.data["kept"] == "yes"
    result = "与承诺一致。" if kept else "与承诺不一致。"
    after = [] if kept else [entry.consequence.zh for entry in given(context)]
    return Paper(
        addressee=addressee(context),
        paragraphs=[
            f"本机关于{zh_day(act.today)}对你单位的告知承诺进行了核查，核查结果：{result}",
            f"核查情况：{act.data['remark']}",
            *after,
        ],
        facts=person_facts(context),
        closing=[] if kept else ["本机关将依法告知你单位拟作出的决定；你单位有陈述、申辩和要求听证的权利。"],
    )


COMMITMENT = NoticeKind("COMMITMENT", _commitment, when=lambda context: bool(given(context)))
COMMITMENT_CHECKED = NoticeKind("COMMITMENT_CHECKED", _checked)
