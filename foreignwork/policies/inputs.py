"""JSON that people hand to the commands: read from a file or standard input, refused with sentences, never a traceback."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MOST_CHARACTERS = 100_000
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class InputError(ValueError):
    """The input cannot be used. ``problems``: one sentence each, naming what is wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def text_of(name: str) -> str:
    """The text of a file, or of standard input for ``-``. Raises InputError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be used"
        raise InputError(f"{name} cannot be read: {reason}.") from error


def object_of(text: str, *, such_as: str) -> dict[str, Any]:
    """One JSON object; ``such_as`` shows one to whoever handed in something else. Raises InputError."""
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"The input is longer than {MOST_CHARACTERS:,} characters.")
    try:
        document = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InputError(
            f"This is no JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except RecursionError as error:
        raise InputError("This is no list of facts: it is nested too deeply.") from error
    except ValueError as error:  # a name twice, NaN, an integer of thousands of digits
        raise InputError(f"This cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise InputError(f"The input must be one JSON object, such as {such_as}.")
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is given twice.")
    return dict(pairs)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number.")
