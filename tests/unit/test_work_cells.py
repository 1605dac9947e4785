"""One cell of a work list: each of its forms, and that nothing a person typed becomes markup."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from foreignwork.portal.templatetags.cells import work_cell, work_rows

NASTY = "<b>&\"'</b>"
SAFE = "&lt;b&gt;&amp;&quot;&#x27;&lt;/b&gt;"
LIMIT = {"left": 1, "total": 5, "unit": "workdays", "due_on": date(2026, 3, 17), "provisional": True}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("", "—"),
        (None, "—"),
        ("甘肃示例大学", "甘肃示例大学"),
        ("2026-03-17", '<span class="whole">2026-03-17</span>'),
        (NASTY, SAFE),
        ({"text": "A-1", "href": "/x/?a=1&b=2", "sub": "工作许可"},
         '<span><a class="whole" href="/x/?a=1&amp;b=2">A-1</a><span class="cell-sub whole">工作许可</span></span>'),
        ({"text": NASTY, "href": "/x/", "sub": NASTY * 2},
         f'<span><a href="/x/">{SAFE}</a><span class="cell-sub">{SAFE}{SAFE}</span></span>'),
        ({"text": "", "sub": ""}, "<span></span>"),
    ],
)  # fmt: skip
def test_text_and_links(cell: Any, shown: str) -> None:
    assert work_cell(cell) == shown


def test_tags_and_limits_say_it_in_words() -> None:
    with override("zh-hans"):
        assert f"</svg>{SAFE}</span>" in work_cell({"phase": "waiting", "text": NASTY})
        assert "tag-bad" in work_cell({"phase": "closed", "text": "不予许可", "kind": "bad"})
        assert f"</svg>{SAFE}</span>" in work_cell({"tag": "ok", "text": NASTY})
        limit = work_cell({"limit": LIMIT})
        for words in (
            "limit-urgent limit-compact",
            "还剩 1 个工作日",
            "2026-03-17 到期",
            "暂定：节假日安排尚未公布",
        ):
            assert words in limit
        assert "到期" not in work_cell({"limit": {**LIMIT, "paused": True}})
        assert "按期完成" in work_cell({"limit": {**LIMIT, "met_on": date(2026, 3, 16)}})
        assert "没有此项时限" in work_cell({"limit": None})


def test_a_row_says_its_columns_names_and_can_be_chosen() -> None:
    rows = [
        {"cells": ["N-1", NASTY], "mark": "overdue", "select": 7, "select_label": NASTY},
        {"cells": ["N-2", ""]},
    ]
    with override("zh-hans"):
        assert work_rows([NASTY, "B"], rows) == (
            f'<tr class="row-overdue">\n    \n    <th scope="row" data-label="{SAFE}"><span class="whole">N-1</span></th>'
            f'<td data-label="B">{SAFE}</td>\n  </tr>'
            f'<tr>\n    \n    <th scope="row" data-label="{SAFE}"><span class="whole">N-2</span></th><td data-label="B">—</td>\n  </tr>'
        )
        chosen = work_rows(["A", "B"], rows, "case", "bulk")
    assert '<input type="checkbox" name="case" value="7" form="bulk">' in chosen
    assert f'<span class="visually-hidden">选择 {SAFE}</span>' in chosen
    assert "<script>" not in chosen
    with pytest.raises(ValueError, match="zip"):
        work_rows(["A"], rows)
