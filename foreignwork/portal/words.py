"""What applicants read for the codes that stand in rows: purposes, kinds of limits, what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foreignwork.dossiers.facts import LABELS

PURPOSES: list[tuple[str, str | Promise]] = [
    ("check", _("核对填报信息")),
    ("contact", _("联系本人")),
    ("answer", _("答复主管部门")),
    ("own", _("本人查阅")),
]

ASSIST = "assist"

# What a limit of the office is for, above its meter.
LIMITS: dict[str, str | Promise] = {
    "acceptance": _("预审和受理"),
    "decision": _("作出决定"),
    "delivery": _("送达结果"),
    "handling": pgettext_lazy("limit", "办理"),
    "hearing": _("组织听证"),
    "renewal": _("在原许可届满前决定"),
}
# A limit that binds the applicant, as a sentence with its day.
OWN_LIMITS: dict[str, str | Promise] = {
    "hearing_request": _("请在 %(day)s 前提出意见或者申请听证"),
    "announcement": _("请在 %(day)s 前回应公告"),
    "entry": _("请在 %(day)s 前凭许可通知入境"),
    "supplement": _("请在 %(day)s 前补正材料"),
    "apply": _("请在 %(day)s 前提出申请"),
    "register": _("请在 %(day)s 前办理登记"),
    "eligible": _("%(day)s 之后可以申报"),
}
OWN_LIMIT = _("您的期限至 %(day)s")


def looked_at(what: str, material: Callable[[str], str]) -> str:
    """``fact:passport_number`` or ``document:passport`` in words; ``material`` names a material by its code."""
    kind, _sep, code = what.partition(":")
    if kind == "document":
        return material(code)
    if kind in {"dossier", "authorisation"}:
        return str(_("档案页面（敏感信息已遮盖）") if kind == "dossier" else _("授权委托书"))
    if kind == "paper":
        return str(_("文书"))
    return str(LABELS.get(code or kind, code or kind))


def listed(names: Iterable[Any]) -> str:
    """Names in a row, as the reader's language strings them together."""
    joint = ", " if (get_language() or "").startswith("en") else "、"
    return joint.join(str(name) for name in names)


def purpose(code: str) -> str:
    """A purpose in words; ``assist`` and ``assist:<purpose>`` are those of a clerk who acted at the window."""
    at_window, _sep, why = code.partition(":")
    if at_window != ASSIST:
        return str(dict(PURPOSES).get(code, code))
    words = str(_("窗口代办"))
    return f"{words}：{dict(PURPOSES).get(why, why)}" if why else words
