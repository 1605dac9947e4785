"""What ``manage.py materials`` is told, and what it prints: the personal list as JSON, by the very function the portal uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from .inputs import DIALECT, InputError, object_of
from .materials import TO_HAND_IN, Item, asked_alone, personal_list
from .pack import Pack
from .schema import Text
from .schema_filing import Question

EXAMPLE = '{"answers": {"category": "B"}, "on_file": {"degree": null}}'


@dataclass(frozen=True, slots=True)
class Asked:
    """Chosen matters, answers to the pack's questions, and what lies in the dossier: material → valid until, or None."""

    matters: tuple[str, ...]
    answers: dict[str, Any]
    on_file: dict[str, date | None] = field(default_factory=dict)


def parse(text: str, pack: Pack) -> Asked:
    """Raises InputError with everything that is wrong, at once."""
    document = object_of(text, such_as=EXAMPLE)
    problems = [
        f"There is no {name[:80]!r}; the input has matters, answers, on_file."
        for name in document
        if name not in ("matters", "answers", "on_file")
    ]
    answers, on_file = document.get("answers", {}), document.get("on_file", {})
    for name, value in (("answers", answers), ("on_file", on_file)):
        if not isinstance(value, dict):
            raise InputError(*problems, f"{name!r} must be an object.")
    problems += [problem for code, value in answers.items() for problem in _answer(pack, code, value)]
    held: dict[str, date | None] = {}
    for code, until in on_file.items():
        if code not in pack.materials:
            problems.append(_no_such("material", code, pack.materials))
            continue
        try:
            held[code] = None if until is None else date.fromisoformat(until)
        except (TypeError, ValueError):
            problems.append(f"on_file.{code} must be a day such as 2026-09-30, or null: valid without end.")
    if problems:
        raise InputError(*problems)
    given = {code: value for code, value in answers.items() if value is not None}
    matters = document.get("matters", pack.required_matters(given))
    problems = [*_matters(pack, matters, given)]
    if not problems:
        problems += _open_questions(pack, {**given, "matters": matters})
    if problems:
        raise InputError(*problems)
    return Asked(tuple(matters), given, held)


def _matters(pack: Pack, matters: Any, answers: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(matters, list) or not matters or any(not isinstance(code, str) for code in matters):
        yield f"'matters' must be a list of: {', '.join(pack.matter_codes())}."
        return
    offered = pack.offered(answers)
    for code in matters:
        if code not in pack.matter_codes():
            yield _no_such("matter", code, pack.matter_codes())
        elif code not in offered:
            yield f"{code!r} cannot be applied for under these answers."
    for code in pack.required_matters(answers):
        if code not in matters:
            yield f"{code!r} is required and is not among the matters."


def _open_questions(pack: Pack, answers: Mapping[str, Any]) -> Iterator[str]:
    """Without these answers the list could be another one."""
    known = pack.with_defaults(answers)
    for code, question in pack.asked(answers):
        if question.required and question.type != "date" and known.get(code) in (None, "", []):
            yield f"answers.{code} is missing: {question.en}"


def _answer(pack: Pack, code: str, value: Any) -> Iterator[str]:
    question = pack.questions.get(code)
    if question is None or question.options_from == "matters":
        yield _no_such("question", code, [c for c, q in pack.questions.items() if not q.options_from])
        return
    if value is None:
        return
    allowed = [option.value for option in pack.options(code)]
    if question.type == "bool" and not isinstance(value, bool):
        yield f"answers.{code} must be true or false."
    elif question.type == "choice" and not (isinstance(value, str | int) and value in allowed):
        yield f"answers.{code} must be one of: {', '.join(map(str, allowed))}."
    elif question.type == "multi" and not (isinstance(value, list) and all(one in allowed for one in value)):
        yield f"answers.{code} must be a list of: {', '.join(map(str, allowed))}."
    elif question.type == "date":
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            yield f"answers.{code} must be a day such as 2026-09-30."


def _no_such(what: str, name: str, known: Any) -> str:
    close = get_close_matches(name[:80], [*known], n=1)
    hint = f" Did you mean {close[0]!r}?" if close else " See --schema."
    return f"There is no {what} {name[:80]!r}.{hint}"


def json_schema(pack: Pack) -> dict[str, Any]:
    """The JSON schema (2020-12) of the input under this pack."""
    questions = {code: q for code, q in pack.questions.items() if not q.options_from}
    return {
        "$schema": DIALECT,
        "title": "What a filing needs",
        "description": f"{pack.meta.name.en}: the personal list of materials",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "matters": {
                "type": "array",
                "items": {"enum": pack.matter_codes()},
                "minItems": 1,
                "uniqueItems": True,
            },
            "answers": {
                "type": "object",
                "additionalProperties": False,
                "properties": {code: _property(pack, code, q) for code, q in questions.items()},
            },
            "on_file": {
                "type": "object",
                "description": "material → day until which the copy in the dossier is valid; null = without end",
                "propertyNames": {"enum": [*pack.materials]},
                "additionalProperties": {"type": ["string", "null"], "format": "date"},
            },
        },
    }


def _property(pack: Pack, code: str, question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {"title": question.en, "description": question.zh}
    options = [option.value for option in pack.options(code)]
    if question.type == "bool":
        return found | {"type": ["boolean", "null"]}
    if question.type == "choice":
        return found | {"enum": [*options, None]}
    if question.type == "date":
        return found | {"type": ["string", "null"], "format": "date"}
    return found | {"type": ["array", "null"], "items": {"enum": options}, "uniqueItems": True}


def document(pack: Pack, asked: Asked, *, on: date) -> dict[str, Any]:
    """The list as it is printed. ``counts.alone``: how many papers the matters would ask for one by one."""
    items = personal_list(pack, asked.matters, asked.answers, on_file=asked.on_file, today=on)
    return {
        "pack": pack.meta.code,
        "version": pack.meta.version,
        "on": on.isoformat(),
        "matters": [code for code in pack.matter_codes() if code in asked.matters],
        "answers": pack.with_defaults(asked.answers),
        "counts": {
            "alone": asked_alone(pack, asked.matters, asked.answers),
            "together": sum(item.required for item in items),
            "to_hand_in": sum(item.need in TO_HAND_IN for item in items),
        },
        "items": [_line(item) for item in items],
    }


def _line(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": _both(item.name),
        "need": item.need.value,
        "for_matters": list(item.for_matters),
        "waived_for": list(item.waived_for),
        "waived_by": item.waived_by,
        "waiver": _both(item.waiver) if item.waiver else None,
        "reason": _both(item.reason),
        "source": item.source,
        "form": item.form,
        "copies": item.material.copies,
        "spec": item.material.spec,
        "valid_months": item.material.valid_months,
        "valid_until": item.valid_until.isoformat() if item.valid_until else None,
        "uncertain": item.material.uncertain,
        "cites": list(item.material.cites),
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
