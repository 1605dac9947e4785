"""Faces of forms that are written in Python, not as templates: every field and every line of input. A search form has five of
each, and they were a sixth of its page's time. They show; they decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

FIELD: Final = "components/forms/field.html"
NOTHING = mark_safe("")


def field(context: Mapping[str, Any]) -> SafeString:
    """``{{ form.name.as_field_group }}``: label, hint, error and control. aria-describedby is Django's (<id>_helptext and
    <id>_error). Radios and checkboxes are a fieldset of choices."""
    shown: BoundField = context["field"]
    if shown.is_hidden:
        return conditional_escape(str(shown))
    errors = shown.errors
    classes = shown.css_classes()
    return format_html(
        '<div class="field{}{}">{}</div>',
        " field-bad" if errors else "",
        f" {classes}" if classes else "",
        _inside(shown, errors or NOTHING),
    )


def _inside(shown: BoundField, errors: Any) -> SafeString:
    widget = shown.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        described = shown.aria_describedby
        return format_html(
            "<fieldset{}><legend>{}{}</legend>\n  {}{}\n  {}</fieldset>\n",
            format_html(' aria-describedby="{}"', described) if described else NOTHING,
            shown.label,
            _optional(shown),
            _hint(shown, "hint"),
            errors,
            shown,
        )
    if isinstance(widget, CheckboxInput):
        words = '{}<label class="choice" for="{}">{}<span>{}</span></label>{}\n'
        return format_html(
            words, errors, shown.id_for_label, shown, shown.label, _hint(shown, "hint choice-hint")
        )
    return format_html(
        '<label for="{}">{}{}</label>\n  {}{}\n  {}',
        shown.id_for_label,
        shown.label,
        _optional(shown),
        _hint(shown, "hint"),
        errors,
        shown,
    )


def _optional(shown: BoundField) -> SafeString:
    if shown.field.required:
        return NOTHING
    return format_html(' <span class="optional">{}</span>', _("（选填）"))


def _hint(shown: BoundField, look: str) -> SafeString:
    if not shown.help_text:
        return NOTHING
    return format_html('<p class="{}" id="{}_helptext">{}</p>', look, shown.auto_id, shown.help_text)


def line(context: Mapping[str, Any]) -> SafeString:
    """One ``<input>``, as Django's own template writes it."""
    widget = context["widget"]
    return _line(widget, widget["type"])


def day(context: Mapping[str, Any]) -> SafeString:
    """A date's control is one by itself."""
    widget = context["widget"]
    return _line(widget, "date" if widget["type"] == "text" else widget["type"])


def _line(widget: Mapping[str, Any], kind: str) -> SafeString:
    value = widget["value"]
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        kind,
        widget["name"],
        NOTHING if value is None else format_html(' value="{}"', _said(value)),
        format_html_join(
            "",
            "{}",
            ((_attribute(name, said),) for name, said in widget["attrs"].items() if said is not False),
        ),
    )


def _attribute(name: str, value: Any) -> SafeString:
    if value is True:
        return format_html(" {}", name)
    return format_html(' {}="{}"', name, _said(value))


def _said(value: Any) -> str:
    """As ``stringformat:"s"``: no number takes the reader's language's form."""
    return conditional_escape(value if isinstance(value, SafeString) else str(value))


WRITTEN: Final[dict[str, Callable[[Mapping[str, Any]], SafeString]]] = {
    FIELD: field,
    "django/forms/widgets/date.html": day,
    **{
        f"django/forms/widgets/{kind}.html": line
        for kind in ("checkbox", "email", "hidden", "number", "password", "text", "url")
    },
}
