"""The guide and the blank forms as PDF, in the print style of the papers. Printed by the worker, once for the same words.

A guide bears no number and no seal: it is no act. What it says of itself is its version, day and address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from foreignwork.cases import registry
from foreignwork.dossiers.facts import PERSON, WORK
from foreignwork.notices.render import press
from foreignwork.outbox.put import Message, nudge, put
from foreignwork.outbox.registry import effect
from foreignwork.policies.models import PolicyVersion
from foreignwork.policies.pack import Pack

from .guide import guide_of
from .models import PrintedGuide
from .process import applied_for

PRINT = "rulebook.print"
STYLE = "rulebook/print.css"
WHOLE = "guide"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part in one language, ready to be printed. ``name``: what the file is called when it is saved."""

    version: PolicyVersion
    part: str
    language: str
    html: str
    name: str

    @property
    def words(self) -> str:
        return hashlib.sha256((_style() + self.html).encode()).hexdigest()

    @property
    def key(self) -> str:
        return f"{PRINT}:{self.version.pk}:{self.part}:{self.language}:{self.words[:16]}"


@lru_cache(maxsize=1)
def _style() -> str:
    path = find(STYLE)
    if path is None:
        raise FileNotFoundError(STYLE)
    return Path(path).read_text(encoding="utf-8")


def parts_of(pack: Pack) -> list[str]:
    """Everything that can be printed of a pack: the whole guide, each matter, each blank form."""
    return [
        WHOLE,
        *(f"matter:{code}" for code in applied_for(pack)),
        *(f"form:{code}" for code in forms_of(pack)),
    ]


def forms_of(pack: Pack) -> list[str]:
    """Materials which the system fills in from the dossier for one matter: the forms there is a blank of."""
    known = {entry.code for entry in registry.all_matters()}
    return [
        code
        for code, entry in pack.materials.items()
        if entry.source == "system" and len(entry.used_by) == 1 and entry.used_by[0] in known
    ]


def sheet(version: PolicyVersion, part: str, language: str) -> Sheet:
    """Set the part. KeyError for a part or a language there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    kind, _colon, code = part.partition(":")
    with override(language):
        if part == WHOLE or kind == "matter":
            guide = guide_of(version, only=code)
            title = (
                guide.title
                if part == WHOLE
                else f"{guide.matters[0].entry.name.pick(language)} {guide.title}"
            )
            context: dict[str, Any] = {"guide": guide, "whole": part == WHOLE, "title": title}
            template = "rulebook/print_guide.html"
        elif kind == "form":
            context = _form(version.pack, code, language)
            template = "rulebook/print_form.html"
        else:
            raise KeyError(part)
        html = render_to_string(
            template,
            {
                **context,
                "version": version,
                "language": language,
                "forms_at": "",
                "url": f"{settings.PUBLIC_BASE_URL}/guide/{version.jurisdiction.code}/",
            },
        )
    return Sheet(version, part, language, html, f"{context['title']} {version.version}.pdf")


def _form(pack: Pack, code: str, language: str) -> dict[str, Any]:
    """A blank: the facts the matter's office may see, under the names they have everywhere."""
    if code not in forms_of(pack):
        raise KeyError(code)
    entry = pack.materials[code]
    matter = registry.get(entry.used_by[0])
    return {
        "title": entry.name.pick(language),
        "entry": entry,
        "matter": pack.matters[matter.code],
        "person": [label for name, label in PERSON.items() if name in matter.facts_needed],
        "work": [label for name, label in WORK.items() if name in matter.facts_needed],
    }


@dataclass(frozen=True, slots=True)
class Known:
    """By what a part's file is found, without setting the part again."""

    words: str
    name: str


def known(version: PolicyVersion, part: str, language: str) -> Known:
    """Set once a process: the words follow from version, part, language and this installation. KeyError as ``sheet``."""
    key = (version.pk, version.sha256, part, language, settings.PUBLIC_BASE_URL)
    if key not in _known:
        made = sheet(version, part, language)
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = Known(made.words, made.name)
    return _known[key]


MOST_KNOWN = 2000
_known: dict[tuple[int, str, str, str, str], Known] = {}


def find_printed(version: PolicyVersion, part: str, language: str) -> PrintedGuide | None:
    """The finished file of the part as it would be set now, its bytes left in the database until they are read."""
    words = known(version, part, language).words
    rows = PrintedGuide.objects.without_pdf()
    return rows.filter(version=version, part=part, language=language, words=words).first()


def printed(made: Sheet) -> PrintedGuide | None:
    """The file with exactly these words, if the worker has printed it."""
    return PrintedGuide.objects.filter(
        version=made.version, part=made.part, language=made.language, words=made.words
    ).first()


def order(sheets: Iterable[Sheet], *, at: datetime) -> None:
    """Have the worker print them; asking again for the same words changes nothing."""
    messages = [
        Message(
            key=made.key,
            topic=PRINT,
            payload={"version": made.version.pk, "part": made.part, "language": made.language},
        )
        for made in sheets
    ]
    with transaction.atomic():
        put(messages, at=at)
        nudge()


@effect(PRINT)
def print_part(payload: dict[str, Any], at: datetime) -> None:
    """Outbox handler: ``{"version": id, "part": …, "language": …}``."""
    version = PolicyVersion.objects.select_related("jurisdiction").get(pk=payload["version"])
    produce(sheet(version, payload["part"], payload["language"]), at=at)


def produce(made: Sheet, *, at: datetime) -> PrintedGuide:
    """Print it, unless it is there."""
    if found := printed(made):
        return found
    paper = press(made.html, identifier=made.key, style=_style())
    row = PrintedGuide(
        version=made.version,
        part=made.part,
        language=made.language,
        words=made.words,
        pdf=paper.pdf,
        sha256=hashlib.sha256(paper.pdf).hexdigest(),
        pages=paper.pages,
        printed_at=at,
    )
    PrintedGuide.objects.bulk_create([row], ignore_conflicts=True)  # another worker may have been faster
    return printed(made) or row


def order_missing(*, today: date, at: datetime, most: int = 40) -> int:
    """Order what was never printed of the versions in force today or planned. Returns how many were ordered."""
    current = [
        PolicyVersion.objects.in_force(code, today)
        for code in PolicyVersion.objects.filter(effective_from__lte=today)
        .order_by()
        .values_list("jurisdiction__code", flat=True)
        .distinct()
    ]
    planned = PolicyVersion.objects.filter(effective_from__gt=today)
    versions = {row.pk: row for row in (*current, *planned)}
    have = set(
        PrintedGuide.objects.filter(version__in=versions).values_list("version_id", "part", "language")
    )
    wanted = [
        (row, part, language)
        for row in versions.values()
        for part in parts_of(row.pack)
        for language in LANGUAGES
        if (row.pk, part, language) not in have
    ]
    order((sheet(*one) for one in wanted[:most]), at=at)
    return len(wanted[:most])
