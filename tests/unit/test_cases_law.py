"""Articles as people read them."""

from __future__ import annotations

import pytest

from foreignwork.cases.law import in_words


@pytest.mark.parametrize(
    ("cited", "read"),
    [
        ("许可法 32(四)；许可法 82", "《行政许可法》第三十二条第四项；《行政许可法》第八十二条"),
        ("行政许可法 32(一)(四)；S003-27", "《行政许可法》第三十二条第一项、第四项"),
        (
            "条例 16、18、36 末款；S003-35",
            "《外国人入境出境管理条例》第十六条、第十八条、第三十六条最后一款",
        ),
        ("出境入境管理法 30 第一款；law-notes 14", "《出境入境管理法》第三十条第一款"),
        ("行政许可法 10：说明", "《行政许可法》第十条：说明"),
        ("人社部发〔2024〕75号；law-notes 14", "人社部发〔2024〕75号"),
        ("S003-16、S003-26；law-notes 15", ""),
        ("", ""),
    ],
)
def test_laws_by_their_names_and_articles_in_words(cited: str, read: str) -> None:
    assert in_words(cited) == read
