"""What a kind of notice is: a code the packs number and name, and a pure function that says what stands in it.

A matter declares its kinds in ``notices.py``; a step names them in ``sends=``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foreignwork.cases.context import Context
from foreignwork.cases.steps import Act


@dataclass(slots=True)
class Paper:
    """The frozen content of one notice, in Chinese (the authentic language; decisions 13).

    addressee    whom it is written to
    paragraphs   the text, paragraph by paragraph; user text appears only as plain text
    facts        (label, value) rows of a table
    columns, rows  a second table (items to supplement, materials received …)
    basis        the articles it rests on
    remedies     paragraphs naming the body, the term and the channel; empty where the law gives none
    closing      what the reader should do next
    pictures     ``{kind: photo | signature, blob, caption, note}``: files of the case that are printed (pictures.py)
    extra        values for a template of its own (the electronic permit)
    """

    addressee: str
    paragraphs: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    basis: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """``code`` is the pack's key of title and number series; ``build`` says what stands in it.

    ``when`` limits the kind to some cases (the permit notice goes to people abroad only). ``template`` names the layout.
    ``english`` marks papers that carry an English line under each heading (they are shown abroad).
    ``internal`` marks papers that stay between offices: neither shown to the party nor served on it.
    """

    code: str
    build: Callable[[Context, Act], Paper]
    when: Callable[[Context], bool] | None = None
    template: str = "notices/paper.html"
    english: bool = False
    internal: bool = False
