"""Blind indexes and their normalisation (B23)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from foreignwork.vault.index import (
    BlindIndexField,
    blind_index,
    name_tokens,
    normalise_name,
    normalise_passport,
)
from foreignwork.vault.keys import keyring

SAME_PASSPORT = [
    ("USA", "E12345678"),
    ("usa", "e12345678"),
    ("ＵＳＡ", "Ｅ１２３４５６７８"),
    (" USA ", " E 1234-5678\u200b"),
    ("U.S.A.", "E.1234 5678"),
]


@pytest.mark.parametrize(("country", "number"), SAME_PASSPORT)
def test_ways_of_writing_one_passport(country: str, number: str) -> None:
    assert normalise_passport(country, number) == "usa:e12345678"


@pytest.mark.parametrize("number", ["E12345670", "E1234567O", "EI2345678", "E1234567", "E123456788"])
def test_different_passports_stay_different(number: str) -> None:
    assert normalise_passport("USA", number) != normalise_passport("USA", "E12345678")
    assert normalise_passport("USA", "O0") != normalise_passport("USA", "00")
    assert normalise_passport("GBR", "E12345678") != normalise_passport("USA", "E12345678")


@pytest.mark.parametrize("number", ["", " ", "—-."])
def test_no_number_no_index(number: str) -> None:
    assert normalise_passport("USA", number) == ""
    with pytest.raises(ValueError, match="nothing"):
        blind_index("passport", normalise_passport("USA", number))


@pytest.mark.parametrize("name", ["Li Xiao-ming", "LI XIAOMING", "ｌｉ　ｘｉａｏｍｉｎｇ", "li xiǎo míng"])
def test_whole_names(name: str) -> None:
    assert normalise_name(name) == "lixiaoming"


def test_name_words() -> None:
    assert name_tokens("José", "O'Brien-Smith") == ["jose", "obrien", "smith"]
    assert name_tokens("SMITH John") == name_tokens("John", "Smith")  # order does not matter for words …
    assert normalise_name("SMITH John") != normalise_name("John Smith")  # … and does for the whole name
    assert name_tokens("王 小明") == ["小明", "王"]
    assert name_tokens(" .-") == []
    assert normalise_name("Straße") == normalise_name("STRASSE")
    assert normalise_name("がく") != normalise_name("かく")


def test_the_index_depends_on_label_value_and_key(settings: Any, tmp_path: Any) -> None:
    first = blind_index("passport", "usa:e1")
    assert len(first) == 16
    assert first == blind_index("passport", "usa:e1")
    assert len({first, blind_index("name", "usa:e1"), blind_index("passport", "usa:e2")}) == 3
    assert blind_index("a", "bc") != blind_index("ab", "c")
    assert keyring().index not in (keyring().file, *keyring().masters.values())
    from foreignwork.vault.keys import make_key_file

    settings.KEY_FILE = tmp_path / "other.json"
    make_key_file(settings.KEY_FILE)
    assert blind_index("passport", "usa:e1") != first


def test_the_field_takes_indexes_only() -> None:
    field = BlindIndexField(null=True)
    assert field.db_index
    assert field.deconstruct()[3] == {"null": True, "db_index": True}
    assert field.clone().max_length == 16
    for wrong in ("E12345678", b"E12345678", "x" * 16):
        with pytest.raises(TypeError):
            field.get_db_prep_value(wrong, connection)
