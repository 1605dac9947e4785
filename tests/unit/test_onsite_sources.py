"""The phone's modules, read as they are: small, without ways to run text, and every word and piece they name stands in the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supervision.views.onsite import MODULES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "static/onsite"
PAGE = (ROOT / "templates/supervision/onsite/shell.html").read_text()
SOURCES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.js"))}
RUNS_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|javascript:|importScripts"
)
CHINESE = re.compile(r"[\u3400-\u9fff]")


def called(name: str) -> set[str]:
    """First arguments of ``say("x")``, ``stamp("x")``, written as plain words."""
    return {found for text in SOURCES.values() for found in re.findall(rf'\b{name}\(\s*"([\w-]+)"', text)}


def test_the_worker_keeps_every_module_and_no_other() -> None:
    assert {*MODULES, "worker"} == set(SOURCES)
    named = {name for text in SOURCES.values() for name in re.findall(r'from "\./([\w-]+)\.js"', text)}
    assert named < set(MODULES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_is_small_and_runs_no_text(name: str) -> None:
    text = SOURCES[name]
    assert len(text.splitlines()) < 300
    assert not RUNS_TEXT.search(text)
    assert text.startswith("//"), "a module says what it is for"
    assert not [
        line for line in text.splitlines() if CHINESE.search(line) and "、" not in line and "（" not in line
    ]


def test_every_word_and_piece_stands_in_the_page() -> None:
    words = set(re.findall(r'data-word="([\w-]+)"', PAGE))
    pieces = set(re.findall(r'<template id="([\w-]+)"', PAGE))
    composed = {"kind-", "state-"}
    said = called("say")
    assert said <= words, said - words
    assert called("stamp") | called("say_") <= pieces
    unused = {word for word in words - said if not any(word.startswith(part) for part in composed)}
    assert unused == {"photos", "talks", "lead", "second", "firm", "online"}, "anything else is dead"
    shown = (
        called("stamp")
        | called("say_")
        | {name for text in SOURCES.values() for name in re.findall(r'"#([\w-]+)"', text)}
    )
    assert {one for one in pieces - shown if not re.match(r"field-|\w+-words$", one)} == set(), "dead pieces"
    states = {f"state-{state}" for state in ("draft", "ready", "sending", "sent", "rejected")}
    kinds = {f"kind-{kind}" for kind in ("arrive", "photo", "talk", "record")}
    assert states | kinds <= words


def test_browsers_are_told_to_keep_nothing_that_is_typed() -> None:
    """Autofill and restored pages lie on the disk in the clear."""
    for control in re.findall(r"<(?:input|textarea|select|form)\b[^>]*>", PAGE):
        hidden = 'type="hidden"' in control or 'type="file"' in control or 'id="sign-out"' in control
        assert hidden or 'autocomplete="off"' in control, control
