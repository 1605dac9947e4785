"""What people read for the codes that stand in rows: facts, purposes, kinds of limits. And how a sensitive fact is masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

PERSON: dict[str, str | Promise] = {
    "surname": pgettext_lazy("passport", "姓"),
    "given_names": pgettext_lazy("passport", "名"),
    "name_zh": _("中文姓名"),
    "nationality": _("国籍（地区）"),
    "sex": _("性别"),
    "birth_date": _("出生日期"),
    "passport_country": _("护照签发国（地区）"),
    "passport_number": _("护照号码"),
    "passport_expiry": _("护照有效期至"),
    "phone": _("联系电话"),
    "email": _("电子邮箱"),
}
WORK: dict[str, str | Promise] = {
    "post_title": _("工作岗位"),
    "duties": _("工作内容"),
    "annual_salary_cny": _("年薪（元）"),
    "contract_from": _("合同起始日期"),
    "contract_until": _("合同终止日期"),
    "work_address": _("工作地址"),
}
SENSITIVE = ("birth_date", "passport_number", "phone", "email", "annual_salary_cny")

PURPOSES: list[tuple[str, str | Promise]] = [
    ("check", _("核对填报信息")),
    ("contact", _("联系本人")),
    ("answer", _("答复主管部门")),
    ("own", _("本人查阅")),
]

# What a limit of the office is for, above its meter.
LIMITS: dict[str, str | Promise] = {
    "acceptance": _("预审和受理"),
    "decision": _("作出决定"),
    "delivery": _("送达结果"),
    "handling": _("办理"),
}
# A limit that binds the applicant, as a sentence with its day.
OWN_LIMITS: dict[str, str | Promise] = {
    "supplement": _("请在 %(day)s 前补正材料"),
    "apply": _("请在 %(day)s 前提出申请"),
    "register": _("请在 %(day)s 前办理登记"),
    "eligible": _("%(day)s 之后可以申报"),
}
OWN_LIMIT = _("您的期限至 %(day)s")
SEXES: dict[str, str | Promise] = {
    "M": pgettext_lazy("sex", "男"),
    "F": pgettext_lazy("sex", "女"),
    "X": pgettext_lazy("sex", "未注明"),
}


def mask(code: str, value: Any) -> str:
    """Enough to recognise the value, not enough to use it."""
    text = str(value or "")
    if not text:
        return ""
    if code == "email":
        name, _at, host = text.partition("@")
        return f"{name[:1]}•••@{host}"
    if code == "birth_date":
        return f"{text[:4]}-••-••"
    if code == "annual_salary_cny":
        return "••••••"
    return f"{text[:2]}•••{text[-2:]}" if len(text) > 5 else "•••"


def shown(code: str, value: Any) -> Any:
    """A fact as people read it: dates as dates, figures with separators, codes in words."""
    if value in (None, ""):
        return ""
    if code == "sex":
        return SEXES.get(str(value), value)
    if code == "annual_salary_cny":
        return f"{int(value):,}"
    if code.endswith(("_date", "_from", "_until", "_expiry", "_on")):
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return value
    return value


def looked_at(what: str, material: Callable[[str], str]) -> str:
    """``fact:passport_number`` or ``document:passport`` in words; ``material`` names a material by its code."""
    kind, _sep, code = what.partition(":")
    if kind == "document":
        return material(code)
    return str({**PERSON, **WORK}.get(code or kind, code or kind))


def listed(names: Iterable[Any]) -> str:
    """Names in a row, as the reader's language strings them together."""
    joint = ", " if (get_language() or "").startswith("en") else "、"
    return joint.join(str(name) for name in names)


def purpose(code: str) -> str:
    return str(dict(PURPOSES).get(code, code))
