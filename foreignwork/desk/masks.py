"""Facts as an officer sees them: only those the matter needs, the sensitive ones masked until asked for (PIPL 6, 28; B24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, str | Promise] = {
    "surname": pgettext_lazy("passport", "姓"),
    "given_names": pgettext_lazy("passport", "名"),
    "name_zh": _("中文姓名"),
    "nationality": _("国籍（地区）"),
    "sex": _("性别"),
    "birth_date": _("出生日期"),
    "passport_country": _("护照签发国（地区）"),
    "passport_number": _("护照号码"),
    "passport_expiry": _("护照有效期至"),
    "mrz": _("护照机读码"),
    "phone": _("联系电话"),
    "email": _("电子邮箱"),
    "post_title": _("工作岗位"),
    "duties": _("工作内容"),
    "annual_salary_cny": _("年薪（元）"),
    "contract_from": _("合同起始日期"),
    "contract_until": _("合同终止日期"),
    "work_city": _("工作地点所在市州"),
    "work_address": _("工作地址"),
}
SENSITIVE = frozenset({"birth_date", "passport_number", "mrz", "phone", "email", "annual_salary_cny"})
SEXES: dict[str, str | Promise] = {
    "M": pgettext_lazy("sex", "男"),
    "F": pgettext_lazy("sex", "女"),
    "X": pgettext_lazy("sex", "未注明"),
}
HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Fact:
    """``masked``: the value shown is not the whole one. ``revealed``: it is, because somebody asked and it was logged."""

    name: str
    label: str | Promise
    value: str
    masked: bool = False
    revealed: bool = False


def person_name(facts: Mapping[str, Any]) -> str:
    """ANNA E***: enough to recognise a case in a list, not enough to look a person up."""
    given = str(facts.get("given_names") or "").split(" ")[0]
    surname = str(facts.get("surname") or "")
    return f"{given} {surname[:1]}{HIDDEN}".strip() if given or surname else ""


def masked(name: str, value: str) -> str:
    """The value with its telling part taken out; the kind of fact decides what is left."""
    if name == "birth_date":
        return f"{value[:4]}-**-**"
    if name == "passport_number":
        return f"{value[:1]}****{value[-2:]}" if len(value) > 4 else HIDDEN
    if name == "phone":
        return f"{HIDDEN} {value[-4:]}" if len(value) > 6 else HIDDEN
    if name == "email":
        head, _at, domain = value.partition("@")
        return f"{head[:1]}{HIDDEN}@{domain}"
    return HIDDEN


def facts_of(
    needed: Collection[str], facts: Mapping[str, Any], *, revealed: Collection[str] = frozenset()
) -> list[Fact]:
    """The facts of ``facts`` the matter needs, in the matter's order."""
    found = []
    for name in needed:
        value = facts.get(name)
        if value in (None, ""):
            continue
        text = _worded(name, value)
        hidden = name in SENSITIVE and name not in revealed
        found.append(
            Fact(
                name,
                LABELS.get(name, name),
                masked(name, str(value)) if hidden else text,
                masked=hidden,
                revealed=name in SENSITIVE and not hidden,
            )
        )
    return found


def _worded(name: str, value: Any) -> str:
    if name == "sex":
        return str(SEXES.get(str(value), value))
    if isinstance(value, bool):
        return yes_or_no(value)
    if name == "annual_salary_cny" and isinstance(value, int):
        return f"{value:,}"
    return str(value)


def yes_or_no(value: bool) -> str:
    return gettext("是") if value else gettext("否")
