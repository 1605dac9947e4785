"""The faces of forms that are written in Python say what Django's templates would, and let nothing through unescaped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import override

from foreignwork.look.faces import WRITTEN
from foreignwork.look.forms import HouseRenderer

NASTY = "\"><script>alert('1')</script>&amp;"
VALUES = [None, "", "Anna", NASTY, mark_safe("a&amp;b"), 1234567, 0.5, ("a", "b"), date(2026, 1, 31)]
ATTRS: list[dict[str, Any]] = [
    {},
    {"id": "id_x", "maxlength": 12000, "required": True, "disabled": False},
    {"aria-label": NASTY, NASTY: NASTY, "data-n": mark_safe("&lt;"), "min": 0},
]


@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize("value", VALUES)
def test_a_line_of_input_is_as_django_writes_it(value: Any, attrs: dict[str, Any]) -> None:
    inputs = [name for name in WRITTEN if name.startswith("django/") and "date" not in name]
    assert len(inputs) == 7
    with override("en"):
        for name in inputs:
            context = {"widget": {"type": "text", "name": NASTY, "value": value, "attrs": attrs}}
            assert HouseRenderer().render(name, context) == DjangoTemplates().render(name, context)


class Everything(forms.Form):
    default_renderer = HouseRenderer

    words = forms.CharField(label="<b>", help_text="<i>", max_length=9)
    more = forms.CharField(label="More", required=False)
    on = forms.DateField(label="Day", required=False)
    sure = forms.BooleanField(label="Sure", help_text="Look twice")
    one = forms.ChoiceField(label="One", choices=[("a", "A")], widget=forms.RadioSelect, required=False)
    key = forms.CharField(widget=forms.HiddenInput)


def shown(name: str, data: dict[str, str] | None = None) -> str:
    with override("zh-hans"):
        return str(Everything(data)[name].as_field_group())


def test_a_field_has_label_hint_error_and_control() -> None:
    assert shown("words") == (
        '<div class="field"><label for="id_words">&lt;b&gt;</label>\n'
        '  <p class="hint" id="id_words_helptext">&lt;i&gt;</p>\n'
        '  <input type="text" name="words" maxlength="9" required aria-describedby="id_words_helptext" id="id_words"></div>'
    )
    bad = shown("words", {"words": NASTY})
    assert bad.startswith('<div class="field field-bad"><label')
    assert '</p><div class="field-error" id="id_words_error"><p>' in bad
    assert 'aria-describedby="id_words_helptext id_words_error"' in bad
    assert "<script>" not in bad
    assert shown("more") == (
        '<div class="field"><label for="id_more">More <span class="optional">（选填）</span></label>\n  \n'
        '  <input type="text" name="more" id="id_more"></div>'
    )
    assert '<input type="date" name="on" id="id_on">' in shown("on")


def test_choices_are_a_fieldset_and_a_box_stands_before_its_words() -> None:
    assert shown("sure") == (
        '<div class="field"><label class="choice" for="id_sure"><input type="checkbox" name="sure" required'
        ' aria-describedby="id_sure_helptext" id="id_sure"><span>Sure</span></label>'
        '<p class="hint choice-hint" id="id_sure_helptext">Look twice</p>\n</div>'
    )
    one = shown("one")
    assert one.startswith(
        '<div class="field"><fieldset><legend>One <span class="optional">（选填）</span></legend>'
    )
    assert one.endswith("</fieldset>\n</div>")
    assert shown("key") == '<input type="hidden" name="key" id="id_key">'
