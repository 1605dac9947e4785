"""The packs' codes in words: kinds of limits, what they run from, stages, units. A code without words is shown as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.policies.pack import Pack
from foreignwork.policies.schema import Text

Words = dict[str, str | Promise]

KINDS: Words = {
    "acceptance": pgettext_lazy("limit", "预审和受理"),
    "decision": pgettext_lazy("limit", "审查并作出决定"),
    "handling": pgettext_lazy("limit", "办理"),
    "delivery": pgettext_lazy("limit", "颁发、送达"),
    "supplement": pgettext_lazy("limit", "申请人补正材料"),
    "apply": pgettext_lazy("limit", "申请人提出申请"),
    "register": pgettext_lazy("limit", "用人单位办理登记"),
    "eligible": pgettext_lazy("limit", "可以申报之前的工作时间"),
    "renewal": pgettext_lazy("limit", "对延期申请作出决定"),
    "entry": pgettext_lazy("limit", "凭许可通知入境"),
    "commitment": pgettext_lazy("limit", "核查告知承诺"),
    "gap": pgettext_lazy("limit", "申请人补交容缺材料"),
    "gap_after_entry": pgettext_lazy("limit", "申请人入境后补交容缺材料"),
    "deregister": pgettext_lazy("limit", "用人单位办理停保或者终止"),
    "exemption": pgettext_lazy("limit", "免缴期限届满"),
    "exemption_register": pgettext_lazy("limit", "免缴届满后申报参保"),
    "handover": pgettext_lazy("limit", "移交评审委员会组建单位"),
    "reexamination": pgettext_lazy("limit", "复查"),
    "statement": pgettext_lazy("limit", "陈述和申辩"),
    "hearing_request": pgettext_lazy("limit", "要求听证"),
    "hearing": pgettext_lazy("limit", "组织听证"),
    "announcement": pgettext_lazy("limit", "公告期"),
    "penalty": pgettext_lazy("limit", "作出处罚决定"),
    "correction": pgettext_lazy("limit", "改正"),
    "result_entry": pgettext_lazy("limit", "录入检查结果"),
    "publication": pgettext_lazy("limit", "公示"),
    "amendment": pgettext_lazy("limit", "答复公示变更申请"),
    "withdrawal": pgettext_lazy("limit", "撤下公示"),
    "listing": pgettext_lazy("limit", "列入期满"),
    "defence": pgettext_lazy("limit", "陈述和申辩"),
    "repair": pgettext_lazy("limit", "答复信用修复"),
}
STARTS: Words = {
    "receipt": pgettext_lazy("limit starts", "收到申请材料之日"),
    "acceptance": pgettext_lazy("limit starts", "受理之日"),
    "decision": pgettext_lazy("limit starts", "作出决定之日"),
    "entry": pgettext_lazy("limit starts", "入境之日"),
    "told": pgettext_lazy("limit starts", "告知补正之日"),
    "service": pgettext_lazy("limit starts", "送达之日"),
    "start_of_work": pgettext_lazy("limit starts", "开始工作之日"),
    "expiry": pgettext_lazy("limit starts", "原许可有效期届满之日"),
    "end_of_certificate": pgettext_lazy("limit starts", "参保证明载明的截止之日"),
    "end_of_permit": pgettext_lazy("limit starts", "工作许可终止之日"),
    "asked": pgettext_lazy("limit starts", "提出要求之日"),
    "result": pgettext_lazy("limit starts", "得出结果之日"),
    "visit": pgettext_lazy("limit starts", "检查之日"),
    "case_filed": pgettext_lazy("limit starts", "立案之日"),
    "later_of_document_and_start": pgettext_lazy("limit starts", "取得证件与开始用工的较晚之日"),
}
BASES: Words = {
    "statutory": pgettext_lazy("limit", "法定"),
    "promised": pgettext_lazy("limit", "承诺"),
    "applicant": pgettext_lazy("limit", "申请人的期限"),
}
STAGES: Words = {
    "pre_review": pgettext_lazy("stage", "预审"),
    "accept": pgettext_lazy("stage", "受理"),
    "first_review": pgettext_lazy("stage", "一级审查"),
    "second_review": pgettext_lazy("stage", "二级审查"),
    "review": pgettext_lazy("stage", "审核"),
    "give_receipt": pgettext_lazy("stage", "受理并出具回执"),
    "verify": pgettext_lazy("stage", "核实"),
    "register": pgettext_lazy("stage", "登记"),
    "decide": pgettext_lazy("stage", "决定"),
}
SOURCES: Words = {
    "applicant": _("申请人自备"),
    "system": _("系统自动生成"),
    "shared": _("部门共享"),
}
FORMS: Words = {"electronic": _("电子"), "paper": _("纸质")}
ACTS: Words = {
    "refusal": _("不予许可、不予办理"),
    "decline": _("不予受理"),
    "ended": _("申请终止"),
    "void": _("宣布作废"),
    "revoke": _("撤销"),
    "retract": _("撤回许可"),
    "inaction": _("逾期不作为"),
    "warning": _("警告"),
    "penalty": _("行政处罚"),
    "correction": _("责令改正"),
    "publication": _("维持公示"),
    "listing": _("列入信用名单"),
    "repair": _("不予信用修复"),
    "strike": _("依职权注销"),
}


def word(words: Words, code: str | None) -> str:
    return str(words.get(code or "", code or ""))


def english() -> bool:
    return (get_language() or "").startswith("en")


def listed(names: Iterable[Any]) -> str:
    """Names in a row, as the reader's language strings them together."""
    return (", " if english() else "、").join(str(name) for name in names)


def clauses(words: Iterable[Any]) -> str:
    """Longer pieces in a row, which may hold commas of their own."""
    return ("; " if english() else "；").join(str(word) for word in words)


def sentences(words: Iterable[str]) -> str:
    """Whole sentences one after the other: Chinese sets no space between them."""
    return (" " if english() else "").join(word for word in words if word)


def aside(words: Any) -> str:
    """What stands in brackets behind a word."""
    return f" ({words})" if english() else f"（{words}）"


def labelled(label: Any, value: Any) -> str:
    """A value behind its label."""
    return f"{label}: {value}" if english() else f"{label}：{value}"


def span(amount: int, unit: str) -> str:
    """``15`` ``wd`` → 15 个工作日; nothing at all is the very day."""
    if amount == 0:
        return gettext("当日")
    if unit == "wd":
        return ngettext("%(n)s 个工作日", "%(n)s 个工作日", amount) % {"n": amount}
    if unit == "days":
        return ngettext("%(n)s 日", "%(n)s 日", amount) % {"n": amount}
    if unit == "months":
        return ngettext("%(n)s 个月", "%(n)s 个月", amount) % {"n": amount}
    return f"{amount} {unit}"


def picked(text: Text | None) -> str:
    return text.pick(get_language()) if text else ""


def category(pack: Pack, code: str) -> str:
    """The class as the filing form names it, without what stands in brackets: A类."""
    question = pack.questions.get("category")
    for option in question.options if question else ():
        if option.value == code:
            return option.text.pick(get_language()).split("（")[0].split(" (")[0]
    return code


def condition(pack: Pack, when: Mapping[str, Any]) -> list[str]:
    """A ``when`` in words, one line for each question it asks about."""
    return [
        gettext("“%(question)s”答“%(answer)s”")
        % {
            "question": pack.questions[key].text.pick(get_language()) if key in pack.questions else key,
            "answer": answer(pack, key, wanted),
        }
        for key, wanted in when.items()
    ]


def answer(pack: Pack, question: str, value: Any) -> str:
    """An answer, or several any of which will do, in words."""
    values = value if isinstance(value, list | tuple) else [value]
    options = {}
    if question in pack.questions:
        options = {option.value: option.text.pick(get_language()) for option in pack.options(question)}
    joint = gettext("或者")
    found = [
        (gettext("是") if one else gettext("否")) if isinstance(one, bool) else options.get(one, str(one))
        for one in values
    ]
    return f" {joint} ".join(found) if english() else joint.join(found)
