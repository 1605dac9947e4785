"""Facts in words: what they are called, which are sensitive, how a masked one looks, how a value is read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .nationalities import country_name

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
LABELS: dict[str, str | Promise] = {**PERSON, **WORK, "mrz": _("护照机读码")}
SENSITIVE = ("birth_date", "passport_number", "mrz", "phone", "email", "annual_salary_cny")
SEXES: dict[str, str | Promise] = {
    "M": pgettext_lazy("sex", "男"),
    "F": pgettext_lazy("sex", "女"),
    "X": pgettext_lazy("sex", "未注明"),
}
HIDDEN = "***"
COUNTRIES = ("nationality", "passport_country")


def mask(name: str, value: Any) -> str:
    """Enough to recognise the value, not enough to use it (PIPL 6, 28; quality B24)."""
    text = str(value or "")
    if not text:
        return ""
    if name == "birth_date":
        return f"{text[:4]}-**-**"
    if name == "passport_number":
        return f"{text[:1]}****{text[-2:]}" if len(text) > 4 else HIDDEN
    if name == "phone":
        return f"{HIDDEN} {text[-4:]}" if len(text) > 6 else HIDDEN
    if name == "email":
        head, _at, domain = text.partition("@")
        return f"{head[:1]}{HIDDEN}@{domain}"
    return HIDDEN


def worded(name: str, value: Any) -> Any:
    """A fact as people read it: countries and codes in words, figures with separators, ISO days as dates."""
    if value in (None, ""):
        return ""
    if name in COUNTRIES:
        return country_name(str(value), get_language() or "zh")
    if name == "sex":
        return str(SEXES.get(str(value), value))
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if name == "annual_salary_cny":
        return f"{int(value):,}"
    if name.endswith(("_date", "_from", "_until", "_expiry", "_on")):
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return value
    return value
