"""What an event's hash is made of: RFC 8785 to the byte, whichever encoder wrote it."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foreignwork.cases.events import canonical

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
            canonical(body)
        return
    assert canonical(body) == expected
