"""Template tags of the house: icons, tags of phases and states, limits in words, the work list. They show; they decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from foreignwork.cases.phases import Phase

register = template.Library()

PHASES = {
    Phase.UPCOMING: ("quiet", "clock"),
    Phase.PREPARING: ("info", "pencil"),
    Phase.IN_REVIEW: ("work", "dots"),
    Phase.WAITING: ("warn", "hourglass"),
    Phase.DECIDED: ("ok", "check"),
    Phase.CLOSED: ("shut", "lock"),
}
STATUS_ICONS = {"ok": "check", "info": "info", "warn": "alert", "bad": "cross", "work": "dots", "quiet": "dots", "shut": "lock"}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A symbol of static/img/icons.svg; decorative, so hidden from screen readers. ``extra``: icon-lg."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


def _tag(kind: str, symbol: str, text: Any) -> SafeString:
    return format_html('<span class="tag tag-{}">{}{}</span>', kind, icon(symbol), text)


@register.simple_tag
def phase_tag(phase: str, text: Any = "", kind: str = "") -> SafeString:
    """Phase by colour, icon and words; ``text`` is the matter's own state, ``kind`` overrides the colour (a refusal is bad)."""
    look, symbol = PHASES[Phase(phase)]
    if kind:
        look, symbol = kind, STATUS_ICONS.get(kind, symbol)
    return _tag(look, symbol, text or Phase(phase).label)


@register.simple_tag
def status_tag(kind: str, text: Any) -> SafeString:
    """A short state in words; kind: ok info warn bad work quiet shut."""
    return _tag(kind, STATUS_ICONS.get(kind, "dots"), text)


@register.simple_tag
def task_tag(status: str) -> SafeString:
    """The state of one part of a filing: todo, progress, done, blocked, optional."""
    kind, symbol, words = {
        "todo": ("info", "pencil", _("待填写")),
        "progress": ("warn", "hourglass", _("已填写一部分")),
        "done": ("ok", "check", _("已完成")),
        "blocked": ("shut", "lock", _("暂时不能开始")),
        "optional": ("quiet", "dots", _("选填")),
    }[status]
    return _tag(kind, symbol, words)


@register.inclusion_tag("components/limit.html")
def limit_meter(limit: Any, kind: str = "", compact: bool = False) -> dict[str, Any]:
    """A limit in words with a bar. ``limit`` has left, total, unit (workdays | days), due_on, met_on, provisional, cites."""
    context: dict[str, Any] = {"limit": limit, "kind": kind, "compact": compact, "state": "none"}
    if not limit:
        return context

    def get(name: str) -> Any:
        return limit.get(name) if isinstance(limit, dict) else getattr(limit, name, None)

    left, total, unit = get("left"), get("total"), get("unit")
    if total:
        context["span"] = _span(total, unit)
    if get("met_on"):
        return context | {"state": "met", "icon": "check", "words": _("已完成"), "used": 100}
    used = min(100, max(0, round(100 * (total - max(left, 0)) / total))) if total else 100
    context["used"] = used
    if left < 0:
        return context | {"state": "overdue", "icon": "alert", "words": _("已超期")}
    if left == 0:
        return context | {"state": "urgent", "icon": "alert", "words": _("今天到期")}
    state = "urgent" if left <= 1 else "soon" if total and left * 2 <= total else "ample"
    symbol = "alert" if state == "urgent" else "clock"
    return context | {"state": state, "icon": symbol, "words": _("还剩 %(span)s") % {"span": _span(left, unit)}}


def _span(n: int, unit: str) -> str:
    if unit == "workdays":
        return ngettext("%(n)s 个工作日", "%(n)s 个工作日", n) % {"n": n}
    return ngettext("%(n)s 天", "%(n)s 天", n) % {"n": n}


@register.inclusion_tag("components/work_list.html", takes_context=True)
def work_list(
    context: template.Context,
    columns: Sequence[Any],
    rows: Iterable[Any],
    caption: Any = "",
    select_name: str = "",
    form_id: str = "",
) -> dict[str, Any]:
    """A table that becomes cards on a phone. A row has ``cells`` (text, or {text, href, sub} | {phase, text, kind} |
    {tag, text} | {limit}), and may have ``mark``, ``select``, ``select_label``."""
    listed = []
    for row in rows:
        cells = row["cells"] if isinstance(row, dict) else row.cells
        listed.append({"row": row, "cells": list(zip(columns, cells, strict=True))})
    return {
        "columns": columns,
        "rows": listed,
        "caption": caption,
        "select_name": select_name,
        "form_id": form_id,
        "empty": context.get("empty", ""),
    }


@register.filter
def is_cell(value: Any) -> bool:
    return isinstance(value, dict)


@register.filter
def sentence(problem: Any) -> str:
    """A Problem in the reader's language; plain text stays as it is."""
    return str(getattr(problem, "sentence", problem))


@register.filter
def pick(text: Any) -> str:
    """A bilingual text of a pack in the reader's language."""
    return str(text.pick(get_language())) if hasattr(text, "pick") else str(text)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_choices(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)
