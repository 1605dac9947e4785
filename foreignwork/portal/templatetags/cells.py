"""The rows of a work list and their cells. Written in Python, not as a template: a page of fifty rows has 350 cells, and they were half
its time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .house import icon, limit_context, phase_tag, status_tag, take

register = template.Library()

# A date, a number, a code: what is read or copied as one piece and stays on one line.
WHOLE = re.compile(r"[\w.+-]{1,24}", re.ASCII)
SHORT = 18  # characters
NOTHING = mark_safe("")


@register.simple_tag
def work_rows(
    columns: Sequence[Any], rows: Sequence[Any], select_name: str = "", form_id: str = ""
) -> SafeString:
    """The rows of ``work_list``; each cell says its column's name again, for a phone."""
    labels = [conditional_escape(column) for column in columns]
    return mark_safe("".join([_row(labels, row, select_name, form_id) for row in rows]))  # noqa: S308 - of safe pieces


def _row(labels: list[SafeString], row: Any, select_name: str, form_id: str) -> SafeString:
    mark = take(row, "mark")
    return format_html(
        "<tr{}>\n    {}\n    {}\n  </tr>",
        format_html(' class="row-{}"', mark) if mark else NOTHING,
        _select(row, select_name, form_id) if select_name else NOTHING,
        mark_safe("".join(_cells(labels, take(row, "cells", ())))),  # noqa: S308 - of safe pieces
    )


def _cells(labels: list[SafeString], cells: Iterable[Any]) -> Iterator[str]:
    """Put together without ``format_html``: both pieces are safe already."""
    shown = ((label, work_cell(cell)) for label, cell in zip(labels, cells, strict=True))
    for number, (label, words) in enumerate(shown):
        kind, end = ('th scope="row"', "th") if not number else ("td", "td")
        yield f'<{kind} data-label="{label}">{words}</{end}>'


def _select(row: Any, name: str, form_id: str) -> SafeString:
    chosen = take(row, "select", "")
    return format_html(
        '<td class="select-cell"><label><input type="checkbox" name="{}" value="{}"{}>'
        '<span class="visually-hidden">{} {}</span></label></td>',
        name,
        chosen,
        format_html(' form="{}"', form_id) if form_id else NOTHING,
        _("选择"),
        take(row, "select_label") or chosen,
    )


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
