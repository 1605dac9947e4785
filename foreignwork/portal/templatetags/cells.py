"""One cell of a work list. Written in Python, not as a template: a page of fifty rows has 350 of them, and they were half its time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .house import icon, limit_context, phase_tag, status_tag, take

register = template.Library()

# A date, a number, a code: what is read or copied as one piece and stays on one line.
WHOLE = re.compile(r"[\w.+-]{1,24}", re.ASCII)
SHORT = 18  # characters
NOTHING = mark_safe("")


@register.simple_tag
def work_cell(cell: Any) -> SafeString:
    """Text, or {text, href, sub} | {phase, text, kind} | {tag, text} | {limit}; empty is shown as a dash."""
    if not isinstance(cell, Mapping):
        return _text("—" if cell is None or cell == "" else cell)
    if cell.get("phase"):
        return phase_tag(cell["phase"], cell.get("text") or "", cell.get("kind") or "")
    if cell.get("tag"):
        return status_tag(cell["tag"], cell.get("text", ""))
    if "limit" in cell:
        return limit_meter(cell["limit"], compact=True)
    sub = str(cell.get("sub") or "")
    return format_html("<span>{}{}</span>", _linked(cell.get("text", ""), cell.get("href")), _under(sub))


def _linked(text: Any, href: Any) -> SafeString:
    if not href:
        return _text(text)
    whole = mark_safe(' class="whole"') if _is_whole(text) else NOTHING
    return format_html('<a{} href="{}">{}</a>', whole, href, text)


def _text(text: Any) -> SafeString:
    """What is one piece without spaces, as dates and case numbers are, stays on one line."""
    return format_html('<span class="whole">{}</span>' if _is_whole(text) else "{}", text)


def _is_whole(text: Any) -> bool:
    return WHOLE.fullmatch(str(text)) is not None


def _under(sub: str) -> SafeString:
    """A note under a cell stands on one line when it is short enough, as “至 2026-06-09” is."""
    if not sub:
        return NOTHING
    return format_html('<span class="cell-sub{}">{}</span>', " whole" if len(sub) <= SHORT else "", sub)


@register.simple_tag
def limit_meter(limit: Any, kind: str = "", compact: bool = False) -> SafeString:
    """A limit in words with a bar. ``limit`` has left, total, unit (workdays | days), due_on, met_on, paused, provisional, cites;
    ``kind`` is statutory or promised; ``compact`` leaves out bar and article (tables, boards)."""
    told = limit_context(limit, kind)
    if not compact:
        return mark_safe(render_to_string("components/limit.html", told))  # noqa: S308 - a template of ours, which escapes
    body = (
        _words(limit, told)
        if limit
        else format_html('<p class="limit-words quiet">{}</p>', _("没有此项时限"))
    )
    head = _kind(kind, told.get("span", "")) if kind else NOTHING
    return format_html('<div class="limit limit-{} limit-compact">{}{}</div>', told["state"], head, body)


def _kind(kind: str, span: str) -> SafeString:
    words = _("法定时限") if kind == "statutory" else _("承诺时限")
    return format_html(
        '<p class="limit-kind">{}{}</p>', words, format_html("<span>{}</span>", span) if span else ""
    )


def _words(limit: Any, told: dict[str, Any]) -> SafeString:
    met, due = take(limit, "met_on"), take(limit, "due_on")
    day: Any = ""
    if met:
        day = date_format(met, "Y-m-d")
    elif due and not take(limit, "paused"):
        day = _("%(due)s 到期") % {"due": date_format(due, "Y-m-d")}
    unsure = NOTHING
    if take(limit, "provisional"):
        unsure = format_html(' <span class="limit-provisional">{}</span>', _("暂定：节假日安排尚未公布"))
    return format_html(
        '<p class="limit-words">{}{}</p><p class="limit-due">{}{}</p>',
        icon(told["icon"]),
        told["words"],
        day,
        unsure,
    )
