"""What an event's hash is made of: RFC 8785 to the byte, whichever encoder wrote it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foreignwork.cases.events import canonical, respelled, spelled

SMALL = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()
NAMES = st.text(max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        NAMES,
        st.recursive(
            SMALL,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    )
)
@example({"a": '\x7f\u2028\x00"\\/\t', "B": [True, None, 1, "😀"], "Z": {"b": 1, "a": -1}})
@example({"😀": 1, "\ufb01": 2})
@example({"n": 1.0})
@example({"n": 2**53})
def test_the_quick_encoder_writes_what_rfc_8785_says(body: dict[str, Any]) -> None:
    try:
        expected = rfc8785.dumps(body)
    except rfc8785.CanonicalizationError:
        with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
            canonical(body).encode()
        return
    assert canonical(body).encode() == expected


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IDS = st.integers(1, 2**53 - 1)
EVENT = st.fixed_dictionaries(
    {
        **dict.fromkeys(("case", "seq"), IDS),
        **dict.fromkeys(("actor", "office", "dossier_version"), st.none() | IDS),
        **dict.fromkeys(("role", "action", "source", "target", "prev"), WORDS),
        "at": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        "effective_on": st.dates().map(date.isoformat),
        "data": st.dictionaries(WORDS, WORDS | st.booleans() | st.floats(-1e9, 1e9), max_size=2),
        "crypt_id": st.uuids().map(str),
        "sealed": st.none() | st.binary(max_size=4).map(bytes.hex),
    }
)


@settings(max_examples=150, deadline=None)
@given(EVENT)
def test_what_an_event_says_is_spelled_as_rfc_8785_says(said: dict[str, Any]) -> None:
    assert spelled(**(said | {"data": canonical(said["data"])})) == rfc8785.dumps(said)


@pytest.mark.parametrize("written", ['{"a": 1.0, "B": [true, null]}', '{"😀": "1e5", "\ufb01": 1e2}', "{}"])
def test_json_of_the_database_is_spelled_anew(written: str) -> None:
    assert respelled(written).encode() == rfc8785.dumps(json.loads(written))
