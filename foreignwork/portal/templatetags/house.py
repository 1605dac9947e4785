"""Template tags of the house: icons, tags of phases and states, limits in words, the work list. They show; they decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import URLResolver, get_resolver, get_urlconf
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from foreignwork.cases.phases import Phase

register = template.Library()

PHASES = {
    Phase.UPCOMING: ("quiet", "dots"),
    Phase.PREPARING: ("info", "pencil"),
    Phase.IN_REVIEW: ("work", "hourglass"),
    Phase.WAITING: ("warn", "alert"),
    Phase.DECIDED: ("ok", "check"),
    Phase.CLOSED: ("shut", "archive"),
}
STATUS_ICONS = {
    "ok": "check",
    "info": "info",
    "warn": "alert",
    "bad": "cross",
    "work": "hourglass",
    "quiet": "dots",
    "shut": "archive",
}


def take(source: Any, name: str, default: Any = None) -> Any:
    """A key of a mapping or an attribute of an object: components take either."""
    return source.get(name, default) if isinstance(source, Mapping) else getattr(source, name, default)


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """A symbol of static/img/icons.svg; decorative, so hidden from screen readers. ``extra``: icon-lg."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def everywhere(name: str) -> SafeString:
    """A part of the frame that is the same on every page of a language: rendered once for each process. It is given nothing to
    read, neither context nor request, so nothing of a person can stand in it."""
    if settings.DEBUG:  # a template may be changed under a running server
        return _everywhere.__wrapped__(name, get_language(), get_resolver(get_urlconf()))
    return _everywhere(name, get_language(), get_resolver(get_urlconf()))


@cache
def _everywhere(name: str, language: str | None, addresses: URLResolver) -> SafeString:
    return mark_safe(render_to_string(name))  # noqa: S308 - a template of ours, which escapes


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
def task_tag(status: str, text: Any = "") -> SafeString:
    """The state of one part of a filing: todo, progress, done, blocked, error, optional; ``text`` replaces the words."""
    kind, symbol, words = {
        "todo": ("info", "pencil", _("待填写")),
        "progress": ("warn", "hourglass", _("已填写一部分")),
        "done": ("ok", "check", _("已完成")),
        "blocked": ("shut", "lock", _("暂时不能开始")),
        "error": ("bad", "cross", _("需要修改")),
        "optional": ("quiet", "dots", _("选填")),
    }[status]
    return _tag(kind, symbol, text or words)


def limit_words(limit: Any) -> tuple[str, str, str]:
    """(state, icon, sentence) of a limit; urgent is one day or less, soon at most half of ``total`` (quality D20)."""
    left, total, unit = take(limit, "left"), take(limit, "total"), take(limit, "unit", "workdays")
    met, due = take(limit, "met_on"), take(limit, "due_on")
    if met:
        return ("late", "alert", _("逾期完成")) if due and met > due else ("met", "check", _("按期完成"))
    if take(limit, "paused"):
        return "paused", "pause", _("依法暂停计时")
    if left is None:
        return "none", "dots", _("尚未起算")
    if left < 0:
        return "overdue", "alert", _("已超期 %(span)s") % {"span": _span(-left, unit)}
    if left == 0:
        return "urgent", "alert", _("今天到期")
    words = _("还剩 %(span)s") % {"span": _span(left, unit)}
    if left <= 1:
        return "urgent", "alert", words
    return "soon" if total and left * 2 <= total else "ample", "clock", words


def limit_context(limit: Any, kind: str) -> dict[str, Any]:
    """What is shown of a limit: its state, sentence and symbol, the term in words, the part of it that is used (per cent)."""
    context: dict[str, Any] = {"limit": limit, "kind": kind, "state": "none"}
    if not limit:
        return context
    state, symbol, words = limit_words(limit)
    left, total = take(limit, "left"), take(limit, "total")
    used = 100 if state in ("overdue", "met", "late") else 0
    if total and left is not None and not used:
        used = min(100, max(0, round(100 * (total - left) / total)))
    span = _span(total, take(limit, "unit", "workdays")) if total else ""
    return context | {"state": state, "icon": symbol, "words": words, "used": used, "span": span}


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
    return {
        "columns": columns,
        "rows": list(rows),
        "caption": caption,
        "select_name": select_name,
        "form_id": form_id,
        "empty": context.get("empty", ""),
    }


@register.filter
def sentence(problem: Any) -> str:
    """A Problem in the reader's language; plain text stays as it is."""
    return str(take(problem, "sentence", problem))


@register.filter
def first_control(field: BoundField) -> str:
    """The id of the control an error summary jumps to: the first choice of a group, else the field's own."""
    if field.use_fieldset:
        for choice in field.subwidgets:
            return str(choice.id_for_label or field.auto_id)
    return str(field.id_for_label or field.auto_id)


@register.filter
def pick(text: Any) -> str:
    """A bilingual text of a pack in the reader's language."""
    return str(text.pick(get_language())) if hasattr(text, "pick") else str(text)


@register.filter
def names(texts: Iterable[Any]) -> str:
    """Several of them, strung together as the reader's language does."""
    joint = ", " if (get_language() or "").startswith("en") else "、"
    return joint.join(pick(text) for text in texts)


@register.filter
def matter(pack: Any, code: str) -> Any:
    """The pack's entry of a matter."""
    return pack.matters[code]


@register.simple_block_tag
def panel(content: str, title: str = "") -> SafeString:
    """A white sheet: ``{% panel _("标题") %}…{% endpanel %}``."""
    head = format_html('<h2 class="panel-title">{}</h2>', title) if title else ""
    return format_html('<section class="panel">{}{}</section>', head, content)


@register.simple_block_tag
def disclosure(content: str, summary: str = "") -> SafeString:
    """Folded-away text: ``{% disclosure _("说明") %}…{% enddisclosure %}``."""
    return format_html(
        '<details class="disclosure"><summary>{}</summary><div class="disclosure-body">{}</div></details>',
        summary,
        content,
    )
