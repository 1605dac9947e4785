"""What no paper may show: an empty place, a word of the machine, a sentence that breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.template.loader import render_to_string

from foreignwork.notices.render import view_of

CODE = "ABCDEFGHJKLMNPQR"
PAPER, SHEET, PERMIT = "notices/paper.html", "notices/sheet.html", "notices/e_permit.html"
MACHINE = re.compile(  # a Chinese character is a letter of a word too: \\b would not stand between it and None
    r"(?<![A-Za-z])(?:None|True|False)(?![A-Za-z])|\{\{|\}\}|\{%|%\(|\[object|<[A-Z]\w+:|\bnan\b|&lt;|&amp;amp;"
)
BROKEN = re.compile(
    r"[：，、（《“]\s*$|（\s*）|《\s*》|“\s*”|，，|。。|、、|；；|：。|至。|于提出|自起|\s至\s*$|^\s*至"
)


def _texts(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("paragraphs", "basis", "remedies", "closing"):
        texts = [str(text) for text in context.get(part) or []]
        for n, text in enumerate(texts):
            leads_on = part == "paragraphs" and n + 1 < len(texts)  # a list in words follows
            yield f"{part} {n}", text.removesuffix("：") if leads_on else text
    for label, value in context.get("facts") or []:
        yield f"label of {value!r}", str(label)
        yield f"value of {label!r}", str(value)
    for row in context.get("rows") or []:
        for n, cell in enumerate(row):
            yield f"row, column {n}", str(cell)
    for name, value in (context.get("extra") or {}).items():
        yield f"extra {name}", str(value)
    for name in ("number", "dated_on", *(() if "signers" in context else ("addressee",))):
        yield name, str(context.get(name) or "")
    for language in ("zh", "en"):
        yield f"title {language}", str(context["title"].get(language) or "")


def faults_of(context: Mapping[str, Any], code: str) -> list[str]:
    """Each as a sentence (a fact nobody knows is not printed, so it may be empty); empty when the paper is whole. Also lays it out (as HTML; the press has tests of its own)."""
    faults = []
    for where, text in _texts(context):
        if not text.strip() and not where.startswith(("row", "extra", "value")):
            faults.append(f"{where} is empty")
        if MACHINE.search(text) or BROKEN.search(text):
            faults.append(f"{where}: {text}")
    for row in context.get("rows") or []:
        if len(row) != len(context.get("columns") or []):
            faults.append(f"a row of {len(row)} cells under {len(context.get('columns') or [])} headings")
    template = (
        PERMIT
        if (context.get("extra") or {}).get("permit_number")
        else SHEET
        if "signers" in context
        else PAPER
    )
    page = render_to_string(
        template, view_of(context, code=code, base_url="https://portal.example", sample=False)
    )
    if MACHINE.search(re.sub(r"<[^>]+>", " ", page)):
        faults.append("the printed page shows a word of the machine")
    return faults
